// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-pci - finds virtio functions on bus 0 of an ECAM host bridge and
 * places their BARs
 */
#include "virtio.h"
#include "fdt.h"

#define PCI_COMMAND	0x04
#define PCI_COMMAND_MEM	BIT(1)
#define PCI_COMMAND_BM	BIT(2)
#define PCI_BAR		0x10
#define PCI_CAPS	0x34
#define PCI_INT_PIN	0x3d
#define PCI_CAP_VENDOR	0x09
#define PCI_CAP_MSIX	0x11
#define BAR_IO		BIT(0)
#define BAR_64		BIT(2)

#define VIRTIO_VENDOR	0x1af4
#define VIRTIO_MODERN	0x1040	/* device ID of virtio device 0 */

/* VIRTIO 1.2, 4.1.4 "Virtio Structure PCI Capabilities" */
enum { CAP_COMMON = 1, CAP_NOTIFY, CAP_ISR, CAP_DEVICE, CAP_WINDOW };

static struct {
	uint64_t next;
	uint64_t end;
} window32, window64;

static uint32_t cfg_read8(uint64_t ecam, unsigned int reg)
{
	return mmio_read32(ecam + (reg & ~3U)) >> (reg & 3) * 8 & 0xff;
}

/* Children's addresses in "ranges": three cells, the parent's two, size two. */
static void read_windows(fdt_node node)
{
	uint64_t base, size;
	uint32_t len = 0, i, space;

	fdt_prop(dtb, node, "ranges", &len);
	for (i = 0; i + 7 <= len / 4; i += 7) {
		space = fdt_cell(dtb, node, "ranges", i) >> 24 & 3;
		base = (uint64_t)fdt_cell(dtb, node, "ranges", i + 3) << 32 |
			fdt_cell(dtb, node, "ranges", i + 4);
		size = (uint64_t)fdt_cell(dtb, node, "ranges", i + 5) << 32 |
			fdt_cell(dtb, node, "ranges", i + 6);
		if (space == 2) {
			window32.next = base;
			window32.end = base + size;
		} else if (space == 3) {
			window64.next = base;
			window64.end = base + size;
		}
	}
}

static uint64_t take_window(uint64_t size, bool wide)
{
	bool use64 = wide && window64.end - window64.next >= size;
	uint64_t next = use64 ? window64.next : window32.next;
	uint64_t end = use64 ? window64.end : window32.end;
	uint64_t addr = (next + size - 1) & ~(size - 1);

	if (addr + size > end)
		return 0;
	if (use64)
		window64.next = addr + size;
	else
		window32.next = addr + size;
	return addr;
}

static uint64_t bar_size(uint64_t ecam, unsigned int reg, bool wide)
{
	uint64_t mask;

	mmio_write32(ecam + reg, ~0U);
	mask = mmio_read32(ecam + reg) & ~UINT64_C(0xf);
	if (wide) {
		mmio_write32(ecam + reg + 4, ~0U);
		mask |= (uint64_t)mmio_read32(ecam + reg + 4) << 32;
	} else {
		mask |= UINT64_C(0xffffffff) << 32;
	}
	return mask << 32 ? ~mask + 1 : 0;
}

void pci_bar_write(const struct vio *v, unsigned int i, uint64_t addr)
{
	unsigned int reg = PCI_BAR + i * 4;

	mmio_write32(v->ecam + reg, (uint32_t)addr);
	if (mmio_read32(v->ecam + reg) & BAR_64)
		mmio_write32(v->ecam + reg + 4, (uint32_t)(addr >> 32));
}

static void place_bars(struct vio *v)
{
	unsigned int i;
	uint32_t flags;
	bool wide;

	for (i = 0; i < 6; i += wide ? 2 : 1) {
		flags = mmio_read32(v->ecam + PCI_BAR + i * 4);
		wide = !(flags & BAR_IO) && flags & BAR_64;
		if (flags & BAR_IO)
			continue;
		v->bar[i].size = bar_size(v->ecam, PCI_BAR + i * 4, wide);
		if (!v->bar[i].size)
			continue;
		v->bar[i].addr = take_window(v->bar[i].size, wide);
		pci_bar_write(v, i, v->bar[i].addr);
		printf("INFO pci BAR %u %lx size %lx\n", i, v->bar[i].addr,
		       v->bar[i].size);
	}
	mmio_write32(v->ecam + PCI_COMMAND, PCI_COMMAND_MEM | PCI_COMMAND_BM);
}

static void vendor_cap(struct vio *v, unsigned int cap)
{
	uint64_t base = v->bar[cfg_read8(v->ecam, cap + 4) % 6].addr;
	uint64_t at = base + mmio_read32(v->ecam + cap + 8);
	uint32_t len = mmio_read32(v->ecam + cap + 12);

	switch (cfg_read8(v->ecam, cap + 3)) {
	case CAP_COMMON:
		v->common = at;
		break;
	case CAP_NOTIFY:
		v->notify = at;
		v->notify_mult = mmio_read32(v->ecam + cap + 16);
		break;
	case CAP_ISR:
		v->isr = at;
		break;
	case CAP_DEVICE:
		v->config = at;
		v->config_len = len;
		break;
	case CAP_WINDOW:
		v->pci_window = cap;
		break;
	default:
		break;
	}
}

static void read_caps(struct vio *v)
{
	unsigned int cap = cfg_read8(v->ecam, PCI_CAPS) & 0xfc, left = 48;

	for (; cap && left; left--) {
		if (cfg_read8(v->ecam, cap) == PCI_CAP_VENDOR)
			vendor_cap(v, cap);
		else if (cfg_read8(v->ecam, cap) == PCI_CAP_MSIX)
			v->msix = cap;
		cap = cfg_read8(v->ecam, cap + 1) & 0xfc;
	}
}

/*
 * "interrupt-map" has an entry for each slot and pin of those in the mask:
 * unit address (3), pin, controller, its unit address (as its #address-cells
 * says), and a GIC interrupt (3).  The entry's length follows from the number
 * of cells before the interrupt's type, 0 for an SPI.
 */
static unsigned int pin_intid(fdt_node node, unsigned int slot,
			      unsigned int pin)
{
	fdt_node gic = fdt_find(dtb, "arm,gic-v3");
	unsigned int stride, i;
	uint32_t len = 0, mask;

	if (!gic)
		gic = fdt_find(dtb, "arm,cortex-a15-gic");
	stride = 5 + fdt_cell(dtb, gic, "#address-cells", 0) + 3;
	mask = fdt_cell(dtb, node, "interrupt-map-mask", 0);
	fdt_prop(dtb, node, "interrupt-map", &len);
	for (i = 0; pin && i + stride <= len / 4; i += stride)
		if (fdt_cell(dtb, node, "interrupt-map", i) ==
		    (slot << 11 & mask) &&
		    fdt_cell(dtb, node, "interrupt-map", i + 3) == pin)
			return fdt_cell(dtb, node, "interrupt-map",
					i + stride - 2) + 32;
	return 0;
}

static void pci_one(fdt_node node, uint64_t ecam, unsigned int slot)
{
	uint32_t id = mmio_read32(ecam);
	struct vio *v = vio_add();

	if (!v || (id & 0xffff) != VIRTIO_VENDOR || id >> 16 < VIRTIO_MODERN)
		return;
	v->pci = true;
	v->id = (id >> 16) - VIRTIO_MODERN;
	v->ecam = ecam;
	place_bars(v);
	read_caps(v);
	v->intid = pin_intid(node, slot, cfg_read8(ecam, PCI_INT_PIN));
	if (v->common && v->notify && v->isr)
		nr_vios++;
}

void pci_discover(void)
{
	fdt_node n = fdt_find(dtb, "pci-host-ecam-generic");
	uint64_t ecam = fdt_reg(dtb, n, 0);
	unsigned int slot;

	if (!n)
		return;
	read_windows(n);
	for (slot = 0; slot < 32; slot++)
		pci_one(n, ecam + (slot << 15), slot);
}

void pci_restore(void)
{
	unsigned int i, bar;

	for (i = 0; i < nr_vios; i++) {
		struct vio *v = &vios[i];

		if (!v->pci)
			continue;
		for (bar = 0; bar < 6; bar++)
			if (v->bar[bar].size)
				pci_bar_write(v, bar, v->bar[bar].addr);
		if (v->msix)
			mmio_write32(v->ecam + v->msix, 0);
		mmio_write32(v->ecam + PCI_COMMAND,
			     PCI_COMMAND_MEM | PCI_COMMAND_BM);
	}
}
