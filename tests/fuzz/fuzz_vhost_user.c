// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_vhost_user - back-ends that answer as the input says: wrong, too little,
 * too much, not at all
 *
 * Each is a thread at the other end of a socket with a script, a byte for each
 * message; where that has ended it does what is right.  The messages it gets
 * are checked, as is what the front-end makes of the answers: one that does all
 * right is never lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vhost_types.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "device.h"
#include "log.h"
#include "util.h"
#include "virtio/shared_event.h"
#include "virtio/vdev_driver.h"
#include "virtio/vhost_user.h"
#include "virtio/vhost_user_msg.h"

#define QUEUES	2
#define PEERS	3	/* one after the other */
#define SCRIPT_MAX 64
#define MESSAGES_MAX 100	/* to each, so that no input takes long */
#define SOON	1000	/* ms */
#define F_PROTOCOL 30
#define KNOWN_PROTOCOL (BIT(VHOST_USER_PROTOCOL_F_MQ) | \
			BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK))
#define HEADER	(3 * sizeof(uint32_t))
#define ANSWER	(HEADER + 8)	/* all have this size */
#define FLAG_REPLY	BIT(2)
#define FLAG_NEED_REPLY	BIT(3)

struct message {
	uint32_t request, flags, size;
	union {
		uint64_t words[5];
		uint64_t u64;
		struct vhost_vring_state state;
		struct vhost_vring_addr addr;
	} p;
	int fd;
};

struct peer {
	pthread_t thread;
	pthread_mutex_t lock;	/* guards fd, which its thread may close */
	int fd;
	struct fuzz_in script;
	unsigned int messages;
	uint64_t features, protocol, queues;	/* what it says */
	/* the thread's own */
	bool met;		/* the first words are over */
	bool over;		/* nothing may be asked of it any more */
	uint64_t agreed;	/* protocol features */
	bool started[QUEUES];
	_Atomic bool astray;	/* it has sent too much */
	_Atomic bool at_fault;	/* that, or another reason to lose it */
};

static struct {
	const struct gmem *mem;
	struct vdev dev;
	struct vhost_user vu;
	uint64_t base;		/* what a device offers by itself */
	struct peer peer[PEERS];
	unsigned int opened;	/* under dev.lock, from the start on */
	/* of this input */
	bool patient;		/* time does not run out; nobody is silent */
	bool lenient;		/* a device that runs without, as for passt */
	bool was_lost;		/* when it was looked at last */
	unsigned int opened_then;
	uint64_t features, max_queues;
} rig;

/* ---- what the back-end is told ---- */

static const struct {
	uint32_t size;
	bool known, fd, reply;
} messages[VU_REQUEST_NUM] = {
	[VU_GET_FEATURES] = { 0, true, false, true },
	[VU_SET_FEATURES] = { 8, true, false, false },
	[VU_SET_OWNER] = { 0, true, false, false },
	[VU_SET_MEM_TABLE] = { 40, true, true, false },
	[VU_SET_VRING_NUM] = { 8, true, false, false },
	[VU_SET_VRING_ADDR] = { 40, true, false, false },
	[VU_SET_VRING_BASE] = { 8, true, false, false },
	[VU_GET_VRING_BASE] = { 8, true, false, true },
	[VU_SET_VRING_KICK] = { 8, true, true, false },
	[VU_SET_VRING_CALL] = { 8, true, true, false },
	[VU_SET_VRING_ERR] = { 8, true, true, false },
	[VU_GET_PROTOCOL_FEATURES] = { 0, true, false, true },
	[VU_SET_PROTOCOL_FEATURES] = { 8, true, false, false },
	[VU_GET_QUEUE_NUM] = { 0, true, false, true },
	[VU_SET_VRING_ENABLE] = { 8, true, false, false },
};

static void check_memory(const struct message *m)
{
	struct stat ours, theirs;

	fuzz_check(m->p.words[0] == 1 && m->p.words[1] == FUZZ_BASE &&
		   m->p.words[2] == FUZZ_SIZE && !m->p.words[4]);
	fuzz_check(!fstat(rig.mem->fd, &ours) && !fstat(m->fd, &theirs));
	fuzz_check(ours.st_ino == theirs.st_ino);
}

/* A queue is not handed over twice without being taken back. */
static void check_queue(struct peer *p, const struct message *m)
{
	uint64_t index = m->p.u64;

	switch (m->request) {
	case VU_SET_VRING_NUM:
		fuzz_check(m->p.state.num && m->p.state.num <= VQ_SIZE_MAX);
		__attribute__((fallthrough));
	case VU_SET_VRING_BASE:
		index = m->p.state.index;
		fuzz_check(index < QUEUES && !p->started[index]);
		break;
	case VU_SET_VRING_ADDR:
		index = m->p.addr.index;
		fuzz_check(index < QUEUES && !p->started[index]);
		break;
	case VU_SET_VRING_KICK:
		fuzz_check(index < QUEUES && !p->started[index]);
		p->started[index] = true;
		break;
	case VU_SET_VRING_CALL:
	case VU_SET_VRING_ERR:
		fuzz_check(index < QUEUES);
		break;
	case VU_GET_VRING_BASE:
		index = m->p.state.index;
		fuzz_check(index < QUEUES);
		p->started[index] = false;
		break;
	case VU_SET_VRING_ENABLE:
		index = m->p.state.index;
		fuzz_check(index < QUEUES);
		fuzz_check(!m->p.state.num || p->started[index]);
		fuzz_check(p->features & BIT(F_PROTOCOL));
		break;
	}
}

/* Only what it has said itself, and what we know. */
static void check_features(struct peer *p, const struct message *m)
{
	switch (m->request) {
	case VU_SET_FEATURES:
		fuzz_check(!(m->p.u64 & ~p->features));
		break;
	case VU_SET_PROTOCOL_FEATURES:
		fuzz_check(!(m->p.u64 & ~(p->protocol & KNOWN_PROTOCOL)));
		fuzz_check(p->features & BIT(F_PROTOCOL));
		p->agreed = m->p.u64;
		break;
	case VU_GET_QUEUE_NUM:
		fuzz_check(p->agreed & BIT(VHOST_USER_PROTOCOL_F_MQ));
		break;
	case VU_SET_MEM_TABLE:
		check_memory(m);
		break;
	}
}

/*
 * Who has sent too much is misunderstood: an answer may have been taken for
 * that to a later request.
 */
static void check_message(struct peer *p, const struct message *m, bool acks)
{
	bool ack;

	fuzz_check(m->request < VU_REQUEST_NUM && messages[m->request].known);
	fuzz_check(m->size == messages[m->request].size);
	fuzz_check((m->fd >= 0) == messages[m->request].fd);
	if (m->request == VU_SET_FEATURES)
		p->met = true;
	if (p->astray)
		return;
	ack = acks && !messages[m->request].reply;
	fuzz_check(m->flags == (ack ? 1 | FLAG_NEED_REPLY : 1));
	check_features(p, m);
	check_queue(p, m);
}

/* The front-end writes each message whole. */
static bool read_message(int fd, struct message *m)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { m, HEADER };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;

	*m = (struct message){ .fd = -1 };
	if (recvmsg(fd, &msg, MSG_CMSG_CLOEXEC) != (ssize_t)HEADER)
		return false;
	fuzz_check(!(msg.msg_flags & MSG_CTRUNC));
	c = CMSG_FIRSTHDR(&msg);
	if (c)
		memcpy(&m->fd, CMSG_DATA(c), sizeof(int));
	fuzz_check(m->size <= sizeof(m->p));
	return !m->size || recv(fd, &m->p, m->size, MSG_WAITALL) ==
		(ssize_t)m->size;
}

/* ---- what it answers ---- */

enum how {
	RIGHT,
	OTHER_VALUE,	/* features, numbers; status: a refusal */
	WRONG_REQUEST,
	WRONG_SIZE,
	WRONG_FLAGS,
	CUT,
	TOO_MUCH,
	WITH_FDS,	/* nothing is wrong with that, nobody takes them */
	IN_PIECES,	/* nor with that */
	TWICE,
	UNASKED,
	SILENT,
	END_BEFORE,
	END_AFTER,
	END_ONE_WAY,
	DEAF,		/* it does not even read any more */
	HOW_NUM
};

#define FDS_MAX 8

static void send_with_fds(int fd, const void *buf, size_t len, size_t nr)
{
	_Alignas(struct cmsghdr)
		char control[CMSG_SPACE(FDS_MAX * sizeof(int))] = "";
	struct iovec iov = { (void *)buf, len };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(nr * sizeof(int)),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	size_t i;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(nr * sizeof(int));
	for (i = 0; i < nr; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
	(void)!sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void say(int fd, const void *buf, size_t len)
{
	(void)!send(fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* In the place of the request. */
static void right_answer(struct peer *p, struct message *m)
{
	switch (m->request) {
	case VU_GET_FEATURES:
		m->p.u64 = p->features;
		break;
	case VU_GET_PROTOCOL_FEATURES:
		m->p.u64 = p->protocol;
		break;
	case VU_GET_QUEUE_NUM:
		m->p.u64 = p->queues;
		break;
	case VU_GET_VRING_BASE:
		break;
	default:
		m->p.u64 = 0;
		break;
	}
	m->flags = 1 | FLAG_REPLY | (m->flags & FLAG_NEED_REPLY);
	m->size = 8;
}

static void other_value(struct peer *p, struct message *m)
{
	uint64_t value = fuzz_u64(&p->script);

	m->p.u64 = value;
	switch (m->request) {
	case VU_GET_FEATURES:
		p->features = value;
		break;
	case VU_GET_PROTOCOL_FEATURES:
		p->protocol = value;
		break;
	case VU_GET_QUEUE_NUM:
		p->queues = value;
		break;
	default:
		break;
	}
}

/* Too few bytes: only who is not waited for in vain for long may go on. */
static bool starve(const struct peer *p)
{
	return !rig.patient && (p != rig.peer || p->met);
}

/* Until it is given up.  Return: false when it is to end. */
static bool be_deaf(const struct peer *p)
{
	struct pollfd wait = { .fd = p->fd };

	if (starve(p))
		poll(&wait, 1, -1);
	return false;
}

/* Return: false when it is to end.  @how: 4 bits, and 4 more for some. */
static bool send_answer(struct peer *p, const char *whole, uint8_t how)
{
	uint8_t more[32];
	size_t i, n;

	switch (how % HOW_NUM) {
	case CUT:
		say(p->fd, whole, fuzz_u8(&p->script) % ANSWER);
		return starve(p);
	case TOO_MUCH:
		n = fuzz_u8(&p->script) % sizeof(more);
		fuzz_read(&p->script, more, n);
		say(p->fd, whole, ANSWER);
		say(p->fd, more, n);
		break;
	case WITH_FDS:
		n = 1 + (how >> 4) % FDS_MAX;
		send_with_fds(p->fd, whole, HEADER, n);
		send_with_fds(p->fd, whole + HEADER, ANSWER - HEADER, n);
		break;
	case IN_PIECES:
		for (i = 0; i < ANSWER; i++)
			say(p->fd, whole + i, 1);
		break;
	case TWICE:
		say(p->fd, whole, ANSWER);
		say(p->fd, whole, ANSWER);
		break;
	case SILENT:
		return starve(p);
	case END_ONE_WAY:
		shutdown(p->fd, how & 0x10 ? SHUT_RD : SHUT_WR);
		return true;
	default:
		say(p->fd, whole, ANSWER);
		break;
	}
	return how % HOW_NUM != END_AFTER;
}

/* Whether the answer is one that cannot be taken for the right one. */
static bool is_wrong(const struct message *asked, const struct message *m,
		     enum how how)
{
	if (how == CUT || how == SILENT || how == END_ONE_WAY)
		return true;
	return m->request != asked->request || m->size != 8 ||
		(m->flags & ~FLAG_NEED_REPLY) != (1 | FLAG_REPLY) ||
		(m->p.u64 && !messages[m->request].reply);
}

static bool give_answer(struct peer *p, struct message *m, uint8_t how)
{
	const struct message asked = *m;
	char whole[ANSWER];

	right_answer(p, m);
	switch (how % HOW_NUM) {
	case OTHER_VALUE:
		other_value(p, m);
		break;
	case WRONG_REQUEST:
		m->request += 1U + (how >> 4);
		break;
	case WRONG_SIZE:
		m->size = how >> 4;
		break;
	case WRONG_FLAGS:
		m->flags = fuzz_u8(&p->script);
		break;
	}
	p->over = !p->astray && is_wrong(&asked, m, how % HOW_NUM);
	memcpy(whole, m, HEADER);
	memcpy(whole + HEADER, &m->p, ANSWER - HEADER);
	return send_answer(p, whole, how);
}

/*
 * What was handed over is shared: it may be rung, emptied, filled and made to
 * wait, and must not be made shorter.  More than a fault of a queue nobody may
 * notice.  It is filled only while an answer is waited for: between the look
 * and the write of shared_event_ring() that would be a race.
 */
static void use_fd(const struct message *m, uint8_t what)
{
	if (m->request == VU_SET_MEM_TABLE) {
		fuzz_check(ftruncate(m->fd, 0));
		return;
	}
	fcntl(m->fd, F_SETFL, O_NONBLOCK);
	if (what & 1)
		shared_event_ring(m->fd);
	if (what & 2)
		(void)shared_event_take(m->fd);
	if (what & 4 && m->flags & FLAG_NEED_REPLY) {
		(void)shared_event_take(m->fd);
		eventfd_write(m->fd, UINT64_MAX - 1);
	}
	if (what & 8)
		fcntl(m->fd, F_SETFL, 0);
}

static bool is_fault(enum how how)
{
	return how != RIGHT && how != WITH_FDS && how != IN_PIECES;
}

/* Return: false when it is to end. */
static bool turn(struct peer *p)
{
	bool acks = p->agreed & BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK);
	struct message m;
	uint8_t how;
	bool wanted;

	if (!read_message(p->fd, &m))
		return false;
	fuzz_check(!p->over);
	check_message(p, &m, acks);
	how = ++p->messages == MESSAGES_MAX ? END_BEFORE :
		fuzz_u8(&p->script);
	if (m.fd >= 0) {
		use_fd(&m, how >> 4);
		close(m.fd);
	}
	if (is_fault(how % HOW_NUM))
		p->at_fault = true;
	if (how % HOW_NUM == TOO_MUCH || how % HOW_NUM == TWICE ||
	    how % HOW_NUM == UNASKED)
		p->astray = true;
	if (how % HOW_NUM == END_BEFORE)
		return false;
	if (how % HOW_NUM == DEAF)
		return be_deaf(p);
	wanted = messages[m.request].reply || m.flags & FLAG_NEED_REPLY;
	if (!wanted && how % HOW_NUM != UNASKED)
		return how % HOW_NUM != END_AFTER;
	return give_answer(p, &m, how);
}

/* Closed with a message unread, it looks like a crash from outside. */
static void *be_peer(void *arg)
{
	struct peer *p = arg;

	while (turn(p))
		;
	pthread_mutex_lock(&p->lock);
	shutdown(p->fd, SHUT_RDWR);
	close(steal_fd(&p->fd));
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* A few messages fill the socket of one that does not read. */
static int peer_start(struct peer *p)
{
	static const int least = 1;
	int pair[2];

	fuzz_check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
	p->fd = pair[0];
	fuzz_check(!pthread_create(&p->thread, NULL, be_peer, p));
	return pair[1];
}

static void peer_stop(struct peer *p)
{
	pthread_mutex_lock(&p->lock);
	if (p->fd >= 0)
		shutdown(p->fd, SHUT_RDWR);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	pthread_mutex_destroy(&p->lock);
}

static uint64_t queues_of(const struct peer *p)
{
	return p->features & BIT(F_PROTOCOL) &&
		p->protocol & BIT(VHOST_USER_PROTOCOL_F_MQ) ?
		p->queues : UINT64_MAX;
}

/* Zeroes are a good one. */
static void peer_init(struct peer *p, struct fuzz_in *in)
{
	uint8_t kind = fuzz_u8(in);
	size_t n;

	*p = (struct peer){
		.fd = -1,
		.features = BIT(VIRTIO_F_VERSION_1) | BIT(F_PROTOCOL) |
			BIT(VIRTIO_RING_F_EVENT_IDX),
		.protocol = KNOWN_PROTOCOL,
		.queues = QUEUES,
	};
	pthread_mutex_init(&p->lock, NULL);
	if (kind & 1)
		p->features ^= fuzz_u64(in);
	if (kind & 2)
		p->protocol ^= fuzz_u64(in);
	if (kind & 4)
		p->queues ^= fuzz_u64(in);
	n = fuzz_u8(in) % SCRIPT_MAX;
	n = n < in->left ? n : in->left;
	p->script = (struct fuzz_in){ in->p, n };
	in->p += n;
	in->left -= n;
}

/* ---- the device ---- */

/* Under dev.lock.  The one there is now has done nothing wrong. */
static bool honest(void)
{
	return rig.patient && !rig.peer[rig.opened - 1].at_fault;
}

/* As much as the first one, as that has said. */
static bool can_as_much(const struct peer *p)
{
	return !(rig.features & ~p->features) &&
		queues_of(p) >= rig.max_queues;
}

static int reopen(struct vhost_user *vu, int *ret)
{
	struct peer *p;

	fuzz_check(vu->fd == -1);
	if (rig.opened == PEERS)
		return -EBUSY;
	p = &rig.peer[rig.opened++];
	p->at_fault = !can_as_much(p);
	*ret = peer_start(p);
	return 0;
}

/* Another one gets the queues of this start, not those of an earlier one. */
static int start(struct vdev *dev)
{
	int r = vhost_user_start(&rig.vu, &dev->worker[0]);

	fuzz_check(!rig.vu.queues);
	fuzz_check(!r || (rig.vu.lost && !honest()));
	return rig.lenient ? 0 : r;
}

static int queue_start(struct vdev_queue *q)
{
	bool lost = rig.vu.lost;
	int r = vhost_user_queue_start(&rig.vu, q);

	fuzz_check(!lost || r == -ENOTCONN);
	fuzz_check(!r || (rig.vu.lost && !honest()));
	return rig.lenient ? 0 : r;
}

/* As a folder does it. */
static void queue_stop(struct vdev_queue *q)
{
	bool lost = rig.vu.lost;
	int r = vhost_user_queue_stop(&rig.vu, q);

	fuzz_check(!lost || r == -ENOTCONN);
	fuzz_check(!r || (rig.vu.lost && !honest()));
	if (r || rig.lenient || vq_is_idle(&q->vq))
		return;
	rig.peer[rig.opened - 1].at_fault = true;
	vhost_user_lose(&rig.vu, "it has left requests unanswered");
	fuzz_check(rig.vu.lost);
}

static void stop(struct vdev *dev)
{
	(void)dev;
	vhost_user_stop(&rig.vu);
}

static const struct vdev_ops ops = {
	.id = VIRTIO_ID_FS,
	.start = start,
	.stop = stop,
	.queue_start = queue_start,
	.queue_stop = queue_stop,
};

static void settle(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		worker_call(&rig.dev.worker[0], fuzz_catch, NULL);
}

/* A lost one is another's turn, or the driver's, or it is tried again. */
static bool cared_for(void)
{
	struct vdev *dev = &rig.dev;
	struct itimerspec t;
	bool is;

	pthread_mutex_lock(&dev->lock);
	timerfd_gettime(rig.vu.retry.fd, &t);
	is = !rig.vu.lost || !rig.vu.worker ||
		dev->status & VIRTIO_CONFIG_S_NEEDS_RESET ||
		t.it_value.tv_sec || t.it_value.tv_nsec;
	pthread_mutex_unlock(&dev->lock);
	return is;
}

static void check_cared_for(void)
{
	unsigned int i;

	for (i = 0; !cared_for(); i++) {
		fuzz_check(i < SOON);
		usleep(1000);
		settle();
	}
}

static void check_state(void)
{
	const struct vhost_user *vu = &rig.vu;
	const struct peer *p;
	bool lost;

	pthread_mutex_lock(&rig.dev.lock);
	lost = vu->lost;
	p = &rig.peer[rig.opened - 1];
	fuzz_check(lost || p->astray || can_as_much(p));
	fuzz_check(!rig.was_lost || lost || rig.opened > rig.opened_then);
	fuzz_check(!lost || !honest());
	rig.was_lost = lost;
	rig.opened_then = rig.opened;
	fuzz_check(vu->features == rig.features);
	fuzz_check(vu->max_queues == rig.max_queues);
	fuzz_check(!(vu->protocol & ~KNOWN_PROTOCOL));
	fuzz_check(rig.dev.running || !vu->worker);
	pthread_mutex_unlock(&rig.dev.lock);
}

/* All that has to be waited for otherwise. */
static void pass_time(void)
{
	static const struct itimerspec now = { .it_value = { 0, 1 } };

	rig.vu.resume_ms = 0;
	timerfd_settime(rig.vu.retry.fd, 0, &now, NULL);
}

static void end_peer(struct peer *p, struct fuzz_in *in)
{
	uint8_t bytes[32];
	size_t n = fuzz_u8(in);

	p->at_fault = true;
	fuzz_read(in, bytes, n % sizeof(bytes));
	pthread_mutex_lock(&p->lock);
	if (p->fd >= 0 && n % sizeof(bytes)) {
		p->astray = true;
		say(p->fd, bytes, n % sizeof(bytes));
	}
	if (p->fd >= 0 && n < 128)
		shutdown(p->fd, SHUT_RDWR);
	pthread_mutex_unlock(&p->lock);
}

/* What comes from outside while a driver uses the device, or does not. */
static void outside(struct vdev *dev, struct fuzz_in *in)
{
	pthread_mutex_lock(&dev->lock);
	switch (fuzz_u8(in) % 8) {
	case 0:
	case 1:
	case 2:
		end_peer(&rig.peer[rig.opened - 1], in);
		break;
	case 3:
	case 4:
		pass_time();
		break;
	case 5:
		shared_event_ring(dev->queue[fuzz_u8(in) % QUEUES].fault.fd);
		break;
	case 6:
		rig.vu.reopen = rig.vu.reopen ? NULL : reopen;
		break;
	case 7:
		break;
	}
	pthread_mutex_unlock(&dev->lock);
	check_state();
	settle();
	check_cared_for();
	check_state();
}

/* ---- */

static void make(void)
{
	unsigned int i;

	log_set_level(LOG_ERROR);	/* each input would fill the log anew */
	fuzz_share_memory();
	vdev_init(&rig.dev, &ops, "test0");
	rig.base = rig.dev.offered;
	rig.dev.external = true;
	fuzz_check(vdev_add_worker(&rig.dev) >= 0);
	for (i = 0; i < QUEUES; i++)
		fuzz_check(!vdev_add_queue(&rig.dev, NULL));
	fuzz_check(!vdev_start_workers(&rig.dev));
	settle();
}

/* What the back-ends of the last input have left in them, or made of them. */
static void mend_event(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	(void)shared_event_take(fd);
}

static void mend_events(void)
{
	unsigned int i;

	for (i = 0; i < QUEUES; i++) {
		mend_event(rig.dev.queue[i].kick.fd);
		mend_event(rig.dev.queue[i].call_fd);
		mend_event(rig.dev.queue[i].fault.fd);
	}
}

/* What the first words have to lead to, if there was nothing but them. */
static void check_first(uint64_t own)
{
	const struct peer *p = &rig.peer[0];
	struct vhost_user *vu = &rig.vu;
	uint64_t offer = vhost_user_offer(vu, rig.base, own);

	fuzz_check(vu->features & BIT(VIRTIO_F_VERSION_1));
	fuzz_check(!(offer & ~(rig.base | own)) && !(offer & ~vu->features));
	fuzz_check(!(offer & BIT(VIRTIO_F_RING_PACKED)));
	fuzz_check(offer & BIT(VIRTIO_F_VERSION_1));
	if (!p->astray) {
		fuzz_check(vu->features == (p->features & ~BIT(F_PROTOCOL)));
		fuzz_check(vu->max_queues == queues_of(p));
		fuzz_check(vu->protocol == p->agreed);
	}
	rig.features = vu->features;
	rig.max_queues = vu->max_queues;
	rig.dev.offered = offer;
}

static void run(struct fuzz_in *in, uint64_t own)
{
	check_first(own);
	rig.vu.reopen = reopen;
	rig.vu.optional = rig.lenient;
	if (!rig.patient)
		rig.vu.timeout_ms = 30;
	fuzz_requests(&rig.dev, in, outside);
	check_state();
}

static void meet(struct fuzz_in *in, uint64_t own)
{
	struct err e = { .kind = ERR_NONE };
	int r = vhost_user_init(&rig.vu, &rig.dev, "the other end",
				peer_start(&rig.peer[0]), &e);

	fuzz_check(!r == (e.kind == ERR_NONE));
	if (r)
		fuzz_check(!rig.vu.dev &&
			   (!honest() || !(rig.peer[0].features &
					   BIT(VIRTIO_F_VERSION_1))));
	else
		run(in, own);
	vhost_user_fini(&rig.vu);
	vhost_user_fini(&rig.vu);
}

/*
 * The first byte: whether somebody may be silent, and how the device takes a
 * loss; then features of its own, the back-ends, and what the driver does.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	uint8_t kind = fuzz_u8(&in);
	uint64_t own = fuzz_u64(&in);
	unsigned int i, fds;

	if (!rig.dev.ops)
		make();
	mend_events();
	for (i = 0; i < PEERS; i++)
		peer_init(&rig.peer[i], &in);
	rig.opened = 1;
	rig.opened_then = 0;
	rig.was_lost = false;
	rig.patient = !(kind & 1);
	rig.lenient = kind & 2;
	rig.mem = fuzz_memory();
	fds = fuzz_fds();
	meet(&in, own);
	while (rig.opened)
		peer_stop(&rig.peer[--rig.opened]);
	fuzz_check(fuzz_fds() == fds);
	return 0;
}
