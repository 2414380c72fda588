// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_thread - what /proc says of the threads of a VM
 *
 * proc(5), /proc/PID/task/TID/: stat for the time in the guest, schedstat for
 * the time on a CPU and waiting for one, sched for migrations (it exists with
 * CONFIG_SCHED_DEBUG), status for the affinity.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pmu/sysfs.h"
#include "vm_view.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define NOT_KNOWN UINT64_MAX

static bool read_file(const char *proc, pid_t pid, int tid, const char *name,
		      char buf[SYSFS_VALUE_MAX])
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%d/task/%d/%s", proc, (int)pid, tid,
		 name);
	return !sysfs_read(&SYSFS_ANYWHERE, path, buf, /* e= */ NULL);
}

/* The name that vcpu.c gives the thread: "vcpu12". */
static bool vcpu_of(const char *name, unsigned int nr, unsigned int *ret)
{
	char *end;
	unsigned long n;

	if (strncmp(name, "vcpu", 4) != 0 || name[4] < '0' || name[4] > '9')
		return false;
	n = strtoul(name + 4, &end, 10);
	*ret = n;
	return !*end && n < nr;
}

void vm_thread_find(struct vm_view *view, const char *proc)
{
	char path[256], buf[SYSFS_VALUE_MAX];
	struct dirent *entry;
	unsigned int i;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%d/task", proc, (int)view->vm.pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		int tid = atoi(entry->d_name);

		if (tid > 0 &&
		    read_file(proc, view->vm.pid, tid, "comm", buf) &&
		    vcpu_of(buf, view->nr, &i))
			view->vcpu[i].tid = tid;
	}
	if (dir)
		closedir(dir);
}

/* The number of the @n-th field behind the name, which may hold anything. */
static uint64_t stat_field(const char *text, unsigned int n)
{
	const char *p = strrchr(text, ')');

	/* the first field behind the name is number 3 of proc(5) */
	for (; p && n > 2; n--)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p + 1, NULL, 10) : NOT_KNOWN;
}

static void sample_stat(struct vcpu_view *v, const char *text)
{
	const long ticks = sysconf(_SC_CLK_TCK);
	const uint64_t cpu = stat_field(text, 39);	/* processor */
	const uint64_t guest = stat_field(text, 43);	/* guest_time */

	v->cpu = cpu == NOT_KNOWN ? -1 : (int)cpu;
	if (guest != NOT_KNOWN && ticks > 0)
		v->now.guest_ns = guest * (NS_PER_SECOND / ticks);
}

static void sample_schedstat(struct vcpu_view *v, const char *text)
{
	unsigned long long run, wait;

	if (sscanf(text, "%llu %llu", &run, &wait) != 2)
		return;
	v->now.wait_ns = wait;
	if (v->now.guest_ns == NOT_KNOWN)
		return;
	/* a tick is coarse: the guest's time may be ahead of the whole */
	v->now.host_ns = run > v->now.guest_ns ? run - v->now.guest_ns : 0;
}

/* The value of a line "name   :   value" or "name:\tvalue". */
static const char *find_line(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	if (!p)
		return NULL;
	p += strlen(name);
	return p + strspn(p, " \t:");
}

static void sample_status(struct vcpu_view *v, const char *text)
{
	const char *list = find_line(text, "Cpus_allowed_list:");

	snprintf(v->cpus, sizeof(v->cpus), "%.*s",
		 list ? (int)strspn(list, "0123456789,-") : 0,
		 list ? list : "");
}

static void sample_sched(struct vcpu_view *v, const char *text)
{
	const char *p = find_line(text, "se.nr_migrations");

	if (p)
		v->now.migrations = strtoull(p, NULL, 10);
}

static const struct {
	const char *name;
	void (*sample)(struct vcpu_view *v, const char *text);
} files[] = {
	{ "stat", sample_stat },	/* before schedstat, which needs it */
	{ "schedstat", sample_schedstat },
	{ "sched", sample_sched },
	{ "status", sample_status },
};

void vm_thread_sample(struct vcpu_view *v, pid_t pid, const char *proc)
{
	char buf[SYSFS_VALUE_MAX];
	size_t i;

	v->before = v->now;
	v->now = (struct vcpu_times){
		NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
	};
	for (i = 0; v->tid && i < sizeof(files) / sizeof(files[0]); i++)
		if (read_file(proc, pid, v->tid, files[i].name, buf))
			files[i].sample(v, buf);
}
