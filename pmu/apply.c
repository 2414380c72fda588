// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/apply - the state machine that carries a plan out; see apply.h
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "count.h"
#include "kvm.h"
#include "partition.h"
#include "require.h"
#include "text.h"
#include "util.h"

/* KVM holds one of each for the VM, so the first vCPU speaks for all; that
 * they agree was checked by the planner. */
static const struct pmu_plan_vcpu *wanted(const struct pmu_vm *pv)
{
	return &pv->plan->vcpu[0];
}

int pmu_vm_init(struct pmu_vm *pv, const struct pmu_plan *plan)
{
	struct pmu_vm fresh = {
		.state = PMU_ST_NEW,
		.how = pv->how,
		.plan = plan,
		.mode = plan->vcpu[0].mode,
		.cap_answer = PMU_NOT_ASKED,
		.attr5_is_foreign = pv->attr5_is_foreign,
		.proc = pv->proc,
	};

	fresh.fds = calloc(plan->nr, sizeof(*fresh.fds));
	if (!fresh.fds)
		return -ENOMEM;
	pmu_vm_fini(pv);
	*pv = fresh;
	return 0;
}

void pmu_vm_fini(struct pmu_vm *pv)
{
	if (!pv)
		return;
	free(pv->fds);
	*pv = (struct pmu_vm){ .state = PMU_ST_NEW };
}

int pmu_vm_prepare(struct pmu_vm *pv, int vm_fd, struct err *e)
{
	int answer;

	if (!pv->plan || pv->state != PMU_ST_NEW || pv->nr)
		return -EBADFD;
	if (wanted(pv)->mode != PMU_MODE_PARTITIONED ||
	    pv->how.abi != PMU_ABI_CAPABILITY)
		return 0;
	answer = pmu_partition_prepare(vm_fd);
	if (answer && answer != -EINVAL && answer != -EPERM) {
		pv->state = PMU_ST_FAILED;
		return err_fault(e, answer, "partitioning the counters (%s)",
				 pmu_way_name(PMU_WAY_CAPABILITY));
	}
	pv->cap_answer = answer;
	return 0;
}

int pmu_vm_add_vcpu(struct pmu_vm *pv, int vcpu_fd)
{
	if (!pv->plan || pv->state != PMU_ST_NEW || pv->nr == pv->plan->nr)
		return -EBADFD;
	pv->fds[pv->nr++] = vcpu_fd;
	return 0;
}

/* KVM before 5.18: it takes the PMU of the CPU that ran KVM_ARM_VCPU_INIT. */
static int select_is_missing(struct pmu_vm *pv, struct err *e)
{
	const char *name = wanted(pv)->dev->name;
	struct text note = text_init(pv->note, sizeof(pv->note));

	if (pv->plan->nr_pmus > 1)
		return err_host(e, -EOPNOTSUPP, "this kernel cannot be told "
				"which of the host's %u core PMUs to use (KVM "
				"has no SET_PMU): boot a host kernel from 5.18 "
				"on", pv->plan->nr_pmus);
	text_add(&note, "this kernel has no SET_PMU (Linux 5.18); %s is the "
		 "host's only core PMU", name);
	return 0;
}

static int select_failed(struct pmu_vm *pv, int errnum, struct err *e)
{
	const struct pmu_dev *dev = wanted(pv)->dev;

	/* -ENXIO: no such attribute, or no such PMU */
	if (errnum == -ENXIO)
		errnum = kvm_has_attr(pv->fds[0], KVM_ARM_VCPU_PMU_V3_CTRL,
				      KVM_ARM_VCPU_PMU_V3_SET_PMU);
	if (errnum == -ENXIO)
		return select_is_missing(pv, e);
	if (errnum)
		return err_fault(e, errnum, "choosing PMU %s (SET_PMU)",
				 dev->name);
	return err_host(e, -EOPNOTSUPP, "KVM does not know PMU %s (type %u): it "
			"can use PMUv3 only; choose CPUs of another PMU with "
			"--vcpu-affinity", dev->name, dev->type);
}

static int do_select(struct pmu_vm *pv, struct err *e)
{
	int type = wanted(pv)->dev->type;
	int err;

	err = kvm_set_attr(pv->fds[0], KVM_ARM_VCPU_PMU_V3_CTRL,
			   KVM_ARM_VCPU_PMU_V3_SET_PMU, &type);
	if (err)
		err = select_failed(pv, err, e);
	if (err || wanted(pv)->counters == PMU_COUNTERS_ALL)
		return err;
	err = pmu_count_read(pv->fds[0], &pv->max);
	if (err)
		return err_fault(e, err, "asking how many counters %s has "
				 "(PMCR_EL0)", wanted(pv)->dev->name);
	return 0;
}

/* No partition: either the plan allows to emulate, or this is the end. */
static int fall_back(struct pmu_vm *pv, const struct pmu_offer *offer,
		     struct err *e)
{
	struct text note = text_init(pv->note, sizeof(pv->note));
	char cmdline[PMU_CMDLINE_MAX];
	const struct pmu_req_facts facts = {
		.offer = *offer,
		.n = wanted(pv)->counters,
		.max = pv->max,
		.cmdline = pmu_require_cmdline(pv->proc ? pv->proc : "/proc",
					       cmdline),
	};

	if (!pv->plan->fallback)
		return pmu_require_refuse(&facts, e);
	pv->mode = PMU_MODE_EMULATED;
	text_add(&note, "no counter partition for want of %s; emulated with "
		 "the same ", pmu_require_name(pmu_require_culprit(&facts)));
	text_add_count(&note, facts.n, "counter");
	return 0;
}

/* The read-back of N does not prove a shape whose number means something else
 * in other kernels: they give N counters too, emulated ones. */
static void note_trust(struct pmu_vm *pv)
{
	struct text note = text_init(pv->note, sizeof(pv->note));

	if (pv->partition_way == PMU_WAY_IOCTL_ENABLE ||
	    pv->partition_way == PMU_WAY_CAPABILITY)
		text_add(&note, "partitioned by %s because --pmu-partition-abi "
			 "says that this kernel means it so",
			 pmu_way_name(pv->partition_way));
}

static int do_partition(struct pmu_vm *pv, struct err *e)
{
	const struct pmu_ask ask = {
		.how = pv->how,
		.fds = pv->fds,
		.nr = pv->nr,
		.host_keeps = pv->max - wanted(pv)->counters,
		.skip_attr = pv->attr5_is_foreign,
		.cap_answer = pv->cap_answer,
	};
	struct pmu_offer offer;
	int err;

	err = pmu_partition_enable(&ask, &offer, &pv->partition_way);
	if (err == -EOPNOTSUPP)
		return fall_back(pv, &offer, e);
	if (err == -ESTALE) {
		pv->attr5_is_foreign = true;
		return err_fault(e, err, "this kernel's PMU attribute %d is not "
				 "the partition; the VM has to be built anew",
				 pv->how.attr ? (int)pv->how.attr :
				 PMU_ATTR_ENABLE_PARTITION);
	}
	if (err)
		return err_fault(e, err, "partitioning the counters of %s",
				 wanted(pv)->dev->name);
	note_trust(pv);
	return 0;
}

static int count_failed(const struct pmu_vm *pv, int errnum, struct err *e)
{
	const struct pmu_plan_vcpu *v = wanted(pv);

	if (errnum == -ERANGE) {
		err_config(e, "asked for %d event counters, this kernel gives "
			   "a guest fewer of the %u of %s", v->counters,
			   pv->max, v->dev->name);
		return errnum;
	}
	if (errnum == -EOPNOTSUPP)
		return err_host(e, errnum, "this kernel cannot set the number "
				"of event counters (asked for %d of %u): boot a "
				"host kernel from 6.7 on (PMCR_EL0 by "
				"KVM_SET_ONE_REG) or from about 6.16 on "
				"(SET_NR_COUNTERS), or ask for no number",
				v->counters, pv->max);
	return err_fault(e, errnum, "setting %d event counters", v->counters);
}

/* With a partition the kernel may offer the guest fewer than the PMU has. */
static int do_count(struct pmu_vm *pv, struct err *e)
{
	unsigned int n = wanted(pv)->counters, now = pv->max;
	int err = 0;

	if (pv->mode == PMU_MODE_PARTITIONED)
		err = pmu_count_read(pv->fds[0], &now);
	if (!err && n > now)
		err = -ERANGE;
	if (!err && n < now)
		err = pmu_count_set(pv->fds[0], n, pv->max, &pv->count_way);
	return err ? count_failed(pv, err, e) : 0;
}

static int do_number(struct pmu_vm *pv, struct err *e)
{
	const struct pmu_plan_vcpu *v = wanted(pv);
	int err = 0;

	if (v->counters == PMU_COUNTERS_ALL)
		return 0;
	err = pmu_reserve_check(v->dev, pv->max, v->counters,
				pv->plan->host_reserve, e);
	if (err)
		return err;
	if (v->mode == PMU_MODE_PARTITIONED)
		err = do_partition(pv, e);
	return err ? err : do_count(pv, e);
}

static int do_size(struct pmu_vm *pv, struct err *e)
{
	int err = do_number(pv, e);

	if (err || !pv->how.filter)
		return err;
	return pmu_filter_apply(pv->how.filter, pv->fds[0], e);
}

static int do_enable(struct pmu_vm *pv, struct err *e)
{
	int irq = PMU_IRQ_INTID;
	unsigned int i;
	int err;

	for (i = 0; i < pv->nr; i++) {
		err = kvm_set_attr(pv->fds[i], KVM_ARM_VCPU_PMU_V3_CTRL,
				   KVM_ARM_VCPU_PMU_V3_IRQ, &irq);
		if (err)
			return err_fault(e, err, "giving vCPU %u's PMU "
					 "interrupt %d", i, irq);
		err = kvm_set_attr(pv->fds[i], KVM_ARM_VCPU_PMU_V3_CTRL,
				   KVM_ARM_VCPU_PMU_V3_INIT, NULL);
		if (err)
			return err_fault(e, err, "starting vCPU %u's PMU", i);
	}
	return 0;
}

static int do_verify(struct pmu_vm *pv, struct err *e)
{
	unsigned int i, n, promised = wanted(pv)->counters;
	enum pmu_way way = pv->count_way ? pv->count_way : pv->partition_way;
	int err;

	for (i = 0; i < pv->nr; i++) {
		err = pmu_count_read(pv->fds[i], &n);
		if (err)
			return err_fault(e, err, "reading vCPU %u's PMCR_EL0",
					 i);
		/* no number was asked for: the first vCPU's holds for all */
		if (!i && wanted(pv)->counters == PMU_COUNTERS_ALL)
			promised = n;
		if (n != promised)
			return err_host(e, -EPROTO, "vCPU %u's PMCR_EL0 shows "
					"%u event counters where %u were "
					"promised (%s): refused, a guest would "
					"count wrong", i, n, promised,
					pmu_way_name(way));
	}
	pv->n = promised;
	return 0;
}

static const char *const state_names[] = {
	[PMU_ST_NEW]		= "new",
	[PMU_ST_SELECTED]	= "selected",
	[PMU_ST_SIZED]		= "sized",
	[PMU_ST_ENABLED]	= "enabled",
	[PMU_ST_VERIFIED]	= "verified",
	[PMU_ST_FAILED]		= "failed",
};
_Static_assert(ARRAY_SIZE(state_names) == PMU_ST_NUM, "a name for each");

static int step(struct pmu_vm *pv, enum pmu_state from,
		int (*run)(struct pmu_vm *pv, struct err *e), struct err *e)
{
	int err = 0;

	if (!pv->plan || pv->nr != pv->plan->nr || pv->state != from)
		return err_fault(e, -EBADFD, "PMU set-up out of order: %u of "
				 "%u vCPUs known, state is %s, this step wants "
				 "%s", pv->nr, pv->plan ? pv->plan->nr : 0,
				 state_names[pv->state], state_names[from]);
	if (wanted(pv)->mode != PMU_MODE_OFF)
		err = run(pv, e);
	/* enum pmu_state is in order, with FAILED behind the last */
	pv->state = err ? PMU_ST_FAILED : from + 1;
	return err;
}

int pmu_vm_select(struct pmu_vm *pv, struct err *e)
{
	return step(pv, PMU_ST_NEW, do_select, e);
}

int pmu_vm_size(struct pmu_vm *pv, struct err *e)
{
	return step(pv, PMU_ST_SELECTED, do_size, e);
}

int pmu_vm_enable(struct pmu_vm *pv, struct err *e)
{
	return step(pv, PMU_ST_SIZED, do_enable, e);
}

int pmu_vm_verify(struct pmu_vm *pv, struct err *e)
{
	return step(pv, PMU_ST_ENABLED, do_verify, e);
}

int pmu_vm_apply(struct pmu_vm *pv, struct err *e)
{
	int err;

	err = pmu_vm_select(pv, e);
	if (!err)
		err = pmu_vm_size(pv, e);
	if (!err)
		err = pmu_vm_enable(pv, e);
	if (!err)
		err = pmu_vm_verify(pv, e);
	return err;
}

const char *pmu_way_name(enum pmu_way way)
{
	static const char *const names[] = {
		[PMU_WAY_NONE]		= "nothing set",
		[PMU_WAY_ATTR]		= "KVM_ARM_VCPU_PMU_V3_ENABLE_PARTITION",
		[PMU_WAY_IOCTL]		= "KVM_ARM_PARTITION_PMU",
		[PMU_WAY_IOCTL_ENABLE]	= "KVM_ARM_PARTITION_PMU (yes or no)",
		[PMU_WAY_CAPABILITY]	= "KVM_CAP_ARM_PARTITION_PMU",
		[PMU_WAY_NR_COUNTERS]	= "KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS",
		[PMU_WAY_PMCR]		= "PMCR_EL0 by KVM_SET_ONE_REG",
	};
	_Static_assert(ARRAY_SIZE(names) == PMU_WAY_NUM, "a name for each");

	return names[way];
}
