/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/topology - how the host's CPUs lie to each other
 *
 * Read only when a placement depends on it (policy.h), as it costs files of
 * every CPU.  All of it may be absent: a kernel without cpu_capacity has equal
 * cores, one without NUMA one node, and a core without sibling file one thread.
 *
 * Made once, on one thread, and only read afterwards.
 */
#ifndef PMU_TOPOLOGY_H
#define PMU_TOPOLOGY_H

#include <stdint.h>

#include "cpuset.h"
#include "err.h"
#include "host.h"

struct pmu_topo_cpu {
	uint32_t capacity;	/* cpu_capacity, 0 where the kernel gives none */
	uint16_t node;		/* NUMA node, 0 where there are none */
	uint16_t core;		/* lowest CPU of those that share its core */
};

struct pmu_topology {
	struct cpuset nohz_full;	/* CPUs that can run without tick */
	struct cpuset nodes;		/* the NUMA nodes that are online */
	/* owned, CPUSET_MAX entries; those of CPUs that are offline or have no
	 * core PMU are zero */
	struct pmu_topo_cpu *cpu;
};

/**
 * pmu_topology_probe() - read the topology of the CPUs that a PMU counts on
 * @sysfs: root of the tree, "/sys" on a real host
 * @host:  of the same tree
 * @ret:   to be freed by pmu_topology_fini(); untouched on failure
 * @e:     filled on failure with path and reason
 *
 * Return: 0, -ENOMEM, -EINVAL (malformed content), or what reading a file gave.
 */
int pmu_topology_probe(const char *sysfs, const struct pmu_host *host,
		       struct pmu_topology *ret, struct err *e);

/** pmu_topology_fini() - free; legal on a zeroed object and twice */
void pmu_topology_fini(struct pmu_topology *topo);

/** pmu_topology_share_core() - whether two CPUs are threads of one core */
static inline bool pmu_topology_share_core(const struct pmu_topology *topo,
					   unsigned int a, unsigned int b)
{
	return topo->cpu[a].core == topo->cpu[b].core;
}

#endif /* PMU_TOPOLOGY_H */
