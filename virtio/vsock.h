/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vsock - sockets between the host and the guest (VIRTIO 1.2, 5.10)
 *
 * The host's kernel serves it (vhost_vsock): programs of the host use AF_VSOCK
 * with the guest's CID, or Unix sockets through the bridge (vsock_bridge.h).
 */
#ifndef VIRTIO_VSOCK_H
#define VIRTIO_VSOCK_H

#include <stdint.h>

#include "err.h"
#include "vdev.h"

struct vsock_options {
	uint64_t cid;		/* of the guest: 3 to 2^32 - 2 */
	const char *uds;	/* path of the bridge's socket; NULL: none */
};

/**
 * vsock_create() - the device, with its CID taken on this host
 * @o:    not needed afterwards
 * @name: of the device
 * @ret:  for vdev_destroy(); untouched on failure
 *
 * Return: 0 or -errno with @e filled: no vhost_vsock here, the CID is not legal
 * or another guest's, the bridge's socket cannot be made.
 */
int vsock_create(const struct vsock_options *o, const char *name,
		 struct vdev **ret, struct err *e);

#endif /* VIRTIO_VSOCK_H */
