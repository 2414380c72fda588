/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vdev_state - what there is to say of a device, for reports
 */
#ifndef VIRTIO_VDEV_STATE_H
#define VIRTIO_VDEV_STATE_H

#include <stdint.h>

struct vdev;

struct vdev_state {
	const char *kind;	/* "net"; NULL: an ID without a name */
	/*
	 * The last step of its driver, as VIRTIO 1.2, 2.1 names it:
	 * "acknowledge", "driver", "features_ok", "driver_ok", "failed"; before
	 * all of them "reset", and "needs_reset" after a fault.
	 */
	const char *status;
	/* since the device was made, through all resets */
	uint64_t faults;	/* that needed a reset */
	uint64_t misuse;	/* of registers */
};

/**
 * vdev_get_state() - what is known now; any thread, takes no lock
 *
 * Of a device whose status is "needs_reset" faults is never 0.
 */
void vdev_get_state(const struct vdev *dev, struct vdev_state *ret);

#endif /* VIRTIO_VDEV_STATE_H */
