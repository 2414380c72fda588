/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rawvm: a VM by KVM's own interface, for tools that try what tallyvm never
 * does: the PMU's attributes in a wrong order, registers looked at between two
 * runs, two VMs in one thread.
 *
 * Its guest is a piece of position independent code that runs at EL1 with the
 * MMU off, and leaves by a store to RAWVM_DOOR. Whatever fails and is not what
 * a tool is there to try ends the process, with a line that says what it was.
 */
#ifndef TESTS_GUEST_RAWVM_H
#define TESTS_GUEST_RAWVM_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAWVM_DOOR	0x0a000000
#define RAWVM_VCPUS	2

/* Newer than some headers */
#define RAWVM_SET_PMU		3
#define RAWVM_SET_NR_COUNTERS	4
#define RAWVM_PARTITION		5
#define RAWVM_PARTITION_IOCTL	_IOWR(KVMIO, 0xce, uint8_t)

/* ONE_REG identifiers of system registers */
#define RAWVM_REG(op1, crn, crm, op2) \
	(UINT64_C(0x603000000013c000) | (op1) << 11 | (crn) << 7 | \
	 (crm) << 3 | (op2))
#define RAWVM_PMCR		RAWVM_REG(3, 9, 12, 0)
#define RAWVM_PMCNTENSET	RAWVM_REG(3, 9, 12, 1)
#define RAWVM_PMCNTENCLR	RAWVM_REG(3, 9, 12, 2)
#define RAWVM_PMOVSCLR		RAWVM_REG(3, 9, 12, 3)
#define RAWVM_PMSELR		RAWVM_REG(3, 9, 12, 5)
#define RAWVM_PMCCNTR		RAWVM_REG(3, 9, 13, 0)
#define RAWVM_PMUSERENR		RAWVM_REG(3, 9, 14, 0)
#define RAWVM_PMINTENSET	RAWVM_REG(0, 9, 14, 1)
#define RAWVM_PMINTENCLR	RAWVM_REG(0, 9, 14, 2)
#define RAWVM_PMOVSSET		RAWVM_REG(3, 9, 14, 3)
#define RAWVM_PMEVCNTR(n)	RAWVM_REG(3, 14, 8 + (n) / 8, (n) % 8)
#define RAWVM_PMEVTYPER(n)	RAWVM_REG(3, 14, 12 + (n) / 8, (n) % 8)
#define RAWVM_PMCCFILTR		RAWVM_REG(3, 14, 15, 7)
#define RAWVM_X(n)		(UINT64_C(0x6030000000100000) + 2 * (n))

struct rawvm {
	int		kvm, vm, gic;
	int		vcpu[RAWVM_VCPUS];
	struct kvm_run	*run;	/* of vCPU 0 */
	size_t		run_size;
	uint8_t		*mem;
};

/*
 * rawvm_new - a VM with two vCPUs and a GIC, ready for the PMU's attributes
 * @pmu: with KVM_ARM_VCPU_PMU_V3
 * @code: copied to the address where vCPU 0 starts
 */
void rawvm_new(struct rawvm *v, bool pmu, const void *code, size_t len);
void rawvm_free(struct rawvm *v);

/* The VM and its vCPUs without KVM_ARM_VCPU_INIT and GIC: for wrong orders */
void rawvm_new_bare(struct rawvm *v);

/*
 * rawvm_attr - set an attribute of a vCPU's PMU
 * @addr: of the value
 *
 * Return: 0 or -errno.
 */
int rawvm_attr(struct rawvm *v, int vcpu, uint64_t attr, const void *addr);
int rawvm_attr_u32(struct rawvm *v, uint64_t attr, uint32_t val);

/* Return: 0 or -errno, of KVM_HAS_ and KVM_GET_DEVICE_ATTR */
int rawvm_has_attr(struct rawvm *v, uint64_t attr);
int rawvm_get_attr(struct rawvm *v, uint64_t attr, void *addr);

/* rawvm_partition - KVM_ARM_PARTITION_PMU; Return: 0 or -errno */
int rawvm_partition(struct rawvm *v, int vcpu, const uint8_t *host);

/* Interrupt and INIT: afterwards it can run. Return: 0 or -errno */
int rawvm_pmu_init(struct rawvm *v, int vcpu);

/*
 * Registers of vCPU 0. A register that is not there ends the process. Of a pair
 * that sets and clears bits, rawvm_set() takes the set register and makes @val
 * its value: for KVM until 6.13 a write there only adds bits, and one to the
 * clear register takes them away.
 */
uint64_t rawvm_get(struct rawvm *v, uint64_t id);
void rawvm_set(struct rawvm *v, uint64_t id, uint64_t val);

/* All of one VM's vCPU 0 and memory to another's, as far as KVM allows it */
void rawvm_copy(struct rawvm *to, struct rawvm *from);

/* rawvm_run - run vCPU 0 until it stores to the door; Return: what it stored */
uint64_t rawvm_run(struct rawvm *v);

/* How often its vCPUs have left the guest, as KVM counts it in debugfs */
uint64_t rawvm_exits(struct rawvm *v);

#endif
