/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fs - a directory of the host in the guest (VIRTIO 1.2, 5.11)
 *
 * The requests are served by virtiofsd, a program of its own that sees guest
 * memory and nothing else of us.  It is started here, or was by somebody else.
 * When it dies another one takes its place; what the guest had open fails then,
 * and works when it mounts again.
 */
#ifndef VIRTIO_FS_H
#define VIRTIO_FS_H

#include <stdbool.h>

#include "err.h"
#include "vdev.h"

#define FS_TAG_MAX 36

struct fs_options {
	const char *dir;	/* what to share; NULL when there is a socket */
	const char *tag;	/* the guest mounts it by this name */
	const char *socket;	/* of a virtiofsd that runs, or NULL */
	const char *cache;	/* "auto", "always", "never"; NULL: "auto" */
	bool ro;		/* these two only without a socket */
};

/**
 * fs_create() - the device, with virtiofsd started and asked what it can
 * @o:    not needed afterwards
 * @name: of the device
 * @ret:  for vdev_destroy(); untouched on failure
 *
 * Guest memory has to be shared (gmem_init_shared()).
 *
 * Return: 0 or -errno with @e filled: the directory or the tag is wrong,
 * virtiofsd is not installed, it cannot share read-only, it does not start.
 */
int fs_create(const struct fs_options *o, const char *name, struct vdev **ret,
	      struct err *e);

#endif /* VIRTIO_FS_H */
