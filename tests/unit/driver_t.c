// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * driver_t - a driver and a transport, for tests of whole devices
 */
#include "driver_t.h"

#include <unistd.h>

#include "t.h"

static void no_signal(struct vdev_queue *q)
{
	(void)q;
}

static void config_signal(struct vdev *dev)
{
	struct driver_t *d = dev->bus;

	d->config_signals++;
}

static void no_connect(struct vdev_queue *q, bool doorbell, bool call)
{
	(void)q;
	(void)doorbell;
	(void)call;
}

const struct vdev_transport driver_transport = {
	.queue_signal = no_signal,
	.config_signal = config_signal,
	.queue_connect = no_connect,
};

void driver_attach(struct driver_t *d, struct vdev *dev,
		   const struct gmem *mem)
{
	vdev_attach(dev, mem, NULL, &driver_transport, d);
}

static void driver_queue(struct vdev *dev, unsigned int i)
{
	uint32_t at = (uint32_t)dev->mem->base + i * DRIVER_QUEUE_BYTES;

	vdev_queue_set(dev, i, VDEV_Q_SIZE, DRIVER_QUEUE_SIZE);
	vdev_queue_set(dev, i, VDEV_Q_DESC_LO, at);
	vdev_queue_set(dev, i, VDEV_Q_DRIVER_LO, at + 0x1000);
	vdev_queue_set(dev, i, VDEV_Q_DEVICE_LO, at + 0x2000);
	vdev_queue_set(dev, i, VDEV_Q_ENABLE, 1);
}

void driver_start(struct vdev *dev, unsigned int queues)
{
	unsigned int i;

	vdev_set_status(dev, 0);
	vdev_set_status(dev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	vdev_set_status(dev, VIRTIO_CONFIG_S_ACKNOWLEDGE |
			VIRTIO_CONFIG_S_DRIVER);
	vdev_accept(dev, 0, vdev_features(dev, 0));
	vdev_accept(dev, 1, vdev_features(dev, 1));
	vdev_set_status(dev, VIRTIO_CONFIG_S_ACKNOWLEDGE |
			VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK);
	ck_assert(vdev_status(dev) & VIRTIO_CONFIG_S_FEATURES_OK);
	for (i = 0; i < queues; i++)
		driver_queue(dev, i);
	vdev_set_status(dev, VIRTIO_CONFIG_S_ACKNOWLEDGE |
			VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK |
			VIRTIO_CONFIG_S_DRIVER_OK);
}

bool driver_needs_reset(struct vdev *dev)
{
	return vdev_status(dev) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

bool driver_soon(struct vdev *dev, bool (*is)(struct vdev *dev))
{
	int i;

	for (i = 0; i < 500; i++) {
		if (is(dev))
			return true;
		usleep(10000);
	}
	return false;
}
