/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blk - disks, VIRTIO 1.2, 5.2
 */
#ifndef VIRTIO_BLK_H
#define VIRTIO_BLK_H

#include <stdbool.h>

#include "err.h"

#define BLK_QUEUES_MAX	16
#define BLK_SERIAL_MAX	20	/* VIRTIO_BLK_ID_BYTES */

struct vdev;

enum blk_engine_kind {
	BLK_ENGINE_AUTO,	/* what serves best, of what is allowed */
	BLK_ENGINE_URING,	/* or fail */
	BLK_ENGINE_SYNC,
};

struct blk_options {
	const char *path;
	const char *serial;	/* at most BLK_SERIAL_MAX bytes; NULL: none */
	unsigned int queues;	/* 1 to BLK_QUEUES_MAX, each with a thread */
	enum blk_engine_kind engine;
	bool ro;
	bool direct;		/* past the host's page cache */
	bool discard;		/* the guest may give room back */
	bool packed;		/* offer packed rings */
	bool raw;		/* raw whatever its first bytes look like */
};

/**
 * blk_create() - open an image or block device as a disk
 * @o:    needed only for the call
 * @name: of the device, for people
 * @ret:  untouched on failure; the caller's, for vdev_destroy()
 * @e:    filled on failure
 *
 * On the main thread, before privileges are dropped.
 *
 * Return: 0 or -errno.
 */
int blk_create(const struct blk_options *o, const char *name,
	       struct vdev **ret, struct err *e);

#endif /* VIRTIO_BLK_H */
