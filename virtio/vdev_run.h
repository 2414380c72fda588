/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vdev_run - starting and stopping a device, for the state machine
 *
 * Both under dev->lock, on a vCPU thread or while there is none.
 */
#ifndef VIRTIO_VDEV_RUN_H
#define VIRTIO_VDEV_RUN_H

#include "vdev.h"

/** vdev_run() - DRIVER_OK was set: latch, start; a failure is a fault */
void vdev_run(struct vdev *dev);

/** vdev_reset() - stop if it runs; all that a driver has set is gone */
void vdev_reset(struct vdev *dev);

#endif /* VIRTIO_VDEV_RUN_H */
