// SPDX-License-Identifier: GPL-2.0-or-later
/* virtio-bus - registers of both transports, and devices of virtio-mmio */
#include "virtio.h"
#include "fdt.h"

#define MMIO_MAGIC	0x74726976
#define MMIO_DEVICE_ID	0x008
#define MMIO_NOTIFY	0x050
#define MMIO_ISR	0x060
#define MMIO_ISR_ACK	0x064
#define MMIO_CONFIG	0x100
#define MMIO_SIZE	0x200

struct vio vios[VIO_DEVICES];
unsigned int nr_vios;
uint64_t ram_end;

static uint8_t queue_page[VIO_DEVICES][VIO_QUEUES][VIO_PAGE]
	__attribute__((aligned(4096)));
static uint8_t data_page[VIO_DEVICES][VIO_DATA] __attribute__((aligned(4096)));

/* VIRTIO 1.2, 4.2.2 "MMIO Device Register Layout"; all are 32 bits wide */
static const uint16_t mmio_reg[VIO_REG_NUM] = {
	[VIO_DEV_SEL] = 0x14, [VIO_DEV_FEATURES] = 0x10,
	[VIO_DRV_SEL] = 0x24, [VIO_DRV_FEATURES] = 0x20,
	[VIO_STATUS] = 0x70, [VIO_GENERATION] = 0xfc,
	[VIO_Q_SEL] = 0x30, [VIO_Q_MAX] = 0x34, [VIO_Q_SIZE] = 0x38,
	[VIO_Q_READY] = 0x44, [VIO_Q_DESC] = 0x80, [VIO_Q_DESC_HI] = 0x84,
	[VIO_Q_DRIVER] = 0x90, [VIO_Q_DRIVER_HI] = 0x94,
	[VIO_Q_DEVICE] = 0xa0, [VIO_Q_DEVICE_HI] = 0xa4,
};

/* 4.1.4.3 "Common configuration structure layout" */
static const struct {
	uint8_t offset;
	uint8_t width;
} pci_reg[VIO_REG_NUM] = {
	[VIO_DEV_SEL] = { 0, 4 }, [VIO_DEV_FEATURES] = { 4, 4 },
	[VIO_DRV_SEL] = { 8, 4 }, [VIO_DRV_FEATURES] = { 12, 4 },
	[VIO_STATUS] = { 20, 1 }, [VIO_GENERATION] = { 21, 1 },
	[VIO_Q_SEL] = { 22, 2 }, [VIO_Q_MAX] = { 24, 2 },
	[VIO_Q_SIZE] = { 24, 2 }, [VIO_Q_READY] = { 28, 2 },
	[VIO_Q_DESC] = { 32, 4 }, [VIO_Q_DESC_HI] = { 36, 4 },
	[VIO_Q_DRIVER] = { 40, 4 }, [VIO_Q_DRIVER_HI] = { 44, 4 },
	[VIO_Q_DEVICE] = { 48, 4 }, [VIO_Q_DEVICE_HI] = { 52, 4 },
};
#define PCI_Q_NOTIFY_OFF	30

uint32_t vio_read(const struct vio *v, enum vio_reg reg)
{
	if (!v->pci)
		return mmio_read32(v->common + mmio_reg[reg]);
	if (pci_reg[reg].width == 1)
		return mmio_read8(v->common + pci_reg[reg].offset);
	if (pci_reg[reg].width == 2)
		return mmio_read16(v->common + pci_reg[reg].offset);
	return mmio_read32(v->common + pci_reg[reg].offset);
}

void vio_write(const struct vio *v, enum vio_reg reg, uint32_t value)
{
	dsb();
	if (!v->pci)
		mmio_write32(v->common + mmio_reg[reg], value);
	else if (pci_reg[reg].width == 1)
		mmio_write8(v->common + pci_reg[reg].offset, (uint8_t)value);
	else if (pci_reg[reg].width == 2)
		mmio_write16(v->common + pci_reg[reg].offset, (uint16_t)value);
	else
		mmio_write32(v->common + pci_reg[reg].offset, value);
}

void vio_addr(const struct vio *v, enum vio_reg lo, uint64_t addr)
{
	vio_write(v, lo, (uint32_t)addr);
	vio_write(v, lo + 1, (uint32_t)(addr >> 32));
}

void vio_kick(const struct vio *v, unsigned int index)
{
	uint32_t off;

	dsb();
	if (!v->pci) {
		mmio_write32(v->common + MMIO_NOTIFY, index);
		return;
	}
	vio_write(v, VIO_Q_SEL, index);
	off = mmio_read16(v->common + PCI_Q_NOTIFY_OFF);
	mmio_write16(v->notify + off * v->notify_mult, (uint16_t)index);
}

uint32_t vio_isr(const struct vio *v)
{
	uint32_t isr;

	if (v->pci)
		return mmio_read8(v->isr);
	isr = mmio_read32(v->common + MMIO_ISR);
	mmio_write32(v->common + MMIO_ISR_ACK, isr);
	return isr;
}

uint64_t vio_config(const struct vio *v, unsigned int off, unsigned int len)
{
	uint64_t val = 0;

	try_read(v->config + off, len, &val);
	return val;
}

static const char *id_name(uint32_t id)
{
	switch (id) {
	case VIO_NET: return "net";
	case VIO_BLK: return "blk";
	case VIO_CONSOLE: return "console";
	case VIO_RNG: return "rng";
	case VIO_BALLOON: return "balloon";
	case VIO_VSOCK: return "vsock";
	case VIO_FS: return "fs";
	default: return NULL;
	}
}

/* "pci-blk1": which of its kind, in the order they were found */
static void name_it(struct vio *v)
{
	const char *kind = id_name(v->id), *bus = v->pci ? "pci-" : "mmio-";
	const struct vio *other;
	unsigned int nr = 0;
	char *p = v->name;

	for (other = vios; other < v; other++)
		nr += other->id == v->id && other->pci == v->pci;
	while (*bus)
		*p++ = *bus++;
	while (*kind)
		*p++ = *kind++;
	*p++ = (char)('0' + nr % 10);
	*p = '\0';
}

static unsigned int work_queue(uint32_t id)
{
	return id == VIO_BLK || id == VIO_RNG || id == VIO_BALLOON ? 0 : 1;
}

static void count_queues(struct vio *v)
{
	for (v->nr_queues = 0; v->nr_queues < VIO_QUEUES; v->nr_queues++) {
		vio_write(v, VIO_Q_SEL, v->nr_queues);
		if (!vio_read(v, VIO_Q_MAX))
			break;
	}
}

static void read_features(struct vio *v)
{
	vio_write(v, VIO_DEV_SEL, 1);
	v->offered = (uint64_t)vio_read(v, VIO_DEV_FEATURES) << 32;
	vio_write(v, VIO_DEV_SEL, 0);
	v->offered |= vio_read(v, VIO_DEV_FEATURES);
}

/* The device's registers are known; find out the rest, give it memory. */
static void finish(struct vio *v)
{
	size_t nr = (size_t)(v - vios);
	unsigned int i;

	name_it(v);
	v->work = work_queue(v->id);
	v->lenient = (v->id == VIO_VSOCK || v->id == VIO_NET ||
		      v->id == VIO_FS) && !vio_named(v, "strict");
	v->data = data_page[nr];
	for (i = 0; i < VIO_QUEUES; i++) {
		uint8_t *page = queue_page[nr][i];

		v->q[i].desc = (volatile void *)page;
		v->q[i].avail = (volatile void *)(page + 1024);
		v->q[i].used = (volatile void *)(page + 2048);
	}
	vio_write(v, VIO_STATUS, 0);
	count_queues(v);
	read_features(v);
	printf("INFO %s id=%u queues=%u features=%lx intid=%u\n", v->name,
	       v->id, v->nr_queues, v->offered, v->intid);
}

struct vio *vio_add(void)
{
	return nr_vios < VIO_DEVICES ? &vios[nr_vios] : NULL;
}

static void mmio_one(fdt_node node)
{
	uint64_t base = fdt_reg(dtb, node, 0);
	struct vio *v = vio_add();

	if (!v || mmio_read32(base) != MMIO_MAGIC)
		return;
	v->id = mmio_read32(base + MMIO_DEVICE_ID);
	if (!id_name(v->id))
		return;
	v->pci = false;
	v->common = base;
	v->config = base + MMIO_CONFIG;
	v->config_len = MMIO_SIZE - MMIO_CONFIG;
	v->intid = fdt_cell(dtb, node, "interrupts", 1) + 32;
	nr_vios++;
}

void vio_discover(void)
{
	fdt_node n = NULL;
	unsigned int i;

	while ((n = fdt_next_node(dtb, n))) {
		if (fdt_is(dtb, n, "device_type", "memory"))
			ram_end = fdt_reg(dtb, n, 0) +
				((uint64_t)fdt_cell(dtb, n, "reg", 2) << 32 |
				 fdt_cell(dtb, n, "reg", 3));
		if (fdt_is(dtb, n, "compatible", "virtio,mmio"))
			mmio_one(n);
	}
	pci_discover();
	for (i = 0; i < nr_vios; i++)
		finish(&vios[i]);
}
