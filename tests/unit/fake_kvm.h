/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_kvm - a stand-in for KVM that records every call and can fail any
 *
 * It takes the place of vmm/kvm.c when a test is linked.  Descriptors are real
 * ones, so that a leak shows; a vCPU's mapping is real shared memory.  It knows
 * enough of arm64 KVM that the whole of tallyvm runs on it: capabilities, GIC,
 * registers, PMU attributes of a Linux 6.12 host, and vCPUs that play a script.
 */
#ifndef TESTS_UNIT_FAKE_KVM_H
#define TESTS_UNIT_FAKE_KVM_H

#include <stdbool.h>
#include <stdint.h>

#include "kvm.h"

#define FAKE_CALLS_MAX	4096
#define FAKE_VCPUS_MAX	16
#define FAKE_COUNTERS	6	/* PMCR_EL0.N of the host */

struct fake_call {
	unsigned long req;	/* FAKE_OPEN, FAKE_MAP or an ioctl */
	int vcpu;		/* index, or -1 */
	uint64_t arg;		/* attribute number, capability or integer */
	uint32_t group;		/* of attributes */
	bool on_pinned_cpu;	/* the caller may run on fewer CPUs than all */
};

#define FAKE_OPEN 1UL
#define FAKE_MAP  2UL

/*
 * What a vCPU does in KVM_RUN number @turn (from 0): fill @run and return 0,
 * return -errno, or return FAKE_BLOCK to wait for a kick.
 */
#define FAKE_BLOCK 1
typedef int fake_script(unsigned int vcpu, unsigned int turn,
			struct kvm_run *run);

struct fake_kvm {
	bool strict;		/* Linux 7.3: KVM_CAP_ARM_PMU_V3_STRICT */
	bool no_gicv3, no_its, no_gicv2, no_pmu, no_coalesced;
	bool no_stats;
	unsigned int lacks_cap;	/* a capability that is missing, 0: none */
	unsigned int fail_at;	/* this call fails (from 1), 0: none */
	int fail_with;		/* -errno */
	fake_script *script;	/* NULL: vCPU 0 powers off at once */

	unsigned int nr_calls;
	struct fake_call call[FAKE_CALLS_MAX];
};

extern struct fake_kvm fake;

/** fake_reset() - a healthy host, nothing recorded */
void fake_reset(void);

/** fake_find() - index of the first call with @req, from @from, or -1 */
int fake_find(unsigned long req, unsigned int from);

/** fake_count() - how many calls with @req were made */
unsigned int fake_count(unsigned long req);

/** fake_open_fds() - open descriptors of this process */
unsigned int fake_open_fds(void);

/** fake_threads() - threads of this process */
unsigned int fake_threads(void);

/* Ready-made exits for scripts; each returns 0. */
int fake_exit_off(struct kvm_run *run);
int fake_exit_event(struct kvm_run *run, uint32_t type);
int fake_exit_mmio(struct kvm_run *run, uint64_t addr, bool write,
		   uint32_t len, uint64_t value);

#endif /* TESTS_UNIT_FAKE_KVM_H */
