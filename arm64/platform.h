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

/* One page would do for each; kvmtool's distance is 0x200. */
#define PLAT_VIRTIO_BASE	UINT64_C(0x03000000)
#define PLAT_VIRTIO_SIZE	UINT64_C(0x200)

/*
 * The PCI host bridge: configuration space of one bus (ECAM: 4 KiB for each of
 * 32 devices of 8 functions), so that a guest looks for no others, and the
 * windows for BARs.  The 64-bit window lies above RAM (plat_pci_mem64()).
 */
#define PLAT_PCI_ECAM_BASE	UINT64_C(0x40000000)
#define PLAT_PCI_ECAM_SIZE	UINT64_C(0x100000)
#define PLAT_PCI_MEM32_BASE	UINT64_C(0x50000000)
#define PLAT_PCI_MEM32_SIZE	UINT64_C(0x30000000)
#define PLAT_PCI_MEM64_SIZE	UINT64_C(0x100000000)

/* The GIC lies below 1 GiB and grows downwards. */
#define PLAT_GIC_DIST_BASE	UINT64_C(0x3fff0000)
#define PLAT_GIC_DIST_SIZE	UINT64_C(0x10000)
#define PLAT_GICV2_CPU_BASE	UINT64_C(0x3ffd0000)
#define PLAT_GICV2_CPU_SIZE	UINT64_C(0x20000)
#define PLAT_V2M_BASE		UINT64_C(0x3ffc0000)
#define PLAT_V2M_SIZE		UINT64_C(0x1000)
#define PLAT_GICV3_REDIST_SIZE	UINT64_C(0x20000)	/* for each vCPU */
#define PLAT_ITS_SIZE		UINT64_C(0x20000)

#define PLAT_RAM_BASE		UINT64_C(0x80000000)

/*
 * Interrupt numbers are INTIDs.  kvmtool hands SPIs out from 32: 32 to 35 for
 * four UARTs, of which tallyvm has the first, 36 on for virtio and PCI.
 */
#define PLAT_UART_INTID		32
#define PLAT_RTC_INTID		35
#define PLAT_PCI_INTID		36	/* INTA# to INTD#: 36 to 39 */
#define PLAT_VIRTIO_INTID	40	/* the first virtio-mmio device */
#define PLAT_VIRTIO_MAX		24	/* virtio-mmio devices: 40 to 63 */
#define PLAT_NR_IRQS		64	/* SGIs, PPIs and 32 SPIs */
#define PLAT_V2M_INTID		64	/* the SPIs of GICv2m come after those */
#define PLAT_V2M_SPIS		64

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

/** plat_pci_mem64() - where the 64-bit window begins, for RAM that ends at
 * @ram_end: the next multiple of the window's size */
static inline uint64_t plat_pci_mem64(uint64_t ram_end)
{
	return (ram_end + PLAT_PCI_MEM64_SIZE - 1) &
	       ~(PLAT_PCI_MEM64_SIZE - 1);
}

#endif /* ARM64_PLATFORM_H */
