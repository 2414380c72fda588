/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_plan - from a VM's configuration to the planner's request
 *
 * The host's topology and the other VMs are only looked at when the placement
 * depends on them (--pmu-cluster other than "any").
 */
#ifndef VMM_VM_PLAN_H
#define VMM_VM_PLAN_H

#include <stdbool.h>

#include "config.h"
#include "pmu/plan.h"

/* What VMs that are planned together have in common. */
struct vm_planning {
	const char *sysfs;		/* root of the tree host is from */
	const struct pmu_host *host;	/* not owned */
	bool alone;			/* other VMs do not count */
	bool wordless;			/* as in struct pmu_request */
	struct pmu_topology topo;	/* when cpu is not NULL */
	bool claims_known;
	struct pmu_claim *claims;	/* owned: other VMs */
	unsigned int nr_claims;
	unsigned int max[PMU_HOST_MAX];	/* counters, 0 where not known */
};

/** vm_plan_needed() - whether anything of @cfg depends on the host */
bool vm_plan_needed(const struct vm_config *cfg);

/**
 * vm_plan_make() - plan one VM
 * @p: zeroed but for sysfs and host; keeps what it reads
 *
 * Return: as pmu_plan_make(), or what reading host or registry gave.
 */
int vm_plan_make(struct vm_planning *p, const struct vm_config *cfg,
		 struct pmu_plan **ret, struct err *e);

/** vm_plan_claim() - the VMs planned from now on make room for this one.
 *
 * Return: 0 or -ENOMEM.
 */
int vm_plan_claim(struct vm_planning *p, const char *name,
		  const struct pmu_plan *plan, struct err *e);

/** vm_plan_fini() - free; legal on a zeroed object and twice */
void vm_plan_fini(struct vm_planning *p);

/** vm_plan_cpus() - all CPUs that the vCPUs of @plan are pinned to */
struct cpuset vm_plan_cpus(const struct pmu_plan *plan);

#endif /* VMM_VM_PLAN_H */
