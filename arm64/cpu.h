/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arm64/cpu - what a vCPU of this architecture needs before it can run
 */
#ifndef ARM64_CPU_H
#define ARM64_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "kvm.h"

/* The vCPUs' PMU. */
enum cpu_pmu {
	CPU_PMU_NONE,
	CPU_PMU_PLAIN,
	CPU_PMU_AUTO,		/* strict where KVM has it */
	CPU_PMU_STRICT,		/* KVM_ARM_VCPU_PMU_V3_STRICT or nothing */
};

/* What the VM's vCPUs are to have; the same for all of them, as KVM wants. */
struct cpu_features {
	struct kvm_vcpu_init init;	/* target and feature bits */
	bool sve;			/* must be finalised */
};

/**
 * cpu_ipa_bits() - bits of guest physical address space for RAM up to @end
 * @kvm_fd: /dev/kvm
 * @end:    first address after RAM
 * @ret:    argument for KVM_CREATE_VM; 0 on kernels with one fixed size
 *
 * Return: 0, or -ERANGE with ERR_HOST when this host has too few.
 */
int cpu_ipa_bits(int kvm_fd, uint64_t end, unsigned int *ret, struct err *e);

/**
 * cpu_features() - preferred target and the features that KVM offers
 * @vm_fd:   VM
 * @sve:     offer SVE where KVM does
 * @ptrauth: offer pointer authentication where KVM does
 * @pmu:     fails with ERR_HOST where KVM does not have it
 */
int cpu_features(int vm_fd, bool sve, bool ptrauth, enum cpu_pmu pmu,
		 struct cpu_features *ret, struct err *e);

/**
 * cpu_init() - KVM_ARM_VCPU_INIT, on the thread that will run the vCPU
 * @fd:    vCPU
 * @index: vCPU number; all but 0 start powered off, for PSCI CPU_ON
 *
 * KVM takes the default PMU of the CPU this runs on, so the thread must be
 * pinned before (Linux arch/arm64/kvm/pmu-emul.c, kvm_arm_set_default_pmu()).
 */
int cpu_init(int fd, unsigned int index, const struct cpu_features *features,
	     struct err *e);

/** cpu_mpidr() - MPIDR_EL1 of an initialised vCPU.  Return: 0 or -errno */
int cpu_mpidr(int fd, uint64_t *ret);

/**
 * cpu_boot_regs() - the state in which booting.rst wants the first CPU
 * @entry: where execution starts
 * @dtb:   passed in x0
 */
int cpu_boot_regs(int fd, uint64_t entry, uint64_t dtb, struct err *e);

/**
 * cpu_user_aborts() - let user space see accesses that KVM cannot decode
 *
 * Without it such an access ends KVM_RUN with -ENOSYS.  Kernels before 5.5 do
 * not have it; that is not an error.
 */
void cpu_user_aborts(int vm_fd);

/** cpu_inject_abort() - synchronous external data abort for the access that
 * has just left KVM; by the vCPU's thread.  Return: 0 or -errno */
int cpu_inject_abort(int fd);

#endif /* ARM64_CPU_H */
