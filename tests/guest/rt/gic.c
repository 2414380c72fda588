// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gic - the least of GICv2 (Arm IHI 0048) and GICv3 (IHI 0069) that takes an
 * interrupt: group 1 enabled, all priorities let through.
 */
#include "guest.h"
#include "fdt.h"

#define GICD_CTLR		0x000
#define GICD_IGROUPR		0x080
#define GICD_ISENABLER		0x100
#define GICD_IPRIORITYR		0x400
#define GICD_ITARGETSR		0x800
#define GICD_CTLR_GRP1		BIT(0)	/* GICv2: the one group */
#define GICD_CTLR_V3		0x12	/* ARE_NS, EnableGrp1A */

#define GICC_CTLR		0x00
#define GICC_PMR		0x04
#define GICC_IAR		0x0c
#define GICC_EOIR		0x10

#define GICR_TYPER		0x0008
#define GICR_WAKER		0x0014
#define GICR_SGI_BASE		0x10000
#define GICR_IGROUPR0		(GICR_SGI_BASE + 0x080)
#define GICR_STRIDE		0x20000
#define GICR_TYPER_LAST		BIT(4)
#define GICR_WAKER_SLEEP	BIT(1)
#define GICR_WAKER_CHILDREN	BIT(2)

#define ICC_PMR_EL1		s3_0_c4_c6_0
#define ICC_IAR1_EL1		s3_0_c12_c12_0
#define ICC_EOIR1_EL1		s3_0_c12_c12_1
#define ICC_SRE_EL1		s3_0_c12_c12_5
#define ICC_IGRPEN1_EL1		s3_0_c12_c12_7

#define INTID_SPECIAL		1020	/* and up: nothing to handle */
#define INTID_SPI		32

static uint64_t dist_base;
static uint64_t cpu_base;	/* GICv2: CPU interface; v3: redistributors */
static unsigned int version;

__attribute__((weak)) void irq_handler(unsigned int intid)
{
	check(false, "irq", "unexpected interrupt %u", intid);
	guest_done();
}

static void gic_find(void)
{
	fdt_node n = fdt_find(dtb, "arm,gic-v3");

	version = 3;
	if (!n) {
		n = fdt_find(dtb, "arm,cortex-a15-gic");
		version = 2;
	}
	if (!n) {
		version = 0;
		return;
	}
	dist_base = fdt_reg(dtb, n, 0);
	cpu_base = fdt_reg(dtb, n, 1);
}

unsigned int gic_version(void)
{
	if (!dist_base)
		gic_find();
	return version;
}

/* The redistributor frame whose affinity is this CPU's. */
static uint64_t redist(void)
{
	uint64_t mpidr = read_sysreg(mpidr_el1);
	uint64_t aff = (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff);
	uint64_t frame = cpu_base, typer;

	for (;; frame += GICR_STRIDE) {
		typer = mmio_read64(frame + GICR_TYPER);
		if (typer >> 32 == aff)
			return frame;
		if (typer & GICR_TYPER_LAST)
			break;
	}
	check(false, "gicr", "no redistributor for MPIDR %lx", mpidr);
	guest_done();
}

static void v3_cpu_init(void)
{
	uint64_t r = redist();
	uint32_t waker = mmio_read32(r + GICR_WAKER);

	mmio_write32(dist_base + GICD_CTLR, GICD_CTLR_V3);
	mmio_write32(r + GICR_WAKER, waker & ~(uint32_t)GICR_WAKER_SLEEP);
	while (mmio_read32(r + GICR_WAKER) & GICR_WAKER_CHILDREN)
		;
	mmio_write32(r + GICR_IGROUPR0, ~0U);
	write_sysreg(read_sysreg(ICC_SRE_EL1) | 1, ICC_SRE_EL1);
	isb();
	write_sysreg(0xf0, ICC_PMR_EL1);
	write_sysreg(1, ICC_IGRPEN1_EL1);
	isb();
}

static void v2_cpu_init(void)
{
	mmio_write32(dist_base + GICD_CTLR, GICD_CTLR_GRP1);
	mmio_write32(cpu_base + GICC_PMR, 0xf0);
	mmio_write32(cpu_base + GICC_CTLR, 1);
}

void gic_cpu_init(void)
{
	if (gic_version() == 3)
		v3_cpu_init();
	else if (gic_version() == 2)
		v2_cpu_init();
	else
		check(false, "gic", "none in the device tree");
}

/* Where the interrupt's registers are: SGIs and PPIs of GICv3 have their own
 * frame with the same offsets as the distributor. */
static uint64_t frame_of(unsigned int intid)
{
	return version == 3 && intid < INTID_SPI ? redist() + GICR_SGI_BASE :
		dist_base;
}

void gic_enable(unsigned int intid)
{
	uint64_t f = frame_of(intid);

	mmio_write8(f + GICD_IPRIORITYR + intid, 0x80);
	if (version == 2 && intid >= INTID_SPI)
		mmio_write8(f + GICD_ITARGETSR + intid, 1);
	if (version == 3 && intid >= INTID_SPI)
		mmio_write32(dist_base + GICD_IGROUPR + intid / 32 * 4, ~0U);
	mmio_write32(f + GICD_ISENABLER + intid / 32 * 4, 1U << intid % 32);
}

static unsigned int gic_ack(void)
{
	uint64_t intid = version == 3 ? read_sysreg(ICC_IAR1_EL1) :
		mmio_read32(cpu_base + GICC_IAR) & 0x3ff;

	dsb();
	return (unsigned int)intid;
}

static void gic_eoi(unsigned int intid)
{
	if (version == 3)
		write_sysreg(intid, ICC_EOIR1_EL1);
	else
		mmio_write32(cpu_base + GICC_EOIR, intid);
	dsb();
	isb();
}

void gic_dispatch(void)
{
	unsigned int intid = gic_ack();

	if (intid >= INTID_SPECIAL)
		return;
	irq_handler(intid);
	gic_eoi(intid);
}
