/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/scratch - ask this kernel by making a VM and throwing it away
 *
 * No file says how many counters a PMU has or what KVM can do with them, and
 * versions and capability numbers mislead.  A VM with one vCPU that never runs
 * answers all of it, with no more privilege than access to /dev/kvm, and
 * nothing of it outlasts the call.
 */
#ifndef PMU_SCRATCH_H
#define PMU_SCRATCH_H

#include <stdbool.h>

#include "err.h"
#include "host.h"
#include "partition.h"

/* Interfaces that this kernel turned out to have. */
struct pmu_abilities {
	bool pmu;		/* guests can have one; false: nothing else */
	bool strict;		/* KVM_ARM_VCPU_PMU_V3_STRICT, Linux 7.3 */
	bool set_pmu;		/* SET_PMU, 5.18 */
	bool filter;		/* FILTER, 5.10 */
	bool nr_counters;	/* SET_NR_COUNTERS, about 6.16 */
	bool pmcr;		/* PMCR_EL0.N is checked when set, 6.7 */
	enum pmu_family family;	/* of the partition interface */
	struct pmu_offer offer;	/* its answers, for require.h */
};

struct pmu_scratch {
	struct pmu_abilities can;
	/* event counters that KVM offers a guest on host->dev[i]; 0 where it
	 * could not be found out */
	unsigned int n[PMU_HOST_MAX];
};

/**
 * pmu_scratch_probe() - what KVM can do with the PMUs of @host
 * @dev:  device node of KVM
 * @host: of the running kernel
 * @attr: number of ENABLE_PARTITION as in struct pmu_how, 0: the usual
 * @ret:  filled on success; zeroed on failure
 * @e:    filled on failure: why nothing can be known
 *
 * The calling thread moves to a CPU of each PMU in turn, because kernels
 * before 6.7 count on the CPU where KVM_ARM_VCPU_INIT runs; its affinity is
 * restored.  A PMU none of whose CPUs may be used stays at 0.
 *
 * Return: 0, also when KVM offers no PMU at all; -errno with ERR_HOST when
 * there is no KVM for arm64, or with ERR_FAULT.
 */
int pmu_scratch_probe(const char *dev, const struct pmu_host *host,
		      unsigned int attr, struct pmu_scratch *ret,
		      struct err *e);

#endif /* PMU_SCRATCH_H */
