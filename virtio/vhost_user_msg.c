// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost_user_msg - one request of the vhost-user protocol, and its answer
 */
#include "vhost_user_msg.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "util.h"

static const char *const request_names[VU_REQUEST_NUM] = {
	[VU_GET_FEATURES] = "GET_FEATURES",
	[VU_SET_FEATURES] = "SET_FEATURES",
	[VU_SET_OWNER] = "SET_OWNER",
	[VU_SET_MEM_TABLE] = "SET_MEM_TABLE",
	[VU_SET_VRING_NUM] = "SET_VRING_NUM",
	[VU_SET_VRING_ADDR] = "SET_VRING_ADDR",
	[VU_SET_VRING_BASE] = "SET_VRING_BASE",
	[VU_GET_VRING_BASE] = "GET_VRING_BASE",
	[VU_SET_VRING_KICK] = "SET_VRING_KICK",
	[VU_SET_VRING_CALL] = "SET_VRING_CALL",
	[VU_SET_VRING_ERR] = "SET_VRING_ERR",
	[VU_GET_PROTOCOL_FEATURES] = "GET_PROTOCOL_FEATURES",
	[VU_SET_PROTOCOL_FEATURES] = "SET_PROTOCOL_FEATURES",
	[VU_GET_QUEUE_NUM] = "GET_QUEUE_NUM",
	[VU_SET_VRING_ENABLE] = "SET_VRING_ENABLE",
};

const char *vu_name(enum vu_request request)
{
	return request_names[request];
}

#define VERSION		1u
#define FLAG_REPLY	BIT(2)
#define FLAG_NEED_REPLY	BIT(3)

struct header {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
};

static int wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = deadline - now_ms();
		int n = poll(&p, 1, left > 0 ? (int)left : 0);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			return -ETIMEDOUT;
	}
}

static void attach_fd(struct msghdr *msg, void *control, size_t len, int fd)
{
	struct cmsghdr *c;

	memset(control, 0, len);
	msg->msg_control = control;
	msg->msg_controllen = len;
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
}

/* A message is far smaller than a socket buffer: it goes whole or not at all. */
static int send_message(int fd, const struct msghdr *msg, size_t len,
			int64_t deadline)
{
	for (;;) {
		ssize_t n = sendmsg(fd, msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		int r;

		if (n >= 0)
			return (size_t)n == len ? 0 : -EPROTO;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		r = wait_for(fd, POLLOUT, deadline);
		if (r)
			return r;
	}
}

static int send_request(int fd, const struct vu_call *c,
			uint32_t flags, int64_t deadline)
{
	struct header h = { c->request, flags, c->size };
	struct iovec iov[] = {
		{ &h, sizeof(h) },
		{ (void *)c->payload, c->size },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];

	if (c->fd >= 0)
		attach_fd(&msg, control, sizeof(control), c->fd);
	return send_message(fd, &msg, sizeof(h) + c->size, deadline);
}

static int receive(int fd, void *buf, size_t len, int64_t deadline)
{
	char *p = buf;

	while (len) {
		ssize_t n = recv(fd, p, len, MSG_DONTWAIT);
		int r;

		if (!n)
			return -ECONNRESET;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		r = wait_for(fd, POLLIN, deadline);
		if (r)
			return r;
	}
	return 0;
}

static int receive_reply(int fd, enum vu_request request, void *reply,
			 uint32_t size, int64_t deadline)
{
	struct header h;
	int r = receive(fd, &h, sizeof(h), deadline);

	if (r)
		return r;
	/* some give the flags of the request back as they were */
	if (h.request != request || h.size != size ||
	    (h.flags & ~FLAG_NEED_REPLY) != (VERSION | FLAG_REPLY))
		return -EPROTO;
	return receive(fd, reply, size, deadline);
}

/*
 * With REPLY_ACK a request without an answer of its own gets one: not 0 is a
 * refusal.  Without, a refusal is a closed connection.
 */
int vu_exchange(int fd, const struct vu_call *c, bool acks, int ms)
{
	bool ack = acks && !c->reply;
	int64_t deadline = now_ms() + ms;
	uint64_t status = 0;
	int r;

	r = send_request(fd, c, ack ? VERSION | FLAG_NEED_REPLY : VERSION,
			 deadline);
	if (!r && c->reply)
		r = receive_reply(fd, c->request, c->reply, c->reply_size,
				  deadline);
	if (!r && ack)
		r = receive_reply(fd, c->request, &status, sizeof(status),
				  deadline);
	return r ? r : status ? -EREMOTEIO : 0;
}
