// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-pcitest - what only PCI has: configuration space, BARs that move, the
 * window of VIRTIO_PCI_CAP_PCI_CFG, MSI-X
 */
#include "virtio.h"

#define PCI_COMMAND	0x04
#define PCI_COMMAND_MEM	BIT(1)
#define PCI_BAR		0x10
#define MSIX_ENABLE	BIT(31)	/* of the capability's first word */
#define MSIX_MASK_ALL	BIT(30)
#define NO_VECTOR	0xffff

#define COMMON_MSIX_CONFIG	16
#define COMMON_Q_VECTOR		26

static bool all_config_writes(struct vio *v)
{
	static const uint32_t values[] = { ~0U, 0, 0xa5a5a5a5, 0x80000000 };
	unsigned int reg, i;

	for (reg = 0; reg < 256; reg += 4)
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			mmio_write32(v->ecam + reg, values[i]);
			mmio_read32(v->ecam + reg);
		}
	return true;
}

static bool config_widths(struct vio *v)
{
	unsigned int width;
	uint64_t off, val;

	for (width = 1; width <= 16; width *= 2)
		for (off = 0; off < 4096; off += off < 256 ? width : 256) {
			try_read(v->ecam + off, width, &val);
			if (off >= 256 || off < PCI_BAR || off > PCI_BAR + 24)
				try_write(v->ecam + off, width, val);
		}
	return true;
}

/* On top of RAM, the ECAM, the console, another BAR, at both ends. */
static bool bars_moved(struct vio *v)
{
	static const uint64_t to[] = {
		0, 0x1000000, 0x3000000, 0x3fff0000, 0x40000000, 0x80000000,
		0x7fffffff0, 0xfffffffff0000000, 0xfffff000,
	};
	unsigned int i, bar;
	uint64_t val;

	for (bar = 0; bar < 6; bar++)
		for (i = 0; v->bar[bar].size && i < ARRAY_SIZE(to); i++) {
			pci_bar_write(v, bar, to[i]);
			try_read(v->bar[bar].addr, 4, &val);
			try_read(v->common, 4, &val);
		}
	/* all BARs of all functions in one place */
	for (i = 0; i < nr_vios; i++)
		for (bar = 0; vios[i].pci && bar < 6; bar++)
			if (vios[i].bar[bar].size)
				pci_bar_write(&vios[i], bar, v->bar[bar].addr);
	try_read(v->common, 4, &val);
	return true;
}

static bool memory_off(struct vio *v)
{
	uint64_t val = 0;

	mmio_write32(v->ecam + PCI_COMMAND, 0);
	vio_expect(!try_read(v->common, 4, &val) || !val || (uint32_t)val ==
		   ~0U, "registers answer without memory space");
	try_write(v->notify, 2, 0);
	return true;
}

static bool bus_master_off(struct vio *v)
{
	vio_request(v, 0);
	vio_offer(vio_q(v), 0);
	mmio_write32(v->ecam + PCI_COMMAND, PCI_COMMAND_MEM);
	vio_kick(v, v->work);
	return true;
}

static bool window_abuse(struct vio *v)
{
	static const uint32_t lens[] = { 0, 1, 2, 3, 4, 5, 8, ~0U };
	static const uint32_t offs[] = { 0, 1, 20, 0xffc, 0xfffffffc, ~0U };
	unsigned int bar, i, j, cap = v->pci_window;

	if (!cap)
		return vio_skip();
	for (bar = 0; bar < 8; bar++)
		for (i = 0; i < ARRAY_SIZE(lens); i++)
			for (j = 0; j < ARRAY_SIZE(offs); j++) {
				mmio_write8(v->ecam + cap + 4,
					    (uint8_t)(bar == 7 ? 255 : bar));
				mmio_write32(v->ecam + cap + 8, offs[j]);
				mmio_write32(v->ecam + cap + 12, lens[i]);
				mmio_read32(v->ecam + cap + 16);
				mmio_write32(v->ecam + cap + 16, ~0U);
			}
	return true;
}

static bool window_reads(struct vio *v)
{
	unsigned int cap = v->pci_window, bar;
	uint32_t status;

	if (!cap)
		return vio_skip();
	for (bar = 0; bar < 5; bar++)
		if (v->common - v->bar[bar].addr < v->bar[bar].size)
			break;
	mmio_write8(v->ecam + cap + 4, (uint8_t)bar);
	mmio_write32(v->ecam + cap + 8,
		     (uint32_t)(v->common - v->bar[bar].addr) + 20);
	mmio_write32(v->ecam + cap + 12, 1);
	status = mmio_read8(v->ecam + cap + 16);
	vio_expect(status == vio_read(v, VIO_STATUS),
		   "the window does not show the status");
	return true;
}

static uint64_t msix_part(const struct vio *v, unsigned int reg)
{
	uint32_t w = mmio_read32(v->ecam + v->msix + reg);

	return v->bar[(w & 7) % 6].addr + (w & ~7U);
}

static bool msix_vectors(struct vio *v)
{
	uint16_t got;

	if (!v->msix)
		return vio_skip();
	mmio_write16(v->common + COMMON_MSIX_CONFIG, 0x7777);
	got = mmio_read16(v->common + COMMON_MSIX_CONFIG);
	vio_expect(got == NO_VECTOR, "a vector beyond the table was taken");
	vio_write(v, VIO_Q_SEL, v->work);
	mmio_write16(v->common + COMMON_Q_VECTOR, 0x7fff);
	got = mmio_read16(v->common + COMMON_Q_VECTOR);
	vio_expect(got == NO_VECTOR, "a queue's vector beyond the table");
	return true;
}

static void msix_fill(uint64_t table, unsigned int nr, uint64_t addr,
		      uint32_t data, uint32_t mask)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		mmio_write32(table + i * 16, (uint32_t)addr);
		mmio_write32(table + i * 16 + 4, (uint32_t)(addr >> 32));
		mmio_write32(table + i * 16 + 8, data);
		mmio_write32(table + i * 16 + 12, mask);
	}
}

/* MSIs to RAM, to nowhere, to the device itself, and masks that flicker. */
static bool msix_garbage(struct vio *v)
{
	uint64_t to[5] = { 0, ram_end - 4, UINT64_MAX - 3, v->common, 0x8080040 };
	unsigned int i, nr;
	uint64_t table, val;

	if (!v->msix)
		return vio_skip();
	nr = (mmio_read32(v->ecam + v->msix) >> 16 & 0x7ff) + 1;
	table = msix_part(v, 4);
	vio_reset(v);
	vio_prepare(v, vio_features(v));
	mmio_write32(v->ecam + v->msix, (uint32_t)MSIX_ENABLE);
	for (i = 0; i < ARRAY_SIZE(to); i++) {
		msix_fill(table, nr, to[i], ~0U, 0);
		vio_write(v, VIO_Q_SEL, v->work);
		mmio_write16(v->common + COMMON_Q_VECTOR, (uint16_t)(i % nr));
		mmio_write16(v->common + COMMON_MSIX_CONFIG, 0);
		vio_write(v, VIO_STATUS, vio_read(v, VIO_STATUS) |
			  VIO_DRIVER_OK);
		vio_request(v, 0);
		vio_offer(vio_q(v), 0);
		vio_kick(v, v->work);
		mmio_write32(v->ecam + v->msix,
			     (uint32_t)(MSIX_ENABLE | MSIX_MASK_ALL));
		msix_fill(table, nr, to[i], i, i & 1);
		mmio_write32(v->ecam + v->msix, (uint32_t)MSIX_ENABLE);
	}
	for (i = 0; i < 64; i += 8) {
		try_write(msix_part(v, 8) + i, 8, ~UINT64_C(0));
		try_read(msix_part(v, 8) + i, 8, &val);
		try_read(table + nr * 16 + i, 4, &val);
	}
	/* with MSI-X on, the interrupt status says nothing: no judgement */
	return false;
}

static bool rings_in_bar(struct vio *v)
{
	uint64_t bar = v->common & ~UINT64_C(0xfff);

	vio_reset(v);
	vio_negotiate(v, vio_features(v));
	vio_write(v, VIO_Q_SEL, v->work);
	vio_write(v, VIO_Q_SIZE, VIO_QSIZE);
	vio_addr(v, VIO_Q_DESC, bar);
	vio_addr(v, VIO_Q_DRIVER, bar + 1024);
	vio_addr(v, VIO_Q_DEVICE, bar + 2048);
	vio_write(v, VIO_Q_READY, 1);
	vio_write(v, VIO_STATUS, vio_read(v, VIO_STATUS) | VIO_DRIVER_OK);
	vio_kick(v, v->work);
	return true;
}

static bool notify_everywhere(struct vio *v)
{
	uint64_t base = v->notify & ~UINT64_C(0xfff), off;

	for (off = 0; off < VIO_PAGE; off += 2)
		try_write(base + off, 2, 0xffff);
	for (off = 0; off < VIO_PAGE; off += 64) {
		try_write(v->notify + off, 1, 1);
		try_write(v->notify + off, 4, ~UINT64_C(0));
		try_write(v->notify + off, 8, ~UINT64_C(0));
	}
	return true;
}

static bool (*current)(struct vio *v);

static bool and_restore(struct vio *v)
{
	bool judge = current(v);

	pci_restore();
	return judge;
}

static void attack(struct vio *v, const char *name,
		   bool (*fn)(struct vio *v))
{
	current = fn;
	vio_test(v, name, and_restore, WANT_ANY);
}

void test_pci(struct vio *v)
{
	if (!v->pci)
		return;
	attack(v, "pci-config-writes", all_config_writes);
	attack(v, "pci-config-widths", config_widths);
	attack(v, "pci-bars-moved", bars_moved);
	attack(v, "pci-memory-off", memory_off);
	attack(v, "pci-bus-master-off", bus_master_off);
	attack(v, "pci-window-abuse", window_abuse);
	attack(v, "pci-window-reads", window_reads);
	attack(v, "pci-msix-vectors", msix_vectors);
	attack(v, "pci-msix-garbage", msix_garbage);
	attack(v, "pci-rings-in-bar", rings_in_bar);
	attack(v, "pci-notify-everywhere", notify_everywhere);
}
