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

static void net_signal(struct vdev_queue *q)
{
	(void)q;
	rig.interrupts++;
}

static void net_config_signal(struct vdev *dev)
{
	(void)dev;
	rig.config_interrupts++;
}

static void net_connect(struct vdev_queue *q, bool doorbell, bool call)
{
	(void)q;
	(void)doorbell;
	(void)call;
}

static const struct vdev_transport net_transport = {
	.queue_signal = net_signal,
	.config_signal = net_config_signal,
	.queue_connect = net_connect,
};

void net_open(const struct net_options *o)
{
	struct err e = { ERR_NONE, "" };

	memset(&rig, 0, sizeof(rig));
	ck_assert_int_eq(gmem_init(&rig.mem, RIG_BASE, RIG_RAM), 0);
	ck_assert_msg(!net_create(o, "net0", &rig.dev, &e), "%s", e.text);
	rig.net = net_of(rig.dev);
	ck_assert_int_eq(vdev_start_workers(rig.dev), 0);
	vdev_attach(rig.dev, &rig.mem, NULL, &net_transport, NULL);
}

static void *net_host(uint64_t offset)
{
	return (char *)rig.mem.host + offset;
}

static void net_set64(unsigned int queue, enum vdev_queue_reg reg,
		      uint64_t offset)
{
	uint64_t gpa = RIG_BASE + offset;

	vdev_queue_set(rig.dev, queue, reg, (uint32_t)gpa);
	vdev_queue_set(rig.dev, queue, reg + 1, (uint32_t)(gpa >> 32));
}

static void net_start_queue(unsigned int queue, uint16_t size)
{
	uint64_t at = queue * RIG_RING;
	struct net_queue *q = &rig.q[queue];

	memset(net_host(at), 0, RIG_RING);
	*q = (struct net_queue){
		.desc = net_host(at),
		.avail = net_host(at + 0x4000),
		.used = net_host(at + 0x8000),
		.size = size,
	};
	vdev_queue_set(rig.dev, queue, VDEV_Q_SIZE, size);
	net_set64(queue, VDEV_Q_DESC_LO, at);
	net_set64(queue, VDEV_Q_DRIVER_LO, at + 0x4000);
	net_set64(queue, VDEV_Q_DEVICE_LO, at + 0x8000);
	vdev_queue_set(rig.dev, queue, VDEV_Q_ENABLE, 1);
}

void net_start(uint64_t features, uint16_t size)
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
		net_start_queue(i, size);
	vdev_set_status(rig.dev, status | VIRTIO_CONFIG_S_DRIVER_OK);
}

void net_reset(void)
{
	vdev_set_status(rig.dev, 0);
	ck_assert_uint_eq(vdev_status(rig.dev), 0);
}

void net_close(void)
{
	vdev_destroy(rig.dev);
	gmem_fini(&rig.mem);
}

void *net_buffer(uint32_t len)
{
	void *p = net_host(rig.next);

	rig.next += (len + 15) & ~15U;
	ck_assert_uint_le(rig.next, RIG_RAM);
	return p;
}

uint16_t net_add(unsigned int queue, const struct net_part *part,
		 unsigned int nr)
{
	struct net_queue *q = &rig.q[queue];
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

void *net_add_in(unsigned int queue, uint32_t len)
{
	struct net_part part = { net_buffer(len), len, true };

	net_add(queue, &part, 1);
	return part.data;
}

void net_kick(unsigned int queue)
{
	const uint64_t one = 1;

	ck_assert_int_eq(write(rig.dev->queue[queue].kick.fd, &one,
			       sizeof(one)), sizeof(one));
}

static bool net_has_used(const struct net_queue *q)
{
	return __atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE) != q->seen;
}

uint32_t net_used(unsigned int queue, uint32_t *head)
{
	struct net_queue *q = &rig.q[queue];
	struct vring_used_elem *elem;
	unsigned int i;

	for (i = 0; i < WAITS && !net_has_used(q); i++)
		usleep(1000);
	ck_assert_msg(net_has_used(q), "queue %u gives nothing back", queue);
	elem = &q->used->ring[q->seen++ % q->size];
	if (head)
		*head = elem->id;
	return elem->len;
}

bool net_none_used(unsigned int queue)
{
	usleep(20000);
	return !net_has_used(&rig.q[queue]);
}

void net_until(const _Atomic unsigned int *value)
{
	unsigned int i;

	for (i = 0; i < WAITS && !*value; i++)
		usleep(1000);
	ck_assert_uint_ne(*value, 0);
}
