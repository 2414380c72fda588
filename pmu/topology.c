// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/topology - read capacity, NUMA node and SMT siblings of each CPU
 *
 * Linux Documentation/ABI/stable/sysfs-devices-system-cpu and
 * Documentation/ABI/stable/sysfs-devices-node.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysfs.h"
#include "topology.h"
#include "util.h"

#define CPU_DIR "devices/system/cpu"
#define NODE_DIR "devices/system/node"
#define FILE_PATH_MAX 64

/* A kernel that could have nohz_full but was not told to prints the null
 * pointer that its mask is (drivers/base/cpu.c, print_cpus_nohz_full()). */
static int probe_nohz(const struct sysfs_dir *dir, struct cpuset *ret,
		      struct err *e)
{
	char value[SYSFS_VALUE_MAX];
	int err;

	err = sysfs_read(dir, "nohz_full", value, e);
	if (err == -ENOENT || (!err && !strcmp(value, "(null)")))
		return 0;
	return err ? err : sysfs_read_cpus(dir, "nohz_full", ret, e);
}

static int probe_capacity(const struct sysfs_dir *dir, unsigned int cpu,
			  struct pmu_topo_cpu *ret, struct err *e)
{
	char path[FILE_PATH_MAX];
	uint64_t capacity = 0;
	int err;

	snprintf(path, sizeof(path), "cpu%u/cpu_capacity", cpu);
	err = sysfs_read_number(dir, path, UINT32_MAX, &capacity, e);
	ret->capacity = capacity;
	return err == -ENOENT ? 0 : err;
}

static int probe_siblings(const struct sysfs_dir *dir, unsigned int cpu,
			  struct pmu_topo_cpu *ret, struct err *e)
{
	struct cpuset siblings = { { 0 } };
	char path[FILE_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "cpu%u/topology/thread_siblings_list",
		 cpu);
	err = sysfs_read_cpus(dir, path, &siblings, e);
	if (err && err != -ENOENT)
		return err;
	cpuset_set(&siblings, cpu);
	ret->core = cpuset_next(&siblings, 0);
	return 0;
}

static int probe_cpus(const struct sysfs_dir *dir, const struct cpuset *cpus,
		      struct pmu_topology *topo, struct err *e)
{
	unsigned int cpu;
	int err;

	for (cpu = cpuset_next(cpus, 0); cpu < CPUSET_MAX;
	     cpu = cpuset_next(cpus, cpu + 1)) {
		err = probe_capacity(dir, cpu, &topo->cpu[cpu], e);
		if (!err)
			err = probe_siblings(dir, cpu, &topo->cpu[cpu], e);
		if (err)
			return err;
	}
	return probe_nohz(dir, &topo->nohz_full, e);
}

/* Node numbers have the text form of CPU numbers, and fewer of them. */
static int probe_node(const struct sysfs_dir *dir, unsigned int node,
		      struct pmu_topology *topo, struct err *e)
{
	struct cpuset cpus = { { 0 } };
	char path[FILE_PATH_MAX];
	unsigned int cpu;
	int err;

	snprintf(path, sizeof(path), "node%u/cpulist", node);
	err = sysfs_read_cpus(dir, path, &cpus, e);
	if (err)
		return err == -ENOENT ? 0 : err;
	for (cpu = cpuset_next(&cpus, 0); cpu < CPUSET_MAX;
	     cpu = cpuset_next(&cpus, cpu + 1))
		topo->cpu[cpu].node = node;
	return 0;
}

static int probe_nodes(const struct sysfs_dir *dir, struct pmu_topology *topo,
		       struct err *e)
{
	unsigned int node;
	int err;

	err = sysfs_read_cpus(dir, "online", &topo->nodes, e);
	if (err)
		return err == -ENOENT ? 0 : err;
	for (node = cpuset_next(&topo->nodes, 0); node < CPUSET_MAX;
	     node = cpuset_next(&topo->nodes, node + 1)) {
		err = probe_node(dir, node, topo, e);
		if (err)
			return err;
	}
	return 0;
}

/* The CPU directory with @cpus, or the node directory without; one that does
 * not exist has nothing to say. */
static int in_dir(const char *sysfs, const char *sub,
		  const struct cpuset *cpus, struct pmu_topology *topo,
		  struct err *e)
{
	struct sysfs_dir dir;
	int err;

	err = sysfs_open(sysfs, sub, &dir);
	if (err == -ENOENT)
		return 0;
	if (err)
		return err_fault(e, err, "cannot open %s/%s", sysfs, sub);
	err = cpus ? probe_cpus(&dir, cpus, topo, e) :
		     probe_nodes(&dir, topo, e);
	sysfs_close(&dir);
	return err;
}

/* The CPUs that anything could be planned for. */
static struct cpuset counted_cpus(const struct pmu_host *host)
{
	struct cpuset cpus = { { 0 } };
	unsigned int i;

	for (i = 0; i < host->nr; i++)
		cpus = cpuset_or(&cpus, &host->dev[i].cpus);
	return cpuset_and(&cpus, &host->online);
}

int pmu_topology_probe(const char *sysfs, const struct pmu_host *host,
		       struct pmu_topology *ret, struct err *e)
{
	struct cpuset cpus = counted_cpus(host);
	struct pmu_topology topo = {
		.cpu = calloc(CPUSET_MAX, sizeof(*topo.cpu)),
	};
	int err;

	if (!topo.cpu)
		return err_fault(e, -ENOMEM, "reading the host's topology");
	err = in_dir(sysfs, CPU_DIR, &cpus, &topo, e);
	if (!err)
		err = in_dir(sysfs, NODE_DIR, NULL, &topo, e);
	if (err) {
		pmu_topology_fini(&topo);
		return err;
	}
	*ret = topo;
	return 0;
}

void pmu_topology_fini(struct pmu_topology *topo)
{
	free(topo->cpu);
	*topo = (struct pmu_topology){ .cpu = NULL };
}
