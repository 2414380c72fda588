// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64/cpu - what a vCPU of this architecture needs before it can run
 */
#include "cpu.h"

#include <errno.h>

/* smallest and fallback sizes: api.rst, 4.2 KVM_CREATE_VM, arm64 */
#define IPA_BITS_MIN	 32
#define IPA_BITS_DEFAULT 40

int cpu_ipa_bits(int kvm_fd, uint64_t end, unsigned int *ret, struct err *e)
{
	unsigned int max = (unsigned int)kvm_check(kvm_fd,
						   KVM_CAP_ARM_VM_IPA_SIZE);
	unsigned int limit = max ? max : IPA_BITS_DEFAULT;
	unsigned int need = IPA_BITS_MIN;

	while (need < 64 && (end - 1) >> need)
		need++;
	if (need > limit)
		return err_host(e, -ERANGE, "guest memory ends at 0x%llx and needs %u bits of address, this host gives guests %u: lower --mem",
				(unsigned long long)end, need, limit);
	*ret = max ? need : 0;
	return 0;
}

static void cpu_feature_set(struct cpu_features *f, unsigned int bit)
{
	f->init.features[bit / 32] |= 1U << (bit % 32);
}

/* The capabilities of both kinds are there together or not at all, so that a
 * host with the newer kind is asked once. */
static int cpu_feature_pmu(struct cpu_features *f, int vm_fd, enum cpu_pmu pmu,
			   struct err *e)
{
	bool strict = pmu != CPU_PMU_PLAIN &&
		      kvm_check(vm_fd, KVM_CAP_ARM_PMU_V3_STRICT);

	if (!strict && !kvm_check(vm_fd, KVM_CAP_ARM_PMU_V3))
		return err_host(e, -ENODEV, "KVM offers guests no PMU on this host: it needs a PMUv3 on every CPU and a kernel with CONFIG_HW_PERF_EVENTS; run without the --pmu options to do without one");
	if (!strict && pmu == CPU_PMU_STRICT)
		return err_host(e, -EOPNOTSUPP, "this kernel has no strict PMU for guests (KVM_CAP_ARM_PMU_V3_STRICT): boot a host kernel from 7.3 on, or leave --pmu-strict out");
	cpu_feature_set(f, KVM_ARM_VCPU_PMU_V3);
	if (strict)
		cpu_feature_set(f, KVM_ARM_VCPU_PMU_V3_STRICT);
	return 0;
}

int cpu_features(int vm_fd, bool sve, bool ptrauth, enum cpu_pmu pmu,
		 struct cpu_features *ret, struct err *e)
{
	struct cpu_features f = { .sve = false };
	int r = kvm_ioctl(vm_fd, KVM_ARM_PREFERRED_TARGET, &f.init);

	if (r)
		return err_fault(e, r, "asking KVM for its preferred CPU target");

	cpu_feature_set(&f, KVM_ARM_VCPU_PSCI_0_2);
	if (pmu != CPU_PMU_NONE) {
		r = cpu_feature_pmu(&f, vm_fd, pmu, e);
		if (r)
			return r;
	}
	if (sve && kvm_check(vm_fd, KVM_CAP_ARM_SVE)) {
		f.sve = true;
		cpu_feature_set(&f, KVM_ARM_VCPU_SVE);
	}
	/* KVM wants both kinds of key or none: api.rst, KVM_ARM_VCPU_INIT */
	if (ptrauth && kvm_check(vm_fd, KVM_CAP_ARM_PTRAUTH_ADDRESS) &&
	    kvm_check(vm_fd, KVM_CAP_ARM_PTRAUTH_GENERIC)) {
		cpu_feature_set(&f, KVM_ARM_VCPU_PTRAUTH_ADDRESS);
		cpu_feature_set(&f, KVM_ARM_VCPU_PTRAUTH_GENERIC);
	}
	*ret = f;
	return 0;
}

int cpu_init(int fd, unsigned int index, const struct cpu_features *features,
	     struct err *e)
{
	struct kvm_vcpu_init init = features->init;
	int feature = KVM_ARM_VCPU_SVE;
	int r;

	if (index > 0)
		init.features[0] |= 1U << KVM_ARM_VCPU_POWER_OFF;
	r = kvm_ioctl(fd, KVM_ARM_VCPU_INIT, &init);
	if (r)
		return err_fault(e, r, "initialising vCPU %u", index);
	if (!features->sve)
		return 0;
	r = kvm_ioctl(fd, KVM_ARM_VCPU_FINALIZE, &feature);
	if (r)
		return err_fault(e, r, "finalising SVE of vCPU %u", index);
	return 0;
}

int cpu_mpidr(int fd, uint64_t *ret)
{
	return kvm_get_reg(fd, KVM_ID_MPIDR_EL1, ret);
}

/*
 * KVM's reset state is already EL1h with DAIF masked, MMU off and x1 to x3
 * zero (arch/arm64/kvm/reset.c), so two registers are left.
 */
int cpu_boot_regs(int fd, uint64_t entry, uint64_t dtb, struct err *e)
{
	int r = kvm_set_reg(fd, KVM_ID_X(0), dtb);

	if (!r)
		r = kvm_set_reg(fd, KVM_ID_PC, entry);
	if (r)
		return err_fault(e, r, "setting the boot registers of vCPU 0");
	return 0;
}

void cpu_user_aborts(int vm_fd)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };

	(void)kvm_ioctl(vm_fd, KVM_ENABLE_CAP, &cap);
}

/*
 * struct kvm_vcpu_events of arm64 (arch/arm64/include/uapi/asm/kvm.h), under
 * a name of our own: other architectures have another one of the same size.
 */
struct cpu_events {
	uint8_t serror_pending;
	uint8_t serror_has_esr;
	uint8_t ext_dabt_pending;
	uint8_t pad[5];
	uint64_t serror_esr;
	uint32_t reserved[12];
};
_Static_assert(sizeof(struct cpu_events) == 64, "size is part of the request");

int cpu_inject_abort(int fd)
{
	struct cpu_events events = { .ext_dabt_pending = 1 };

	return kvm_ioctl(fd, _IOW(KVMIO, 0xa0, struct cpu_events), &events);
}
