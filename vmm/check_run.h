/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_run - run one of the built-in guests and hear what it has to say
 *
 * A small VM with one vCPU, made by vm_create() from the same configuration
 * and plan as any other, but for three things: its kernel is in this binary,
 * its console is a file in memory of limited size, and nobody is told of it.
 *
 * One check_run serves any number of VMs, one after the other.
 */
#ifndef VMM_CHECK_RUN_H
#define VMM_CHECK_RUN_H

#include "check_guest.h"
#include "check_words.h"
#include "pmu/plan.h"
#include "vm.h"

#define CHECK_PARAMS_MAX 128

/* The VM that is wanted. */
struct check_want {
	enum pmu_mode mode;
	int counters;			/* or PMU_COUNTERS_ALL */
	const struct cpuset *cpus;	/* for its vCPU, all of one PMU */
	const char *filter;		/* SPEC of pmu/filter.h, or NULL */
	char params[CHECK_PARAMS_MAX];	/* the guest's boot arguments */
};

/* What somebody wants to do besides; both on the main thread. */
struct check_hooks {
	/* the VM is ready, its guest has not begun */
	void (*begin)(struct vm *vm, void *opaque);
	/* no vCPU runs any more, the VM still exists */
	void (*end)(struct vm *vm, void *opaque);
	void *opaque;
};

struct check_run {
	const struct pmu_host *host;	/* not owned */
	const char *dev;		/* not owned */
	struct vm_session session;
	struct vm vm;
	char said[CHECK_SAID_MAX];
	size_t len;			/* bytes in said */
	struct check_words words;	/* of the last guest */
	int signal;			/* that ended it, or 0 */
};

/**
 * check_run_init() - get ready, and let signals end guests from now on; before
 * any other thread exists.  To be ended by check_run_fini(), also after a
 * failure
 * @run:  zeroed; large, so not on a stack
 * @host: must outlive @run, and be probed before the first VM
 * @dev:  device node of KVM
 *
 * Return: 0, as check_guest_open(), or -errno with ERR_FAULT.
 */
int check_run_init(struct check_run *run, enum check_guest guest,
		   const struct pmu_host *host, const char *dev,
		   struct err *e);

/** check_run_fini() - legal on a zeroed object */
void check_run_fini(struct check_run *run);

/**
 * check_run_vm() - make the VM, run it to its end, read what it said
 * @hooks: or NULL
 * @e:     filled on failure
 *
 * Return: 0 with run->words filled; -EINTR when a signal ended it
 * (run->signal); -EBADMSG with ERR_FAULT when the guest did not end as it
 * should or made no sense; otherwise why there is no such VM: as vm_create(),
 * pmu_plan_make() or config_parse(), with ERR_CONFIG or ERR_HOST when that is
 * not a fault.
 */
int check_run_vm(struct check_run *run, const struct check_want *want,
		 const struct check_hooks *hooks, struct err *e);

#endif /* VMM_CHECK_RUN_H */
