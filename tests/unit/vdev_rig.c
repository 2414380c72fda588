// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdev_rig - a device that counts; see vdev_rig.h
 */
#include "vdev_rig.h"

#include <time.h>

#include "t.h"
#include "util.h"

#define RIG_QSIZE	16
#define PART	UINT64_C(0x8000)	/* from one queue to the next */

static struct vdev_rig *rig_of(struct vdev *dev)
{
	return container_of(dev, struct vdev_rig, dev);
}

static void rig_config_read(struct vdev *dev, uint32_t offset, void *buf,
			    uint32_t len)
{
	ck_assert_uint_le(offset + len, RIG_CONFIG);
	memcpy(buf, &rig_of(dev)->config[offset], len);
}

static void rig_config_write(struct vdev *dev, uint32_t offset,
			     const void *buf, uint32_t len)
{
	ck_assert_uint_le(offset + len, RIG_CONFIG);
	memcpy(&rig_of(dev)->config[offset], buf, len);
}

static int rig_start(struct vdev *dev)
{
	struct vdev_rig *r = rig_of(dev);

	if (!r->start_result)
		r->starts++;
	return r->start_result;
}

static void rig_stop(struct vdev *dev)
{
	rig_of(dev)->stops++;
}

static int rig_queue_start(struct vdev_queue *q)
{
	struct vdev_rig *r = rig_of(q->dev);

	if (!r->queue_result)
		r->queue_starts++;
	return r->queue_result;
}

static void rig_queue_stop(struct vdev_queue *q)
{
	rig_of(q->dev)->queue_stops++;
}

static uint32_t rig_serve(struct vdev_queue *q, struct vq_chain *c)
{
	uint32_t done = 0;
	unsigned int i;

	for (i = 0; i < c->nr_in; i++) {
		struct iovec *iov = &vq_iov_in(c)[i];

		memset(iov->iov_base, RIG_FILL, iov->iov_len);
		done += (uint32_t)iov->iov_len;
	}
	rig_of(q->dev)->served++;
	return done;
}

static void rig_kick(struct vdev_queue *q)
{
	struct vdev_rig *r = rig_of(q->dev);

	r->kicks++;
	vdev_serve(q, r->iov, rig_serve);
}

static void rig_destroy(struct vdev *dev)
{
	rig_of(dev)->destroyed++;
}

static const struct vdev_ops rig_ops = {
	.id = VIRTIO_ID_RNG,
	.config_read = rig_config_read,
	.config_write = rig_config_write,
	.start = rig_start,
	.stop = rig_stop,
	.queue_start = rig_queue_start,
	.queue_stop = rig_queue_stop,
	.kick = rig_kick,
	.destroy = rig_destroy,
};

static void rig_queue_signal(struct vdev_queue *q)
{
	rig_of(q->dev)->queue_signals++;
}

static void rig_config_signal(struct vdev *dev)
{
	rig_of(dev)->config_signals++;
}

static void rig_connect(struct vdev_queue *q, bool doorbell, bool call)
{
	struct vdev_rig *r = rig_of(q->dev);
	unsigned int bit = 1U << q->index;

	r->doorbells = doorbell ? r->doorbells | bit : r->doorbells & ~bit;
	r->calls = call ? r->calls | bit : r->calls & ~bit;
}

static const struct vdev_transport rig_transport = {
	.queue_signal = rig_queue_signal,
	.config_signal = rig_config_signal,
	.queue_connect = rig_connect,
};

struct vdev_rig *rig_device(void)
{
	struct vdev_rig *r = calloc(1, sizeof(*r));

	ck_assert_ptr_nonnull(r);
	rig_init(&r->ring, RIG_QSIZE, 0);
	vdev_init(&r->dev, &rig_ops, "counter");
	r->dev.offered |= BIT(RIG_FEATURE_OF_DEVICE);
	r->dev.config_size = RIG_CONFIG;
	ck_assert_int_eq(vdev_add_worker(&r->dev), 0);
	ck_assert_int_eq(vdev_add_queue(&r->dev, NULL), 0);
	ck_assert_int_eq(vdev_add_queue(&r->dev, &r->dev.worker[0]), 0);
	ck_assert_int_eq(vdev_start_workers(&r->dev), 0);
	vdev_attach(&r->dev, &r->ring.mem, NULL, &rig_transport, r);
	return r;
}

void rig_device_fini(struct vdev_rig *r)
{
	vdev_destroy(&r->dev);
	ck_assert_uint_eq(r->destroyed, 1);
	ck_assert_uint_eq(r->starts, r->stops);
	ck_assert_uint_eq(r->queue_starts, r->queue_stops);
	ck_assert_uint_eq(r->doorbells, 0);
	ck_assert_uint_eq(r->calls, 0);
	rig_fini(&r->ring);
	free(r);
}

void rig_queue(struct vdev_rig *r, unsigned int index)
{
	struct vdev *dev = &r->dev;
	uint64_t at = index * PART;

	memset(rig_host(&r->ring, RIG_DESC + at), 0, RIG_TABLE - RIG_DESC);
	vdev_queue_set(dev, index, VDEV_Q_SIZE, RIG_QSIZE);
	vdev_queue_set(dev, index, VDEV_Q_DESC_LO, (uint32_t)(RIG_DESC + at));
	vdev_queue_set(dev, index, VDEV_Q_DRIVER_LO,
		       (uint32_t)(RIG_AVAIL + at));
	vdev_queue_set(dev, index, VDEV_Q_DEVICE_LO,
		       (uint32_t)(RIG_USED + at));
}

static void rig_to_features(struct vdev_rig *r)
{
	unsigned int i;

	vdev_accept(&r->dev, 1, 1U << (VIRTIO_F_VERSION_1 - 32));
	vdev_set_status(&r->dev, 11);
	for (i = 0; i < RIG_QUEUES; i++) {
		rig_queue(r, i);
		vdev_queue_set(&r->dev, i, VDEV_Q_ENABLE, 1);
	}
}

void rig_enter(struct vdev_rig *r, enum rig_state state)
{
	struct vdev *dev = &r->dev;

	vdev_set_status(dev, 0);
	if (state >= RIG_ACKNOWLEDGED)
		vdev_set_status(dev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	if (state >= RIG_DRIVER)
		vdev_set_status(dev, 3);
	if (state >= RIG_FEATURES_OK)
		rig_to_features(r);
	if (state >= RIG_RUNNING)
		vdev_set_status(dev, 15);
	if (state == RIG_NEEDS_RESET)
		vdev_fault(dev, NULL, "wanted by the test");
	if (state == RIG_FAILED)
		vdev_set_status(dev, 15 | VIRTIO_CONFIG_S_FAILED);
}

void rig_wait(_Atomic unsigned int *what, unsigned int want)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	unsigned int i;

	for (i = 0; *what != want && i < 5000; i++)
		nanosleep(&ms, NULL);
	ck_assert_uint_eq(*what, want);
}
