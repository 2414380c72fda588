// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net_rig - a network device with a driver that the test plays
 */
#include "net_rig.h"

#include <string.h>
#include <unistd.h>

#include "t.h"
#include "virtio/vdev_driver.h"

#define RIG_BASE	UINT64_C(0x80000000)
#define RIG_RING	UINT64_C(0x10000)	/* of memory for each queue */
#define WAITS		5000

struct net_rig rig;

static void rig_signal(struct vdev_queue *q)
{
	(void)q;
	rig.interrupts++;
}

static void rig_config_signal(struct vdev *dev)
{
	(void)dev;
	rig.config_interrupts++;
}

static void rig_connect(struct vdev_queue *q, bool doorbell, bool call)
{
	(void)q;
	(void)doorbell;
	(void)call;
}

static const struct vdev_transport rig_transport = {
	.queue_signal = rig_signal,
	.config_signal = rig_config_signal,
	.queue_connect = rig_connect,
};

void rig_open(const struct net_options *o)
{
	struct err e = { ERR_NONE, "" };

	memset(&rig, 0, sizeof(rig));
	ck_assert_int_eq(gmem_init(&rig.mem, RIG_BASE, RIG_RAM), 0);
	ck_assert_msg(!net_create(o, "net0", &rig.dev, &e), "%s", e.text);
	rig.net = net_of(rig.dev);
	ck_assert_int_eq(vdev_start_workers(rig.dev), 0);
	vdev_attach(rig.dev, &rig.mem, NULL, &rig_transport, NULL);
}

static void *rig_host(uint64_t offset)
{
	return (char *)rig.mem.host + offset;
}

static void rig_set64(unsigned int queue, enum vdev_queue_reg reg,
		      uint64_t offset)
{
	uint64_t gpa = RIG_BASE + offset;

	vdev_queue_set(rig.dev, queue, reg, (uint32_t)gpa);
	vdev_queue_set(rig.dev, queue, reg + 1, (uint32_t)(gpa >> 32));
}

static void rig_start_queue(unsigned int queue, uint16_t size)
{
	uint64_t at = queue * RIG_RING;
	struct rig_queue *q = &rig.q[queue];

	memset(rig_host(at), 0, RIG_RING);
	*q = (struct rig_queue){
		.desc = rig_host(at),
		.avail = rig_host(at + 0x4000),
		.used = rig_host(at + 0x8000),
		.size = size,
	};
	vdev_queue_set(rig.dev, queue, VDEV_Q_SIZE, size);
	rig_set64(queue, VDEV_Q_DESC_LO, at);
	rig_set64(queue, VDEV_Q_DRIVER_LO, at + 0x4000);
	rig_set64(queue, VDEV_Q_DEVICE_LO, at + 0x8000);
	vdev_queue_set(rig.dev, queue, VDEV_Q_ENABLE, 1);
}

void rig_start(uint64_t features, uint16_t size)
{
	uint32_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;
	unsigned int i;

	rig.next = RIG_BUFFER;
	features |= UINT64_C(1) << VIRTIO_F_VERSION_1;
	vdev_set_status(rig.dev, status);
	vdev_accept(rig.dev, 0, (uint32_t)features);
	vdev_accept(rig.dev, 1, (uint32_t)(features >> 32));
	status |= VIRTIO_CONFIG_S_FEATURES_OK;
	vdev_set_status(rig.dev, status);
	ck_assert_uint_eq(vdev_status(rig.dev), status);
	for (i = 0; i < rig.dev->nr_queues; i++)
		rig_start_queue(i, size);
	vdev_set_status(rig.dev, status | VIRTIO_CONFIG_S_DRIVER_OK);
}

void rig_reset(void)
{
	vdev_set_status(rig.dev, 0);
	ck_assert_uint_eq(vdev_status(rig.dev), 0);
}

void rig_close(void)
{
	vdev_destroy(rig.dev);
	gmem_fini(&rig.mem);
}

void *rig_buffer(uint32_t len)
{
	void *p = rig_host(rig.next);

	rig.next += (len + 15) & ~15U;
	ck_assert_uint_le(rig.next, RIG_RAM);
	return p;
}

uint16_t rig_add(unsigned int queue, const struct rig_part *part,
		 unsigned int nr)
{
	struct rig_queue *q = &rig.q[queue];
	uint16_t head = q->next % q->size;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct vring_desc *d = &q->desc[q->next++ % q->size];
		bool last = i == nr - 1;

		d->addr = RIG_BASE + (uint64_t)((char *)part[i].data -
						(char *)rig.mem.host);
		d->len = part[i].len;
		d->flags = (uint16_t)((part[i].write ? VRING_DESC_F_WRITE : 0) |
				      (last ? 0 : VRING_DESC_F_NEXT));
		d->next = (uint16_t)(q->next % q->size);
	}
	q->avail->ring[q->avail->idx % q->size] = head;
	__atomic_store_n(&q->avail->idx, q->avail->idx + 1, __ATOMIC_RELEASE);
	return head;
}

void *rig_add_in(unsigned int queue, uint32_t len)
{
	struct rig_part part = { rig_buffer(len), len, true };

	rig_add(queue, &part, 1);
	return part.data;
}

void rig_kick(unsigned int queue)
{
	const uint64_t one = 1;

	ck_assert_int_eq(write(rig.dev->queue[queue].kick.fd, &one,
			       sizeof(one)), sizeof(one));
}

static bool rig_has_used(const struct rig_queue *q)
{
	return __atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE) != q->seen;
}

uint32_t rig_used(unsigned int queue, uint32_t *head)
{
	struct rig_queue *q = &rig.q[queue];
	struct vring_used_elem *elem;
	unsigned int i;

	for (i = 0; i < WAITS && !rig_has_used(q); i++)
		usleep(1000);
	ck_assert_msg(rig_has_used(q), "queue %u gives nothing back", queue);
	elem = &q->used->ring[q->seen++ % q->size];
	if (head)
		*head = elem->id;
	return elem->len;
}

bool rig_none_used(unsigned int queue)
{
	usleep(20000);
	return !rig_has_used(&rig.q[queue]);
}

void rig_until(const _Atomic unsigned int *value)
{
	unsigned int i;

	for (i = 0; i < WAITS && !*value; i++)
		usleep(1000);
	ck_assert_uint_ne(*value, 0);
}
