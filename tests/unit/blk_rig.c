// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blk_rig - a disk, and a driver in a guest of its own making
 */
#include "blk_rig.h"

#include <fcntl.h>
#include <linux/virtio_ring.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "t.h"
#include "util.h"
#include "virtio/vdev_driver.h"

#define RING(q)		((q) * UINT64_C(0x4000))	/* of queue q */
#define AVAIL(q)	(RING(q) + RIG_QUEUE * UINT64_C(16))
#define USED(q)		(RING(q) + 0x2000)

static void count_signal(struct vdev_queue *q)
{
	((struct blk_rig *)q->dev->bus)->signals++;
}

static void count_config(struct vdev *dev)
{
	((struct blk_rig *)dev->bus)->config_signals++;
}

static void no_connect(struct vdev_queue *q, bool doorbell, bool call)
{
	(void)q;
	(void)doorbell;
	(void)call;
}

static const struct vdev_transport transport = {
	.queue_signal = count_signal,
	.config_signal = count_config,
	.queue_connect = no_connect,
};

uint8_t disk_pattern(uint64_t offset)
{
	return (uint8_t)(offset / BLK_SERIAL_MAX * 7 + offset);
}

void disk_image(struct blk_rig *rig, uint64_t size)
{
	uint64_t i;
	FILE *f;

	memset(rig, 0, sizeof(*rig));
	snprintf(rig->dir, sizeof(rig->dir), "%s/blk.XXXXXX",
		 getenv("TMPDIR") ?: "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(rig->dir));
	snprintf(rig->path, sizeof(rig->path), "%s/disk.img", rig->dir);
	f = fopen(rig->path, "we");
	ck_assert_ptr_nonnull(f);
	for (i = 0; i < size; i++)
		putc(disk_pattern(i), f);
	ck_assert_int_eq(fclose(f), 0);
}

struct blk_options disk_options(const struct blk_rig *rig)
{
	return (struct blk_options){ .path = rig->path, .queues = 1,
				     .discard = true };
}

void disk_create(struct blk_rig *rig, const struct blk_options *o)
{
	struct err e = { 0 };

	ck_assert_msg(!blk_create(o, "disk0", &rig->dev, &e), "%s", e.text);
	ck_assert_int_eq(vdev_start_workers(rig->dev), 0);
	ck_assert_int_eq(gmem_init(&rig->mem, RIG_BASE, RIG_SIZE), 0);
	vdev_attach(rig->dev, &rig->mem, NULL, &transport, rig);
}

static void set_addr(struct blk_rig *rig, unsigned int q,
		     enum vdev_queue_reg reg, uint64_t offset)
{
	uint64_t gpa = RIG_BASE + offset;

	vdev_queue_set(rig->dev, q, reg, (uint32_t)gpa);
	vdev_queue_set(rig->dev, q, reg + 1, (uint32_t)(gpa >> 32));
}

void disk_probe(struct blk_rig *rig, uint64_t features)
{
	unsigned int q, step = 0;

	vdev_set_status(rig->dev, 0);
	step |= VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;
	vdev_set_status(rig->dev, step);
	features &= rig->dev->offered;
	vdev_accept(rig->dev, 0, (uint32_t)features);
	vdev_accept(rig->dev, 1, (uint32_t)(features >> 32));
	step |= VIRTIO_CONFIG_S_FEATURES_OK;
	vdev_set_status(rig->dev, step);
	for (q = 0; q < rig->dev->nr_queues; q++) {
		memset(disk_ram(rig, RING(q)), 0, 0x4000);
		rig->queue[q] = (struct disk_queue){ 0 };
		vdev_queue_set(rig->dev, q, VDEV_Q_SIZE, RIG_QUEUE);
		set_addr(rig, q, VDEV_Q_DESC_LO, RING(q));
		set_addr(rig, q, VDEV_Q_DRIVER_LO, AVAIL(q));
		set_addr(rig, q, VDEV_Q_DEVICE_LO, USED(q));
		vdev_queue_set(rig->dev, q, VDEV_Q_ENABLE, 1);
	}
	vdev_set_status(rig->dev, step | VIRTIO_CONFIG_S_DRIVER_OK);
	ck_assert_uint_eq(vdev_status(rig->dev),
			  step | VIRTIO_CONFIG_S_DRIVER_OK);
}

void disk_up(struct blk_rig *rig, const struct blk_options *o)
{
	disk_create(rig, o);
	disk_probe(rig, ~BIT(VIRTIO_F_RING_PACKED));
}

void disk_down(struct blk_rig *rig)
{
	vdev_destroy(rig->dev);
	gmem_fini(&rig->mem);
	unlink(rig->path);
	rmdir(rig->dir);
}

void *disk_ram(struct blk_rig *rig, uint64_t offset)
{
	return (char *)rig->mem.host + offset;
}

uint16_t disk_chain(struct blk_rig *rig, unsigned int queue,
		 const struct disk_buf *buf, unsigned int nr)
{
	struct vring_desc *desc = disk_ram(rig, RING(queue));
	struct vring_avail *avail = disk_ram(rig, AVAIL(queue));
	struct disk_queue *q = &rig->queue[queue];
	uint16_t head = q->desc % RIG_QUEUE;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		uint16_t at = q->desc++ % RIG_QUEUE;

		desc[at] = (struct vring_desc){
			.addr = RIG_BASE + buf[i].offset,
			.len = buf[i].len,
			.flags = (buf[i].write ? VRING_DESC_F_WRITE : 0) |
				 (i + 1 < nr ? VRING_DESC_F_NEXT : 0),
			.next = q->desc % RIG_QUEUE,
		};
	}
	avail->ring[q->avail++ % RIG_QUEUE] = head;
	__atomic_store_n(&avail->idx, q->avail, __ATOMIC_RELEASE);
	return head;
}

struct disk_used disk_wait(struct blk_rig *rig, unsigned int queue)
{
	const struct vring_used *used = disk_ram(rig, USED(queue));
	struct disk_queue *q = &rig->queue[queue];
	const struct vring_used_elem *elem;
	unsigned int tries = 0;

	while (__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE) == q->used) {
		ck_assert_msg(tries++ < 10000, "the device does not answer");
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	elem = &used->ring[q->used++ % RIG_QUEUE];
	return (struct disk_used){ .head = elem->id, .len = elem->len };
}

uint32_t disk_do(struct blk_rig *rig, const struct disk_buf *buf,
		unsigned int nr)
{
	uint16_t head = disk_chain(rig, 0, buf, nr);
	struct disk_used used;

	vdev_notify(rig->dev, 0);
	used = disk_wait(rig, 0);
	ck_assert_uint_eq(used.head, head);
	return used.len;
}

void disk_header(struct blk_rig *rig, uint32_t type, uint64_t sector)
{
	struct virtio_blk_outhdr hdr = { .type = type, .sector = sector };

	memcpy(disk_ram(rig, RIG_HDR), &hdr, sizeof(hdr));
	*(uint8_t *)disk_ram(rig, RIG_STATUS) = 0xee;
}

uint8_t disk_request(struct blk_rig *rig, uint32_t type, uint64_t sector,
		    uint32_t len)
{
	bool in = type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID;
	struct disk_buf buf[3] = {
		{ RIG_HDR, sizeof(struct virtio_blk_outhdr), false },
		{ RIG_DATA, len, in },
		{ RIG_STATUS, 1, true },
	};
	uint8_t status;
	uint32_t used;

	if (!len)
		buf[1] = buf[2];
	disk_header(rig, type, sector);
	used = disk_do(rig, buf, len ? 3 : 2);
	status = *(uint8_t *)disk_ram(rig, RIG_STATUS);
	ck_assert_uint_eq(used, in && !status ? len + 1 : 1);
	return status;
}

uint8_t disk_range(struct blk_rig *rig, uint32_t type, uint64_t sector,
		  uint32_t nr, uint32_t flags)
{
	struct virtio_blk_discard_write_zeroes seg = {
		.sector = sector, .num_sectors = nr, .flags = flags };

	memcpy(disk_ram(rig, RIG_DATA), &seg, sizeof(seg));
	return disk_request(rig, type, 0, sizeof(seg));
}

void disk_file(struct blk_rig *rig, uint64_t offset, void *buf, size_t len)
{
	int fd = open(rig->path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, buf, len, (off_t)offset), (ssize_t)len);
	close(fd);
}
