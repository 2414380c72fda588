/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device - devices for the fuzz targets, and a driver that the input steers
 */
#ifndef TESTS_FUZZ_DEVICE_H
#define TESTS_FUZZ_DEVICE_H

#include "fuzz.h"
#include "virtio/vdev.h"

#define FUZZ_QUEUES	3
#define FUZZ_CONFIG	20

/** fuzz_device() - one of two devices without a host side: three inline queues
 * that fill what is writable, and a configuration space.  Made once */
struct vdev *fuzz_device(unsigned int which);

/**
 * fuzz_requests() - be the driver of a device, as the input says
 * @dev:  made once, its threads run; comes back reset and detached
 * @host: what the host's side does now and then; may be NULL
 *
 * Negotiates some of what is offered, sets the first queues up and sends
 * chains, with data in front of the buffers; writes to memory and to
 * configuration space in between.
 */
void fuzz_requests(struct vdev *dev, struct fuzz_in *in,
		   void (*host)(struct vdev *dev, struct fuzz_in *in));

#endif /* TESTS_FUZZ_DEVICE_H */
