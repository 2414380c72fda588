/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vsock_net - sockets of the host towards a guest
 *
 * A table, so that a test can put other sockets in the place of AF_VSOCK,
 * which wants a guest at its other end.  All descriptors are the caller's,
 * non-blocking, and of type stream.
 */
#ifndef VIRTIO_VSOCK_NET_H
#define VIRTIO_VSOCK_NET_H

#include <stdint.h>

struct vsock_net {
	/* accept connections to @port of the host.  Descriptor or -errno */
	int (*listen)(uint32_t port);
	/* descriptor or -errno; @ret_cid: who it is */
	int (*accept)(int fd, uint32_t *ret_cid);
	/* descriptor or -errno; it may not be connected yet */
	int (*connect)(uint32_t cid, uint32_t port);
	/* our own port of a connection; 0 when it is not known */
	uint32_t (*local_port)(int fd);
};

extern const struct vsock_net vsock_net;

#endif /* VIRTIO_VSOCK_NET_H */
