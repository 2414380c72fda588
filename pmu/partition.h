/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/partition - ask the kernel to give a VM hardware counters of its own
 *
 * The interface is not upstream and has had several shapes (Colton Lewis,
 * "ARM64 PMU Partitioning", v1 to v9); each is a row of the table in
 * partition.c.  Two are found by trying: the vCPU attribute of v6 and later,
 * and the vCPU ioctl of v1, whose byte is the number of counters the host
 * keeps.  The others are spoken only when a person says so: the ioctl of v2 to
 * v4 has the number of v1's with another meaning, and the capability of v5 has
 * a number that switches something else on in today's kernels.
 */
#ifndef PMU_PARTITION_H
#define PMU_PARTITION_H

#include <stdbool.h>

#include "apply.h"

/* Group 0, attribute 5 in v6 to v8.  Not assigned upstream: a later version
 * may move, so a build or struct pmu_how can override it. */
#ifndef PMU_ATTR_ENABLE_PARTITION
#define PMU_ATTR_ENABLE_PARTITION 5
#endif

/* not among an answer's values: the kernel was not asked */
#define PMU_NOT_ASKED 1

/* what the kernel answered: 0, -errno or PMU_NOT_ASKED; -ENXIO also stands for
 * an attribute that is another series' or that is not to be used */
struct pmu_offer {
	int attr;
	int ioctl;	/* the ioctl in either meaning, or the capability */
};

struct pmu_ask {
	struct pmu_how how;
	const int *fds;		/* vCPUs: SET_PMU done, INIT not */
	unsigned int nr;	/* at least 1 */
	unsigned int host_keeps; /* counters; 0 is not possible by the ioctl
				  * of v1, to which it means "no partition" */
	bool skip_attr;		/* the attribute is known to be another's */
	int cap_answer;		/* of pmu_partition_prepare() */
};

/**
 * pmu_partition_enable() - try the interfaces in turn, or the one configured
 * @offer: the answers, filled always
 * @ret:   the way that worked
 *
 * Return: 0; -EOPNOTSUPP when no interface took it (@offer says why); -ESTALE
 * when the attribute turned out to be FIXED_COUNTERS_ONLY and the VM must be
 * thrown away; other -errno: the kernel failed.
 */
int pmu_partition_enable(const struct pmu_ask *ask, struct pmu_offer *offer,
			 enum pmu_way *ret);

/** pmu_partition_prepare() - the capability of v5, on a VM without vCPUs.
 *
 * Return: 0 or -errno: the kernel's answer.
 */
int pmu_partition_prepare(int vm_fd);

/* what a kernel has of it, as far as asking can tell */
enum pmu_family {
	PMU_FAMILY_NONE,
	PMU_FAMILY_ATTR,
	PMU_FAMILY_ATTR_DENIED,		/* known, but not on this host */
	PMU_FAMILY_IOCTL,
	PMU_FAMILY_IOCTL_DENIED,
	PMU_FAMILY_FOREIGN,		/* the attribute is another series' */
	PMU_FAMILY_NUM
};

/**
 * pmu_partition_probe() - find out without changing anything for others
 * @vcpu_fd: of a VM that is thrown away afterwards; as for enable
 * @attr:    as in struct pmu_how
 * @offer:   the answers: 0 stands for "would be taken"
 *
 * The ioctl is asked with an address that cannot be read: every version checks
 * the host before it reads, so that -EFAULT proves that the host could.
 */
enum pmu_family pmu_partition_probe(int vcpu_fd, unsigned int attr,
				    struct pmu_offer *offer);

/** pmu_family_name() - "vCPU attribute", "none"; for reports */
const char *pmu_family_name(enum pmu_family family);

#endif /* PMU_PARTITION_H */
