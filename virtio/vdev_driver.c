// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdev_driver - what a driver may do when: VIRTIO 1.2, 2.1, 2.2 and 3.1
 */
#include "vdev_driver.h"

#include <string.h>

#include "util.h"
#include "vdev_run.h"

/* How far the driver has come.  The status register says it. */
enum vdev_phase {
	PHASE_RESET,		/* nothing, or ACKNOWLEDGE */
	PHASE_DRIVER,		/* it knows the device: features */
	PHASE_FEATURES_OK,	/* they are settled: queues */
	PHASE_RUNNING,		/* DRIVER_OK */
	PHASE_OVER,		/* FAILED, or the device needs a reset */
	PHASE_NUM
};

enum vdev_action {
	ACTION_ACCEPT,		/* write driver features */
	ACTION_QUEUE,		/* write a register of a queue */
	ACTION_NOTIFY,		/* kick */
	ACTION_NUM
};

/*
 * The table of what is legal when; anything else that is written is ignored.
 * Reading, a reset and a write of configuration space are legal always: 5.3.4
 * prints from a driver that has not even begun.  A driver may set queues up
 * before it settles the features: 3.1.1 orders it otherwise, and firmware does
 * it.
 *
 * Kicks that come by a doorbell are not asked here; what they do ends with
 * PHASE_RUNNING all the same, by vdev_halt() after FAILED, and by vdev_serves()
 * in a device that needs a reset.  The exception is an external device that
 * needs a reset: whoever serves its queues goes on until the reset, or FAILED.
 */
static const bool vdev_legal[ACTION_NUM][PHASE_NUM] = {
	[ACTION_ACCEPT] = { [PHASE_DRIVER] = true },
	[ACTION_QUEUE] = { [PHASE_DRIVER] = true, [PHASE_FEATURES_OK] = true },
	[ACTION_NOTIFY] = { [PHASE_RUNNING] = true },
};

/* Which bits of the status register must be there before which. */
static const struct {
	uint8_t bit, before;
} vdev_order[] = {
	{ VIRTIO_CONFIG_S_ACKNOWLEDGE, 0 },
	{ VIRTIO_CONFIG_S_DRIVER, VIRTIO_CONFIG_S_ACKNOWLEDGE },
	{ VIRTIO_CONFIG_S_FEATURES_OK, VIRTIO_CONFIG_S_DRIVER },
	{ VIRTIO_CONFIG_S_DRIVER_OK, VIRTIO_CONFIG_S_FEATURES_OK },
	{ VIRTIO_CONFIG_S_FAILED, 0 },
};

static enum vdev_phase vdev_phase(const struct vdev *dev)
{
	uint32_t status = dev->status;

	if (status & (VIRTIO_CONFIG_S_FAILED | VIRTIO_CONFIG_S_NEEDS_RESET))
		return PHASE_OVER;
	if (status & VIRTIO_CONFIG_S_DRIVER_OK)
		return PHASE_RUNNING;
	if (status & VIRTIO_CONFIG_S_FEATURES_OK)
		return PHASE_FEATURES_OK;
	return status & VIRTIO_CONFIG_S_DRIVER ? PHASE_DRIVER : PHASE_RESET;
}

static bool vdev_may(const struct vdev *dev, enum vdev_action action)
{
	return vdev_legal[action][vdev_phase(dev)];
}

void vdev_misuse(struct vdev *dev, const char *what)
{
	log_guest(&dev->misuse_log, "%s: the driver misuses a register: %s",
		  dev->name, what);
}

uint8_t vdev_status(const struct vdev *dev)
{
	return (uint8_t)dev->status;
}

/* 2.2.2: nothing that was not offered; 6.1: and not without VERSION_1 */
static bool vdev_features_ok(const struct vdev *dev)
{
	return !(dev->accepted & ~dev->offered) &&
	       vdev_has(dev, VIRTIO_F_VERSION_1);
}

/* Bits are only ever added, each in its turn; several at once are legal. */
static void vdev_add_status(struct vdev *dev, uint32_t value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vdev_order); i++) {
		uint8_t bit = vdev_order[i].bit;

		if (!(value & bit) || dev->status & bit ||
		    (dev->status & vdev_order[i].before) !=
		    vdev_order[i].before)
			continue;
		if (bit == VIRTIO_CONFIG_S_FEATURES_OK &&
		    !vdev_features_ok(dev))
			continue;
		dev->status |= bit;
		if (bit == VIRTIO_CONFIG_S_DRIVER_OK)
			vdev_run(dev);
		if (bit == VIRTIO_CONFIG_S_FAILED)
			vdev_halt(dev);
	}
}

/*
 * 2.1: FAILED says that the driver has given up, also on a device that needs a
 * reset.  It may have freed its rings: they are let alone from here on.
 */
void vdev_set_status(struct vdev *dev, uint32_t value)
{
	pthread_mutex_lock(&dev->lock);
	if (!value)
		vdev_reset(dev);
	else if (vdev_phase(dev) != PHASE_OVER)
		vdev_add_status(dev, value);
	else
		vdev_add_status(dev, value & VIRTIO_CONFIG_S_FAILED);
	pthread_mutex_unlock(&dev->lock);
}

uint32_t vdev_features(const struct vdev *dev, uint32_t sel)
{
	return sel < 2 ? (uint32_t)(dev->offered >> (32 * sel)) : 0;
}

void vdev_accept(struct vdev *dev, uint32_t sel, uint32_t value)
{
	bool may;

	pthread_mutex_lock(&dev->lock);
	may = vdev_may(dev, ACTION_ACCEPT);
	if (sel < 2 && may) {
		dev->accepted &= ~(UINT64_C(0xffffffff) << (32 * sel));
		dev->accepted |= (uint64_t)value << (32 * sel);
	}
	pthread_mutex_unlock(&dev->lock);
	if (!may)
		vdev_misuse(dev, "features out of turn");
}

uint32_t vdev_accepted(const struct vdev *dev, uint32_t sel)
{
	return sel < 2 ? (uint32_t)(dev->accepted >> (32 * sel)) : 0;
}

/* The 64-bit addresses among the registers, and which half. */
static uint64_t *vdev_queue_addr(struct vdev_queue *q, enum vdev_queue_reg reg,
				 unsigned int *shift)
{
	uint64_t *const addr[] = {
		&q->setup.desc, &q->setup.driver, &q->setup.device,
	};
	unsigned int at = (unsigned int)reg - VDEV_Q_DESC_LO;

	*shift = at % 2 * 32;
	return addr[at / 2];
}

uint32_t vdev_queue_get(struct vdev *dev, uint32_t index,
			enum vdev_queue_reg reg)
{
	struct vdev_queue *q;
	unsigned int shift;
	const uint64_t *addr;
	uint32_t value;

	if (index >= dev->nr_queues)
		return 0;
	q = &dev->queue[index];
	pthread_mutex_lock(&dev->lock);
	switch (reg) {
	case VDEV_Q_SIZE:
		value = q->setup.size;
		break;
	case VDEV_Q_ENABLE:
		value = q->enabled;
		break;
	case VDEV_Q_VECTOR:
		value = q->vector;
		break;
	default:
		addr = vdev_queue_addr(q, reg, &shift);
		value = (uint32_t)(*addr >> shift);
		break;
	}
	pthread_mutex_unlock(&dev->lock);
	return value;
}

/* A size that the queue cannot have is found when it is latched. */
static void vdev_queue_write(struct vdev_queue *q, enum vdev_queue_reg reg,
			     uint32_t value)
{
	unsigned int shift;
	uint64_t *addr;

	switch (reg) {
	case VDEV_Q_SIZE:
		q->setup.size = value > UINT16_MAX ? 0 : (uint16_t)value;
		break;
	case VDEV_Q_ENABLE:
		q->enabled = value & 1;
		break;
	case VDEV_Q_VECTOR:
		q->vector = (uint16_t)value;
		break;
	default:
		addr = vdev_queue_addr(q, reg, &shift);
		*addr &= ~(UINT64_C(0xffffffff) << shift);
		*addr |= (uint64_t)value << shift;
		break;
	}
}

/*
 * An enabled queue keeps what it was enabled with, its vector apart.  After a
 * reset Linux takes down what the reset has already: that is no misuse.
 */
static const char *vdev_queue_refuses(const struct vdev_queue *q,
				      enum vdev_queue_reg reg)
{
	if (vdev_phase(q->dev) == PHASE_RESET)
		return NULL;
	if (!vdev_may(q->dev, ACTION_QUEUE))
		return "a queue out of turn";
	if (q->enabled && reg != VDEV_Q_ENABLE && reg != VDEV_Q_VECTOR)
		return "a queue that is enabled";
	return NULL;
}

void vdev_queue_set(struct vdev *dev, uint32_t index, enum vdev_queue_reg reg,
		    uint32_t value)
{
	struct vdev_queue *q;
	const char *misuse;

	if (index >= dev->nr_queues) {
		vdev_misuse(dev, "a queue that there is not");
		return;
	}
	q = &dev->queue[index];
	pthread_mutex_lock(&dev->lock);
	misuse = vdev_queue_refuses(q, reg);
	if (!misuse && vdev_may(dev, ACTION_QUEUE))
		vdev_queue_write(q, reg, value);
	pthread_mutex_unlock(&dev->lock);
	if (misuse)
		vdev_misuse(dev, misuse);
}

/* Kicks before the start or after a reset are late or early, not wrong. */
void vdev_notify(struct vdev *dev, uint32_t index)
{
	struct vdev_queue *q;

	if (index >= dev->nr_queues) {
		vdev_misuse(dev, "a kick of a queue that there is not");
		return;
	}
	q = &dev->queue[index];
	pthread_mutex_lock(&dev->lock);
	if (vdev_may(dev, ACTION_NOTIFY) && q->enabled) {
		if (q->worker || dev->external)
			vdev_again(q);
		else
			q->kick.fn(&q->kick, 0);
	}
	pthread_mutex_unlock(&dev->lock);
}

static bool vdev_config_inside(const struct vdev *dev, uint64_t offset,
			       unsigned int len)
{
	return offset < dev->config_size && len <= dev->config_size - offset;
}

uint64_t vdev_config_read(struct vdev *dev, uint64_t offset, unsigned int len)
{
	uint64_t value = 0;

	if (!vdev_config_inside(dev, offset, len))
		return 0;
	pthread_mutex_lock(&dev->lock);
	dev->ops->config_read(dev, (uint32_t)offset, &value, len);
	pthread_mutex_unlock(&dev->lock);
	return value;
}

void vdev_config_write(struct vdev *dev, uint64_t offset, unsigned int len,
		       uint64_t value)
{
	if (!dev->ops->config_write || !vdev_config_inside(dev, offset, len))
		return;
	pthread_mutex_lock(&dev->lock);
	dev->ops->config_write(dev, (uint32_t)offset, &value, len);
	pthread_mutex_unlock(&dev->lock);
}
