// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_mmio - registers of virtio-mmio in any order, width and value, with
 * rings in memory that the device may find
 */
#include <linux/virtio_mmio.h>

#include "device.h"
#include "signals.h"
#include "util.h"
#include "virtio/vmmio.h"

#define BASE		UINT64_C(0x3000000)
#define REGISTERS	0x200
#define OPS		120

static const uint16_t registers[] = {
	VIRTIO_MMIO_DEVICE_FEATURES_SEL, VIRTIO_MMIO_DRIVER_FEATURES_SEL,
	VIRTIO_MMIO_DRIVER_FEATURES, VIRTIO_MMIO_QUEUE_SEL,
	VIRTIO_MMIO_QUEUE_NUM, VIRTIO_MMIO_QUEUE_READY,
	VIRTIO_MMIO_QUEUE_NOTIFY, VIRTIO_MMIO_INTERRUPT_ACK,
	VIRTIO_MMIO_STATUS, VIRTIO_MMIO_QUEUE_DESC_LOW,
	VIRTIO_MMIO_QUEUE_DESC_HIGH, VIRTIO_MMIO_QUEUE_AVAIL_LOW,
	VIRTIO_MMIO_QUEUE_AVAIL_HIGH, VIRTIO_MMIO_QUEUE_USED_LOW,
	VIRTIO_MMIO_QUEUE_USED_HIGH, VIRTIO_MMIO_CONFIG,
};

static void put(struct virtio_mmio *m, uint64_t reg, uint32_t value)
{
	virtio_mmio_ops.write(m, reg, 4, value);
}

/* What a good driver writes, so that the input need not find it out. */
static void start(struct virtio_mmio *m, struct fuzz_ring *ring,
		  struct fuzz_in *in)
{
	uint8_t kind = fuzz_u8(in);
	unsigned int i;

	put(m, VIRTIO_MMIO_STATUS, 0);
	put(m, VIRTIO_MMIO_STATUS, 3);
	put(m, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	put(m, VIRTIO_MMIO_DRIVER_FEATURES, (kind & 3U) << 28);
	put(m, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	put(m, VIRTIO_MMIO_DRIVER_FEATURES, kind & 4 ? 5 : 1);
	put(m, VIRTIO_MMIO_STATUS, 11);
	for (i = 0; i < FUZZ_QUEUES; i++) {
		fuzz_ring_init(&ring[i], i, kind & 4);
		put(m, VIRTIO_MMIO_QUEUE_SEL, i);
		put(m, VIRTIO_MMIO_QUEUE_NUM, FUZZ_QSIZE);
		put(m, VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)ring[i].setup.desc);
		put(m, VIRTIO_MMIO_QUEUE_AVAIL_LOW,
		    (uint32_t)ring[i].setup.driver);
		put(m, VIRTIO_MMIO_QUEUE_USED_LOW,
		    (uint32_t)ring[i].setup.device);
		put(m, VIRTIO_MMIO_QUEUE_READY, 1);
	}
	if (!(kind & 0x80))
		put(m, VIRTIO_MMIO_STATUS, 15);
}

static void one(struct virtio_mmio *m, struct fuzz_ring *ring,
		struct fuzz_in *in)
{
	uint8_t op = fuzz_u8(in);
	unsigned int index = (op >> 4) % FUZZ_QUEUES, len = 1U << (op >> 6);

	switch (op % 8) {
	case 0:
	case 1:
		put(m, registers[fuzz_u8(in) % ARRAY_SIZE(registers)],
		    op & 0x10 ? fuzz_u32(in) : fuzz_u8(in));
		break;
	case 2:
		virtio_mmio_ops.write(m, fuzz_u16(in) % REGISTERS, len,
				      fuzz_u64(in));
		break;
	case 3:
		virtio_mmio_ops.read(m, fuzz_u16(in) % REGISTERS, len);
		break;
	case 4:
		start(m, ring, in);
		break;
	case 5:
		fuzz_chain(&ring[index], in);
		put(m, VIRTIO_MMIO_QUEUE_NOTIFY, index);
		break;
	case 6:
		fuzz_scribble(in);
		break;
	case 7:
		vdev_config_changed(m->dev);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	const struct gmem *mem = fuzz_memory();
	struct fuzz_ring ring[FUZZ_QUEUES];
	struct signals *signals;
	struct virtio_mmio m;
	unsigned int i;

	for (i = 0; i < FUZZ_QUEUES; i++)
		fuzz_ring_init(&ring[i], i, false);
	signals_create(-1, SIGNALS_MSI_NONE, 64, &signals);
	fuzz_check(!virtio_mmio_init(&m, fuzz_device(0), mem, signals, BASE,
				     40));
	for (i = 0; i < OPS && in.left; i++)
		one(&m, ring, &in);
	/* a reset gives the device back as it was */
	put(&m, VIRTIO_MMIO_STATUS, 0);
	fuzz_check(!virtio_mmio_ops.read(&m, VIRTIO_MMIO_STATUS, 4));
	fuzz_check(!virtio_mmio_ops.read(&m, VIRTIO_MMIO_INTERRUPT_STATUS, 4));
	virtio_mmio_fini(&m);
	return 0;
}
