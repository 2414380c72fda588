// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fake_backend - the other end of vhost-user
 */
#include "fake_backend.h"

#include <linux/vhost_types.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "t.h"
#include "util.h"

struct fake_message {
	uint32_t request, flags, size;
	union {
		uint64_t u64;
		uint32_t u32[32];
		struct vhost_vring_state state;
		struct vhost_vring_addr addr;
		uint64_t words[16];
	} p;
	int fd;
};

#define HEADER (3 * sizeof(uint32_t))

void fake_backend_init(struct fake_backend *b)
{
	unsigned int i;

	*b = (struct fake_backend){
		.features = BIT(32) | BIT(30) | BIT(28),
		.protocol = BIT(0) | BIT(3),
		.mem_fd = -1, .listen_fd = -1, .fd = -1,
	};
	for (i = 0; i < FAKE_QUEUES; i++)
		b->queue[i] = (struct fake_queue){
			.kick = -1, .call = -1, .err = -1,
		};
}

/* The front-end writes each message whole. */
static bool read_message(int fd, struct fake_message *m)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov[] = {
		{ m, HEADER }, { &m->p, sizeof(m->p) },
	};
	struct msghdr msg = {
		.msg_iov = iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;

	memset(m, 0, sizeof(*m));
	m->fd = -1;
	if (recvmsg(fd, &msg, MSG_CMSG_CLOEXEC) != HEADER)
		return false;
	c = CMSG_FIRSTHDR(&msg);
	if (c)
		memcpy(&m->fd, CMSG_DATA(c), sizeof(int));
	return m->size <= sizeof(m->p) &&
		(!m->size || recv(fd, &m->p, m->size, MSG_WAITALL) ==
		 (ssize_t)m->size);
}

/* Not ck_assert(): this may run in another program, where Check does not. */
static void want(bool yes)
{
	if (!yes)
		abort();
}

static struct fake_queue *queue_of(struct fake_backend *b, uint64_t index)
{
	want(index < FAKE_QUEUES);
	return &b->queue[index];
}

static void keep_fd(int *at, int fd)
{
	if (*at >= 0)
		close(*at);
	*at = fd;
}

/* Return: bytes of the answer that the request has of its own. */
static uint32_t obey(struct fake_backend *b, struct fake_message *m)
{
	struct fake_queue *q = NULL;

	switch (m->request) {
	case 1:
		m->p.u64 = b->features;
		return 8;
	case 2:
		b->set_features = m->p.u64;
		break;
	case 5:
		want(m->size == 40 && m->p.u32[0] == 1);
		b->gpa = m->p.words[1];
		b->size = m->p.words[2];
		b->user = m->p.words[3];
		b->offset = m->p.words[4];
		keep_fd(&b->mem_fd, m->fd);
		break;
	case 8:
		queue_of(b, m->p.state.index)->num = m->p.state.num;
		break;
	case 9:
		q = queue_of(b, m->p.addr.index);
		q->desc = m->p.addr.desc_user_addr;
		q->avail = m->p.addr.avail_user_addr;
		q->used = m->p.addr.used_user_addr;
		break;
	case 10:
		queue_of(b, m->p.state.index)->base = m->p.state.num;
		break;
	case 11:
		keep_fd(&queue_of(b, m->p.state.index)->kick, -1);
		m->p.state.num = 7;
		return sizeof(m->p.state);
	case 12:
		keep_fd(&queue_of(b, m->p.u64)->kick, m->fd);
		break;
	case 13:
		keep_fd(&queue_of(b, m->p.u64)->call, m->fd);
		break;
	case 14:
		keep_fd(&queue_of(b, m->p.u64)->err, m->fd);
		break;
	case 15:
		m->p.u64 = b->protocol;
		return 8;
	case 16:
		b->set_protocol = m->p.u64;
		break;
	case 17:
		m->p.u64 = FAKE_QUEUES;
		return 8;
	case 18:
		queue_of(b, m->p.state.index)->enabled = m->p.state.num;
		break;
	default:
		break;
	}
	return 0;
}

/* Return: false when the connection is to be closed. */
static bool answer(struct fake_backend *b, struct fake_message *m)
{
	bool ask = m->flags & BIT(3);
	uint32_t len = obey(b, m);
	enum fake_fault fault = m->request == b->at ? b->fault : FAKE_NONE;

	if (!len && ask) {
		m->p.u64 = fault == FAKE_REFUSE;
		len = 8;
	}
	m->size = len;
	m->flags = 1 | BIT(2) | (ask ? BIT(3) : 0);
	if (fault == FAKE_CLOSE)
		return false;
	if (fault == FAKE_WRONG_REQUEST)
		m->request++;
	if (fault == FAKE_WRONG_SIZE)
		m->size += 8;
	if (fault == FAKE_WRONG_FLAGS)
		m->flags = 1;
	if (fault == FAKE_HALF)
		return send(b->fd, m, HEADER / 2, MSG_NOSIGNAL) > 0;
	if (!len || fault == FAKE_SILENT)
		return true;
	return send(b->fd, m, HEADER, MSG_NOSIGNAL | MSG_MORE) > 0 &&
		send(b->fd, &m->p, m->size, MSG_NOSIGNAL) > 0;
}

static void answer_kicks(struct fake_backend *b, const struct pollfd *p)
{
	unsigned int i;
	eventfd_t n;

	for (i = 0; i < FAKE_QUEUES; i++) {
		struct fake_queue *q = &b->queue[i];

		if (p[i].revents & POLLIN && q->call >= 0 &&
		    !eventfd_read(q->kick, &n))
			eventfd_write(q->call, 1);
	}
}

static bool turn(struct fake_backend *b)
{
	struct pollfd p[FAKE_QUEUES + 1];
	struct fake_message m;
	unsigned int i;

	for (i = 0; i < FAKE_QUEUES; i++)
		p[i] = (struct pollfd){ b->queue[i].kick, POLLIN, 0 };
	p[i] = (struct pollfd){ b->fd, POLLIN, 0 };
	poll(p, FAKE_QUEUES + 1, -1);
	answer_kicks(b, p);
	if (!p[FAKE_QUEUES].revents)
		return true;
	if (!read_message(b->fd, &m) || b->nr_seen == FAKE_SEEN_MAX)
		return false;
	b->seen[b->nr_seen++] = m.request;
	return answer(b, &m);
}

static void *serve(void *arg)
{
	struct fake_backend *b = arg;

	if (b->listen_fd >= 0)
		b->fd = accept4(b->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	while (turn(b))
		;
	shutdown(b->fd, SHUT_RDWR);
	return NULL;
}

int fake_backend_start(struct fake_backend *b)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				    pair), 0);
	b->fd = pair[0];
	ck_assert_int_eq(pthread_create(&b->thread, NULL, serve, b), 0);
	return pair[1];
}

void fake_backend_listen(struct fake_backend *b, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	ck_assert_uint_lt(strlen(path), sizeof(addr.sun_path));
	memcpy(addr.sun_path, path, strlen(path) + 1);
	b->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(b->listen_fd, (struct sockaddr *)&addr,
			      sizeof(addr)), 0);
	ck_assert_int_eq(listen(b->listen_fd, 1), 0);
	ck_assert_int_eq(pthread_create(&b->thread, NULL, serve, b), 0);
}

void fake_backend_serve(struct fake_backend *b, int fd)
{
	b->listen_fd = fd;
	serve(b);
}

void fake_backend_stop(struct fake_backend *b)
{
	unsigned int i;

	if (b->fd >= 0)
		shutdown(b->fd, SHUT_RDWR);
	pthread_join(b->thread, NULL);
	close(b->fd);
	keep_fd(&b->listen_fd, -1);
	keep_fd(&b->mem_fd, -1);
	for (i = 0; i < FAKE_QUEUES; i++) {
		keep_fd(&b->queue[i].kick, -1);
		keep_fd(&b->queue[i].call, -1);
		keep_fd(&b->queue[i].err, -1);
	}
}

unsigned int fake_backend_saw(const struct fake_backend *b, uint32_t request)
{
	unsigned int i, n = 0;

	for (i = 0; i < b->nr_seen; i++)
		n += b->seen[i] == request;
	return n;
}
