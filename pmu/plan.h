/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/plan - who gets which PMU, CPUs and counters, and why
 *
 * The plan is made before anything is created and never changed afterwards.
 * It is per vCPU although today's kernels hold PMU type, counter count and
 * partition flag for the whole VM (Linux arch/arm64/kvm/pmu-emul.c, struct
 * kvm_arch): that rule is a check with an explanation, in pmu_plan_make(), so
 * that a kernel that can do more needs no new model.
 */
#ifndef PMU_PLAN_H
#define PMU_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cpuset.h"
#include "err.h"
#include "host.h"
#include "policy.h"

#define PMU_REASON_MAX 256
#define PMU_COUNTERS_ALL (-1)	/* as many as the kernel gives */
#define PMU_COUNTERS_MAX 31	/* PMCR_EL0.N is 5 bits: Arm ARM D19.5.10 */

enum pmu_mode {
	PMU_MODE_OFF,		/* no PMU in the guest */
	PMU_MODE_EMULATED,	/* KVM counts through host perf events */
	PMU_MODE_PARTITIONED,	/* MDCR_EL2.HPMN gives counters to the guest */
	PMU_MODE_NUM
};

struct pmu_request {
	enum pmu_mode mode;
	bool fallback;		/* PARTITIONED may become EMULATED */
	bool wordless;		/* leave the vCPUs' reasons empty: nobody is
				 * going to read them */
	int counters;		/* event counters, or PMU_COUNTERS_ALL */
	unsigned int nr_vcpus;	/* 1.. */
	unsigned int host_reserve;	/* counters the host keeps at least,
					 * 0: whatever is left */
	/* nr_vcpus sets, not owned; an empty set or NULL: no wish */
	const struct cpuset *affinity;
	/* where to place the VM, as written (policy.h); NULL: "any".  All
	 * others need topo, count claims, and exclude affinity. */
	const char *cluster;
	const struct pmu_topology *topo;	/* not owned */
	const struct pmu_claim *claims;		/* not owned: other VMs */
	unsigned int nr_claims;
	/* event counters of each host->dev[], 0 where not known; NULL: none
	 * known, pmu_vm_size() finds out */
	const unsigned int *max_counters;
};

struct pmu_plan_vcpu {
	enum pmu_mode mode;
	const struct pmu_dev *dev;	/* in the pmu_host, NULL when OFF */
	struct cpuset cpus;		/* pin to these; empty: do not pin */
	int counters;			/* as in the request */
	/* one sentence to follow "vCPU 0: ", no newline: "armv8_cortex_a72 on
	 * CPUs 4-5: the largest cores (capacity 1024) with room for 2 vCPUs;
	 * 4 counters by partition" */
	char reason[PMU_REASON_MAX];
};

struct pmu_plan {
	unsigned int nr;
	unsigned int nr_pmus;		/* core PMUs the host has */
	bool fallback;
	unsigned int host_reserve;	/* as in the request */
	struct cpuset device_cpus;	/* for all other threads; empty: any */
	char device_reason[PMU_REASON_MAX];
	struct pmu_plan_vcpu vcpu[];
};

/**
 * pmu_plan_make() - decide
 *
 * Without a wish the VM gets one PMU: the one with CPUs for the most of its
 * vCPUs, of those the one with the largest cores, of those the one with more
 * CPUs, of those the one with the lowest CPU.  Each vCPU may then use all of
 * that PMU's CPUs that are online and allowed.  With another policy than "any"
 * policy.h says which.  A wish is taken literally or refused, never trimmed.
 *
 * CPUs that the host isolates are chosen for nobody: a wish must name them.
 * Where nothing else is allowed they count as named, by taskset or a cpuset.
 *
 * @host: as probed; must outlive the plan
 * @req:  what is wanted
 * @ret:  new plan, to be freed by pmu_plan_free(); untouched on failure
 * @e:    filled on failure: which vCPU, which CPUs, whose PMU, what to do
 *
 * Deterministic: the same host and request give the same plan.
 *
 * Return: 0; -EINVAL with ERR_CONFIG when the request contradicts itself or
 * the host (an affinity across two PMUs, a CPU that is offline or not allowed, a
 * cluster that does not exist); -ERANGE with ERR_CONFIG when the counters for
 * guest and host are more than there are; -ENODEV with ERR_HOST when this host
 * has no PMU for it, or none on CPUs that may be chosen; -ENOMEM with ERR_FAULT.
 */
int pmu_plan_make(const struct pmu_host *host, const struct pmu_request *req,
		  struct pmu_plan **ret, struct err *e);

/** pmu_plan_free() - NULL is legal */
void pmu_plan_free(struct pmu_plan *plan);

/** pmu_plan_print() - the plan for people: a few lines to @out, each with
 * @prefix in front ("# " makes comments of them) */
void pmu_plan_print(const struct pmu_plan *plan, const struct pmu_host *host,
		    const char *prefix, FILE *out);

/** pmu_mode_name() - "off", "emulated", "partitioned" */
const char *pmu_mode_name(enum pmu_mode mode);

#endif /* PMU_PLAN_H */
