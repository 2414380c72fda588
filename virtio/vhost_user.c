// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost_user - the front-end of the vhost-user protocol; see vhost_user.h
 *
 * The back-end is trusted with guest memory but not with ours: an answer has
 * to be the one asked for, of the size that it must have, in time.
 */
#include "vhost_user.h"

#include <errno.h>
#include <linux/vhost_types.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "peer.h"
#include "shared_event.h"
#include "util.h"
#include "vhost_user_msg.h"

#define F_PROTOCOL_FEATURES 30	/* bit of the feature word, not VIRTIO's */

struct mem_table {
	uint32_t nr;
	uint32_t padding;
	uint64_t gpa;		/* the only region */
	uint64_t size;
	uint64_t user;
	uint64_t offset;
};

static bool acks(const struct vhost_user *vu)
{
	return vu->protocol & BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK);
}

/* From here on, all that is said together may take that long. */
static void allow_time(struct vhost_user *vu)
{
	vu->until_ms = now_ms() + vu->timeout_ms;
}

static int time_left(const struct vhost_user *vu)
{
	int64_t left = vu->until_ms - now_ms();

	return left > 0 ? (int)left : 0;
}

/* Once lost, the socket is shut: the back-end sees it, and so does the worker. */
static int call(struct vhost_user *vu, const struct vu_call *c)
{
	int r;

	if (atomic_load(&vu->lost))
		return -ENOTCONN;
	r = vu_exchange(vu->fd, c, acks(vu), time_left(vu));
	if (r && !atomic_exchange(&vu->lost, true)) {
		log_guest(&vu->losses, "%s: %s is lost: %s: %s",
			  vu->dev->name, vu->peer, vu_name(c->request),
			  err_name(r));
		shutdown(vu->fd, SHUT_RDWR);
	}
	return r;
}

static int set(struct vhost_user *vu, enum vu_request request,
	       const void *payload, uint32_t size, int fd)
{
	struct vu_call c = {
		.request = request, .payload = payload, .size = size, .fd = fd,
	};

	return call(vu, &c);
}

static int set_u64(struct vhost_user *vu, enum vu_request request, uint64_t value)
{
	return set(vu, request, &value, sizeof(value), -1);
}

static int set_state(struct vhost_user *vu, enum vu_request request,
		     const struct vdev_queue *q, uint32_t num)
{
	struct vhost_vring_state state = { .index = q->index, .num = num };

	return set(vu, request, &state, sizeof(state), -1);
}

static int set_fd(struct vhost_user *vu, enum vu_request request,
		  const struct vdev_queue *q, int fd)
{
	uint64_t index = q->index;

	return set(vu, request, &index, sizeof(index), fd);
}

/* ---- the first words ---- */

static int first_fault(const struct vhost_user *vu, enum vu_request request,
		       int r, struct err *e)
{
	return err_fault(e, r, "%s: %s does not answer %s as it should",
			 vu->dev->name, vu->peer, vu_name(request));
}

static int ask(struct vhost_user *vu, enum vu_request request, uint64_t *ret,
	       struct err *e)
{
	struct vu_call c = {
		.request = request, .fd = -1,
		.reply = ret, .reply_size = sizeof(*ret),
	};
	int r = vu_exchange(vu->fd, &c, acks(vu), time_left(vu));

	return r ? first_fault(vu, request, r, e) : 0;
}

static int tell(struct vhost_user *vu, enum vu_request request,
		const uint64_t *value, struct err *e)
{
	struct vu_call c = {
		.request = request, .fd = -1,
		.payload = value, .size = value ? sizeof(*value) : 0,
	};
	int r = vu_exchange(vu->fd, &c, acks(vu), time_left(vu));

	return r ? first_fault(vu, request, r, e) : 0;
}

static int agree_on_protocol(struct vhost_user *vu, struct err *e)
{
	uint64_t protocol = 0;
	int r;

	if (!vu->has_protocol)
		return 0;
	r = ask(vu, VU_GET_PROTOCOL_FEATURES, &protocol, e);
	if (r)
		return r;
	protocol &= BIT(VHOST_USER_PROTOCOL_F_MQ) |
		BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK);
	r = tell(vu, VU_SET_PROTOCOL_FEATURES, &protocol, e);
	if (r)
		return r;
	vu->protocol = protocol;
	if (protocol & BIT(VHOST_USER_PROTOCOL_F_MQ))
		r = ask(vu, VU_GET_QUEUE_NUM, &vu->max_queues, e);
	return r;
}

static int handshake(struct vhost_user *vu, struct err *e)
{
	int r;

	vu->protocol = 0;
	vu->max_queues = UINT64_MAX;
	r = ask(vu, VU_GET_FEATURES, &vu->features, e);
	if (r)
		return r;
	vu->has_protocol = vu->features & BIT(F_PROTOCOL_FEATURES);
	vu->features &= ~BIT(F_PROTOCOL_FEATURES);
	if (!(vu->features & BIT(VIRTIO_F_VERSION_1)))
		return err_host(e, -ENOTSUP,
				"%s: %s cannot serve virtio 1.0 devices; a newer version can",
				vu->dev->name, vu->peer);
	r = agree_on_protocol(vu, e);
	return r ? r : tell(vu, VU_SET_OWNER, NULL, e);
}

int vhost_user_init(struct vhost_user *vu, struct vdev *dev, const char *peer,
		    int fd, struct err *e)
{
	int r;

	*vu = (struct vhost_user){
		.dev = dev, .peer = peer, .fd = fd,
		.timeout_ms = VHOST_USER_TIMEOUT_MS,
		.retry.fd = timerfd_create(CLOCK_MONOTONIC,
					   TFD_CLOEXEC | TFD_NONBLOCK),
	};
	vu->until_ms = now_ms() + VHOST_USER_START_MS;
	if (vu->retry.fd < 0)
		r = err_fault(e, -errno, "%s: cannot make a timer", dev->name);
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
	if (vu->retry.fd >= 0)
		close(vu->retry.fd);
	if (vu->fd >= 0)
		close(vu->fd);
	*vu = (struct vhost_user){ 0 };
}

uint64_t vhost_user_offer(const struct vhost_user *vu, uint64_t offered,
			  uint64_t own)
{
	/* where a packed ring stands is told in another way than in a split one */
	return (offered | own) & vu->features & ~BIT(VIRTIO_F_RING_PACKED);
}

/* ---- the back-end is lost, on the worker ---- */

static void resume(struct vhost_user *vu);

/* 0: not at all */
static void resume_in(struct vhost_user *vu, int ms)
{
	const struct itimerspec in = {
		.it_value = { ms / 1000, ms % 1000 * 1000000L },
	};

	timerfd_settime(vu->retry.fd, 0, &in, NULL);
}

static void on_retry(struct worker_source *src, uint32_t events)
{
	(void)events;
	resume(container_of(src, struct vhost_user, retry));
}

/* A call that failed meanwhile has said more than this. */
static void on_socket(struct worker_source *src, uint32_t events)
{
	struct vhost_user *vu = container_of(src, struct vhost_user, socket);

	(void)events;
	/* an event of the connection before may still have been on its way */
	if (!peer_gone(vu->fd))
		return;
	if (!atomic_exchange(&vu->lost, true))
		log_guest(&vu->losses, "%s: %s has closed the connection",
			  vu->dev->name, vu->peer);
	resume(vu);
}

static void watch_here(void *arg)
{
	struct vhost_user *vu = arg;

	resume_in(vu, 0);
	vu->socket = (struct worker_source){ .fd = vu->fd, .fn = on_socket };
	vu->retry.fn = on_retry;
	if (worker_watch(vu->worker, &vu->socket, EPOLLRDHUP) ||
	    worker_watch(vu->worker, &vu->retry, EPOLLIN))
		log_guest(&vu->dev->start_log, "%s: cannot watch %s",
			  vu->dev->name, vu->peer);
}

static void unwatch_here(void *arg)
{
	struct vhost_user *vu = arg;

	worker_unwatch(vu->worker, &vu->socket);
	worker_unwatch(vu->worker, &vu->retry);
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
		log_guest(&vu->dev->start_log,
			  "%s: guest memory is not shared with %s",
			  vu->dev->name, vu->peer);
		return -EINVAL;
	}
	return set(vu, VU_SET_MEM_TABLE, &table, sizeof(table), mem->fd);
}

/* The old one is let go first: it may be waiting for that. */
static int reopen(struct vhost_user *vu)
{
	if (!vu->reopen)
		return -ENOTCONN;
	if (vu->fd >= 0)
		close(vu->fd);
	vu->fd = -1;
	return vu->reopen(vu, &vu->fd);
}

/* It has to be able to do as much as the first one. */
static int greet_again(struct vhost_user *vu)
{
	uint64_t features = vu->features, queues = vu->max_queues;
	struct err e = { .kind = ERR_NONE };
	int r;

	allow_time(vu);
	r = handshake(vu, &e);
	if (!r && (features & ~vu->features || vu->max_queues < queues))
		r = err_host(&e, -ENOTSUP, "%s: %s can do less than before",
			     vu->dev->name, vu->peer);
	vu->features = features;
	vu->max_queues = queues;
	if (r) {
		log_guest(&vu->losses, "%s", e.text);
		shutdown(vu->fd, SHUT_RDWR);
		return r;
	}
	log_guest(&vu->renewals, "%s: %s is back", vu->dev->name, vu->peer);
	vu->lost = false;
	return 0;
}

static int renew(struct vhost_user *vu)
{
	int r = reopen(vu);

	return r ? r : greet_again(vu);
}

static int begin(struct vhost_user *vu, struct worker *worker)
{
	uint64_t features = vu->dev->accepted & vu->features;
	int r;

	allow_time(vu);
	vu->worker = worker;
	worker_call(worker, watch_here, vu);
	if (vu->has_protocol)
		features |= BIT(F_PROTOCOL_FEATURES);
	r = set_u64(vu, VU_SET_FEATURES, features);
	if (!r)
		r = set_memory(vu);
	if (r)
		vhost_user_stop(vu);
	return r;
}

static void look_here(void *arg)
{
	struct vhost_user *vu = arg;

	vu->retry.fn = on_retry;
	if (worker_watch(vu->worker, &vu->retry, EPOLLIN))
		log_guest(&vu->dev->start_log, "%s: cannot wait for %s",
			  vu->dev->name, vu->peer);
	resume_in(vu, VHOST_USER_RETRY_MS);
}

/* There is none now. */
static void look_for_it(struct vhost_user *vu, struct worker *worker)
{
	vu->lost = true;
	vu->resume_ms = 0;
	vu->worker = worker;
	worker_call(worker, look_here, vu);
}

int vhost_user_start(struct vhost_user *vu, struct worker *worker)
{
	/* nobody has looked while no driver used the device */
	bool fresh = vu->lost || peer_gone(vu->fd);
	int r;

	vu->queues = 0;
	vu->stopping = false;
	vu->away = false;
	vu->lost = fresh;
	r = fresh ? renew(vu) : 0;
	if (!r)
		r = begin(vu, worker);
	if (r && !fresh && vu->lost) {
		r = renew(vu);
		if (!r)
			r = begin(vu, worker);
	}
	if (r && vu->optional)
		look_for_it(vu, worker);
	return r;
}

/* A handler that runs now is waited for: it may use what a detach takes away. */
void vhost_user_stop(struct vhost_user *vu)
{
	if (!vu->worker)
		return;
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

	return set(vu, VU_SET_VRING_ADDR, &addr, sizeof(addr), -1);
}

/*
 * The back-end may start when it has the kick descriptor, so that comes last.
 * It must start at the first kick, which the guest may have given already.
 */
static int hand_over(struct vhost_user *vu, struct vdev_queue *q, uint16_t base)
{
	int r = set_state(vu, VU_SET_VRING_NUM, q, q->setup.size);

	if (!r)
		r = set_state(vu, VU_SET_VRING_BASE, q, base);
	if (!r)
		r = set_addresses(vu, q);
	if (!r)
		r = set_fd(vu, VU_SET_VRING_ERR, q, q->fault.fd);
	if (!r)
		r = set_fd(vu, VU_SET_VRING_CALL, q, q->call_fd);
	if (!r)
		r = set_fd(vu, VU_SET_VRING_KICK, q, q->kick.fd);
	if (!r && vu->has_protocol)
		r = set_state(vu, VU_SET_VRING_ENABLE, q, 1);
	if (!r)
		shared_event_ring(q->kick.fd);
	return r;
}

int vhost_user_queue_start(struct vhost_user *vu, struct vdev_queue *q)
{
	vu->queues |= BIT(q->index);
	return hand_over(vu, q, 0);
}

int vhost_user_queue_stop(struct vhost_user *vu, struct vdev_queue *q)
{
	struct vhost_vring_state state = { .index = q->index }, at = { 0 };
	struct vu_call c = {
		.request = VU_GET_VRING_BASE, .fd = -1,
		.payload = &state, .size = sizeof(state),
		.reply = &at, .reply_size = sizeof(at),
	};
	int r = 0;

	if (!vu->stopping)
		allow_time(vu);
	vu->stopping = true;
	vu->queues &= ~BIT(q->index);
	if (vu->has_protocol)
		r = set_state(vu, VU_SET_VRING_ENABLE, q, 0);
	return r ? r : call(vu, &c);
}

void vhost_user_lose(struct vhost_user *vu, const char *why)
{
	if (atomic_exchange(&vu->lost, true))
		return;
	log_guest(&vu->losses, "%s: %s is given up: %s", vu->dev->name,
		  vu->peer, why);
	shutdown(vu->fd, SHUT_RDWR);
}

/* ---- a back-end in place of one that is lost, on the worker ---- */

/*
 * What was not answered it gets again.  Perhaps an interrupt for what was is
 * what the last one did not come to.  The rings are split ones, as
 * vhost_user_offer() lets no others be.
 */
static int hand_over_again(struct vhost_user *vu, struct vdev_queue *q)
{
	int r;

	if (!vq_can_go_on(&q->vq)) {
		log_guest(&vu->losses, "%s, queue %u: requests were answered out of order, and nobody knows which were not",
			  vu->dev->name, q->index);
		return -EINVAL;
	}
	vdev_forget_fault(q);
	r = hand_over(vu, q, vq_used_in_ring(&q->vq));
	if (!r)
		shared_event_ring(q->call_fd);
	return r;
}

/*
 * Return: 0, also when nobody is there yet: then it is tried again in a while,
 * or -errno.
 */
static int replace(struct vhost_user *vu)
{
	struct worker *worker = vu->worker;
	unsigned int i;
	int r;

	worker_unwatch(worker, &vu->socket);
	if (reopen(vu)) {
		if (!vu->away)
			vdev_config_changed(vu->dev);
		vu->away = true;
		resume_in(vu, VHOST_USER_RETRY_MS);
		return 0;
	}
	vu->away = false;
	vu->resume_ms = now_ms() + PEER_STEADY_MS;
	r = greet_again(vu);
	if (r)
		return r;
	vhost_user_stop(vu);
	r = begin(vu, worker);
	for (i = 0; !r && i < vu->dev->nr_queues; i++) {
		if (vu->queues & BIT(i) && vu->dev->queue[i].live)
			r = hand_over_again(vu, &vu->dev->queue[i]);
	}
	if (!r)
		vdev_config_changed(vu->dev);
	return r;
}

/*
 * Not soon again: a request of the guest may be what ended it, and would end it
 * again.  Whoever holds the lock may be about to stop the device, and waiting
 * for this thread.
 */
static void resume(struct vhost_user *vu)
{
	struct vdev *dev = vu->dev;

	if (pthread_mutex_trylock(&dev->lock)) {
		resume_in(vu, 1);
		return;
	}
	/* meanwhile it may have been stopped, started, or found at fault */
	if (vu->lost && vu->worker &&
	    !(dev->status & VIRTIO_CONFIG_S_NEEDS_RESET) &&
	    (!vu->reopen || now_ms() < vu->resume_ms || replace(vu)))
		vdev_fault(dev, NULL, "its back-end is lost");
	pthread_mutex_unlock(&dev->lock);
}
