/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/apply - carry a plan out on a VM, in the one order KVM accepts
 *
 * DOC: theory of operation
 *
 * KVM accepts the PMU's vCPU attributes in one order only (Documentation/virt/
 * kvm/devices/vcpu.rst, group KVM_ARM_VCPU_PMU_V3_CTRL), and several mistakes
 * are accepted silently, so the order is held by one state machine.  A call in
 * the wrong state is refused with -EBADFD and changes nothing.
 *
 *	state		legal call		next state
 *	PMU_ST_NEW	pmu_vm_prepare()	PMU_ST_NEW (before any vCPU)
 *	PMU_ST_NEW	pmu_vm_add_vcpu()	PMU_ST_NEW (nr_vcpus times)
 *	PMU_ST_NEW	pmu_vm_select()		PMU_ST_SELECTED  SET_PMU
 *	PMU_ST_SELECTED	pmu_vm_size()		PMU_ST_SIZED     partition, N,
 *							 filter
 *	PMU_ST_SIZED	pmu_vm_enable()		PMU_ST_ENABLED   IRQ, INIT
 *	PMU_ST_ENABLED	pmu_vm_verify()		PMU_ST_VERIFIED  PMCR_EL0.N
 *
 * Any failure leads to PMU_ST_FAILED, from which only pmu_vm_init() leads
 * out: such a VM must be thrown away.  pmu_vm_apply() makes all four steps.
 *
 * Before the four steps every vCPU has been through KVM_ARM_VCPU_INIT on its
 * own pinned thread with feature PMU_V3, and the vGIC is initialised.  After
 * them: KVM_RUN.  All calls come from one thread while no vCPU runs.  A plan
 * without a PMU goes through the same states and makes no call to KVM.
 */
#ifndef PMU_APPLY_H
#define PMU_APPLY_H

#include <stdbool.h>

#include "err.h"
#include "filter.h"
#include "plan.h"

/* overflow interrupt: PPI 7 = INTID 23 (Arm BSA, "PPI assignments") */
#define PMU_IRQ_INTID 23

enum pmu_state {
	PMU_ST_NEW,
	PMU_ST_SELECTED,
	PMU_ST_SIZED,
	PMU_ST_ENABLED,
	PMU_ST_VERIFIED,
	PMU_ST_FAILED,
	PMU_ST_NUM
};

/* how the counter count or the partition reached the kernel */
enum pmu_way {
	PMU_WAY_NONE,		/* nothing was asked */
	PMU_WAY_ATTR,		/* vCPU attribute ENABLE_PARTITION */
	PMU_WAY_IOCTL,		/* vCPU ioctl KVM_ARM_PARTITION_PMU, a count */
	PMU_WAY_IOCTL_ENABLE,	/* the same ioctl, yes or no */
	PMU_WAY_CAPABILITY,	/* VM capability KVM_CAP_ARM_PARTITION_PMU */
	PMU_WAY_NR_COUNTERS,	/* vCPU attribute SET_NR_COUNTERS */
	PMU_WAY_PMCR,		/* PMCR_EL0 by KVM_SET_ONE_REG */
	PMU_WAY_NUM
};

/* shapes that the partition interface has had; see partition.c */
enum pmu_abi {
	PMU_ABI_AUTO,		/* find out, by those that are safe to try */
	PMU_ABI_ATTRIBUTE,	/* v6 and later */
	PMU_ABI_IOCTL_COUNT,	/* v1: how many counters the host keeps */
	PMU_ABI_IOCTL_ENABLE,	/* v2 to v4: yes or no */
	PMU_ABI_CAPABILITY,	/* v5, before the first vCPU */
	PMU_ABI_NUM
};

/* What a person may settle about KVM's interfaces; zeroed: nothing. */
struct pmu_how {
	enum pmu_abi abi;
	unsigned int attr;		/* of ENABLE_PARTITION; 0: the usual */
	const struct pmu_filter *filter; /* not owned; NULL: count anything */
};

struct pmu_vm {
	enum pmu_state state;
	struct pmu_how how;
	const struct pmu_plan *plan;	/* not owned */
	unsigned int nr;		/* vCPUs added so far */
	int *fds;			/* owned array; descriptors not owned */
	enum pmu_mode mode;		/* in effect, after pmu_vm_size() */
	enum pmu_way partition_way;
	enum pmu_way count_way;
	unsigned int max;		/* N the kernel offered, after select;
					 * 0 when the plan sets no count */
	unsigned int n;			/* N in effect, after verify */
	int cap_answer;			/* of pmu_vm_prepare() */
	bool attr5_is_foreign;		/* see pmu_vm_size() */
	const char *proc;		/* root of procfs, NULL: "/proc" */
	char note[PMU_REASON_MAX];	/* what is not as planned and why,
					 * "" if all is */
};

/**
 * pmu_vm_init() - start over
 * @pv: zeroed before the first call; how, attr5_is_foreign and proc are kept
 *
 * Return: 0 or -ENOMEM.
 */
int pmu_vm_init(struct pmu_vm *pv, const struct pmu_plan *plan);
/** pmu_vm_fini() - free; zeroed objects and repeated calls are legal */
void pmu_vm_fini(struct pmu_vm *pv);

/**
 * pmu_vm_prepare() - what must be asked before the first vCPU is created
 * @vm_fd: the VM
 *
 * Makes no call unless a partition is planned and how.abi is
 * PMU_ABI_CAPABILITY.  The kernel's refusal is kept for pmu_vm_size(), which
 * knows about the fallback.
 *
 * Return: 0; -EBADFD; other -errno with ERR_FAULT.
 */
int pmu_vm_prepare(struct pmu_vm *pv, int vm_fd, struct err *e);

/** pmu_vm_add_vcpu() - vCPUs in order of their index.  Return: 0, -EBADFD */
int pmu_vm_add_vcpu(struct pmu_vm *pv, int vcpu_fd);

/**
 * pmu_vm_select() - tell KVM which host PMU the VM has, and ask for its size
 *
 * A kernel without SET_PMU is accepted on a host with one core PMU, where
 * KVM's own choice is the same.
 *
 * Return: 0; -EOPNOTSUPP with ERR_HOST when KVM cannot be told or does not
 * know this PMU; other -errno with ERR_FAULT.
 */
int pmu_vm_select(struct pmu_vm *pv, struct err *e);

/**
 * pmu_vm_size() - partition the counters, set their number, filter events
 *
 * In this order, which Documentation/virt/kvm/devices/vcpu.rst asks for.
 * Probes by behaviour (never by capability number).  When attribute 5 turns
 * out to be the other series' FIXED_COUNTERS_ONLY, the VM has been changed by
 * asking: the call fails with -ESTALE and @pv->attr5_is_foreign set, and the
 * caller builds the VM anew with that flag kept (pmu_vm_init() keeps it).
 *
 * Return: 0; -ESTALE as above; -EOPNOTSUPP with ERR_HOST when the host cannot
 * partition and the plan has no fallback, or has no way to set a count or to
 * filter; -ERANGE with ERR_CONFIG when more counters were asked for than exist,
 * or events that the PMU cannot have; other -errno with ERR_FAULT.
 */
int pmu_vm_size(struct pmu_vm *pv, struct err *e);

/** pmu_vm_enable() - overflow interrupt and INIT on every vCPU.
 *
 * Return: 0 or -errno with ERR_FAULT.
 */
int pmu_vm_enable(struct pmu_vm *pv, struct err *e);

/** pmu_vm_verify() - read PMCR_EL0.N back on every vCPU.
 *
 * Return: 0, or -EPROTO with ERR_HOST if any is not what was promised.
 */
int pmu_vm_verify(struct pmu_vm *pv, struct err *e);

/** pmu_vm_apply() - select, size, enable, verify */
int pmu_vm_apply(struct pmu_vm *pv, struct err *e);

/** pmu_way_name() - for reports: "KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS" */
const char *pmu_way_name(enum pmu_way way);

#endif /* PMU_APPLY_H */
