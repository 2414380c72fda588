/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/reason - the planner's sentences: why it chose, why it refused
 *
 * plan.c decides, this file only words the decision.  The refusals name the
 * option that fixes them, since that is what the person can do.
 */
#ifndef PMU_REASON_H
#define PMU_REASON_H

#include "plan.h"

/* why a vCPU got its CPUs */
enum pmu_why {
	PMU_WHY_UNPINNED,	/* no PMU, no wish */
	PMU_WHY_ASKED,		/* the person named the CPUs */
	PMU_WHY_SHARED,		/* another vCPU's wish settled the PMU */
	PMU_WHY_ONLY,		/* there is nothing to choose from */
	PMU_WHY_ROOM,		/* largest cores that hold every vCPU */
	PMU_WHY_MOST,		/* no PMU holds every vCPU */
	PMU_WHY_OWN,		/* by policy, a CPU for each vCPU */
	PMU_WHY_CLUSTER,	/* by policy, and too few CPUs are free */
	PMU_WHY_NUM
};

/** pmu_reason_vcpu() - fill @v->reason; everything else in @v is set
 *
 * @place: looked at when @why is OWN or CLUSTER
 */
void pmu_reason_vcpu(struct pmu_plan_vcpu *v, const struct pmu_request *req,
		     enum pmu_why why, const struct pmu_placement *place);

/*
 * pmu_refuse_*() - fill @e with a refusal
 *
 * Return: -EINVAL with ERR_CONFIG, except pmu_refuse_no_pmu(): -ENODEV with
 * ERR_HOST.
 */

/** a CPU that is offline, not allowed, or without PMU */
int pmu_refuse_offline(const struct pmu_host *host, unsigned int vcpu,
		       unsigned int cpu, struct err *e);
int pmu_refuse_not_allowed(const struct pmu_host *host, unsigned int vcpu,
			   unsigned int cpu, struct err *e);
int pmu_refuse_bare_cpu(const struct pmu_host *host, unsigned int vcpu,
			unsigned int cpu, struct err *e);

/** one vCPU's wish @cpus spans several PMUs */
int pmu_refuse_span(const struct pmu_host *host, unsigned int vcpu,
		    const struct cpuset *cpus, struct err *e);

/** vCPUs @a and @b wish for CPUs of different PMUs */
int pmu_refuse_mixed(const struct pmu_host *host,
		     const struct pmu_request *req, unsigned int a,
		     unsigned int b, struct err *e);

/** all CPUs of @dev that @vcpu, which has no wish, could have are isolated */
int pmu_refuse_isolated(const struct pmu_host *host, const struct pmu_dev *dev,
			unsigned int vcpu, struct err *e);

/** the host has no core PMU, or none on the CPUs tallyvm may use */
int pmu_refuse_no_pmu(const struct pmu_host *host, struct err *e);

#endif /* PMU_REASON_H */
