// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net_stream - frames through a stream socket, as passt takes them
 */
#include "net_stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "iov.h"
#include "peer.h"
#include "util.h"

#define LENGTH 4	/* bytes in front of a frame */

struct net_stream *net_stream_new(int fd)
{
	struct net_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->fd = fd;
	return s;
}

void net_stream_renew(struct net_stream *s, int fd)
{
	close(s->fd);
	s->fd = fd;
	s->in_first = s->in_end = 0;
	s->out_first = s->out_end = 0;
}

bool net_stream_ended(const struct net_stream *s)
{
	return peer_gone(s->fd);
}

void net_stream_free(struct net_stream *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s);
}

/* Any error but "later" is the end of a stream. */
static int stream_errno(void)
{
	return errno == EAGAIN || errno == EINTR ? -EAGAIN : -ENOLINK;
}

int net_stream_flush(struct net_stream *s)
{
	while (s->out_first < s->out_end) {
		ssize_t n = send(s->fd, s->out + s->out_first,
				 s->out_end - s->out_first, MSG_NOSIGNAL);

		if (n < 0)
			return stream_errno();
		s->out_first += (uint32_t)n;
	}
	return 0;
}

int net_stream_send(struct net_stream *s, struct iovec *iov, int nr)
{
	uint64_t len = iov_bytes(iov + 1, (unsigned int)nr - 1);
	uint32_t head = htonl((uint32_t)len);
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = (size_t)nr };
	ssize_t n;
	int r = net_stream_flush(s);

	if (r)
		return r;
	iov[0] = (struct iovec){ &head, LENGTH };
	n = sendmsg(s->fd, &msg, MSG_NOSIGNAL);
	if (n < 0)
		return stream_errno();
	s->out_first = 0;
	s->out_end = (uint32_t)iov_read(iov, (unsigned int)nr, (uint64_t)n,
					s->out, sizeof(s->out));
	return 0;
}

/* Return: the length of the frame in front; 0: not all is there; -ENOLINK. */
static int stream_frame(const struct net_stream *s)
{
	uint32_t have = s->in_end - s->in_first;
	uint32_t len;

	if (have < LENGTH)
		return 0;
	memcpy(&len, s->in + s->in_first, LENGTH);
	len = ntohl(len);
	if (len < NET_ETH_LEN || len > NET_STREAM_MAX)
		return -ENOLINK;
	return have < LENGTH + len ? 0 : (int)len;
}

/* There is room for a whole frame behind what is not one yet. */
static int stream_read(struct net_stream *s)
{
	ssize_t n;

	memmove(s->in, s->in + s->in_first, s->in_end - s->in_first);
	s->in_end -= s->in_first;
	s->in_first = 0;
	n = recv(s->fd, s->in + s->in_end, sizeof(s->in) - s->in_end, 0);
	if (n < 0)
		return stream_errno();
	s->in_end += (uint32_t)n;
	return n ? 0 : -ENOLINK;
}

ssize_t net_stream_receive(struct net_stream *s, const struct iovec *iov,
			   unsigned int nr)
{
	static const uint8_t header[NET_HDR_LEN];
	int len, r;

	while (!(len = stream_frame(s))) {
		r = stream_read(s);
		if (r)
			return r;
	}
	if (len < 0)
		return len;
	iov_write(iov, nr, 0, header, sizeof(header));
	iov_write(iov, nr, sizeof(header), s->in + s->in_first + LENGTH,
		  (size_t)len);
	s->in_first += LENGTH + (uint32_t)len;
	return NET_HDR_LEN + len;
}
