// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vsock_conn - one connection through the bridge
 *
 * Both ends are hostile as far as this file goes: each may send, stop reading,
 * half-close and close at any time.  Nothing is read from one side while the
 * other has not taken what came before, so a slow reader stops the sender.
 */
#include "vsock_conn.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util.h"

#define GREETING_MAX 32		/* bytes of "CONNECT 4294967295\n", and some */
/* So often a buffer is filled before others have their turn. */
#define TURN 32

void vsock_conn_init(struct vsock_conn *c, const struct vsock_net *net,
		     uint32_t cid, int again_fd)
{
	c->net = net;
	c->cid = cid;
	c->again_fd = again_fd;
	c->host.src.fd = -1;
	c->guest.src.fd = -1;
}

static void side_close(struct vsock_conn *c, struct vsock_side *s)
{
	worker_unwatch(c->worker, &s->src);
	if (s->src.fd >= 0)
		close(s->src.fd);
	s->src.fd = -1;
}

void vsock_conn_close(struct vsock_conn *c)
{
	if (c->state == VSOCK_FREE)
		return;
	side_close(c, &c->host);
	side_close(c, &c->guest);
	c->again = false;
	c->state = VSOCK_FREE;
}

static void on_event(struct worker_source *src, uint32_t events)
{
	struct vsock_side *s = container_of(src, struct vsock_side, src);

	(void)events;
	vsock_conn_serve(s->conn);
}

/* Return: 0 or -errno; @fd is the side's in any case. */
static int side_open(struct vsock_conn *c, struct vsock_side *s, int fd)
{
	s->src = (struct worker_source){ .fd = fd, .fn = on_event };
	s->conn = c;
	s->eof = false;
	s->shut = false;
	s->from = 0;
	s->to = 0;
	return worker_watch(c->worker, &s->src,
			    EPOLLIN | EPOLLOUT | EPOLLRDHUP);
}

/* ---- bytes ---- */

/*
 * Return: 1 when something was done, 0 when that has to wait, -errno when the
 * connection is broken.
 */
static int fill(struct vsock_side *s)
{
	ssize_t n;

	if (s->eof || s->to > s->from)
		return 0;
	n = recv(s->src.fd, s->buf, sizeof(s->buf), MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	s->eof = !n;
	s->from = 0;
	s->to = (size_t)n;
	return 1;
}

static int drain(struct vsock_side *s, struct vsock_side *other)
{
	ssize_t n;

	if (s->to > s->from) {
		n = send(other->src.fd, s->buf + s->from, s->to - s->from,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		s->from += (size_t)n;
		return 1;
	}
	if (s->eof && !other->shut) {
		other->shut = true;
		shutdown(other->src.fd, SHUT_WR);
		return 1;
	}
	return 0;
}

static int pass(struct vsock_side *s, struct vsock_side *other)
{
	int filled = fill(s);
	int drained;

	if (filled < 0)
		return filled;
	drained = drain(s, other);
	return drained < 0 ? drained : filled | drained;
}

static void serve_open(struct vsock_conn *c)
{
	int i;

	for (i = 0; i < TURN; i++) {
		int up = pass(&c->guest, &c->host);
		int down = pass(&c->host, &c->guest);

		if (up < 0 || down < 0 || (c->host.shut && c->guest.shut)) {
			vsock_conn_close(c);
			return;
		}
		if (!up && !down)
			return;
	}
	c->again = true;
	eventfd_write(c->again_fd, 1);
}

/* ---- from the host: "CONNECT 1234\n" ---- */

/*
 * Return: bytes of the line, 0 when it is not whole yet, -EPROTO when it is
 * another.  The number is decimal, without sign or leading zeros.
 */
static int parse_greeting(const char *buf, size_t len, uint32_t *ret)
{
	static const char word[] = "CONNECT ";
	const size_t n = sizeof(word) - 1;
	const char *end = memchr(buf, '\n', len);
	const char *p = buf + n;
	uint64_t port = 0;

	if (memcmp(buf, word, len < n ? len : n) != 0)
		return -EPROTO;
	if (!end)
		return len < GREETING_MAX ? 0 : -EPROTO;
	if (p >= end || end - p > 10 || (*p == '0' && end - p > 1))
		return -EPROTO;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return -EPROTO;
		port = port * 10 + (uint64_t)(*p - '0');
	}
	if (port > UINT32_MAX)
		return -EPROTO;
	*ret = (uint32_t)port;
	return (int)(end + 1 - buf);
}

/*
 * What follows the line is already for the guest.
 *
 * Return: 1 when there may be more to read, 0 or -errno.
 */
static int greet(struct vsock_conn *c)
{
	struct vsock_side *s = &c->host;
	uint32_t port;
	ssize_t n;
	int len, fd;

	n = recv(s->src.fd, s->buf + s->to, sizeof(s->buf) - s->to,
		 MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!n)
		return -ECONNRESET;
	s->to += (size_t)n;
	len = parse_greeting(s->buf, s->to, &port);
	if (len <= 0)
		return len ? len : 1;
	s->from = (size_t)len;
	fd = c->net->connect(c->cid, port);
	if (fd < 0)
		return fd;
	c->state = VSOCK_CONNECTING;
	return side_open(c, &c->guest, fd);
}

static void serve_greeting(struct vsock_conn *c)
{
	int r;

	do
		r = greet(c);
	while (r > 0);
	if (r)
		vsock_conn_close(c);
}

static void serve_connecting(struct vsock_conn *c)
{
	struct vsock_side *s = &c->guest;
	struct pollfd p = { .fd = s->src.fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(s->src.fd, SOL_SOCKET, SO_ERROR, &error, &len) ||
	    error) {
		vsock_conn_close(c);
		return;
	}
	if (poll(&p, 1, 0) <= 0 || !(p.revents & POLLOUT))
		return;
	s->to = (size_t)snprintf(s->buf, sizeof(s->buf), "OK %u\n",
				 c->net->local_port(s->src.fd));
	c->state = VSOCK_OPEN;
	serve_open(c);
}

/* ---- */

static void serve_free(struct vsock_conn *c)
{
	(void)c;
}

static void (*const serve[VSOCK_STATE_NUM])(struct vsock_conn *c) = {
	[VSOCK_FREE] = serve_free,
	[VSOCK_GREETING] = serve_greeting,
	[VSOCK_CONNECTING] = serve_connecting,
	[VSOCK_OPEN] = serve_open,
};

void vsock_conn_serve(struct vsock_conn *c)
{
	c->again = false;
	serve[c->state](c);
}

void vsock_conn_open_host(struct vsock_conn *c, struct worker *worker, int fd)
{
	c->worker = worker;
	c->state = VSOCK_GREETING;
	if (side_open(c, &c->host, fd))
		vsock_conn_close(c);
}

void vsock_conn_open_guest(struct vsock_conn *c, struct worker *worker,
			   int guest_fd, int host_fd)
{
	c->worker = worker;
	c->state = VSOCK_OPEN;
	if (side_open(c, &c->host, host_fd) |
	    side_open(c, &c->guest, guest_fd))
		vsock_conn_close(c);
}
