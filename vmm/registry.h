/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * registry - which VMs run on this host, for those that come after
 *
 * DOC: theory of operation
 *
 * Each VM has a file PID.json in $XDG_RUNTIME_DIR/tallyvm, or where that is
 * not set in /run/tallyvm.  It says what the VM was planned to have and never
 * changes.  The VM holds a lock on it (flock(2)) as long as it lives, so a file
 * that can be locked is left over, and whoever finds it removes it: nothing has
 * to be cleaned up after a crash.  A file that is not written yet is empty, and
 * passed over.
 *
 * What a VM does at this moment is asked through PID.sock beside it
 * (control.h).
 *
 * A directory belongs to one user and shows that user's VMs.  A VM that has no
 * writable one runs without being known: nothing depends on the registry but
 * reports and the balancing of --pmu-cluster=auto.
 */
#ifndef VMM_REGISTRY_H
#define VMM_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config.h"
#include "pmu/plan.h"

/* directories are short: a socket's path has at most 107 bytes (unix(7)) */
#define REGISTRY_PATH_MAX 96
/* 512 vCPUs with scattered CPU lists stay below this */
#define REGISTRY_FILE_MAX (1u << 20)

/* The entry of the VM in this process. */
struct registry {
	bool added;
	int lock_fd;			/* owned, when added */
	char base[REGISTRY_PATH_MAX];	/* path without ".json" */
};

/* The entry of any VM. */
struct registry_vm {
	char name[CONFIG_NAME_MAX + 1];
	pid_t pid;
	char pmu[PMU_NAME_MAX];		/* "" without a PMU */
	char mode[16];			/* pmu_mode_name() of the plan */
	int counters;			/* of the plan, or PMU_COUNTERS_ALL */
	unsigned int host_reserve;
	unsigned int nr_vcpus;
	struct cpuset cpus;		/* all that its vCPUs are pinned to */
};

/**
 * registry_dir() - where this user's VMs are known
 * @buf: REGISTRY_PATH_MAX bytes
 *
 * Return: @buf, or NULL where the path would be too long or not absolute.
 */
const char *registry_dir(char *buf);

/**
 * registry_add() - make the VM of this process known
 * @r:    zeroed; added says whether it worked
 * @cfg:  a VM without a name is not added
 * @plan: or NULL
 *
 * Before privileges are dropped.  Three system calls, five the first time.
 */
void registry_add(struct registry *r, const struct vm_config *cfg,
		  const struct pmu_plan *plan);

/** registry_remove() - legal on a zeroed object and twice */
void registry_remove(struct registry *r);

/**
 * registry_list() - the VMs that run, by name, then by PID
 * @dir:    as from registry_dir()
 * @ret:    new array, to be freed with free(); NULL when there are none
 * @ret_nr: its size
 * @e:      filled on failure
 *
 * Removes what crashed VMs left behind.  A file that cannot be understood is
 * passed over: it is another version's.
 *
 * Return: 0, also without a directory; -ENOMEM or why it cannot be read.
 */
int registry_list(const char *dir, struct registry_vm **ret, size_t *ret_nr,
		  struct err *e);

/** registry_is() - whether @name is the VM's name or its PID, as a person who
 * means one writes it */
bool registry_is(const struct registry_vm *vm, const char *name);

/**
 * registry_claims() - the same as what other VMs hold, for the planner
 * @ret: new array, to be freed with free()
 */
int registry_claims(struct pmu_claim **ret, unsigned int *ret_nr,
		    struct err *e);

#endif /* VMM_REGISTRY_H */
