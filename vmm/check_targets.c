// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_targets - which clusters check and bench are to try; the contract is
 * in check_args.h
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check_args.h"
#include "util.h"

#define SYSFS_ROOT "/sys"
#define MACHINE_FILE SYSFS_ROOT "/firmware/devicetree/base/compatible"
#define MACHINE_QEMU "linux,dummy-virt"
/* MIDR_EL1.Implementer: "reserved for software use" (Arm ARM) */
#define MIDR_IMPLEMENTER_SHIFT 24

static bool machine_is_emulated(void)
{
	_cleanup_fd_ int fd = open(MACHINE_FILE, O_RDONLY | O_CLOEXEC);
	char buf[64];
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	return n >= (ssize_t)sizeof(MACHINE_QEMU) &&
	       !memcmp(buf, MACHINE_QEMU, sizeof(MACHINE_QEMU));
}

static bool is_emulated(const struct pmu_host *host)
{
	unsigned int i;

	for (i = 0; i < host->nr; i++)
		if (host->dev[i].midr &&
		    !(host->dev[i].midr >> MIDR_IMPLEMENTER_SHIFT & 0xff))
			return true;
	return machine_is_emulated();
}

/* Isolated CPUs are left in peace as long as there are others. */
static struct cpuset usable_cpus(const struct pmu_host *host,
				 const struct cpuset *cpus)
{
	struct cpuset all = cpuset_and(&host->online, &host->allowed), open;

	all = cpuset_and(&all, cpus);
	open = cpuset_andnot(&all, &host->isolated);
	return cpuset_empty(&open) ? all : open;
}

static void add_target(struct check_targets *t, const struct pmu_dev *dev,
		       const struct cpuset *cpus)
{
	t->target[t->nr++] = (struct check_target){
		.dev = dev,
		.index = (unsigned int)(dev - t->host.dev),
		.cpus = *cpus,
	};
}

static void add_all(struct check_targets *t)
{
	struct cpuset cpus;
	unsigned int i;

	for (i = 0; i < t->host.nr; i++) {
		cpus = usable_cpus(&t->host, &t->host.dev[i].cpus);
		add_target(t, &t->host.dev[i], &cpus);
	}
}

static int add_one(struct check_targets *t, const char *cluster, struct err *e)
{
	struct cpuset usable = usable_cpus(&t->host, &t->host.online);
	struct pmu_topology topo = { .cpu = NULL };
	struct pmu_placement placement;
	struct pmu_placing placing = {
		.host = &t->host,
		.topo = &topo,
		.usable = &usable,
		.nr_vcpus = 1,
		.policy = cluster,
	};
	int r;

	/* "any" is a matter of the plan; here it means the same as "auto" */
	if (pmu_policy_kind(cluster) == PMU_POLICY_ANY)
		placing.policy = "auto";
	r = pmu_topology_probe(SYSFS_ROOT, &t->host, &topo, e);
	if (!r)
		r = pmu_policy_place(&placing, &placement, e);
	if (!r)
		add_target(t, placement.dev, &placement.cluster);
	pmu_topology_fini(&topo);
	return r;
}

int check_targets_find(const struct check_args *args,
		       struct check_targets *ret, struct err *e)
{
	int r;

	ret->nr = 0;
	r = pmu_host_probe(SYSFS_ROOT, NULL, &ret->host, e);
	if (!r)
		r = pmu_host_probe_cores(SYSFS_ROOT, &ret->host, e);
	if (!r)
		r = pmu_scratch_probe(args->dev, &ret->host, 0, &ret->scratch,
				      e);
	if (r)
		return r;
	if (!ret->host.nr || !ret->scratch.can.pmu)
		return err_host(e, -ENODEV, "%s: nothing can be checked, see \"tallyvm pmu doctor\"",
				ret->host.nr ? "KVM offers guests no PMU here" :
				"this host has no core PMU");
	ret->emulated_host = is_emulated(&ret->host);
	if (args->all) {
		add_all(ret);
		return 0;
	}
	return add_one(ret, args->cluster, e);
}

int check_targets_counters(const struct check_args *args,
			   const struct check_targets *all,
			   const struct check_target *t, enum pmu_mode mode)
{
	const struct pmu_abilities *can = &all->scratch.can;
	unsigned int max = all->scratch.n[t->index];
	bool settable = can->pmcr || can->nr_counters ||
			mode == PMU_MODE_PARTITIONED;

	if (args->counters != PMU_COUNTERS_ALL)
		return args->counters;
	if (!settable || max < 2)
		return mode == PMU_MODE_PARTITIONED ? 1 : PMU_COUNTERS_ALL;
	return (int)max - 1;
}
