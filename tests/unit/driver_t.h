/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * driver_t - a driver and a transport, for tests of whole devices
 *
 * The transport connects nothing; it counts, in the struct driver_t that the
 * device was attached with as its bus.
 */
#ifndef TESTS_UNIT_DRIVER_T_H
#define TESTS_UNIT_DRIVER_T_H

#include <stdbool.h>

#include "virtio/vdev_driver.h"

#define DRIVER_QUEUE_SIZE	64
#define DRIVER_QUEUE_BYTES	0x10000

struct driver_t {
	_Atomic unsigned int config_signals;
};

extern const struct vdev_transport driver_transport;

/** driver_attach() - to @mem, with @d as its bus */
void driver_attach(struct driver_t *d, struct vdev *dev,
		   const struct gmem *mem);

/**
 * driver_start() - reset, take all features, set up @queues, DRIVER_OK
 *
 * Queue i lies at DRIVER_QUEUE_BYTES * i in guest memory: descriptors, 4 KiB
 * further what is available, 4 KiB further what is used.
 */
void driver_start(struct vdev *dev, unsigned int queues);

/** driver_needs_reset() - what the status says */
bool driver_needs_reset(struct vdev *dev);

/** driver_soon() - whether @is becomes true within five seconds */
bool driver_soon(struct vdev *dev, bool (*is)(struct vdev *dev));

#endif /* TESTS_UNIT_DRIVER_T_H */
