/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/policy - on which cluster, and on which CPUs of it, a VM is placed
 *
 * DOC: theory of operation
 *
 * A cluster is the CPUs of one core PMU that have one capacity.  The policy
 * says which clusters may be taken; of those the VM gets, in this order:
 *
 *	- one with a free CPU for each of its vCPUs,
 *	- the one with the fewest vCPUs of other VMs for each CPU,
 *	- the one with the largest cores, then the one with the lowest CPU.
 *
 * A CPU is free when no other VM was given it for itself or shares it.  With
 * enough of them each vCPU gets one for itself: on cores of which no other
 * vCPU has a thread, else on cores of which none of this VM has, else on any;
 * and on one NUMA node if one has enough of these.  Without enough free CPUs
 * the vCPUs share the cluster and the scheduler spreads them.
 *
 * Everything is decided by numbers that do not change between two calls.
 */
#ifndef PMU_POLICY_H
#define PMU_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "cpuset.h"
#include "err.h"
#include "host.h"
#include "topology.h"

enum pmu_policy_kind {
	PMU_POLICY_ANY,		/* one PMU, all of its CPUs: plan.h */
	PMU_POLICY_AUTO,	/* any cluster, the least used first */
	PMU_POLICY_BIG,		/* the largest capacity */
	PMU_POLICY_MID,		/* between the two */
	PMU_POLICY_LITTLE,	/* the smallest capacity */
	PMU_POLICY_NAMED,	/* a PMU ("armv8_cortex_a72") or a core
				 * ("Cortex-A72") */
	PMU_POLICY_NUM
};

/* What another VM on this host holds. */
struct pmu_claim {
	char name[PMU_NAME_MAX + 1];
	struct cpuset cpus;	/* all that its vCPUs are pinned to */
	unsigned int nr_vcpus;
};

struct pmu_placement {
	const struct pmu_dev *dev;
	bool own;		/* cpus has exactly one for each vCPU */
	struct cpuset cpus;
	struct cpuset cluster;	/* what it was chosen from */
	unsigned int others;	/* vCPUs of other VMs on the cluster */
};

/* What to place, and between what. */
struct pmu_placing {
	const struct pmu_host *host;
	const struct pmu_topology *topo;
	const char *policy;		/* as written */
	const struct cpuset *usable;	/* CPUs that may be chosen */
	const struct pmu_claim *claims;
	unsigned int nr_claims;
	unsigned int nr_vcpus;
};

/** pmu_policy_kind() - what @text asks for; NULL and "" are ANY */
enum pmu_policy_kind pmu_policy_kind(const char *text);

/**
 * pmu_policy_place() - choose cluster and CPUs
 * @p:   kind is not ANY
 * @ret: untouched on failure
 * @e:   filled on failure: what was asked for, what there is
 *
 * Return: 0; -EINVAL with ERR_CONFIG when the host has no such cluster or it
 * cannot be told; -ENODEV with ERR_HOST when none of its CPUs may be used.
 */
int pmu_policy_place(const struct pmu_placing *p, struct pmu_placement *ret,
		     struct err *e);

/**
 * pmu_reserve_check() - do the guest's counters and the host's fit?
 * @dev:     for the message
 * @max:     event counters of the PMU
 * @guest:   those of the guest's partition
 * @reserve: those the host wants to keep, 0: whatever is left
 *
 * Return: 0, or -ERANGE with ERR_CONFIG and the arithmetic.
 */
int pmu_reserve_check(const struct pmu_dev *dev, unsigned int max,
		      unsigned int guest, unsigned int reserve,
		      struct err *e);

#endif /* PMU_POLICY_H */
