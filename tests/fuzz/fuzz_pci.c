// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_pci - configuration space, BARs and MSI-X of two virtio functions on one
 * bridge, in any order, width and value
 */
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#include "device.h"
#include "signals.h"
#include "util.h"
#include "virtio/vpci.h"

#define MEM32		UINT64_C(0x50000000)
#define MEM32_SIZE	UINT64_C(0x30000000)
#define MEM64		UINT64_C(0x8000000000)
#define MEM64_SIZE	UINT64_C(0x100000000)
#define REGS_BAR	2
#define MSIX_BAR	0
#define NOTIFY		0x3000	/* in the BAR of registers */
#define ECAM_SIZE	0x100000
#define OPS		160

#define COMMON(field)	offsetof(struct virtio_pci_common_cfg, field)

struct rig {
	struct pci_bridge bridge;
	struct virtio_pci fn[2];
	struct fuzz_ring ring[2][FUZZ_QUEUES];
};

static void config_put(struct rig *r, unsigned int slot, unsigned int reg,
		       unsigned int len, uint32_t value)
{
	pci_ecam_ops.write(&r->bridge, (uint64_t)slot << 15 | reg, len, value);
}

static uint64_t regs_at(unsigned int slot)
{
	return MEM64 + slot * UINT64_C(0x10000);
}

/* BARs where firmware would put them; MSI-X as the input says. */
static void place(struct rig *r, unsigned int slot, uint8_t kind)
{
	unsigned int cap = r->fn[slot].fn.msix.cap;

	config_put(r, slot, PCI_BASE_ADDRESS_0 + 4 * MSIX_BAR, 4,
		   (uint32_t)MEM32 + slot * 0x1000);
	config_put(r, slot, PCI_BASE_ADDRESS_0 + 4 * REGS_BAR, 4,
		   (uint32_t)regs_at(slot));
	config_put(r, slot, PCI_BASE_ADDRESS_0 + 4 * REGS_BAR + 4, 4,
		   (uint32_t)(regs_at(slot) >> 32));
	config_put(r, slot, PCI_COMMAND, 2,
		   PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	if (cap)
		config_put(r, slot, cap + PCI_MSIX_FLAGS, 2,
			   (uint32_t)(kind & 3) << 14);
}

static void put(struct rig *r, unsigned int slot, uint64_t offset,
		unsigned int len, uint32_t value)
{
	pci_mem64_ops.write(&r->bridge, regs_at(slot) - MEM64 + offset, len,
			    value);
}

static void set_ring(struct rig *r, unsigned int slot, unsigned int i,
		     bool packed)
{
	struct fuzz_ring *ring = &r->ring[slot][i];

	fuzz_ring_init(ring, slot * FUZZ_QUEUES + i, packed);
	put(r, slot, COMMON(queue_select), 2, i);
	put(r, slot, COMMON(queue_size), 2, FUZZ_QSIZE);
	put(r, slot, COMMON(queue_msix_vector), 2, i + 1);
	put(r, slot, COMMON(queue_desc_lo), 4, (uint32_t)ring->setup.desc);
	put(r, slot, COMMON(queue_avail_lo), 4, (uint32_t)ring->setup.driver);
	put(r, slot, COMMON(queue_used_lo), 4, (uint32_t)ring->setup.device);
	put(r, slot, COMMON(queue_enable), 2, 1);
}

static void start(struct rig *r, unsigned int slot, struct fuzz_in *in)
{
	uint8_t kind = fuzz_u8(in);
	unsigned int i;

	place(r, slot, kind >> 4);
	put(r, slot, COMMON(device_status), 1, 0);
	put(r, slot, COMMON(msix_config), 2, 0);
	put(r, slot, COMMON(device_status), 1, 3);
	put(r, slot, COMMON(guest_feature_select), 4, 0);
	put(r, slot, COMMON(guest_feature), 4, (kind & 3U) << 28);
	put(r, slot, COMMON(guest_feature_select), 4, 1);
	put(r, slot, COMMON(guest_feature), 4, kind & 4 ? 5 : 1);
	put(r, slot, COMMON(device_status), 1, 11);
	for (i = 0; i < FUZZ_QUEUES; i++)
		set_ring(r, slot, i, kind & 4);
	put(r, slot, COMMON(device_status), 1, 15);
}

/* An address in one of the windows, mostly where something answers. */
static void access_bar(struct rig *r, struct fuzz_in *in, unsigned int slot,
		       unsigned int len, bool write)
{
	uint16_t at = fuzz_u16(in);
	uint64_t value = write ? fuzz_u64(in) : 0;

	if (at & 0x8000 && write)
		pci_mem32_ops.write(&r->bridge, slot * 0x1000U + at % 0x1000,
				    len, value);
	else if (at & 0x8000)
		pci_mem32_ops.read(&r->bridge, slot * 0x1000U + at % 0x1000,
				   len);
	else if (write)
		pci_mem64_ops.write(&r->bridge, regs_at(slot) - MEM64 + at,
				    len, value);
	else
		pci_mem64_ops.read(&r->bridge, regs_at(slot) - MEM64 + at,
				   len);
}

static void access_config(struct rig *r, struct fuzz_in *in,
			  unsigned int slot, unsigned int len, bool write)
{
	uint64_t at = (uint64_t)slot << 15 | fuzz_u8(in);

	if (at % 4 == 3)
		at = fuzz_u32(in) % ECAM_SIZE;
	if (write)
		pci_ecam_ops.write(&r->bridge, at, len, fuzz_u32(in));
	else
		pci_ecam_ops.read(&r->bridge, at, len);
}

/* A field of the common configuration, or of the window in config space. */
static void field(struct rig *r, struct fuzz_in *in, unsigned int slot)
{
	uint8_t at = fuzz_u8(in) % 64;
	uint32_t value = at < 32 ? fuzz_u8(in) : fuzz_u32(in);
	unsigned int window = r->fn[slot].cfg_cap;

	if (value & 0x40) {
		put(r, slot, at & ~3U, at < 16 || at >= 32 ? 4 : 2, value);
		return;
	}
	config_put(r, slot, window + 4, 1, REGS_BAR);
	config_put(r, slot, window + 8, 4, at & 0x3e);
	config_put(r, slot, window + 12, 4, 2);
	config_put(r, slot, window + 16, 2, value);
}

static void one(struct rig *r, struct fuzz_in *in)
{
	uint8_t op = fuzz_u8(in);
	unsigned int slot = op >> 3 & 1, len = 1U << (op >> 6);
	unsigned int index = fuzz_u8(in) % FUZZ_QUEUES;

	switch (op % 8) {
	case 0:
	case 1:
		access_config(r, in, slot, len, op & 1);
		break;
	case 2:
	case 3:
		access_bar(r, in, slot, len, op & 1);
		break;
	case 4:
		start(r, slot, in);
		break;
	case 5:
		fuzz_chain(&r->ring[slot][index], in);
		put(r, slot, NOTIFY + index * 4, 2, index);
		break;
	case 6:
		field(r, in, slot);
		break;
	case 7:
		if (op & 0x10)
			fuzz_scribble(in);
		else
			vdev_config_changed(r->fn[slot].dev);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig r;
	struct fuzz_in in = { data, size };
	const struct gmem *mem = fuzz_memory();
	struct signals *signals;
	unsigned int i;

	signals_create(-1, SIGNALS_MSI_ITS, 64, &signals);
	pci_bridge_init(&r.bridge, signals);
	r.bridge.intid = 36;
	r.bridge.mem32 = MEM32;
	r.bridge.mem32_size = MEM32_SIZE;
	r.bridge.mem64 = MEM64;
	r.bridge.mem64_size = MEM64_SIZE;
	for (i = 0; i < 2; i++) {
		fuzz_check(!virtio_pci_init(&r.fn[i], fuzz_device(i), mem,
					    &r.bridge));
		memset(r.ring[i], 0, sizeof(r.ring[i]));
	}
	for (i = 0; i < 2 * FUZZ_QUEUES; i++)
		fuzz_ring_init(&r.ring[i / FUZZ_QUEUES][i % FUZZ_QUEUES], i,
			       false);
	for (i = 0; i < OPS && in.left; i++)
		one(&r, &in);
	for (i = 0; i < 2; i++) {
		start(&r, i, &in);
		fuzz_check(vdev_has(fuzz_device(i), VIRTIO_F_VERSION_1));
		virtio_pci_fini(&r.fn[i]);
	}
	return 0;
}
