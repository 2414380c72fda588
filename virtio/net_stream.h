/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_stream - frames through a stream socket, as passt takes them
 *
 * Each frame comes behind its length, 32 bits big-endian (passt(1), QEMU's
 * "-netdev stream").  There is no header for offloads: what is sent has none,
 * and what is received gets an empty one.
 */
#ifndef VIRTIO_NET_STREAM_H
#define VIRTIO_NET_STREAM_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "net_dev.h"

#define NET_STREAM_MAX	(NET_FRAME_MAX - NET_HDR_LEN)	/* one frame */
#define NET_STREAM_IN	(2 * (NET_STREAM_MAX + 4))

/* Of one thread. */
struct net_stream {
	int fd;			/* owned, non-blocking */
	uint32_t in_first, in_end;
	uint32_t out_first, out_end;	/* the rest of a frame half sent */
	uint8_t in[NET_STREAM_IN];
	uint8_t out[NET_STREAM_MAX + 4];
};

/** net_stream_new() - takes @fd over.  Return: NULL and @fd stays: no memory */
struct net_stream *net_stream_new(int fd);

/** net_stream_renew() - begin again with @fd, and close what there was */
void net_stream_renew(struct net_stream *s, int fd);

/** net_stream_ended() - whether nobody is there.  Between sends and receives */
bool net_stream_ended(const struct net_stream *s);

/** net_stream_free() - NULL is legal */
void net_stream_free(struct net_stream *s);

/**
 * net_stream_send() - one frame
 * @iov: iov[0] is its virtio header, and is overwritten
 *
 * Return: 0; -EAGAIN: nothing was sent, wait until there is room; -ENOLINK:
 * nobody is there.
 */
int net_stream_send(struct net_stream *s, struct iovec *iov, int nr);

/** net_stream_flush() - send what is left of a frame.  Return: as above */
int net_stream_flush(struct net_stream *s);

/**
 * net_stream_receive() - one frame, behind an empty virtio header
 *
 * Return: its length; -EAGAIN; -ENOLINK: nobody is there, or it talks nonsense.
 */
ssize_t net_stream_receive(struct net_stream *s, const struct iovec *iov,
			   unsigned int nr);

#endif /* VIRTIO_NET_STREAM_H */
