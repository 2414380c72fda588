/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer - who serves a device at the other end of a socket
 */
#ifndef VIRTIO_PEER_H
#define VIRTIO_PEER_H

#include <poll.h>
#include <stdbool.h>

/* One that is lost is replaced at once, but not twice in this time. */
#define PEER_STEADY_MS	5000

/** peer_gone() - whether nobody is there any more.  Any thread */
static inline bool peer_gone(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0;
}

#endif /* VIRTIO_PEER_H */
