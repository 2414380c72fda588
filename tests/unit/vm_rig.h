/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_rig - a VM that runs on the stand-in for KVM until it is told to stop
 *
 * Its vCPUs sit in KVM_RUN for ever; its main loop has a thread of its own.
 * The registry is in a temporary directory.
 */
#ifndef TESTS_UNIT_VM_RIG_H
#define TESTS_UNIT_VM_RIG_H

#include <pthread.h>

#include "vmm/vm.h"

struct vm_rig {
	struct vm_config cfg;
	struct pmu_host host;
	struct pmu_plan *plan;		/* owned */
	struct vm_session session;
	struct vm vm;
	pthread_t thread;
	char dir[64];			/* XDG_RUNTIME_DIR */
	int kernel_fd, out_fd;
	char kernel[64];
};

/**
 * vm_rig_new() - create the VM, not running
 * @vcpus:  number of vCPUs
 * @pinned: CPU that vCPUs 0, 1, ... may use; NULL: no plan
 */
struct vm_rig *vm_rig_new(unsigned int vcpus, const unsigned int *pinned);

/** vm_rig_start() - let it run */
void vm_rig_start(struct vm_rig *rig);

/** vm_rig_free() - stop it, check that it ended well, remove everything */
void vm_rig_free(struct vm_rig *rig);

#endif /* TESTS_UNIT_VM_RIG_H */
