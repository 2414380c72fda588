// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/count - read and set PMCR_EL0.N; the contract is in count.h
 */
#include <errno.h>

#include "count.h"
#include "kvm.h"

/* PMCR_EL0.N, bits [15:11]: Arm ARM, "PMCR_EL0" */
#define PMCR_N_SHIFT	11
#define PMCR_N_MASK	(UINT64_C(0x1f) << PMCR_N_SHIFT)

static unsigned int pmcr_n(uint64_t pmcr)
{
	return (pmcr & PMCR_N_MASK) >> PMCR_N_SHIFT;
}

int pmu_count_read(int vcpu_fd, unsigned int *ret)
{
	uint64_t pmcr;
	int err;

	err = kvm_get_reg(vcpu_fd, KVM_ID_PMCR_EL0, &pmcr);
	if (!err)
		*ret = pmcr_n(pmcr);
	return err;
}

/* Write @pmcr with @n in it and see what the kernel made of it. */
static int try_pmcr(int vcpu_fd, uint64_t pmcr, unsigned int n,
		    unsigned int *ret)
{
	int err;

	pmcr = (pmcr & ~PMCR_N_MASK) | ((uint64_t)n << PMCR_N_SHIFT);
	err = kvm_set_reg(vcpu_fd, KVM_ID_PMCR_EL0, pmcr);
	return err ? err : pmu_count_read(vcpu_fd, ret);
}

/*
 * Whether KVM checks what is written to PMCR_EL0.N.
 *
 * Kernels before 6.7 store any value and give it back, but put the hardware's
 * N in its place at the next vCPU reset, which is when the guest starts a
 * secondary CPU (Linux 6.1 arch/arm64/kvm/sys_regs.c, reset_pmcr()).  So the
 * read-back proves nothing there.  A count that no kernel can grant tells
 * them apart: from 6.7 on it is ignored (set_pmcr()), before it sticks.  With
 * all 31 counters there is no such count; no core before 6.7 has that many.
 */
static int pmcr_is_checked(int vcpu_fd, uint64_t pmcr, unsigned int max)
{
	unsigned int got;
	int err;

	if (max >= PMU_COUNTERS_MAX)
		return 0;
	err = try_pmcr(vcpu_fd, pmcr, max + 1, &got);
	if (err)
		return err;
	if (got != max + 1)
		return 0;
	err = kvm_set_reg(vcpu_fd, KVM_ID_PMCR_EL0, pmcr);
	return err ? err : -EOPNOTSUPP;
}

int pmu_count_by_pmcr(int vcpu_fd, unsigned int n, unsigned int max)
{
	unsigned int got;
	uint64_t pmcr;
	int err;

	err = kvm_get_reg(vcpu_fd, KVM_ID_PMCR_EL0, &pmcr);
	if (!err)
		err = pmcr_is_checked(vcpu_fd, pmcr, max);
	if (!err)
		err = try_pmcr(vcpu_fd, pmcr, n, &got);
	if (err)
		return err;
	return got == n ? 0 : -EOPNOTSUPP;
}

int pmu_count_set(int vcpu_fd, unsigned int n, unsigned int max,
		  enum pmu_way *ret)
{
	int err;

	err = kvm_set_attr(vcpu_fd, KVM_ARM_VCPU_PMU_V3_CTRL,
			   KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS, &n);
	if (!err)
		*ret = PMU_WAY_NR_COUNTERS;
	if (err == -EINVAL)
		return -ERANGE;
	if (err != -ENXIO)
		return err;
	err = pmu_count_by_pmcr(vcpu_fd, n, max);
	if (!err)
		*ret = PMU_WAY_PMCR;
	return err;
}
