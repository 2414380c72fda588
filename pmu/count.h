/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/count - PMCR_EL0.N, the number of event counters a guest sees
 */
#ifndef PMU_COUNT_H
#define PMU_COUNT_H

#include "apply.h"

/** pmu_count_read() - PMCR_EL0.N of one vCPU.  Return: 0 or -errno */
int pmu_count_read(int vcpu_fd, unsigned int *ret);

/**
 * pmu_count_set() - make N the VM's number of event counters
 * @vcpu_fd: any vCPU: N belongs to the VM (Linux struct kvm_arch)
 * @n:       at most @max
 * @max:     N that the kernel offers
 * @ret:     the way that worked
 *
 * Return: 0; -EOPNOTSUPP when this kernel has no way to set it; -ERANGE when
 * the kernel says that n is too many; other -errno.
 */
int pmu_count_set(int vcpu_fd, unsigned int n, unsigned int max,
		  enum pmu_way *ret);

/**
 * pmu_count_by_pmcr() - the same by PMCR_EL0 alone
 *
 * Return: 0; -EOPNOTSUPP when this kernel ignores it, or stores it without
 * looking; other -errno.
 */
int pmu_count_by_pmcr(int vcpu_fd, unsigned int n, unsigned int max);

#endif /* PMU_COUNT_H */
