/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/holders - who holds counters of the host, as far as it can be seen
 *
 * The kernel lists the users of a PMU nowhere.  What can be seen: whether its
 * hard-lockup detector runs, which processes have perf events open, and which
 * have vCPUs, whose emulated counters are perf events that belong to nobody.
 * Whether an open event is a hardware event, on which CPU and whether it is
 * pinned, is not shown to others.
 */
#ifndef PMU_HOLDERS_H
#define PMU_HOLDERS_H

#include <stddef.h>
#include <sys/types.h>

#include "err.h"

enum pmu_watchdog {
	PMU_WATCHDOG_OFF,
	PMU_WATCHDOG_ON,	/* one pinned counter on each CPU */
	PMU_WATCHDOG_MAYBE,	/* on; it may do without a counter */
	PMU_WATCHDOG_UNKNOWN,	/* the kernel does not say */
	PMU_WATCHDOG_NUM
};

struct pmu_holder {
	pid_t pid;
	char comm[16];		/* TASK_COMM_LEN */
	unsigned int events;	/* perf events it has open */
	unsigned int vcpus;	/* vCPUs it has open */
};

struct pmu_holders {
	enum pmu_watchdog watchdog;
	unsigned int hidden;	/* processes that could not be looked into */
	size_t nr;
	struct pmu_holder *holder;	/* owned, by pid */
};

/**
 * pmu_holders_probe() - look at the watchdog and at every process
 * @proc: root of procfs
 * @log:  the kernel's messages, NULL where not known
 * @ret:  to be freed by pmu_holders_fini(); empty on failure
 *
 * A process that ends meanwhile is left out.
 *
 * Return: 0, -ENOMEM, or why @proc cannot be listed.
 */
int pmu_holders_probe(const char *proc, const char *log,
		      struct pmu_holders *ret, struct err *e);

/** pmu_holders_fini() - free; legal on a zeroed object and twice */
void pmu_holders_fini(struct pmu_holders *h);

/** pmu_watchdog_text() - a sentence for people */
const char *pmu_watchdog_text(enum pmu_watchdog watchdog);

#endif /* PMU_HOLDERS_H */
