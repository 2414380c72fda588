/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker - a thread that serves the queues of one device
 *
 * One epoll(7) over the doorbells of its queues and whatever descriptors the
 * device adds: a tap, an io_uring.  A kick wakes the thread that does the work
 * and no other.  The thread runs off the vCPUs' CPUs, as main does, and posts
 * nothing to anybody: the device's functions do that.
 *
 * Sources are watched edge-triggered: eventfds are never read, which saves a
 * system call for each kick, and a handler takes all there is.
 */
#ifndef VIRTIO_WORKER_H
#define VIRTIO_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct worker_source {
	int fd;			/* not owned */
	bool watched;		/* the worker's */
	void *dev;		/* the handler's, as it likes */
	/* on the worker's thread; @events as in epoll_wait(2) */
	void (*fn)(struct worker_source *src, uint32_t events);
};

struct worker {
	pthread_t thread;
	bool started;
	int epoll_fd;		/* owned */
	struct worker_source calls;	/* owned eventfd: look at call */
	pthread_mutex_t lock;	/* guards all below */
	pthread_cond_t done;
	void (*call)(void *arg);	/* to be run, NULL: none */
	void *arg;
	bool quit;
};

/**
 * worker_start() - make the thread
 * @name: at most 15 bytes, for ps(1)
 *
 * Return: 0, or -errno with nothing left behind.
 */
int worker_start(struct worker *w, const char *name);

/** worker_stop() - let it end, and wait; legal when it was not started */
void worker_stop(struct worker *w);

/**
 * worker_call() - run @fn on the worker's thread and wait until it is over
 *
 * From any other thread.  From the worker's own it is run at once.
 */
void worker_call(struct worker *w, void (*fn)(void *arg), void *arg);

/**
 * worker_watch() - call src->fn when @events happen, edge-triggered
 *
 * From the worker's thread, or before it has anything to watch.  What is ready
 * already counts as an event.
 *
 * Return: 0 or -errno.
 */
int worker_watch(struct worker *w, struct worker_source *src,
		 uint32_t events);

/** worker_unwatch() - src->fn is not called after this; the worker's thread */
void worker_unwatch(struct worker *w, struct worker_source *src);

#endif /* VIRTIO_WORKER_H */
