// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost_user - the front-end of the vhost-user protocol; see vhost_user.h
 *
 * The back-end is trusted with guest memory but not with ours: an answer has
 * to be the one asked for, of the size that it must have, in time.  A
 * descriptor that comes with one is dropped by the kernel, as there is no room
 * for it.
 */
#include "vhost_user.h"

#include <errno.h>
#include <linux/vhost_types.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "util.h"

/* "Header" and "Message types" of vhost-user.rst */
enum request {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	SET_MEM_TABLE = 5,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	GET_VRING_BASE = 11,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
	SET_VRING_ERR = 14,
	GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16,
	GET_QUEUE_NUM = 17,
	SET_VRING_ENABLE = 18,
	REQUEST_NUM
};

static const char *const request_names[REQUEST_NUM] = {
	[GET_FEATURES] = "GET_FEATURES",
	[SET_FEATURES] = "SET_FEATURES",
	[SET_OWNER] = "SET_OWNER",
	[SET_MEM_TABLE] = "SET_MEM_TABLE",
	[SET_VRING_NUM] = "SET_VRING_NUM",
	[SET_VRING_ADDR] = "SET_VRING_ADDR",
	[SET_VRING_BASE] = "SET_VRING_BASE",
	[GET_VRING_BASE] = "GET_VRING_BASE",
	[SET_VRING_KICK] = "SET_VRING_KICK",
	[SET_VRING_CALL] = "SET_VRING_CALL",
	[SET_VRING_ERR] = "SET_VRING_ERR",
	[GET_PROTOCOL_FEATURES] = "GET_PROTOCOL_FEATURES",
	[SET_PROTOCOL_FEATURES] = "SET_PROTOCOL_FEATURES",
	[GET_QUEUE_NUM] = "GET_QUEUE_NUM",
	[SET_VRING_ENABLE] = "SET_VRING_ENABLE",
};

#define VERSION		1u
#define FLAG_REPLY	BIT(2)
#define FLAG_NEED_REPLY	BIT(3)

#define F_PROTOCOL_FEATURES 30	/* bit of the feature word, not VIRTIO's */

struct header {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
};

struct mem_table {
	uint32_t nr;
	uint32_t padding;
	uint64_t gpa;		/* the only region */
	uint64_t size;
	uint64_t user;
	uint64_t offset;
};

/* One exchange: what is sent, and the answer where the request has one. */
struct call {
	enum request request;
	const void *payload;
	uint32_t size;
	int fd;			/* sent along; -1: none */
	void *reply;		/* NULL: the request has none of its own */
	uint32_t reply_size;
};

/* ---- bytes ---- */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

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

static int send_request(const struct vhost_user *vu, const struct call *c,
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
	return send_message(vu->fd, &msg, sizeof(h) + c->size, deadline);
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

static int receive_reply(const struct vhost_user *vu, enum request request,
			 void *reply, uint32_t size, int64_t deadline)
{
	struct header h;
	int r = receive(vu->fd, &h, sizeof(h), deadline);

	if (r)
		return r;
	/* some give the flags of the request back as they were */
	if (h.request != request || h.size != size ||
	    (h.flags & ~FLAG_NEED_REPLY) != (VERSION | FLAG_REPLY))
		return -EPROTO;
	return receive(vu->fd, reply, size, deadline);
}

/* ---- exchanges ---- */

/*
 * With REPLY_ACK a request without an answer of its own gets one: not 0 is a
 * refusal.  Without, a refusal is a closed connection.
 */
static int exchange(const struct vhost_user *vu, const struct call *c, int ms)
{
	bool ack = !c->reply &&
		vu->protocol & BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK);
	int64_t deadline = now_ms() + ms;
	uint64_t status = 0;
	int r;

	r = send_request(vu, c, ack ? VERSION | FLAG_NEED_REPLY : VERSION,
			 deadline);
	if (!r && c->reply)
		r = receive_reply(vu, c->request, c->reply, c->reply_size,
				  deadline);
	if (!r && ack)
		r = receive_reply(vu, c->request, &status, sizeof(status),
				  deadline);
	return r ? r : status ? -EREMOTEIO : 0;
}

/* Once lost, the socket is shut: the back-end sees it, and so does the worker. */
static int call(struct vhost_user *vu, const struct call *c)
{
	int r;

	if (atomic_load(&vu->lost))
		return -ENOTCONN;
	r = exchange(vu, c, vu->timeout_ms);
	if (r && !atomic_exchange(&vu->lost, true)) {
		log_error("%s: %s is lost: %s: %s; this device works again when the VM is started again",
			  vu->dev->name, vu->peer, request_names[c->request],
			  err_name(r));
		shutdown(vu->fd, SHUT_RDWR);
	}
	return r;
}

static int set(struct vhost_user *vu, enum request request,
	       const void *payload, uint32_t size, int fd)
{
	struct call c = {
		.request = request, .payload = payload, .size = size, .fd = fd,
	};

	return call(vu, &c);
}

static int set_u64(struct vhost_user *vu, enum request request, uint64_t value)
{
	return set(vu, request, &value, sizeof(value), -1);
}

static int set_state(struct vhost_user *vu, enum request request,
		     const struct vdev_queue *q, uint32_t num)
{
	struct vhost_vring_state state = { .index = q->index, .num = num };

	return set(vu, request, &state, sizeof(state), -1);
}

static int set_fd(struct vhost_user *vu, enum request request,
		  const struct vdev_queue *q, int fd)
{
	uint64_t index = q->index;

	return set(vu, request, &index, sizeof(index), fd);
}

/* ---- the first words ---- */

static int first_fault(const struct vhost_user *vu, enum request request,
		       int r, struct err *e)
{
	return err_fault(e, r, "%s: %s does not answer %s as it should",
			 vu->dev->name, vu->peer, request_names[request]);
}

static int ask(struct vhost_user *vu, enum request request, uint64_t *ret,
	       struct err *e)
{
	struct call c = {
		.request = request, .fd = -1,
		.reply = ret, .reply_size = sizeof(*ret),
	};
	int r = exchange(vu, &c, VHOST_USER_START_MS);

	return r ? first_fault(vu, request, r, e) : 0;
}

static int tell(struct vhost_user *vu, enum request request,
		const uint64_t *value, struct err *e)
{
	struct call c = {
		.request = request, .fd = -1,
		.payload = value, .size = value ? sizeof(*value) : 0,
	};
	int r = exchange(vu, &c, vu->timeout_ms);

	return r ? first_fault(vu, request, r, e) : 0;
}

static int agree_on_protocol(struct vhost_user *vu, struct err *e)
{
	uint64_t protocol = 0;
	int r;

	if (!vu->has_protocol)
		return 0;
	r = ask(vu, GET_PROTOCOL_FEATURES, &protocol, e);
	if (r)
		return r;
	protocol &= BIT(VHOST_USER_PROTOCOL_F_MQ) |
		BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK);
	r = tell(vu, SET_PROTOCOL_FEATURES, &protocol, e);
	if (r)
		return r;
	vu->protocol = protocol;
	if (protocol & BIT(VHOST_USER_PROTOCOL_F_MQ))
		r = ask(vu, GET_QUEUE_NUM, &vu->max_queues, e);
	return r;
}

static int handshake(struct vhost_user *vu, struct err *e)
{
	int r = ask(vu, GET_FEATURES, &vu->features, e);

	if (r)
		return r;
	vu->has_protocol = vu->features & BIT(F_PROTOCOL_FEATURES);
	vu->features &= ~BIT(F_PROTOCOL_FEATURES);
	if (!(vu->features & BIT(VIRTIO_F_VERSION_1)))
		return err_host(e, -ENOTSUP,
				"%s: %s cannot serve virtio 1.0 devices; a newer version can",
				vu->dev->name, vu->peer);
	r = agree_on_protocol(vu, e);
	return r ? r : tell(vu, SET_OWNER, NULL, e);
}

int vhost_user_init(struct vhost_user *vu, struct vdev *dev, const char *peer,
		    int fd, struct err *e)
{
	int r;

	*vu = (struct vhost_user){
		.dev = dev, .peer = peer, .fd = fd,
		.max_queues = UINT64_MAX,
		.timeout_ms = VHOST_USER_TIMEOUT_MS,
		.err_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	if (vu->err_fd < 0)
		r = err_fault(e, -errno, "%s: cannot make an eventfd",
			      dev->name);
	else
		r = handshake(vu, e);
	if (r)
		vhost_user_fini(vu);
	return r;
}

void vhost_user_fini(struct vhost_user *vu)
{
	if (!vu->dev)
		return;
	if (vu->err_fd >= 0)
		close(vu->err_fd);
	close(vu->fd);
	*vu = (struct vhost_user){ 0 };
}

uint64_t vhost_user_offer(const struct vhost_user *vu, uint64_t offered,
			  uint64_t own)
{
	/* where a packed ring stands is told in another way than in a split one */
	return (offered | own) & vu->features & ~BIT(VIRTIO_F_RING_PACKED);
}

/* ---- faults of the back-end, on the worker ---- */

static void on_socket(struct worker_source *src, uint32_t events)
{
	struct vhost_user *vu = container_of(src, struct vhost_user, socket);

	if (!(events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)))
		return;
	if (atomic_exchange(&vu->lost, true))
		return;
	log_error("%s: %s has closed the connection; this device works again when the VM is started again",
		  vu->dev->name, vu->peer);
	vdev_fault(vu->dev, NULL, "its back-end is lost");
}

static void on_fault(struct worker_source *src, uint32_t events)
{
	struct vhost_user *vu = container_of(src, struct vhost_user, fault);

	if (events & EPOLLIN)
		vdev_fault(vu->dev, NULL, "its back-end found a broken queue");
}

static void watch_here(void *arg)
{
	struct vhost_user *vu = arg;
	eventfd_t before;

	eventfd_read(vu->err_fd, &before);
	vu->socket = (struct worker_source){ .fd = vu->fd, .fn = on_socket };
	vu->fault = (struct worker_source){ .fd = vu->err_fd, .fn = on_fault };
	if (worker_watch(vu->worker, &vu->socket, EPOLLRDHUP) ||
	    worker_watch(vu->worker, &vu->fault, EPOLLIN))
		log_error("%s: cannot watch %s", vu->dev->name, vu->peer);
}

static void unwatch_here(void *arg)
{
	struct vhost_user *vu = arg;

	worker_unwatch(vu->worker, &vu->socket);
	worker_unwatch(vu->worker, &vu->fault);
}

/* ---- start and stop ---- */

/*
 * "User addresses" only connect the messages that name them: guest physical
 * addresses do as well, and tell the back-end nothing about this process.
 */
static int set_memory(struct vhost_user *vu)
{
	const struct gmem *mem = vu->dev->mem;
	struct mem_table table = {
		.nr = 1,
		.gpa = mem->base, .size = mem->size, .user = mem->base,
	};

	if (!mem->shared) {
		log_error("%s: guest memory is not shared with %s",
			  vu->dev->name, vu->peer);
		return -EINVAL;
	}
	return set(vu, SET_MEM_TABLE, &table, sizeof(table), mem->fd);
}

int vhost_user_start(struct vhost_user *vu, struct worker *worker)
{
	uint64_t features = vu->dev->accepted & vu->features;
	int r;

	vu->worker = worker;
	worker_call(worker, watch_here, vu);
	if (vu->has_protocol)
		features |= BIT(F_PROTOCOL_FEATURES);
	r = set_u64(vu, SET_FEATURES, features);
	if (!r)
		r = set_memory(vu);
	if (r)
		vhost_user_stop(vu);
	return r;
}

/* A handler that runs now is waited for: it may use what a detach takes away. */
void vhost_user_stop(struct vhost_user *vu)
{
	worker_call(vu->worker, unwatch_here, vu);
	vu->worker = NULL;
}

static int set_addresses(struct vhost_user *vu, const struct vdev_queue *q)
{
	struct vhost_vring_addr addr = {
		.index = q->index,
		.desc_user_addr = q->setup.desc,
		.avail_user_addr = q->setup.driver,
		.used_user_addr = q->setup.device,
	};

	return set(vu, SET_VRING_ADDR, &addr, sizeof(addr), -1);
}

/*
 * The back-end may start when it has the kick descriptor, so that comes last.
 * It must start at the first kick, which the guest may have given already.
 */
int vhost_user_queue_start(struct vhost_user *vu, struct vdev_queue *q)
{
	int r = set_state(vu, SET_VRING_NUM, q, q->setup.size);

	if (!r)
		r = set_state(vu, SET_VRING_BASE, q, 0);
	if (!r)
		r = set_addresses(vu, q);
	if (!r)
		r = set_fd(vu, SET_VRING_ERR, q, vu->err_fd);
	if (!r)
		r = set_fd(vu, SET_VRING_CALL, q, q->call_fd);
	if (!r)
		r = set_fd(vu, SET_VRING_KICK, q, q->kick.fd);
	if (!r && vu->has_protocol)
		r = set_state(vu, SET_VRING_ENABLE, q, 1);
	if (!r)
		eventfd_write(q->kick.fd, 1);
	return r;
}

int vhost_user_queue_stop(struct vhost_user *vu, struct vdev_queue *q)
{
	struct vhost_vring_state state = { .index = q->index }, at = { 0 };
	struct call c = {
		.request = GET_VRING_BASE, .fd = -1,
		.payload = &state, .size = sizeof(state),
		.reply = &at, .reply_size = sizeof(at),
	};
	int r = 0;

	if (vu->has_protocol)
		r = set_state(vu, SET_VRING_ENABLE, q, 0);
	return r ? r : call(vu, &c);
}
