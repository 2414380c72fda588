// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/holders - who holds counters of the host; the contract is in holders.h
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "holders.h"
#include "sysfs.h"
#include "util.h"

/* What a descriptor's link says: fs/anon_inodes.c, "anon_inode:" and a name. */
static void look_at_link(const char *link, struct pmu_holder *h)
{
	if (!strcmp(link, "anon_inode:[perf_event]"))
		h->events++;
	else if (!strncmp(link, "anon_inode:kvm-vcpu", 19))
		h->vcpus++;
}

static void look_at_fds(DIR *fds, struct pmu_holder *h)
{
	struct dirent *entry;
	char link[64];
	ssize_t len;

	while ((entry = readdir(fds))) {
		len = readlinkat(dirfd(fds), entry->d_name, link,
				 sizeof(link) - 1);
		if (len < 0)
			continue;
		link[len] = '\0';
		look_at_link(link, h);
	}
}

static void read_comm(const char *proc, struct pmu_holder *h)
{
	char path[PATH_MAX], value[SYSFS_VALUE_MAX];

	snprintf(path, sizeof(path), "%s/%d/comm", proc, (int)h->pid);
	if (sysfs_read(&SYSFS_ANYWHERE, path, value, /* e= */ NULL))
		strcpy(value, "?");
	snprintf(h->comm, sizeof(h->comm), "%.*s", (int)sizeof(h->comm) - 1,
		 value);
}

static int add_holder(struct pmu_holders *all, const struct pmu_holder *h)
{
	struct pmu_holder *more;

	more = reallocarray(all->holder, all->nr + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	all->holder = more;
	more[all->nr++] = *h;
	return 0;
}

static int look_at_process(const char *proc, pid_t pid,
			   struct pmu_holders *all)
{
	struct pmu_holder h = { .pid = pid };
	char path[PATH_MAX];
	DIR *fds;

	snprintf(path, sizeof(path), "%s/%d/fd", proc, (int)pid);
	fds = opendir(path);
	if (!fds) {
		all->hidden += errno == EACCES || errno == EPERM;
		return errno == ENOMEM ? -ENOMEM : 0;
	}
	look_at_fds(fds, &h);
	closedir(fds);
	if (!h.events && !h.vcpus)
		return 0;
	read_comm(proc, &h);
	return add_holder(all, &h);
}

static int by_pid(const void *a, const void *b)
{
	const struct pmu_holder *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int look_at_all(const char *proc, struct pmu_holders *all)
{
	DIR *dir = opendir(proc);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			err = look_at_process(proc, atoi(entry->d_name), all);
	closedir(dir);
	if (all->nr)
		qsort(all->holder, all->nr, sizeof(*all->holder), by_pid);
	return err;
}

/*
 * Documentation/admin-guide/sysctl/kernel.rst, nmi_watchdog.  Since 6.5 the
 * detector may also be one in which CPUs watch each other; only the one on
 * perf events says that it takes a counter (kernel/watchdog_perf.c).
 */
static enum pmu_watchdog look_at_watchdog(const char *proc, const char *log)
{
	char path[PATH_MAX];
	uint64_t on;

	snprintf(path, sizeof(path), "%s/sys/kernel/nmi_watchdog", proc);
	if (sysfs_read_number(&SYSFS_ANYWHERE, path, INT_MAX, &on,
			      /* e= */ NULL))
		return PMU_WATCHDOG_UNKNOWN;
	if (!on)
		return PMU_WATCHDOG_OFF;
	return log && strstr(log, "Permanently consumes one hw-PMU counter") ?
		PMU_WATCHDOG_ON : PMU_WATCHDOG_MAYBE;
}

int pmu_holders_probe(const char *proc, const char *log,
		      struct pmu_holders *ret, struct err *e)
{
	int err;

	*ret = (struct pmu_holders){
		.watchdog = look_at_watchdog(proc, log),
	};
	err = look_at_all(proc, ret);
	if (!err)
		return 0;
	pmu_holders_fini(ret);
	return err_fault(e, err, "looking at the processes in %s", proc);
}

void pmu_holders_fini(struct pmu_holders *h)
{
	free(h->holder);
	*h = (struct pmu_holders){ .nr = 0 };
}

const char *pmu_watchdog_text(enum pmu_watchdog watchdog)
{
	static const char *const texts[] = {
		[PMU_WATCHDOG_OFF] = "off",
		[PMU_WATCHDOG_ON] = "on: holds one counter of each CPU; "
				    "\"sysctl kernel.nmi_watchdog=0\" frees it",
		[PMU_WATCHDOG_MAYBE] = "on: may hold one counter of each CPU; "
				       "\"sysctl kernel.nmi_watchdog=0\" makes "
				       "sure",
		[PMU_WATCHDOG_UNKNOWN] = "not known: the kernel has no "
					 "kernel.nmi_watchdog",
	};
	_Static_assert(ARRAY_SIZE(texts) == PMU_WATCHDOG_NUM, "one for each");

	return texts[watchdog];
}
