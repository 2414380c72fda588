/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_host - what the host does while a built-in guest runs
 *
 * DOC: theory of operation
 *
 * One thread, beside the main loop and the vCPU.  It always ends a guest that
 * takes too long.  When asked to, it also keeps one CPU of the guest busy, so
 * that the guest's vCPU is preempted there, moves the vCPU over all CPUs that
 * it may use, and measures its own work with a perf event of the same PMU:
 * what a host process would notice of the guest.
 *
 * The work is always the same, and the event counts its CPU cycles.  Two numbers tell whether that is disturbed: cycles for a piece of
 * work, which on hardware does not depend on the clock frequency, and cycles
 * for the time that the event was counting, which in an emulated host, where
 * cycles are time, is as steady.  A counter that was stopped, overwritten or
 * given away spoils both.
 *
 * Events are opened once, when the thread starts: later the process has given
 * up what perf may demand (privilege.h).
 */
#ifndef VMM_CHECK_HOST_H
#define VMM_CHECK_HOST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "check_words.h"
#include "pmu/host.h"

#define CHECK_GUEST_SECONDS 120

struct vm;

/* What the thread counted of its own work. */
struct check_measure {
	uint64_t pieces;	/* of work done */
	uint64_t cycles;	/* counted */
	uint64_t running_ns;	/* while the event was counting */
	uint64_t enabled_ns;	/* while it should have been */
};

enum check_order {
	CHECK_REST,		/* wait for an order */
	CHECK_WATCH,		/* end the guest if it takes too long */
	CHECK_LOAD,		/* the same, and work, move, measure */
	CHECK_QUIT,
};

struct check_job {
	enum check_order order;
	struct vm *vm;			/* NULL: only work and measure */
	unsigned int pmu;		/* index in the host, for CHECK_LOAD */
	const struct cpuset *cpus;	/* of that PMU; work on the first */
	bool move;			/* the vCPU over all of them */
	struct check_measure *measure;	/* added to; NULL: do not measure */
};

struct check_host {
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;		/* guards order and busy */
	pthread_cond_t change;
	struct check_job job;		/* the thread's while it is busy */
	_Atomic int order;		/* enum check_order */
	bool busy;
	unsigned int moves;		/* of the vCPU in the last job */
	const struct pmu_host *host;	/* not owned */
	int event[PMU_HOST_MAX];	/* owned by the thread; or -errno */
	bool user_only[PMU_HOST_MAX];	/* perf hides the kernel's cycles */
};

/**
 * check_host_start() - start the thread; check_host_stop() it
 * @h:    zeroed
 * @host: whose PMUs are used to measure
 *
 * Return: 0 or -errno with ERR_FAULT.
 */
int check_host_start(struct check_host *h, const struct pmu_host *host,
		     struct err *e);

/** check_host_stop() - legal on a zeroed object and twice */
void check_host_stop(struct check_host *h);

/** check_host_event() - 0, or why work cannot be measured on PMU @i: -errno */
int check_host_event(const struct check_host *h, unsigned int i);

/** check_host_begin() - give the thread a job; it must have none */
void check_host_begin(struct check_host *h, const struct check_job *job);

/** check_host_end() - end the job and wait for that; legal without one */
void check_host_end(struct check_host *h);

/**
 * check_host_judge() - was the host disturbed?
 *
 * CHECK_SKIP when the host could not even be measured without a guest.
 *
 * @m:   before, during, and after
 * @why: CHECK_WHY_MAX bytes, filled unless the verdict is CHECK_PASS
 */
enum check_verdict check_host_judge(const struct check_measure m[3],
				    char *why);

#endif /* VMM_CHECK_HOST_H */
