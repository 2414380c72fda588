/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu_facts - all that can be found out about the host's PMUs
 *
 * For reports: it reads far more than a start of a guest does.  What could not
 * be found out stays empty, and no_kvm says why.
 */
#ifndef VMM_PMU_FACTS_H
#define VMM_PMU_FACTS_H

#include "cmd_pmu.h"
#include "pmu/event.h"
#include "pmu/holders.h"
#include "pmu/host.h"
#include "pmu/require.h"
#include "pmu/scratch.h"

struct pmu_facts {
	struct pmu_host host;
	struct pmu_event_list events[PMU_HOST_MAX];
	struct err no_kvm;		/* why KVM was not asked, if so */
	struct pmu_scratch scratch;	/* what it answered */
	bool running;			/* not recorded: the rest is there */
	struct pmu_holders holders;
	char cmdline[PMU_CMDLINE_MAX];
	char *log;			/* owned; NULL where not known */
};

/**
 * pmu_facts_probe() - find out
 * @args: where to look
 * @ret:  to be freed by pmu_facts_fini(), also after a failure
 * @e:    filled on failure: sysfs makes no sense
 */
int pmu_facts_probe(const struct pmu_args *args, struct pmu_facts *ret,
		    struct err *e);

/** pmu_facts_fini() - free; legal on a zeroed object and twice */
void pmu_facts_fini(struct pmu_facts *f);

/** pmu_facts_best() - index of the PMU with the most counters, 0 if none is
 * known; there may be no PMU at all */
unsigned int pmu_facts_best(const struct pmu_facts *f);

/** pmu_facts_require() - the facts for require.h
 * @dev: index of the PMU
 * @n:   counters wanted for the guest
 */
struct pmu_req_facts pmu_facts_require(const struct pmu_facts *f,
				       unsigned int dev, unsigned int n);

/** pmu_facts_core() - core kind in words, or the bare MIDR in @buf, or "" */
const char *pmu_facts_core(const struct pmu_dev *dev, char *buf, size_t len);

/**
 * pmu_facts_command() - a command that reports on the facts
 * @help:   what --help prints
 * @report: prints; gives the exit status of the program
 *
 * Return: the exit status.
 */
int pmu_facts_command(int argc, char **argv, const char *help,
		      int (*report)(const struct pmu_args *args,
				    const struct pmu_facts *facts,
				    struct err *e));

#endif /* VMM_PMU_FACTS_H */
