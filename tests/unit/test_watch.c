// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_watch - a vCPU that is not where it was put is reported, once
 */
#include "vmm/watch.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "t.h"
#include "vm_rig.h"

/* What was logged since the last call; stderr is a file meanwhile. */
struct ear {
	int fd, saved;
	char text[4096];
};

static void listen_up(struct ear *ear)
{
	ear->fd = memfd_create("log", MFD_CLOEXEC);
	ear->saved = dup(STDERR_FILENO);
	dup2(ear->fd, STDERR_FILENO);
}

static const char *heard(struct ear *ear)
{
	ssize_t n = pread(ear->fd, ear->text, sizeof(ear->text) - 1, 0);

	ear->text[n > 0 ? n : 0] = '\0';
	ck_assert_int_eq(ftruncate(ear->fd, 0), 0);
	lseek(ear->fd, 0, SEEK_SET);
	return ear->text;
}

static void stop_listening(struct ear *ear)
{
	dup2(ear->saved, STDERR_FILENO);
	close(ear->saved);
	close(ear->fd);
}

/* Two CPUs that this process may use.  Return: false: @test is skipped. */
static bool two_cpus(const char *test, unsigned int cpus[2])
{
	struct cpuset may = { { 0 } };

	sched_getaffinity(0, sizeof(may.bits), (cpu_set_t *)may.bits);
	cpus[0] = cpuset_next(&may, 0);
	cpus[1] = cpuset_next(&may, cpus[0] + 1);
	if (cpus[1] < CPUSET_MAX)
		return true;
	t_skip(test, "one CPU only");
	return false;
}

static void move(struct vm_rig *rig, unsigned int vcpu, unsigned int cpu)
{
	struct cpuset set = { { 0 } };

	cpuset_set(&set, cpu);
	ck_assert_int_eq(pthread_setaffinity_np(rig->vm.vcpus[vcpu].thread,
						sizeof(set.bits),
						(cpu_set_t *)set.bits), 0);
}

static void says(struct ear *ear, struct vm_rig *rig, const char *what)
{
	watch_look(&rig->vm);
	heard(ear);
	ck_assert_msg(*what ? strstr(ear->text, what) != NULL : !*ear->text,
		      "\"%s\" and not \"%s\"", ear->text, what);
}

START_TEST(moved_and_back)
{
	unsigned int cpus[2], pinned[2];
	struct vm_rig *rig;
	struct ear ear;
	char want[256];

	if (!two_cpus(__func__, cpus))
		return;
	pinned[0] = pinned[1] = cpus[0];
	rig = vm_rig_new(2, pinned);
	listen_up(&ear);
	says(&ear, rig, "");
	move(rig, 1, cpus[1]);
	snprintf(want, sizeof(want), "vCPU 1 is pinned to CPU %u, but has been "
		 "moved and may now run on CPU %u: its affinity or its cpuset "
		 "cgroup was changed; its PMU fake_pmu counts on CPU %u only: "
		 "on another KVM_RUN fails and the VM ends\n", cpus[0],
		 cpus[1], cpus[0]);
	says(&ear, rig, "");	/* it might be going offline */
	says(&ear, rig, want);
	ck_assert(watch_displaced(&rig->vm.watch, 1));
	ck_assert(!watch_displaced(&rig->vm.watch, 0));
	says(&ear, rig, "");	/* once for each change */
	move(rig, 1, cpus[0]);
	says(&ear, rig, "and may run there again");
	ck_assert(!watch_displaced(&rig->vm.watch, 1));
	says(&ear, rig, "");
	stop_listening(&ear);
	vm_rig_free(rig);
}
END_TEST

/* The file of the CPUs that are online, for a VM with a vCPU on one of them */
struct online {
	char path[sizeof("/tmp/tallyvm-online-XXXXXX")];
	int fd;
	struct vm_rig *rig;
};

static void online_is(struct online *o, const char *cpus)
{
	ck_assert_int_eq(ftruncate(o->fd, 0), 0);
	ck_assert_int_gt(pwrite(o->fd, cpus, strlen(cpus), 0), 0);
}

static void online_new(struct online *o, const unsigned int *cpus,
		       const char *text)
{
	strcpy(o->path, "/tmp/tallyvm-online-XXXXXX");
	o->fd = mkstemp(o->path);
	ck_assert_int_ge(o->fd, 0);
	online_is(o, text);
	o->rig = vm_rig_new(1, cpus);
	o->rig->vm.watch.online = o->path;
}

static void online_free(struct online *o)
{
	vm_rig_free(o->rig);
	close(o->fd);
	unlink(o->path);
}

/* The CPU is gone and the kernel has moved the vCPU to another. */
START_TEST(offline)
{
	char want[96], text[16];
	unsigned int cpus[2];
	struct online o;
	struct ear ear;

	if (!two_cpus(__func__, cpus))
		return;
	snprintf(text, sizeof(text), "%u\n", cpus[1]);
	snprintf(want, sizeof(want), "and CPU %u went offline", cpus[0]);
	online_new(&o, cpus, text);
	listen_up(&ear);
	move(o.rig, 0, cpus[1]);
	says(&ear, o.rig, want);
	stop_listening(&ear);
	online_free(&o);
}
END_TEST

/* The mask lacks a CPU that goes offline before the kernel's file does. */
START_TEST(going_offline)
{
	char want[96], both[32], text[16];
	unsigned int cpus[2];
	struct online o;
	struct ear ear;

	if (!two_cpus(__func__, cpus))
		return;
	snprintf(both, sizeof(both), "%u,%u\n", cpus[0], cpus[1]);
	snprintf(text, sizeof(text), "%u\n", cpus[1]);
	snprintf(want, sizeof(want), "and CPU %u went offline", cpus[0]);
	online_new(&o, cpus, both);
	listen_up(&ear);
	move(o.rig, 0, cpus[1]);
	says(&ear, o.rig, "");
	move(o.rig, 0, cpus[0]);
	says(&ear, o.rig, "");
	move(o.rig, 0, cpus[1]);
	says(&ear, o.rig, "");	/* as new as the first time */
	online_is(&o, text);
	says(&ear, o.rig, want);
	says(&ear, o.rig, "");
	stop_listening(&ear);
	online_free(&o);
}
END_TEST

/* No pinned vCPU: never a wake-up.  A VM that stops: no alarm. */
START_TEST(quiet)
{
	struct vm_rig *rig = vm_rig_new(1, NULL);
	unsigned int cpus[2];
	struct ear ear;

	ck_assert_int_eq(watch_tick(&rig->vm), -1);
	vm_rig_free(rig);
	if (!two_cpus(__func__, cpus))
		return;
	rig = vm_rig_new(1, cpus);
	ck_assert_int_gt(watch_tick(&rig->vm), 0);
	ck_assert_int_le(watch_tick(&rig->vm), WATCH_MS);
	listen_up(&ear);
	move(rig, 0, cpus[1]);
	stop_post(&rig->vm.stop, OUTCOME_POWEROFF);
	says(&ear, rig, "");
	stop_listening(&ear);
	vm_rig_free(rig);
}
END_TEST

/* The loop looks by itself. */
START_TEST(live)
{
	struct vm_rig *rig;
	unsigned int cpus[2];
	struct ear ear;
	int tries;

	if (!two_cpus(__func__, cpus))
		return;
	rig = vm_rig_new(1, cpus);
	listen_up(&ear);
	vm_rig_start(rig);
	move(rig, 0, cpus[1]);
	for (tries = 0; tries < 100 && !*heard(&ear); tries++)
		usleep(100000);
	stop_listening(&ear);
	ck_assert_ptr_nonnull(strstr(ear.text, "has been moved"));
	vm_rig_free(rig);
}
END_TEST

T_MAIN("watch", moved_and_back, offline, going_offline, quiet, live)
