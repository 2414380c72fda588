/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vhost_user - queues that another process serves
 *
 * The front-end of the vhost-user protocol (QEMU docs/interop/vhost-user.rst):
 * a Unix socket over which the back-end is told where guest memory and the
 * rings are, and which eventfds are doorbell and interrupt.  Requests of the
 * guest then go past us.
 *
 * Order of calls:
 *
 *	init  { start  queue_start...  queue_stop...  stop }...  fini
 *
 * One thread at a time: the main thread for init and fini, else under
 * dev->lock.  Answers are checked, and waited for VHOST_USER_TIMEOUT_MS at most:
 * all those to the first words together, all of a start with its queues, and all of
 * a stop.  What a
 * back-end shares with us, the eventfds and guest memory, it cannot use to hold us
 * up or to end us.  The first failure, and a back-end that closes the connection, make
 * the object lost: a line in the log, and every later call fails at once, up to
 * the next start, which tries to get another one (reopen).  One that is lost
 * while it runs is replaced at once, or when there is another one to be had, but
 * not twice in PEER_STEADY_MS (peer.h): what was not answered is asked again.
 * Otherwise the device needs a reset.
 */
#ifndef VIRTIO_VHOST_USER_H
#define VIRTIO_VHOST_USER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "vdev.h"
#include "worker.h"

/* To the first answers the back-end may still be starting. */
#define VHOST_USER_START_MS	60000
#define VHOST_USER_TIMEOUT_MS	10000
#define VHOST_USER_RETRY_MS	1000

/* Bits of the protocol, not of VIRTIO */
#define VHOST_USER_PROTOCOL_F_MQ	0
#define VHOST_USER_PROTOCOL_F_REPLY_ACK	3

struct vhost_user {
	struct vdev *dev;	/* not owned */
	const char *peer;	/* constant text for people: "virtiofsd" */
	/*
	 * Another connection instead of a lost one, owned from then on: 0, or
	 * -errno with the reason logged.  Under dev->lock, on any thread.  Set
	 * by the device after init; NULL: there is none to be had.
	 */
	int (*reopen)(struct vhost_user *vu, int *ret);
	/*
	 * The device runs without it, too: it is looked for each second also
	 * when there was none to be had at the start.  Set with reopen.
	 */
	bool optional;
	int fd;			/* owned; -1: lost, and no other found yet */
	uint64_t features;	/* VIRTIO feature bits of the back-end */
	uint64_t protocol;	/* protocol features agreed on */
	uint64_t max_queues;	/* that it has; UINT64_MAX: it does not say */
	bool has_protocol;	/* it knows protocol features at all */
	int timeout_ms;		/* VHOST_USER_TIMEOUT_MS, but in tests */
	int64_t until_ms;	/* no answer is waited for longer */
	bool stopping;		/* a queue was taken back since the start */
	bool away;		/* the driver was told that there is none */
	int64_t resume_ms;	/* from when on it may be replaced at once */
	_Atomic bool lost;
	uint64_t queues;	/* bit by index: those handed over */
	struct log_limit losses;
	struct log_limit renewals;
	struct worker *worker;	/* not owned; between start and stop */
	struct worker_source socket;
	struct worker_source retry;	/* owned timer: it could not be replaced */
};

/**
 * vhost_user_init() - find out what the back-end can do
 * @vu:   filled; after a failure vhost_user_fini() is legal and not needed
 * @dev:  whose back-end it is; outlives @vu.  Only its name is used here
 * @peer: constant text
 * @fd:   connected stream socket; owned from here on, on failure too
 * @e:    filled on failure
 *
 * Waits up to VHOST_USER_START_MS.  A back-end that cannot do
 * VIRTIO_F_VERSION_1 is refused.
 *
 * Return: 0 or -errno.
 */
int vhost_user_init(struct vhost_user *vu, struct vdev *dev, const char *peer,
		    int fd, struct err *e);

/** vhost_user_fini() - close; the worker has stopped.  Legal on zeroes, twice */
void vhost_user_fini(struct vhost_user *vu);

/**
 * vhost_user_offer() - what a device that has only this back-end may offer
 * @own: device features wanted, for example BIT(VIRTIO_NET_F_CSUM)
 *
 * Return: the bits of @own and those of @offered (as vdev_init() has set them)
 * that the back-end has too, split rings only.
 */
uint64_t vhost_user_offer(const struct vhost_user *vu, uint64_t offered,
			  uint64_t own);

/**
 * vhost_user_start() - hand over the features and guest memory, in ops->start
 * @worker: started; notices a back-end that is lost, until vhost_user_stop()
 *
 * Features that the back-end does not have are the caller's to serve and are
 * not handed over.  If the back-end is lost, another one is got first.
 *
 * Return: 0 or -errno with the reason logged: -EINVAL when guest memory is not
 * shared, -ENOTCONN when there is no back-end any more.
 */
int vhost_user_start(struct vhost_user *vu, struct worker *worker);

/**
 * vhost_user_queue_start() - hand over one queue, in ops->queue_start
 * @q: its number is the back-end's number; q->vq has accepted q->setup
 *
 * Return: 0 or -errno with the reason logged.
 */
int vhost_user_queue_start(struct vhost_user *vu, struct vdev_queue *q);

/**
 * vhost_user_queue_stop() - take it back, in ops->queue_stop
 *
 * Return: 0, and the back-end does not touch the ring any more; -errno: it is
 * lost, and whoever started it should end it for good, because nothing else
 * keeps it from guest memory.
 */
int vhost_user_queue_stop(struct vhost_user *vu, struct vdev_queue *q);

/**
 * vhost_user_lose() - it is of no use any more: the next start gets another one
 * @why: constant text, for the log
 */
void vhost_user_lose(struct vhost_user *vu, const char *why);

/** vhost_user_stop() - in ops->stop: no loss is noticed after this.  Twice */
void vhost_user_stop(struct vhost_user *vu);

#endif /* VIRTIO_VHOST_USER_H */
