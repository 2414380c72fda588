// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * worker - a thread that serves the queues of one device
 */
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util.h"

#define WORKER_EVENTS 16

static void worker_calls(struct worker *w)
{
	void (*call)(void *arg);

	pthread_mutex_lock(&w->lock);
	call = w->call;
	pthread_mutex_unlock(&w->lock);
	if (!call)
		return;
	call(w->arg);
	pthread_mutex_lock(&w->lock);
	w->call = NULL;
	pthread_cond_broadcast(&w->done);
	pthread_mutex_unlock(&w->lock);
}

/*
 * A source that a handler stops watching may still have an event in the array;
 * its object lives as long as the device, so it can be asked.  Calls come after
 * all others: when one is done, what it stopped watching has no event left, and
 * its object may go.
 */
static bool worker_once(struct worker *w)
{
	struct epoll_event events[WORKER_EVENTS];
	int i, n = epoll_wait(w->epoll_fd, events, WORKER_EVENTS, -1);
	bool called = false, quit;

	for (i = 0; i < n; i++) {
		struct worker_source *src = events[i].data.ptr;

		if (src == &w->calls)
			called = true;
		else if (src->watched)
			src->fn(src, events[i].events);
	}
	if (called)
		worker_calls(w);
	pthread_mutex_lock(&w->lock);
	quit = w->quit;
	pthread_mutex_unlock(&w->lock);
	return !quit;
}

static void *worker_thread(void *arg)
{
	struct worker *w = arg;

	while (worker_once(w))
		;
	return NULL;
}

/* Signals are for the main thread, and the kick for vCPU threads. */
static int worker_create(struct worker *w, const char *name)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&w->thread, NULL, worker_thread, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!r)
		pthread_setname_np(w->thread, name);
	return r;
}

static void worker_close(struct worker *w)
{
	if (w->calls.fd >= 0)
		close(w->calls.fd);
	if (w->epoll_fd >= 0)
		close(w->epoll_fd);
	pthread_cond_destroy(&w->done);
	pthread_mutex_destroy(&w->lock);
}

int worker_start(struct worker *w, const char *name)
{
	int r = 0;

	memset(w, 0, sizeof(*w));
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->done, NULL);
	w->calls.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->calls.fd < 0 || w->epoll_fd < 0)
		r = -errno;
	if (!r)
		r = worker_watch(w, &w->calls, EPOLLIN);
	if (!r)
		r = worker_create(w, name);
	if (r)
		worker_close(w);
	w->started = !r;
	return r;
}

void worker_stop(struct worker *w)
{
	if (!w->started)
		return;
	pthread_mutex_lock(&w->lock);
	w->quit = true;
	pthread_mutex_unlock(&w->lock);
	eventfd_write(w->calls.fd, 1);
	pthread_join(w->thread, NULL);
	worker_close(w);
	w->started = false;
}

void worker_call(struct worker *w, void (*fn)(void *arg), void *arg)
{
	if (pthread_equal(pthread_self(), w->thread)) {
		fn(arg);
		return;
	}
	pthread_mutex_lock(&w->lock);
	while (w->call)
		pthread_cond_wait(&w->done, &w->lock);
	w->call = fn;
	w->arg = arg;
	eventfd_write(w->calls.fd, 1);
	while (w->call == fn && w->arg == arg)
		pthread_cond_wait(&w->done, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

int worker_watch(struct worker *w, struct worker_source *src, uint32_t events)
{
	struct epoll_event event = {
		.events = events | EPOLLET,
		.data.ptr = src,
	};

	if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, src->fd, &event))
		return -errno;
	src->watched = true;
	return 0;
}

void worker_unwatch(struct worker *w, struct worker_source *src)
{
	if (!src->watched)
		return;
	src->watched = false;
	epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, src->fd, NULL);
}
