// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/host - find the core PMUs and CPUs of this host
 *
 * DOC: theory of operation
 *
 * This runs at every start of a guest with a PMU, so it makes no system call
 * that does not decide something.  An entry of the event source directory
 * without a "cpus" file costs one failed openat(2); a core PMU costs six calls
 * ("cpus" and "type").  The files of single CPUs, two for each, are read only
 * when there is more than one core PMU: capacity and MIDR serve to choose
 * between PMUs, and most hosts have nothing to choose.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "sysfs.h"
#include "util.h"

#define CPU_DIR "devices/system/cpu"
#define PMU_DIR "bus/event_source/devices"

/* an entry's name, "/" and one of the short file names used here */
#define ENTRY_PATH_MAX (NAME_MAX + 32)
/* "/sys", or the root of a recorded tree, and a file in CPU_DIR; a longer root
 * is cut, and the file then not found */
#define ROOT_PATH_MAX 512

_Static_assert(sizeof(unsigned long) == sizeof(uint64_t),
	       "a cpuset has the layout of the kernel's CPU mask");

/* The kernel answers with the affinity mask within the CPUs that are active,
 * and the affinity mask is always within the cgroup's cpuset (Linux
 * kernel/sched/syscalls.c, sched_getaffinity()). */
static int probe_allowed(struct cpuset *ret, struct err *e)
{
	struct cpuset set = { { 0 } };

	if (sched_getaffinity(0, sizeof(set.bits), (cpu_set_t *)set.bits))
		return err_fault(e, -errno,
				 "cannot ask which CPUs tallyvm may use");
	*ret = set;
	return 0;
}

/* Keep dev[] sorted by lowest CPU, then by type. */
static bool dev_before(const struct pmu_dev *a, const struct pmu_dev *b)
{
	unsigned int cpu_a = cpuset_next(&a->cpus, 0);
	unsigned int cpu_b = cpuset_next(&b->cpus, 0);

	return cpu_a != cpu_b ? cpu_a < cpu_b : a->type < b->type;
}

static int add_dev(struct pmu_host *host, const struct pmu_dev *dev,
		   struct err *e)
{
	struct cpuset shared;
	unsigned int i;

	for (i = 0; i < host->nr; i++) {
		shared = cpuset_and(&host->dev[i].cpus, &dev->cpus);
		if (!cpuset_empty(&shared))
			return err_host(e, -EINVAL, "PMUs %s and %s both claim "
					"CPU %u: which counts there is unclear",
					host->dev[i].name, dev->name,
					cpuset_next(&shared, 0));
	}
	if (host->nr == PMU_HOST_MAX)
		return err_host(e, -E2BIG, "more than %d core PMUs in one host",
				PMU_HOST_MAX);
	for (i = host->nr; i > 0 && dev_before(dev, &host->dev[i - 1]); i--)
		host->dev[i] = host->dev[i - 1];
	host->dev[i] = *dev;
	host->nr++;
	return 0;
}

static void entry_path(char path[ENTRY_PATH_MAX], const char *name,
		       const char *file)
{
	size_t len = strlen(name);	/* at most NAME_MAX */

	memcpy(path, name, len);
	memcpy(path + len, file, strlen(file) + 1);
}

/*
 * Look at one entry of the event source directory.
 *
 * Not core PMUs, and passed over: entries without "cpus", perf's fixed types,
 * and a PMU whose "cpus" is empty, which cannot count for anybody.
 */
static int probe_entry(const struct sysfs_dir *dir, const char *name,
		       struct pmu_host *host, struct err *e)
{
	char path[ENTRY_PATH_MAX];
	struct pmu_dev dev = { 0 };
	uint64_t type;
	int err;

	entry_path(path, name, "/cpus");
	err = sysfs_read_cpus(dir, path, &dev.cpus, e);
	if (err == -ENOENT)
		return 0;
	if (err)
		return err;
	entry_path(path, name, "/type");
	/* the kernel's perf types are positive ints; SET_PMU takes an int */
	err = sysfs_read_number(dir, path, INT_MAX, &type, e);
	if (err == -ENOENT)
		return err_fault(e, err, "%s/%s/%s has \"cpus\", no \"type\"",
				 dir->root, dir->sub, name);
	if (err)
		return err;
	if (type <= PMU_TYPE_FIXED_MAX || cpuset_empty(&dev.cpus))
		return 0;
	dev.type = type;
	snprintf(dev.name, sizeof(dev.name), "%.*s", PMU_NAME_MAX - 1, name);
	return add_dev(host, &dev, e);
}

/*
 * Walk the directory with bare getdents64(): opendir() would allocate, and
 * the order does not matter because dev[] is sorted.
 */
static int probe_entries(const struct sysfs_dir *dir, struct pmu_host *host,
			 struct err *e)
{
	_Alignas(struct dirent64) char buf[2048];
	const struct dirent64 *entry;
	ssize_t n, pos;
	int err;

	for (;;) {
		n = getdents64(dir->fd, buf, sizeof(buf));
		if (n < 0)
			return err_fault(e, -errno, "cannot list %s/%s",
					 dir->root, dir->sub);
		if (!n)
			return 0;
		for (pos = 0; pos < n; pos += entry->d_reclen) {
			entry = (const struct dirent64 *)(buf + pos);
			if (entry->d_name[0] == '.')
				continue;
			err = probe_entry(dir, entry->d_name, host, e);
			if (err)
				return err;
		}
	}
}

/* A kernel without perf events has no event source directory: no PMU. */
static int probe_pmus(const char *sysfs, struct pmu_host *host, struct err *e)
{
	struct sysfs_dir dir;
	int err;

	err = sysfs_open(sysfs, PMU_DIR, &dir);
	if (err == -ENOENT)
		return 0;
	if (err)
		return err_fault(e, err, "cannot open %s/%s", sysfs, PMU_DIR);
	err = probe_entries(&dir, host, e);
	sysfs_close(&dir);
	return err;
}

/* Both files may be absent: an older kernel, or a CPU that is offline. */
static int probe_core(const struct sysfs_dir *dir, unsigned int cpu,
		      struct pmu_dev *dev, struct err *e)
{
	char path[ENTRY_PATH_MAX];
	uint64_t capacity = 0;
	int err;

	snprintf(path, sizeof(path), "cpu%u/cpu_capacity", cpu);
	err = sysfs_read_number(dir, path, UINT32_MAX, &capacity, e);
	if (err && err != -ENOENT)
		return err;
	if (capacity > dev->capacity)
		dev->capacity = capacity;
	if (dev->midr)
		return 0;
	snprintf(path, sizeof(path), "cpu%u/regs/identification/midr_el1", cpu);
	err = sysfs_read_number(dir, path, UINT64_MAX, &dev->midr, e);
	return err == -ENOENT ? 0 : err;
}

static int probe_dev_cores(const struct sysfs_dir *dir, struct pmu_dev *dev,
			   struct err *e)
{
	unsigned int cpu;
	int err = 0;

	for (cpu = cpuset_next(&dev->cpus, 0); !err && cpu < CPUSET_MAX;
	     cpu = cpuset_next(&dev->cpus, cpu + 1))
		err = probe_core(dir, cpu, dev, e);
	return err;
}

int pmu_host_probe_cores(const char *sysfs, struct pmu_host *host,
			 struct err *e)
{
	struct sysfs_dir dir;
	unsigned int i;
	int err;

	err = sysfs_open(sysfs, CPU_DIR, &dir);
	if (err)
		return err_fault(e, err, "cannot open %s/%s", sysfs, CPU_DIR);
	for (i = 0; !err && i < host->nr; i++)
		err = probe_dev_cores(&dir, &host->dev[i], e);
	sysfs_close(&dir);
	return err;
}

int pmu_host_probe_online(const char *sysfs, struct pmu_host *host,
			  struct err *e)
{
	char path[ROOT_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/" CPU_DIR "/online", sysfs);
	err = sysfs_read_cpus(&SYSFS_ANYWHERE, path, &host->online, e);
	if (err == -ENOENT)
		return err_host(e, err, "%s is missing: is sysfs mounted?",
				path);
	return err;
}

/* Since 4.2; a kernel that has no such file isolates nothing. */
static int probe_isolated(const char *sysfs, struct cpuset *ret, struct err *e)
{
	char path[ROOT_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/" CPU_DIR "/isolated", sysfs);
	err = sysfs_read_cpus(&SYSFS_ANYWHERE, path, ret, e);
	return err == -ENOENT ? 0 : err;
}

int pmu_host_probe(const char *sysfs, const struct cpuset *allowed,
		   struct pmu_host *ret, struct err *e)
{
	int err = 0;

	/* in place and without clearing dev[]: the pages of PMUs that a host
	 * does not have are never touched */
	ret->nr = 0;
	ret->isolated = (struct cpuset){ { 0 } };
	if (allowed)
		ret->allowed = *allowed;
	else
		err = probe_allowed(&ret->allowed, e);
	if (!err && allowed)
		err = pmu_host_probe_online(sysfs, ret, e);
	else if (!err)
		ret->online = ret->allowed;
	if (!err)
		err = probe_isolated(sysfs, &ret->isolated, e);
	if (!err)
		err = probe_pmus(sysfs, ret, e);
	if (!err && ret->nr > 1)
		err = pmu_host_probe_cores(sysfs, ret, e);
	return err;
}

const struct pmu_dev *pmu_host_find_cpu(const struct pmu_host *host,
					unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < host->nr; i++) {
		if (cpuset_has(&host->dev[i].cpus, cpu))
			return &host->dev[i];
	}
	return NULL;
}
