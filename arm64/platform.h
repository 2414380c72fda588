/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arm64/platform - guest physical addresses and interrupt numbers
 *
 * The map is kvmtool's (arm/include/arm-common/kvm-arch.h there), so that
 * guests and test runners made for it work unchanged.  Where kvmtool has an
 * MC146818 clock tallyvm has a PL031, in the same place; the panic device
 * takes the page after it.
 */
#ifndef ARM64_PLATFORM_H
#define ARM64_PLATFORM_H

#include <stdint.h>

#define PLAT_UART_BASE		UINT64_C(0x01000000)
#define PLAT_UART_SIZE		UINT64_C(0x8)
#define PLAT_UART_CLOCK		1843200	/* Hz: 115200 baud at divisor 1 */
/*
 * Characters that the guest may write for each look at LSR ("fifo-size" in the
 * device tree).  Larger than most lines of a kernel log, which then need one
 * look; a 16550A of the data sheet has 16.
 */
#define PLAT_UART_FIFO		256
#define PLAT_RTC_BASE		UINT64_C(0x01010000)
#define PLAT_RTC_SIZE		UINT64_C(0x1000)
#define PLAT_PVPANIC_BASE	UINT64_C(0x01011000)
#define PLAT_PVPANIC_SIZE	UINT64_C(0x2)

/* The GIC lies below 1 GiB and grows downwards. */
#define PLAT_GIC_DIST_BASE	UINT64_C(0x3fff0000)
#define PLAT_GIC_DIST_SIZE	UINT64_C(0x10000)
#define PLAT_GICV2_CPU_BASE	UINT64_C(0x3ffd0000)
#define PLAT_GICV2_CPU_SIZE	UINT64_C(0x20000)
#define PLAT_GICV3_REDIST_SIZE	UINT64_C(0x20000)	/* for each vCPU */
#define PLAT_ITS_SIZE		UINT64_C(0x20000)

#define PLAT_RAM_BASE		UINT64_C(0x80000000)

/*
 * Interrupt numbers are INTIDs.  kvmtool hands SPIs out from 32: 32 to 35 for
 * four UARTs, of which tallyvm has the first, 36 on for virtio and PCI.
 */
#define PLAT_UART_INTID		32
#define PLAT_RTC_INTID		35
#define PLAT_NR_IRQS		64	/* SGIs, PPIs and 32 SPIs */

/* PPIs, as numbers within the PPI range (INTID - 16) */
#define PLAT_PPI_PMU		7
#define PLAT_PPI_TIMER_SEC	13
#define PLAT_PPI_TIMER_PHYS	14
#define PLAT_PPI_TIMER_VIRT	11
#define PLAT_PPI_TIMER_HYP	10

/* Documentation/arch/arm64/booting.rst: at most 2 MiB, 8-byte aligned */
#define PLAT_DTB_MAX		UINT64_C(0x10000)
/* where kvmtool puts what has no Image header, and what kvm-unit-tests link for */
#define PLAT_FLAT_OFFSET	UINT64_C(0x80000)

#endif /* ARM64_PLATFORM_H */
