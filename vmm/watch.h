/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch - is every vCPU still where the plan put it?
 *
 * DOC: theory of operation
 *
 * Pinning is not for ever: a CPU goes offline, a cpuset cgroup shrinks, a
 * person uses taskset.  Then counters stop or KVM refuses to run the vCPU, and
 * the cause is hard to find afterwards.  So while a plan pins vCPUs, the main
 * loop reads the affinity of their threads back every WATCH_MS, and says once
 * for each change what changed and what it means.  Nothing is corrected: who
 * moved a vCPU may have had a reason.
 *
 * The kernel gives the affinity of a thread within the CPUs that are online
 * (Linux kernel/sched/syscalls.c, sched_getaffinity()), so one call for each
 * vCPU notices all three.  A CPU that goes offline leaves that mask before it
 * leaves the file that names those online: a change that no offline CPU
 * explains is said when the next look finds it still so.  A VM without pinned
 * vCPUs is never woken for this.
 *
 * Main thread only.
 */
#ifndef VMM_WATCH_H
#define VMM_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "cpuset.h"

#define WATCH_MS 2000

struct vm;

struct watch {
	struct cpuset *seen;	/* owned, one for each vCPU: as read last; NULL
				 * before the first look */
	bool *displaced;	/* owned: may run on a CPU not planned */
	struct cpuset *doubted;	/* owned: as read last, with no CPU offline
				 * that would explain it */
	unsigned int nr;
	uint64_t due_ms;	/* of CLOCK_MONOTONIC, 0: not set */
	const char *online;	/* file of the CPUs that are online; NULL:
				 * the real one */
};

/**
 * watch_tick() - look if it is time
 *
 * Return: milliseconds until the next look, or -1: there will be none.
 */
int watch_tick(struct vm *vm);

/** watch_look() - look now */
void watch_look(struct vm *vm);

/** watch_displaced() - whether @vcpu was last seen allowed off its CPUs */
bool watch_displaced(const struct watch *w, unsigned int vcpu);

/** watch_fini() - free; legal on a zeroed object and twice */
void watch_fini(struct watch *w);

#endif /* VMM_WATCH_H */
