/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rng - the entropy device: VIRTIO 1.2, 5.4
 */
#ifndef VIRTIO_RNG_H
#define VIRTIO_RNG_H

#include "err.h"
#include "vdev.h"

/** rng_create() - make one.  Return: 0, or -errno with @e filled */
int rng_create(const char *name, struct vdev **ret, struct err *e);

#endif /* VIRTIO_RNG_H */
