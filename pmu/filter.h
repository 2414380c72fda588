/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/filter - which events a guest's counters may count
 *
 * DOC: theory of operation
 *
 * A person writes lists of events to allow or to deny; KVM takes ranges in an
 * order that matters: the first range decides what happens to all events that
 * no range names, and later ranges override earlier ones (Documentation/virt/
 * kvm/devices/vcpu.rst, KVM_ARM_VCPU_PMU_V3_FILTER).  So the lists are first
 * made into one set of events that may be counted, whatever order they were
 * written in:
 *
 *	with a list to allow, only its events; otherwise all;
 *	less every event of a list to deny.
 *
 * The set is then given to KVM as the fewest ranges of *one* action, for which
 * the order does not matter: ALLOW for what is in the set, where a list to
 * allow was written, otherwise DENY for what is not.
 *
 *	SPEC  := LIST { ("|" | ";") LIST }
 *	LIST  := ("allow" | "deny") ":" EVENT { "," EVENT }
 *	EVENT := NAME | NUMBER | NUMBER "-" NUMBER
 *
 * KVM never filters SW_INCR (event 0) and CHAIN (0x1e); to deny one of them by
 * itself is refused, since it would promise what does not happen.  CPU_CYCLES
 * (0x11) stands for the cycle counter too.
 */
#ifndef PMU_FILTER_H
#define PMU_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "event.h"

/*
 * struct kvm_pmu_event_filter of arm64 (arch/arm64/include/uapi/asm/kvm.h),
 * under a name of our own: other architectures have another one.
 */
enum pmu_filter_action {
	PMU_FILTER_ALLOW,	/* KVM_PMU_EVENT_ALLOW */
	PMU_FILTER_DENY,	/* KVM_PMU_EVENT_DENY */
};

struct pmu_filter_range {
	uint16_t base;
	uint16_t nr;
	uint8_t action;
	uint8_t pad[3];
};
_Static_assert(sizeof(struct pmu_filter_range) == 8, "as the kernel reads it");

struct pmu_filter {
	size_t nr;
	struct pmu_filter_range *range;	/* owned, all of one action */
};

/**
 * pmu_filter_parse() - from what a person wrote to ranges
 * @spec:   SPEC as above
 * @kernel: names of the kernel for this PMU, or NULL
 * @ret:    to be freed by pmu_filter_fini(); empty on failure
 * @e:      filled on failure: which list, which event, why
 *
 * A filter that leaves nothing to count is refused: a guest without a PMU
 * says the same and costs less.
 *
 * Return: 0; -EINVAL with ERR_CONFIG; -ENOMEM.
 */
int pmu_filter_parse(const char *spec, const struct pmu_event_list *kernel,
		     struct pmu_filter *ret, struct err *e);

/** pmu_filter_fini() - free; legal on a zeroed object and twice */
void pmu_filter_fini(struct pmu_filter *f);

/**
 * pmu_filter_apply() - give the ranges to KVM, for the whole VM
 * @vcpu_fd: any vCPU; after SET_PMU and SET_NR_COUNTERS, before INIT
 *
 * Return: 0; -EOPNOTSUPP with ERR_HOST when this kernel has no filter (Linux
 * before 5.10); -ERANGE with ERR_CONFIG when the PMU's event numbers are too
 * short for a range; other -errno with ERR_FAULT.
 */
int pmu_filter_apply(const struct pmu_filter *f, int vcpu_fd, struct err *e);

#endif /* PMU_FILTER_H */
