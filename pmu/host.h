/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/host - which core PMUs and CPUs this host has
 *
 * Everything is read from a sysfs tree whose root is a parameter, and selected
 * by content, never by name: a core PMU is a directory below
 * bus/event_source/devices with a "cpus" file (a cpu list; uncore PMUs have
 * "cpumask") and a "type" above 5 (types 0 to 5 are perf's fixed types,
 * include/uapi/linux/perf_event.h, enum perf_type_id).
 *
 * A struct pmu_host is made once, on one thread, and only read afterwards.
 */
#ifndef PMU_HOST_H
#define PMU_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "cpuset.h"
#include "err.h"

#define PMU_NAME_MAX	64
#define PMU_HOST_MAX	16	/* kinds of core in one machine; real ones have <= 4 */
#define PMU_TYPE_FIXED_MAX 5	/* PERF_TYPE_BREAKPOINT */

struct pmu_dev {
	char name[PMU_NAME_MAX];	/* as in sysfs: "armv8_cortex_a72" */
	uint32_t type;			/* perf type, the value for SET_PMU */
	struct cpuset cpus;		/* CPUs it counts on, as sysfs says */
	uint32_t capacity;		/* largest cpu_capacity of its CPUs,
					 * 0 where the kernel gives none */
	uint64_t midr;			/* of its first CPU with one, 0 unknown */
};

struct pmu_host {
	struct cpuset online;	/* see pmu_host_probe() */
	struct cpuset allowed;	/* what this process may run on */
	struct cpuset isolated;	/* devices/system/cpu/isolated */
	unsigned int nr;
	struct pmu_dev dev[PMU_HOST_MAX];	/* by lowest CPU, then by type */
};

/**
 * pmu_host_probe() - read the host
 * @sysfs:   root of the tree, "/sys" on a real host
 * @allowed: CPUs the process may use, or NULL to ask the kernel
 *           (sched_getaffinity(2), which already respects the cgroup cpuset)
 * @ret:     filled; of no meaning after a failure
 * @e:       filled on failure with path and reason
 *
 * Where the kernel is asked, @ret->online is what it allows too: it names only
 * CPUs that are online, and a plan needs no others.  To show what is online, or
 * to explain a refusal, call pmu_host_probe_online() after it.
 *
 * A host without any core PMU is not an error: nr is 0.  PMUs whose files
 * cannot be understood are an error that names the file, since guessing would
 * put a guest on the wrong PMU.
 *
 * Return: 0, -EINVAL (malformed content, two core PMUs that share a CPU),
 * -E2BIG (more than PMU_HOST_MAX), or what reading a file gave.
 */
int pmu_host_probe(const char *sysfs, const struct cpuset *allowed,
		   struct pmu_host *ret, struct err *e);

/** pmu_host_probe_online() - fill @host->online from devices/system/cpu/online.
 *
 * Return: 0, -ENOENT with ERR_HOST, -EINVAL, or what reading the file gave.
 */
int pmu_host_probe_online(const char *sysfs, struct pmu_host *host,
			  struct err *e);

/**
 * pmu_host_probe_cores() - read capacity and MIDR of every PMU's CPUs
 *
 * For reports: pmu_host_probe() reads them only where there is a choice.
 *
 * Return: as pmu_host_probe().
 */
int pmu_host_probe_cores(const char *sysfs, struct pmu_host *host,
			 struct err *e);

/** pmu_host_find_cpu() - the PMU that counts on @cpu, or NULL */
const struct pmu_dev *pmu_host_find_cpu(const struct pmu_host *host,
					unsigned int cpu);

/** pmu_core_name() - core in words from MIDR_EL1 ("Arm Cortex-A72"), or NULL */
const char *pmu_core_name(uint64_t midr);

#endif /* PMU_HOST_H */
