/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vdev_run - starting and stopping a device, for the state machine
 *
 * All under dev->lock, on a vCPU thread or while there is none.
 */
#ifndef VIRTIO_VDEV_RUN_H
#define VIRTIO_VDEV_RUN_H

#include "vdev.h"

/** vdev_run() - DRIVER_OK was set: latch, start; a failure is a fault */
void vdev_run(struct vdev *dev);

/** vdev_halt() - stop if it runs; what the driver has set stays readable */
void vdev_halt(struct vdev *dev);

/** vdev_reset() - vdev_halt(), and all that a driver has set is gone */
void vdev_reset(struct vdev *dev);

#endif /* VIRTIO_VDEV_RUN_H */
