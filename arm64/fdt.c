// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64/fdt - the device tree that describes the machine to the guest
 *
 * The helpers at the top remember the first error of libfdt and do nothing
 * after it, so that the nodes below read as the tree does; fdt_build() looks
 * at the result once.
 *
 * Bindings: Documentation/devicetree/bindings/ in Linux, by the name of each
 * compatible string.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "fdt.h"
#include "platform.h"
#include "util.h"

/* The node of put_uart(); a unit test holds the two together. */
#define UART_PATH	"/serial@1000000"

#define PHANDLE_GIC	1
#define PHANDLE_MSI	2	/* ITS or GICv2m */
#define PHANDLE_CLOCK	3

/* bindings/interrupt-controller/arm,gic.yaml: the first and third cell */
#define IRQ_SPI		0
#define IRQ_PPI		1
#define IRQ_EDGE_RISING	1
#define IRQ_LEVEL_HIGH	4
#define IRQ_LEVEL_LOW	8

/* INTID of the first SPI, which a device tree counts from 0 */
#define SPI_BASE	32

/* MPIDR_EL1.Aff3 to Aff0 (Arm ARM, D-profile registers, MPIDR_EL1) */
#define MPIDR_AFFINITY	UINT64_C(0xff00ffffff)

#define PCI_SLOT_SHIFT	11	/* of the device in the first cell of an address */

#define CELLS_MAX	48
#define CELL64(x)	(uint32_t)((uint64_t)(x) >> 32), (uint32_t)(x)

struct tree {
	void *buf;
	int err;	/* first error of libfdt, 0 while all is well */
};

static void prop(struct tree *t, const char *name, const void *value,
		 size_t len)
{
	if (!t->err)
		t->err = fdt_property(t->buf, name, value, (int)len);
}

static void prop_cells(struct tree *t, const char *name, const uint32_t *cells,
		       size_t nr)
{
	fdt32_t be[CELLS_MAX];
	size_t i;

	assert(nr <= CELLS_MAX);
	for (i = 0; i < nr; i++)
		be[i] = cpu_to_fdt32(cells[i]);
	prop(t, name, be, nr * sizeof(be[0]));
}

/* cells(t, "reg", 0, 0x1000): a property of 32-bit cells */
#define cells(t, name, ...)						\
	prop_cells(t, name, (const uint32_t[]){ __VA_ARGS__ },		\
		   ARRAY_SIZE(((const uint32_t[]){ __VA_ARGS__ })))

/* A literal may hold several strings: "arm,pl031\0arm,primecell". */
#define strings(t, name, literal) prop(t, name, "" literal, sizeof(literal))

static void flag(struct tree *t, const char *name)
{
	prop(t, name, NULL, 0);
}

static void begin(struct tree *t, const char *name)
{
	if (!t->err)
		t->err = fdt_begin_node(t->buf, name);
}

static void begin_at(struct tree *t, const char *name, uint64_t addr)
{
	char full[48];

	snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)addr);
	begin(t, full);
}

static void end(struct tree *t)
{
	if (!t->err)
		t->err = fdt_end_node(t->buf);
}

static void reg(struct tree *t, uint64_t addr, uint64_t size)
{
	cells(t, "reg", CELL64(addr), CELL64(size));
}

/*
 * The flags of a PPI.  GICv2 wants the mask of CPUs it goes to in bits 15 to 8;
 * GICv3 has no such mask, and one there breaks guests with many CPUs.
 */
static uint32_t ppi_flags(const struct fdt_machine *mach, uint32_t trigger)
{
	if (!gic_is_v2(mach->gic->kind))
		return trigger;
	return trigger | ((UINT32_C(1) << mach->nr_cpus) - 1) << 8;
}

static void put_chosen(struct tree *t, const struct fdt_machine *mach)
{
	begin(t, "chosen");
	if (mach->bootargs && *mach->bootargs)
		prop(t, "bootargs", mach->bootargs, strlen(mach->bootargs) + 1);
	strings(t, "stdout-path", UART_PATH);
	if (mach->initrd_end) {
		cells(t, "linux,initrd-start", CELL64(mach->initrd_start));
		cells(t, "linux,initrd-end", CELL64(mach->initrd_end));
	}
	if (mach->kaslr_seed)
		cells(t, "kaslr-seed", CELL64(mach->kaslr_seed));
	if (mach->rng_seed)
		prop(t, "rng-seed", mach->rng_seed, FDT_RNG_SEED_LEN);
	end(t);
}

static void put_memory(struct tree *t, const struct fdt_machine *mach)
{
	begin_at(t, "memory", mach->ram_base);
	strings(t, "device_type", "memory");
	reg(t, mach->ram_base, mach->ram_size);
	end(t);
}

static void put_cpu(struct tree *t, uint64_t affinity, bool wide)
{
	begin_at(t, "cpu", affinity);
	strings(t, "device_type", "cpu");
	strings(t, "compatible", "arm,arm-v8");
	strings(t, "enable-method", "psci");
	if (wide)
		cells(t, "reg", CELL64(affinity));
	else
		cells(t, "reg", (uint32_t)affinity);
	end(t);
}

/* bindings/arm/cpus.yaml: one cell as long as no CPU has an Aff3 */
static void put_cpus(struct tree *t, const struct fdt_machine *mach)
{
	uint64_t all = 0;
	unsigned int i;

	for (i = 0; i < mach->nr_cpus; i++)
		all |= mach->mpidr[i] & MPIDR_AFFINITY;
	begin(t, "cpus");
	cells(t, "#address-cells", (all >> 32) ? 2 : 1);
	cells(t, "#size-cells", 0);
	for (i = 0; i < mach->nr_cpus; i++)
		put_cpu(t, mach->mpidr[i] & MPIDR_AFFINITY, all >> 32);
	end(t);
}

static void put_its(struct tree *t, const struct gic *gic)
{
	begin_at(t, "msi-controller", gic->its_base);
	strings(t, "compatible", "arm,gic-v3-its");
	flag(t, "msi-controller");
	cells(t, "#msi-cells", 1);
	reg(t, gic->its_base, PLAT_ITS_SIZE);
	cells(t, "phandle", PHANDLE_MSI);
	end(t);
}

/* bindings/interrupt-controller/arm,gic.yaml, v2m frames */
static void put_v2m(struct tree *t)
{
	begin_at(t, "v2m", PLAT_V2M_BASE);
	strings(t, "compatible", "arm,gic-v2m-frame");
	flag(t, "msi-controller");
	reg(t, PLAT_V2M_BASE, PLAT_V2M_SIZE);
	cells(t, "arm,msi-base-spi", PLAT_V2M_INTID);
	cells(t, "arm,msi-num-spis", PLAT_V2M_SPIS);
	cells(t, "phandle", PHANDLE_MSI);
	end(t);
}

static void put_intc(struct tree *t, const struct gic *gic)
{
	begin_at(t, "interrupt-controller", PLAT_GIC_DIST_BASE);
	if (gic_is_v2(gic->kind))
		strings(t, "compatible", "arm,cortex-a15-gic");
	else
		strings(t, "compatible", "arm,gic-v3");
	cells(t, "#interrupt-cells", 3);
	flag(t, "interrupt-controller");
	cells(t, "reg", CELL64(PLAT_GIC_DIST_BASE), CELL64(PLAT_GIC_DIST_SIZE),
	      CELL64(gic->cpu_base), CELL64(gic->cpu_size));
	cells(t, "phandle", PHANDLE_GIC);
	if (gic_msi(gic->kind) != SIGNALS_MSI_NONE) {
		cells(t, "#address-cells", 2);
		cells(t, "#size-cells", 2);
		flag(t, "ranges");
		if (gic->kind == GIC_V2M)
			put_v2m(t);
		else
			put_its(t, gic);
	} else {
		cells(t, "#address-cells", 0);
	}
	end(t);
}

static void put_timer(struct tree *t, const struct fdt_machine *mach)
{
	uint32_t flags = ppi_flags(mach, IRQ_LEVEL_LOW);

	begin(t, "timer");
	strings(t, "compatible", "arm,armv8-timer");
	cells(t, "interrupts", IRQ_PPI, PLAT_PPI_TIMER_SEC, flags,
	      IRQ_PPI, PLAT_PPI_TIMER_PHYS, flags,
	      IRQ_PPI, PLAT_PPI_TIMER_VIRT, flags,
	      IRQ_PPI, PLAT_PPI_TIMER_HYP, flags);
	flag(t, "always-on");
	end(t);
}

static void put_pmu(struct tree *t, const struct fdt_machine *mach)
{
	begin(t, "pmu");
	strings(t, "compatible", "arm,armv8-pmuv3");
	cells(t, "interrupts", IRQ_PPI, PLAT_PPI_PMU,
	      ppi_flags(mach, IRQ_LEVEL_HIGH));
	end(t);
}

/*
 * drivers/tty/serial/8250/8250_of.c takes "fifo-size" for the number of
 * characters that it may write for each look at the line status.
 */
static void put_uart(struct tree *t)
{
	begin_at(t, "serial", PLAT_UART_BASE);
	strings(t, "compatible", "ns16550a");
	reg(t, PLAT_UART_BASE, PLAT_UART_SIZE);
	cells(t, "interrupts", IRQ_SPI, PLAT_UART_INTID - SPI_BASE,
	      IRQ_LEVEL_HIGH);
	cells(t, "clock-frequency", PLAT_UART_CLOCK);
	cells(t, "fifo-size", PLAT_UART_FIFO);
	end(t);
}

/* An AMBA device is not probed without a clock named apb_pclk. */
static void put_rtc(struct tree *t)
{
	begin(t, "apb-pclk");
	strings(t, "compatible", "fixed-clock");
	cells(t, "#clock-cells", 0);
	cells(t, "clock-frequency", 24000000);
	cells(t, "phandle", PHANDLE_CLOCK);
	end(t);

	begin_at(t, "rtc", PLAT_RTC_BASE);
	strings(t, "compatible", "arm,pl031\0arm,primecell");
	reg(t, PLAT_RTC_BASE, PLAT_RTC_SIZE);
	cells(t, "interrupts", IRQ_SPI, PLAT_RTC_INTID - SPI_BASE,
	      IRQ_LEVEL_HIGH);
	cells(t, "clocks", PHANDLE_CLOCK);
	strings(t, "clock-names", "apb_pclk");
	end(t);
}

static void put_pvpanic(struct tree *t)
{
	begin_at(t, "pvpanic", PLAT_PVPANIC_BASE);
	strings(t, "compatible", "qemu,pvpanic-mmio");
	reg(t, PLAT_PVPANIC_BASE, PLAT_PVPANIC_SIZE);
	end(t);
}

static void put_virtio(struct tree *t, unsigned int i)
{
	uint64_t base = PLAT_VIRTIO_BASE + i * PLAT_VIRTIO_SIZE;

	begin_at(t, "virtio_mmio", base);
	strings(t, "compatible", "virtio,mmio");
	reg(t, base, PLAT_VIRTIO_SIZE);
	cells(t, "interrupts", IRQ_SPI, PLAT_VIRTIO_INTID - SPI_BASE + i,
	      IRQ_EDGE_RISING);
	flag(t, "dma-coherent");
	end(t);
}

/*
 * INTA# of slot n goes to line n modulo 4.  An entry names the GIC by phandle
 * and, where that has children, an address in it.
 */
static void put_pci_interrupts(struct tree *t, const struct gic *gic)
{
	bool addr = gic_msi(gic->kind) != SIGNALS_MSI_NONE;
	uint32_t map[CELLS_MAX], i, n = 0;

	for (i = 0; i < 4; i++) {
		const uint32_t from[] = { i << PCI_SLOT_SHIFT, 0, 0, 1,
					  PHANDLE_GIC };
		const uint32_t to[] = { IRQ_SPI, PLAT_PCI_INTID - SPI_BASE + i,
					IRQ_LEVEL_HIGH };

		memcpy(&map[n], from, sizeof(from));
		n += ARRAY_SIZE(from);
		if (addr) {
			map[n++] = 0;
			map[n++] = 0;
		}
		memcpy(&map[n], to, sizeof(to));
		n += ARRAY_SIZE(to);
	}
	cells(t, "#interrupt-cells", 1);
	cells(t, "interrupt-map-mask", 3 << PCI_SLOT_SHIFT, 0, 0, 7);
	prop_cells(t, "interrupt-map", map, n);
}

/*
 * bindings/pci/host-generic-pci.yaml.  In ranges the first cell is the space:
 * memory of 32 bits, and prefetchable memory of 64 (IEEE 1275 PCI binding, 2.2).
 */
static void put_pci(struct tree *t, const struct fdt_machine *mach)
{
	begin_at(t, "pci", PLAT_PCI_ECAM_BASE);
	strings(t, "device_type", "pci");
	strings(t, "compatible", "pci-host-ecam-generic");
	reg(t, PLAT_PCI_ECAM_BASE, PLAT_PCI_ECAM_SIZE);
	cells(t, "bus-range", 0, 0);
	cells(t, "#address-cells", 3);
	cells(t, "#size-cells", 2);
	cells(t, "ranges", 0x02000000, CELL64(PLAT_PCI_MEM32_BASE),
	      CELL64(PLAT_PCI_MEM32_BASE), CELL64(PLAT_PCI_MEM32_SIZE),
	      0x43000000, CELL64(mach->pci_mem64), CELL64(mach->pci_mem64),
	      CELL64(PLAT_PCI_MEM64_SIZE));
	flag(t, "dma-coherent");
	put_pci_interrupts(t, mach->gic);
	if (gic_msi(mach->gic->kind) != SIGNALS_MSI_NONE)
		cells(t, "msi-map", 0, PHANDLE_MSI, 0, 0x10000);
	end(t);
}

/*
 * The function numbers are for guests that know "arm,psci" only (bindings/arm/
 * psci.yaml); they are those of PSCI 0.2 for 64-bit callers (DEN0022).
 */
static void put_psci(struct tree *t)
{
	begin(t, "psci");
	strings(t, "compatible", "arm,psci-1.0\0arm,psci-0.2\0arm,psci");
	strings(t, "method", "hvc");
	cells(t, "cpu_suspend", 0xc4000001);
	cells(t, "cpu_off", 0x84000002);
	cells(t, "cpu_on", 0xc4000003);
	end(t);
}

static void put_aliases(struct tree *t)
{
	begin(t, "aliases");
	strings(t, "serial0", UART_PATH);
	end(t);
}

static void put_root(struct tree *t, const struct fdt_machine *mach)
{
	unsigned int i;

	begin(t, "");
	cells(t, "interrupt-parent", PHANDLE_GIC);
	strings(t, "compatible", "linux,dummy-virt");
	cells(t, "#address-cells", 2);
	cells(t, "#size-cells", 2);
	put_chosen(t, mach);
	put_memory(t, mach);
	put_cpus(t, mach);
	put_intc(t, mach->gic);
	put_timer(t, mach);
	if (mach->pmu)
		put_pmu(t, mach);
	put_uart(t);
	if (mach->rtc)
		put_rtc(t);
	if (mach->pvpanic)
		put_pvpanic(t);
	for (i = 0; i < mach->nr_virtio; i++)
		put_virtio(t, i);
	if (mach->pci_mem64)
		put_pci(t, mach);
	put_psci(t);
	put_aliases(t);
	end(t);
}

/* Names the part that can be made smaller: the larger of the two that grow. */
static int no_space(const struct fdt_machine *mach, size_t len, struct err *e)
{
	size_t args = mach->bootargs ? strlen(mach->bootargs) : 0;

	if (args > len / 4)
		err_config(e, "the kernel command line of %zu bytes does not "
			   "fit into a device tree of at most %zu bytes: "
			   "shorten --params", args, len);
	else
		err_config(e, "%u vCPUs do not fit into a device tree of at "
			   "most %zu bytes: lower --cpus", mach->nr_cpus, len);
	return -ENOSPC;
}

/* Return: 0 or a negative FDT_ERR_*. */
static int write_tree(const struct fdt_machine *mach, void *buf, size_t len,
		      int flags)
{
	struct tree t = { .buf = buf };

	t.err = fdt_create_with_flags(buf, len > INT_MAX ? INT_MAX : (int)len,
				      flags);
	if (!t.err)
		t.err = fdt_finish_reservemap(buf);
	put_root(&t, mach);
	return t.err ? t.err : fdt_finish(buf);
}

int fdt_build(const struct fdt_machine *mach, void *buf, size_t len,
	      struct err *e)
{
	int err;

	assert(mach->gic && mach->gic->kind != GIC_AUTO);
	if (!mach->nr_cpus || (gic_is_v2(mach->gic->kind) && mach->nr_cpus > 8))
		return err_config(e, "a guest has 1 to %u vCPUs, not %u",
				  gic_is_v2(mach->gic->kind) ? 8 : 512,
				  mach->nr_cpus);
	/*
	 * libfdt searches all property names written so far to share one,
	 * which is most of the work; a tree that has room does without.
	 */
	err = write_tree(mach, buf, len, FDT_CREATE_FLAG_NO_NAME_DEDUP);
	if (err == -FDT_ERR_NOSPACE)
		err = write_tree(mach, buf, len, 0);
	if (err == -FDT_ERR_NOSPACE)
		return no_space(mach, len, e);
	if (err)
		return err_fault(e, -EINVAL, "device tree: %s",
				 fdt_strerror(err));
	return 0;
}
