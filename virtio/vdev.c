// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdev - what all virtio devices have in common: making, running, stopping
 *
 * What a driver may do when is in vdev_driver.c.
 */
#include "vdev.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "shared_event.h"
#include "util.h"
#include "vdev_run.h"

void vdev_init(struct vdev *dev, const struct vdev_ops *ops, const char *name)
{
	dev->ops = ops;
	snprintf(dev->name, sizeof(dev->name), "%s", name);
	pthread_mutex_init(&dev->lock, NULL);
	pthread_mutex_init(&dev->bus_lock, NULL);
	dev->offered = BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_RING_PACKED) |
		       BIT(VIRTIO_RING_F_INDIRECT_DESC) |
		       BIT(VIRTIO_RING_F_EVENT_IDX);
}

int vdev_add_worker(struct vdev *dev)
{
	if (dev->nr_workers == VDEV_WORKERS_MAX)
		return -ENOSPC;
	return (int)dev->nr_workers++;
}

/* 2.1.1: a driver does not rely on a device that needs a reset. */
bool vdev_serves(const struct vdev_queue *q)
{
	return q->live && !q->vq.broken &&
	       !(q->dev->status & VIRTIO_CONFIG_S_NEEDS_RESET);
}

static void vdev_kick(struct worker_source *src, uint32_t events)
{
	struct vdev_queue *q = container_of(src, struct vdev_queue, kick);

	(void)events;
	if (vdev_serves(q))
		q->dev->ops->kick(q);
}

/*
 * On worker 0.  It is read, so that what one back-end has said is not held
 * against another that takes its place.
 */
static void vdev_on_fault(struct worker_source *src, uint32_t events)
{
	struct vdev_queue *q = container_of(src, struct vdev_queue, fault);

	(void)events;
	if (shared_event_take(src->fd))
		vdev_fault(q->dev, q, "its back-end found a broken queue");
}

static void vdev_queue_close(struct vdev_queue *q)
{
	cleanup_fd_(&q->kick.fd);
	cleanup_fd_(&q->call_fd);
	cleanup_fd_(&q->fault.fd);
}

static int vdev_queue_open(struct vdev_queue *q)
{
	const int flags = EFD_CLOEXEC | EFD_NONBLOCK;
	const bool external = q->dev->external;
	int r;

	q->kick.fd = eventfd(0, flags);
	q->call_fd = eventfd(0, flags);
	q->fault.fd = external ? eventfd(0, flags) : -1;
	if (q->kick.fd >= 0 && q->call_fd >= 0 &&
	    (q->fault.fd >= 0 || !external))
		return 0;
	r = -errno;
	vdev_queue_close(q);
	return r;
}

int vdev_add_queue(struct vdev *dev, struct worker *worker)
{
	struct vdev_queue *q = &dev->queue[dev->nr_queues];
	int r;

	if (dev->nr_queues == VDEV_QUEUES_MAX)
		return -ENOSPC;
	q->dev = dev;
	q->index = dev->nr_queues;
	q->worker = worker;
	q->kick.fn = vdev_kick;
	q->fault.fn = vdev_on_fault;
	r = vdev_queue_open(q);
	if (!r)
		dev->nr_queues++;
	return r;
}

int vdev_start_workers(struct vdev *dev)
{
	unsigned int i;
	int r = 0;

	for (i = 0; !r && i < dev->nr_workers; i++) {
		char name[VDEV_NAME_MAX];

		if (dev->worker[i].started)
			continue;
		snprintf(name, sizeof(name), i ? "%.10s.%u" : "%.15s",
			 dev->name, i);
		r = worker_start(&dev->worker[i], name);
	}
	return r;
}

void vdev_attach(struct vdev *dev, const struct gmem *mem,
		 struct signals *signals,
		 const struct vdev_transport *transport, void *bus)
{
	dev->mem = mem;
	dev->signals = signals;
	pthread_mutex_lock(&dev->bus_lock);
	dev->transport = transport;
	dev->bus = bus;
	pthread_mutex_unlock(&dev->bus_lock);
	pthread_mutex_lock(&dev->lock);
	vdev_reset(dev);
	pthread_mutex_unlock(&dev->lock);
}

void vdev_detach(struct vdev *dev)
{
	pthread_mutex_lock(&dev->lock);
	vdev_reset(dev);
	pthread_mutex_unlock(&dev->lock);
	pthread_mutex_lock(&dev->bus_lock);
	dev->transport = NULL;
	dev->bus = NULL;
	pthread_mutex_unlock(&dev->bus_lock);
	dev->mem = NULL;
	dev->signals = NULL;
}

void vdev_destroy(struct vdev *dev)
{
	unsigned int i;

	if (!dev)
		return;
	vdev_detach(dev);
	for (i = 0; i < dev->nr_workers; i++)
		worker_stop(&dev->worker[i]);
	for (i = 0; i < dev->nr_queues; i++)
		vdev_queue_close(&dev->queue[i]);
	pthread_mutex_destroy(&dev->bus_lock);
	pthread_mutex_destroy(&dev->lock);
	dev->ops->destroy(dev);
}

/*
 * Running
 */

static bool vdev_queue_inline(const struct vdev_queue *q)
{
	return !q->worker && !q->dev->external;
}

static void vdev_back_end_on(void *arg)
{
	struct vdev_queue *q = arg;

	if (worker_watch(&q->dev->worker[0], &q->fault, EPOLLIN))
		vdev_fault(q->dev, q, "its back-end cannot be watched");
}

static void vdev_back_end_off(void *arg)
{
	struct vdev_queue *q = arg;

	worker_unwatch(&q->dev->worker[0], &q->fault);
}

static void vdev_watch(struct vdev_queue *q)
{
	if (q->worker && worker_watch(q->worker, &q->kick, EPOLLIN))
		vdev_fault(q->dev, q, "its doorbell cannot be watched");
	if (!q->worker && q->dev->external)
		worker_call(&q->dev->worker[0], vdev_back_end_on, q);
}

/* A handler that runs now is waited for: it may use what a detach takes away. */
static void vdev_unwatch(struct vdev_queue *q)
{
	if (q->worker)
		worker_unwatch(q->worker, &q->kick);
	else if (q->dev->external)
		worker_call(&q->dev->worker[0], vdev_back_end_off, q);
}

/* On the queue's thread.  What came before the doorbell was there is served. */
static void vdev_queue_on(void *arg)
{
	struct vdev_queue *q = arg;
	const struct vdev_ops *ops = q->dev->ops;

	vdev_forget_fault(q);
	if (ops->queue_start && ops->queue_start(q)) {
		vdev_fault(q->dev, q, "the queue cannot be served");
		return;
	}
	q->live = true;
	vdev_watch(q);
	if (ops->kick && vdev_serves(q))
		ops->kick(q);
}

static void vdev_queue_off(void *arg)
{
	struct vdev_queue *q = arg;
	const struct vdev_ops *ops = q->dev->ops;

	if (!q->live)
		return;
	vdev_unwatch(q);
	q->live = false;
	if (ops->queue_stop)
		ops->queue_stop(q);
}

static void vdev_queue_do(struct vdev_queue *q, void (*fn)(void *arg))
{
	if (q->worker)
		worker_call(q->worker, fn, q);
	else
		fn(q);
}

static int vdev_latch(struct vdev *dev)
{
	unsigned int i;
	int r = 0;

	for (i = 0; !r && i < dev->nr_queues; i++) {
		struct vdev_queue *q = &dev->queue[i];

		if (!q->enabled)
			continue;
		r = vq_init(&q->vq, dev->mem, &q->setup, dev->accepted);
		if (r)
			vdev_fault(dev, q, q->vq.broken);
	}
	return r;
}

/* An address without a doorbell still works: the access is a vdev_notify(). */
static void vdev_connect(struct vdev_queue *q, bool on)
{
	q->dev->transport->queue_connect(q, on && !vdev_queue_inline(q), on);
}

void vdev_run(struct vdev *dev)
{
	unsigned int i;

	if (vdev_latch(dev))
		return;
	if (dev->ops->start && dev->ops->start(dev)) {
		vdev_fault(dev, NULL, "the device cannot be started");
		return;
	}
	dev->running = true;
	for (i = 0; i < dev->nr_queues; i++) {
		struct vdev_queue *q = &dev->queue[i];

		if (!q->enabled)
			continue;
		vdev_connect(q, true);
		vdev_queue_do(q, vdev_queue_on);
	}
}

void vdev_halt(struct vdev *dev)
{
	unsigned int i;

	if (!dev->running)
		return;
	for (i = 0; i < dev->nr_queues; i++) {
		struct vdev_queue *q = &dev->queue[i];

		if (!q->enabled)
			continue;
		vdev_connect(q, false);
		vdev_queue_do(q, vdev_queue_off);
	}
	if (dev->ops->stop)
		dev->ops->stop(dev);
	dev->running = false;
}

void vdev_reset(struct vdev *dev)
{
	unsigned int i;

	vdev_halt(dev);
	for (i = 0; i < dev->nr_queues; i++) {
		struct vdev_queue *q = &dev->queue[i];

		q->setup = (struct vq_setup){ .size = VQ_SIZE_MAX };
		q->vector = VDEV_NO_VECTOR;
		q->enabled = false;
	}
	dev->accepted = 0;
	dev->status = 0;
}

/*
 * What a device uses
 */

void vdev_signal(struct vdev_queue *q)
{
	if (vq_notify(&q->vq))
		q->dev->transport->queue_signal(q);
}

static void vdev_config_signal(struct vdev *dev)
{
	pthread_mutex_lock(&dev->bus_lock);
	if (dev->transport && dev->status & VIRTIO_CONFIG_S_DRIVER_OK)
		dev->transport->config_signal(dev);
	pthread_mutex_unlock(&dev->bus_lock);
}

void vdev_config_changed(struct vdev *dev)
{
	dev->config_generation++;
	vdev_config_signal(dev);
}

void vdev_fault(struct vdev *dev, const struct vdev_queue *q, const char *why)
{
	dev->faults++;
	dev->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	if (q)
		log_guest(&dev->fault_log, "%s, queue %u: %s: the device needs a reset by its driver",
			  dev->name, q->index, why);
	else
		log_guest(&dev->fault_log, "%s: %s: the device needs a reset by its driver",
			  dev->name, why);
	vdev_config_signal(dev);
}

void vdev_forget_fault(struct vdev_queue *q)
{
	if (q->fault.fd >= 0)
		(void)shared_event_take(q->fault.fd);
}

bool vdev_pop(struct vdev_queue *q, struct vq_chain *c)
{
	bool broken = q->vq.broken;
	int r = vq_pop(&q->vq, c);

	if (r < 0 && !broken)
		vdev_fault(q->dev, q, q->vq.broken);
	return r > 0;
}

void vdev_again(struct vdev_queue *q)
{
	if (q->dev->external)
		shared_event_ring(q->kick.fd);
	else
		eventfd_write(q->kick.fd, 1);
}

/* Return: false when the turn is over. */
static bool vdev_serve_some(struct vdev_queue *q, struct iovec *iov,
			    uint32_t (*serve)(struct vdev_queue *q,
					      struct vq_chain *c),
			    unsigned int *left)
{
	struct vq_chain c = { .iov = iov };

	for (; *left && vdev_pop(q, &c); --*left)
		vq_push(&q->vq, &c, serve(q, &c));
	return *left;
}

void vdev_serve(struct vdev_queue *q, struct iovec *iov,
		uint32_t (*serve)(struct vdev_queue *q, struct vq_chain *c))
{
	unsigned int left = VQ_SIZE_MAX;

	vq_kicks_off(&q->vq);
	do {
		if (!vdev_serve_some(q, iov, serve, &left))
			break;
	} while (vq_kicks_on(&q->vq));
	vdev_signal(q);
	if (!left)
		vdev_again(q);
}
