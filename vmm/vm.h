/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm - one virtual machine, from nothing to its outcome
 *
 * DOC: theory of operation
 *
 * vm_create() makes a VM in a list of steps that reads like KVM's
 * documentation (vm.c, vm_steps[]); vm_run() lets the vCPUs go and serves
 * console, clock and signals until something is posted to vm->stop; then
 * vm_destroy() takes everything down.  A guest reset destroys the VM and
 * creates it anew from the same open files: no state of the old one can stay
 * behind in the interrupt controller, a timer or the PMU.
 *
 * Threads.  The main thread is the event loop: it owns struct vm and all that
 * has no other owner named.  One thread for each vCPU owns its struct vcpu
 * from vcpu_start() to vcpu_join().  What both touch has its lock or is atomic
 * and says so.
 */
#ifndef VMM_VM_H
#define VMM_VM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "arm64/cpu.h"
#include "arm64/gic.h"
#include "arm64/image.h"
#include "arm64/pl031.h"
#include "bus.h"
#include "config.h"
#include "console.h"
#include "control.h"
#include "gmem.h"
#include "pmu/apply.h"
#include "pmu/host.h"
#include "pmu/plan.h"
#include "pvpanic.h"
#include "registry.h"
#include "serial.h"
#include "stop.h"
#include "vm_virtio.h"
#include "watch.h"

/* What outlives one VM, because a reset makes another with it. */
struct vm_session {
	const struct vm_config *cfg;	/* not owned, like host and plan */
	const struct pmu_host *host;
	const struct pmu_plan *plan;
	const struct pmu_how *how;	/* NULL: nothing settled */
	int kvm_fd;			/* owned, all -1 when not open */
	int kernel_fd;
	int initrd_fd;
	int dtb_fd;			/* --dump-dtb */
	int wake_fd;			/* eventfd of the loop */
	int signal_fd;			/* signalfd of the loop */
	bool confined;			/* privileges are gone */
	bool attr5_is_foreign;		/* learnt by a VM before: pmu/apply.h */
	/* here, so that a guest cannot refill its allowance by a reset */
	struct log_limit nobody;	/* accesses that no device answers */
	struct log_limit nisv;		/* accesses that cannot be decoded */
	struct registry registry;
	struct control control;
	struct console console;
	struct serial serial;
	struct virtio_devices devices;
};

struct vm;

struct vcpu {
	struct vm *vm;
	unsigned int index;
	int fd;				/* owned, -1 before it exists */
	struct kvm_run *run;		/* owned mapping */
	pthread_t thread;
	bool started;			/* thread is to be joined */
	_Atomic unsigned int refused;	/* KVM_EXIT_FAIL_ENTRY so far */
	struct control_stats stats;
};

/* Where vCPU threads wait between KVM_ARM_VCPU_INIT and the first KVM_RUN. */
enum gate_state {
	GATE_CLOSED,
	GATE_OPEN,
	GATE_CANCELLED,			/* set-up failed: go home */
};

struct gate {
	pthread_mutex_t lock;		/* guards all below */
	pthread_cond_t change;
	unsigned int waiting;		/* vCPU threads that are initialised */
	enum gate_state state;
};

struct vm {
	struct vm_session *session;	/* not owned */
	int fd;				/* owned, -1 */
	struct gmem mem;
	struct gic gic;
	struct cpu_features features;
	struct bus bus;
	struct pl031 rtc;
	struct pvpanic pvpanic;
	struct virtio_transports virtio;
	struct boot_layout layout;
	struct pmu_vm pmu;
	struct stop stop;
	struct gate gate;
	struct watch watch;
	int64_t panic_until;		/* ms: end of the moment after a panic */
	size_t run_size;		/* of each vCPU's mapping */
	unsigned int nr_vcpus;
	struct vcpu *vcpus;		/* owned array */
};

/** vm_session_init() - nothing open; then vm_session_fini() is legal */
void vm_session_init(struct vm_session *s, const struct vm_config *cfg,
		     const struct pmu_host *host, const struct pmu_plan *plan);
/** vm_session_fini() - close all, restore the terminal; legal twice */
void vm_session_fini(struct vm_session *s);

/**
 * vm_create() - everything up to the first instruction of the guest
 * @vm: filled; vm_destroy() it also after a failure
 * @s:  files are opened the first time and reused after that
 * @e:  filled on failure
 *
 * Return: 0; -ESTALE when the VM must be made again (the session has learnt
 * something); other -errno.
 */
int vm_create(struct vm *vm, struct vm_session *s, struct err *e);

/**
 * vm_run() - run until something is posted
 *
 * On return no vCPU runs any more and what the guest wrote has been passed on.
 *
 * Return: the outcome; details in vm->stop.
 */
enum outcome vm_run(struct vm *vm);

/** vm_destroy() - stop threads, release everything; legal twice */
void vm_destroy(struct vm *vm);

/* loop.c */

/** loop_signals() - block what the loop handles, once, on the main thread
 * before any other exists.  Return: the signalfd, or -1 */
int loop_signals(void);
/** loop_run() - serve console, clock and signals until the VM ends */
void loop_run(struct vm *vm);
/** loop_resize() - tell the virtio console the size of the terminal */
void loop_resize(struct vm_session *s);
/** loop_flush() - pass on the rest of the output after the vCPUs stopped */
void loop_flush(struct vm *vm);

#endif /* VMM_VM_H */
