/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_tap - net_tap.h without a kernel behind it
 *
 * Each queue is one end of a socket pair; the test has the other.  These are
 * definitions that take the place of virtio/net_tap.c in one test program:
 * include it once.
 */
#ifndef TESTS_UNIT_FAKE_TAP_H
#define TESTS_UNIT_FAKE_TAP_H

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "compat/net.h"
#include "util.h"
#include "virtio/net_tap.h"

static struct {
	int peer[NET_PAIRS_MAX];	/* the test's ends */
	uint64_t offloads;		/* last net_tap_offload() */
	unsigned int used;		/* last net_tap_use() */
	_Atomic int send_error, receive_error;	/* given once each */
	_Atomic bool gone;
	int fail;			/* net_tap_use() gives it */
} tap;

int net_tap_open(struct net_tap *t, const struct net_options *o,
		 const char *who, struct err *e)
{
	(void)who;
	(void)e;
	memset(t, 0, sizeof(*t));
	memset(&tap, 0, sizeof(tap));
	snprintf(t->name, sizeof(t->name), "tap7");
	t->mtu = 1500;
	for (t->nr_fds = 0; t->nr_fds < o->pairs; t->nr_fds++) {
		int fd[2];

		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fd))
			return -errno;
		t->fd[t->nr_fds] = fd[0];
		tap.peer[t->nr_fds] = fd[1];
	}
	return 0;
}

void net_tap_close(struct net_tap *t)
{
	while (t->nr_fds--) {
		close(t->fd[t->nr_fds]);
		close(tap.peer[t->nr_fds]);
	}
}

uint64_t net_tap_features(const struct net_tap *t)
{
	(void)t;
	return BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM) |
	       BIT(VIRTIO_NET_F_HOST_TSO4) | BIT(VIRTIO_NET_F_GUEST_TSO4);
}

int net_tap_offload(const struct net_tap *t, uint64_t features)
{
	(void)t;
	tap.offloads = features;
	return 0;
}

int net_tap_use(struct net_tap *t, unsigned int nr)
{
	(void)t;
	tap.used = nr;
	return tap.fail;
}

bool net_tap_alive(const struct net_tap *t)
{
	(void)t;
	return !tap.gone;
}

/* As of the C library, with the errors that a tap can give. */
ssize_t writev(int fd, const struct iovec *iov, int nr)
{
	struct msghdr msg = {
		.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)nr,
	};
	int error = atomic_exchange(&tap.send_error, 0);

	if (tap.gone || error) {
		errno = tap.gone ? EBADFD : error;
		return -1;
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

ssize_t readv(int fd, const struct iovec *iov, int nr)
{
	struct msghdr msg = {
		.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)nr,
	};
	int error = atomic_exchange(&tap.receive_error, 0);

	if (tap.gone || error) {
		errno = tap.gone ? EBADFD : error;
		return -1;
	}
	return recvmsg(fd, &msg, 0);
}

#endif /* TESTS_UNIT_FAKE_TAP_H */
