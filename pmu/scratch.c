// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/scratch - ask this kernel by making a VM; the contract is in scratch.h
 */
#include <errno.h>
#include <sched.h>
#include <stddef.h>

#include "count.h"
#include "kvm.h"
#include "scratch.h"

/* the least that KVM_CREATE_VM takes: api.rst, 4.2 */
#define IPA_BITS_MIN 32

struct scratch {
	int kvm, vm, vcpu;		/* owned, -1 */
	struct kvm_vcpu_init init;
	const struct pmu_host *host;
	struct cpuset before;		/* affinity of the thread */
};

static int create_vm(struct scratch *s, const char *dev, struct err *e)
{
	int bits;

	s->kvm = kvm_open(dev);
	if (s->kvm < 0)
		return err_host(e, s->kvm, "cannot open %s: %s", dev,
				err_name(s->kvm));
	bits = kvm_check(s->kvm, KVM_CAP_ARM_VM_IPA_SIZE) ? IPA_BITS_MIN : 0;
	s->vm = kvm_ioctl(s->kvm, KVM_CREATE_VM, (void *)(uintptr_t)bits);
	if (s->vm == -ENOTTY)
		return err_host(e, s->vm, "%s is not KVM: give the right device with --dev",
				dev);
	if (s->vm < 0)
		return err_fault(e, s->vm, "creating a VM to ask with");
	if (kvm_ioctl(s->vm, KVM_ARM_PREFERRED_TARGET, &s->init))
		return err_host(e, -EOPNOTSUPP, "%s is not KVM for arm64", dev);
	s->init.features[0] |= 1U << KVM_ARM_VCPU_PMU_V3;
	return 0;
}

static int pin(const struct cpuset *cpus)
{
	return sched_setaffinity(0, sizeof(cpus->bits),
				 (const cpu_set_t *)cpus->bits) ? -errno : 0;
}

/* N of one PMU; without SET_PMU (before 5.18) it is that of the CPU. */
static int ask_size(const struct scratch *s, const struct pmu_dev *dev,
		    unsigned int *ret)
{
	struct cpuset cpus = cpuset_and(&s->host->online, &s->host->allowed);
	struct kvm_vcpu_init init = s->init;
	int type = dev->type, err;

	cpus = cpuset_and(&cpus, &dev->cpus);
	err = cpuset_empty(&cpus) ? -ENODEV : pin(&cpus);
	if (!err)
		err = kvm_ioctl(s->vcpu, KVM_ARM_VCPU_INIT, &init);
	if (!err)
		err = kvm_set_attr(s->vcpu, KVM_ARM_VCPU_PMU_V3_CTRL,
				   KVM_ARM_VCPU_PMU_V3_SET_PMU, &type);
	/* no such attribute, or no such PMU: not one that KVM can use */
	if (err == -ENXIO)
		err = kvm_has_attr(s->vcpu, KVM_ARM_VCPU_PMU_V3_CTRL,
				   KVM_ARM_VCPU_PMU_V3_SET_PMU) ? 0 : -ENXIO;
	return err ? err : pmu_count_read(s->vcpu, ret);
}

static bool has_attr(const struct scratch *s, uint64_t attr)
{
	return !kvm_has_attr(s->vcpu, KVM_ARM_VCPU_PMU_V3_CTRL, attr);
}

/* The vCPU has been through KVM_ARM_VCPU_INIT; the partition comes last, as
 * another series' attribute changes the VM. */
static void ask_abilities(const struct scratch *s, unsigned int attr,
			  unsigned int max, struct pmu_abilities *can)
{
	can->strict = kvm_check(s->kvm, KVM_CAP_ARM_PMU_V3_STRICT);
	can->filter = has_attr(s, KVM_ARM_VCPU_PMU_V3_FILTER);
	can->set_pmu = has_attr(s, KVM_ARM_VCPU_PMU_V3_SET_PMU);
	can->nr_counters = has_attr(s, KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS);
	can->pmcr = max && pmu_count_by_pmcr(s->vcpu, max - 1, max) == 0;
	can->family = pmu_partition_probe(s->vcpu, attr, &can->offer);
}

static int ask(struct scratch *s, unsigned int attr, struct pmu_scratch *ret,
	       struct err *e)
{
	unsigned int i, max = 0;

	ret->can.offer = (struct pmu_offer){ -ENXIO, -ENXIO };
	ret->can.pmu = kvm_check(s->kvm, KVM_CAP_ARM_PMU_V3);
	if (!ret->can.pmu)
		return 0;
	s->vcpu = kvm_ioctl(s->vm, KVM_CREATE_VCPU, NULL);
	if (s->vcpu < 0)
		return err_fault(e, s->vcpu, "creating a vCPU to ask with");
	for (i = 0; i < s->host->nr; i++)
		if (!ask_size(s, &s->host->dev[i], &ret->n[i]))
			max = ret->n[i];
	ask_abilities(s, attr, max, &ret->can);
	return 0;
}

int pmu_scratch_probe(const char *dev, const struct pmu_host *host,
		      unsigned int attr, struct pmu_scratch *ret,
		      struct err *e)
{
	struct scratch s = { .kvm = -1, .vm = -1, .vcpu = -1, .host = host };
	int err;

	*ret = (struct pmu_scratch){ .n = { 0 } };
	if (sched_getaffinity(0, sizeof(s.before.bits),
			      (cpu_set_t *)s.before.bits) < 0)
		return err_fault(e, -errno, "asking for the CPUs of tallyvm");
	err = create_vm(&s, dev, e);
	if (!err)
		err = ask(&s, attr, ret, e);
	kvm_close(&s.vcpu);
	kvm_close(&s.vm);
	kvm_close(&s.kvm);
	(void)pin(&s.before);
	if (err)
		*ret = (struct pmu_scratch){ .n = { 0 } };
	return err;
}
