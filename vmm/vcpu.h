/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vcpu - one virtual CPU and its thread
 *
 * The thread pins itself, initialises the vCPU (in this order: KVM takes the
 * default PMU from the CPU that KVM_ARM_VCPU_INIT runs on), waits at the gate,
 * and then runs the guest until it is kicked and finds a reason posted.
 *
 * A stop cannot be lost: vcpu_kick() sets kvm_run.immediate_exit before it
 * sends the signal.  A thread before KVM_RUN finds the flag when it enters, a
 * thread inside is interrupted by the signal, and KVM looks at the flag after
 * the point from which a signal would be noticed (api.rst, 5. "kvm_run",
 * immediate_exit).
 */
#ifndef VMM_VCPU_H
#define VMM_VCPU_H

#include "vm.h"

/** vcpu_create() - the descriptor and its mapping; by the main thread, in
 * order of index, so that the GIC's redistributors are in order too */
int vcpu_create(struct vcpu *v, struct vm *vm, unsigned int index,
		struct err *e);

/** vcpu_start() - start its thread */
int vcpu_start(struct vcpu *v, struct err *e);

/** vcpu_kick() - make it leave the guest and look at vm->stop; any thread */
void vcpu_kick(struct vcpu *v);

/** vcpu_join() - wait for the end of its thread, if it was started */
void vcpu_join(struct vcpu *v);

/** vcpu_destroy() - after vcpu_join(); legal twice */
void vcpu_destroy(struct vcpu *v);

/** vcpu_exit() - act on kvm_run after KVM_RUN returned 0 (vcpu_exit.c)
 *
 * Return: true to go on, false when a reason was posted.
 */
bool vcpu_exit(struct vcpu *v);

#endif /* VMM_VCPU_H */
