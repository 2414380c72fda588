/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/partition - ask the kernel to give a VM hardware counters of its own
 *
 * The interface is not upstream and has had several shapes (Colton Lewis,
 * "ARM64 PMU Partitioning", v1 to v9).  Two are spoken here: the vCPU
 * attribute of v6 and later, and the vCPU ioctl of v1, whose byte is the
 * number of counters the host keeps.  Both are found by trying, since the
 * capability numbers of the series have other meanings in today's kernels.
 */
#ifndef PMU_PARTITION_H
#define PMU_PARTITION_H

#include <stdbool.h>

#include "apply.h"

/* Group 0, attribute 5 in v6 to v8.  Not assigned upstream: a later version
 * may move, so a build can override it. */
#ifndef PMU_ATTR_ENABLE_PARTITION
#define PMU_ATTR_ENABLE_PARTITION 5
#endif

/* not among an answer's values: the kernel was not asked */
#define PMU_NOT_ASKED 1

/* what the kernel answered: 0, -errno or PMU_NOT_ASKED */
struct pmu_offer {
	int attr;
	int ioctl;
};

/**
 * pmu_partition_enable() - try the interfaces in turn
 * @vcpu_fd:   the first vCPU, SET_PMU done, INIT not
 * @host_keeps: counters that stay with the host; 0 is possible only by
 *              attribute (to the ioctl it means "no partition")
 * @skip_attr: attribute 5 is known to be another series'
 * @offer:     the answers, filled always
 * @ret:       the way that worked
 *
 * Return: 0; -EOPNOTSUPP when no interface took it (@offer says why); -ESTALE
 * when attribute 5 turned out to be FIXED_COUNTERS_ONLY and the VM must be
 * thrown away; other -errno: the kernel failed.
 */
int pmu_partition_enable(int vcpu_fd, unsigned int host_keeps, bool skip_attr,
			 struct pmu_offer *offer, enum pmu_way *ret);

#endif /* PMU_PARTITION_H */
