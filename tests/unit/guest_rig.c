// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guest_rig - a driver for any virtio device, in a guest of its own making
 */
#include "guest_rig.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

#define QUEUE_BYTES 0x3000	/* descriptors, available, used: a page each */
#define WAIT_US 1000
#define WAIT_TRIES 5000

static void on_queue(struct vdev_queue *q)
{
	struct guest_rig *g = q->dev->bus;

	g->signals++;
}

static void on_config(struct vdev *dev)
{
	struct guest_rig *g = dev->bus;

	g->config_signals++;
}

static void on_connect(struct vdev_queue *q, bool doorbell, bool call)
{
	(void)q;
	(void)doorbell;
	(void)call;
}

static const struct vdev_transport transport = {
	.queue_signal = on_queue,
	.config_signal = on_config,
	.queue_connect = on_connect,
};

void gr_init(struct guest_rig *g, struct vdev *dev, bool shared)
{
	memset(g, 0, sizeof(*g));
	ck_assert_int_eq(shared ?
			 gmem_init_shared(&g->mem, GR_BASE, GR_SIZE) :
			 gmem_init(&g->mem, GR_BASE, GR_SIZE), 0);
	g->dev = dev;
	ck_assert_int_eq(vdev_start_workers(dev), 0);
	vdev_attach(dev, &g->mem, NULL, &transport, g);
}

static void set_up_queue(struct guest_rig *g, unsigned int i)
{
	char *at = gr_alloc(g, QUEUE_BYTES);
	uint32_t gpa = (uint32_t)gr_gpa(g, at);

	g->queue[i] = (struct gr_queue){
		.desc = (void *)at,
		.avail = (void *)(at + SZ_4K),
		.used = (void *)(at + 2 * SZ_4K),
	};
	vdev_queue_set(g->dev, i, VDEV_Q_SIZE, GR_QUEUE);
	vdev_queue_set(g->dev, i, VDEV_Q_DESC_LO, gpa);
	vdev_queue_set(g->dev, i, VDEV_Q_DRIVER_LO, gpa + SZ_4K);
	vdev_queue_set(g->dev, i, VDEV_Q_DEVICE_LO, gpa + 2 * SZ_4K);
	vdev_queue_set(g->dev, i, VDEV_Q_ENABLE, 1);
}

void gr_start(struct guest_rig *g, uint64_t features)
{
	const uint32_t known = VIRTIO_CONFIG_S_ACKNOWLEDGE |
			       VIRTIO_CONFIG_S_DRIVER;
	unsigned int i;

	gr_reset(g);
	vdev_set_status(g->dev, known);
	vdev_accept(g->dev, 0, (uint32_t)features);
	vdev_accept(g->dev, 1, 1);	/* VIRTIO_F_VERSION_1 */
	vdev_set_status(g->dev, known | VIRTIO_CONFIG_S_FEATURES_OK);
	ck_assert(vdev_status(g->dev) & VIRTIO_CONFIG_S_FEATURES_OK);
	for (i = 0; i < g->dev->nr_queues; i++)
		set_up_queue(g, i);
	vdev_set_status(g->dev, known | VIRTIO_CONFIG_S_FEATURES_OK |
			VIRTIO_CONFIG_S_DRIVER_OK);
	ck_assert(!(vdev_status(g->dev) & VIRTIO_CONFIG_S_NEEDS_RESET));
}

void gr_reset(struct guest_rig *g)
{
	vdev_set_status(g->dev, 0);
}

void gr_fini(struct guest_rig *g)
{
	vdev_destroy(g->dev);
	gmem_fini(&g->mem);
}

void *gr_alloc(struct guest_rig *g, uint64_t len)
{
	void *at;

	ck_assert_int_eq(gmem_slice(&g->mem, GR_BASE + g->next, len, &at), 0);
	g->next += ALIGN_UP(len, SZ_4K);
	memset(at, 0, len);
	return at;
}

uint64_t gr_gpa(const struct guest_rig *g, const void *host)
{
	return GR_BASE + (uint64_t)((const char *)host -
				    (const char *)g->mem.host);
}

uint16_t gr_add(struct guest_rig *g, unsigned int queue, uint64_t gpa,
		uint32_t len, bool write)
{
	struct gr_queue *q = &g->queue[queue];
	uint16_t head = q->next_desc++ % GR_QUEUE;

	q->desc[head] = (struct vring_desc){
		.addr = gpa, .len = len,
		.flags = write ? VRING_DESC_F_WRITE : 0,
	};
	q->avail->ring[q->avail->idx % GR_QUEUE] = head;
	__atomic_store_n(&q->avail->idx, q->avail->idx + 1, __ATOMIC_RELEASE);
	return head;
}

void gr_send(struct guest_rig *g, unsigned int queue, const void *data,
	     uint32_t len)
{
	void *at = gr_alloc(g, len);

	memcpy(at, data, len);
	gr_add(g, queue, gr_gpa(g, at), len, false);
	gr_kick(g, queue);
}

void *gr_room(struct guest_rig *g, unsigned int queue, uint32_t len)
{
	void *at = gr_alloc(g, len);

	gr_add(g, queue, gr_gpa(g, at), len, true);
	gr_kick(g, queue);
	return at;
}

void gr_kick(struct guest_rig *g, unsigned int queue)
{
	vdev_notify(g->dev, queue);
}

static bool take_used(struct gr_queue *q, uint32_t *len)
{
	if (__atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE) == q->seen)
		return false;
	if (len)
		*len = q->used->ring[q->seen % GR_QUEUE].len;
	q->seen++;
	return true;
}

bool gr_used(struct guest_rig *g, unsigned int queue, uint32_t *len)
{
	unsigned int i;

	for (i = 0; i < WAIT_TRIES; i++) {
		if (take_used(&g->queue[queue], len))
			return true;
		usleep(WAIT_US);
	}
	return false;
}

bool gr_idle(struct guest_rig *g, unsigned int queue)
{
	usleep(30000);
	return !take_used(&g->queue[queue], NULL);
}

bool gr_sick(struct guest_rig *g)
{
	unsigned int i;

	for (i = 0; i < WAIT_TRIES; i++) {
		if (vdev_status(g->dev) & VIRTIO_CONFIG_S_NEEDS_RESET)
			return true;
		usleep(WAIT_US);
	}
	return false;
}
