/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compat/kvm - KVM's user interface for arm64, whatever the build machine has
 *
 * Two gaps are closed here.  Distribution headers are older than the kernels
 * tallyvm runs on, so newer constants are given with the kernel that brought
 * them; whether the running kernel has them is always found out by trying.
 * And the portable parts with their unit tests also build on x86_64, where
 * <linux/kvm.h> lacks what belongs to arm64.
 *
 * Source of the values: Linux include/uapi/linux/kvm.h and
 * arch/arm64/include/uapi/asm/kvm.h; 7.3-rc7 unless noted.
 */
#ifndef INCLUDE_COMPAT_KVM_H
#define INCLUDE_COMPAT_KVM_H

#include <linux/kvm.h>

#ifndef __aarch64__
/* arch/arm64/include/uapi/asm/kvm.h */
struct kvm_vcpu_init {
	__u32 target;
	__u32 features[7];
};

#define KVM_ARM_VCPU_POWER_OFF		0
#define KVM_ARM_VCPU_EL1_32BIT		1
#define KVM_ARM_VCPU_PSCI_0_2		2
#define KVM_ARM_VCPU_PMU_V3		3
#define KVM_ARM_VCPU_SVE		4
#define KVM_ARM_VCPU_PTRAUTH_ADDRESS	5
#define KVM_ARM_VCPU_PTRAUTH_GENERIC	6

#define KVM_VGIC_V2_ADDR_TYPE_DIST	0
#define KVM_VGIC_V2_ADDR_TYPE_CPU	1
#define KVM_VGIC_V3_ADDR_TYPE_DIST	2
#define KVM_VGIC_V3_ADDR_TYPE_REDIST	3
#define KVM_VGIC_ITS_ADDR_TYPE		4
#define KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION 5

#define KVM_DEV_ARM_VGIC_GRP_ADDR	0
#define KVM_DEV_ARM_VGIC_GRP_NR_IRQS	3
#define KVM_DEV_ARM_VGIC_GRP_CTRL	4
#define KVM_DEV_ARM_VGIC_CTRL_INIT	0

#define KVM_ARM_VCPU_PMU_V3_CTRL	0
#define KVM_ARM_VCPU_PMU_V3_IRQ		0
#define KVM_ARM_VCPU_PMU_V3_INIT	1
#define KVM_ARM_VCPU_PMU_V3_FILTER	2

#define KVM_ARM_IRQ_TYPE_SHIFT		24
#define KVM_ARM_IRQ_TYPE_SPI		1
#endif /* !__aarch64__ */

/* 5.18 */
#ifndef KVM_ARM_VCPU_PMU_V3_SET_PMU
#define KVM_ARM_VCPU_PMU_V3_SET_PMU	3
#endif
/* about 6.16 */
#ifndef KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS
#define KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS 4
#endif
/* 7.3 */
#ifndef KVM_ARM_VCPU_PMU_V3_STRICT
#define KVM_ARM_VCPU_PMU_V3_STRICT	9
#endif
#ifndef KVM_CAP_ARM_PMU_V3_STRICT
#define KVM_CAP_ARM_PMU_V3_STRICT	251
#endif
/* 5.18: struct kvm_run.fail_entry reason on arm64 */
#ifndef KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED
#define KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED (1ULL << 0)
#endif

/*
 * ONE_REG identifiers (Documentation/virt/kvm/api.rst, 4.68 KVM_SET_ONE_REG,
 * "arm64 registers"): 0x6030 0000 0010 0000 + index of the 32-bit word in
 * struct kvm_regs for core registers, 0x6030 0000 0013 0000 + op0:op1:CRn:CRm:
 * op2 for system registers.
 */
#define KVM_ID_CORE(word)	(UINT64_C(0x6030000000100000) + (word))
#define KVM_ID_X(n)		KVM_ID_CORE(UINT64_C(2) * (n))
#define KVM_ID_PC		KVM_ID_CORE(64)
#define KVM_ID_PSTATE		KVM_ID_CORE(66)
#define KVM_ID_SYSREG(op0, op1, crn, crm, op2) \
	(UINT64_C(0x6030000000130000) + ((op0) << 14) + ((op1) << 11) + \
	 ((crn) << 7) + ((crm) << 3) + (op2))
#define KVM_ID_MPIDR_EL1	KVM_ID_SYSREG(3, 0, 0, 0, 5)
#define KVM_ID_PMCR_EL0		KVM_ID_SYSREG(3, 3, 9, 12, 0)

#endif /* INCLUDE_COMPAT_KVM_H */
