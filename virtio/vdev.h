/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vdev - what all virtio devices have in common
 *
 * DOC: theory of operation
 *
 * A device is one file: what it offers, its configuration space, and what it
 * does with a request.  A transport (mmio.c, pci.c) turns register accesses
 * into the functions of vdev_driver.h.  In between, here, is the state machine
 * of VIRTIO 1.2, 2.1 and 3.1: what a driver may do when (the table is in
 * vdev_driver.c).
 *
 * Life.  A device is made once, before privileges are dropped, and opens what it
 * needs on the host; its threads are made after that, and then nothing is opened
 * or allocated any more.  vdev_attach() gives it to a VM; a guest reset makes
 * another VM and attaches the same device to that.
 *
 * Inside a VM: the driver sets DRIVER_OK: the queues that it enabled are latched
 * (vq_init()), ops->start() runs, then for each queue ops->queue_start() on the
 * thread that will own it, and its doorbell is connected.  A reset, a driver
 * that sets FAILED, or the end of the VM goes the other way: doorbells off,
 * ops->queue_stop() for each queue on its thread, ops->stop().  After that
 * nothing touches guest memory until the next DRIVER_OK.
 *
 * Threads.  Registers are served on vCPU threads under dev->lock; start and
 * stop run there too.  A queue's struct vq and all that a device does with it
 * belong to the thread of queue->worker; a queue without worker is served on
 * the vCPU thread that kicked it, under dev->lock, or by somebody else
 * altogether (dev->external: vhost, vhost-user).  What those say of such a queue
 * is heard by worker 0, which an external device has to have.  A worker never
 * waits for dev->lock: whoever holds it may be waiting for that worker.
 *
 * Faults.  A broken ring or a device that cannot go on: vdev_fault().  The
 * driver finds DEVICE_NEEDS_RESET, the VM and all other devices run on.  Of the
 * device no queue is served any more, those with good rings included: what is
 * on its way ends, no request is taken (vdev_serves()).  A queue that somebody
 * else serves (external) runs on until the reset, because whoever finds a fault
 * may not wait for dev->lock.
 */
#ifndef VIRTIO_VDEV_H
#define VIRTIO_VDEV_H

#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gmem.h"
#include "log.h"
#include "signals.h"
#include "vq.h"
#include "worker.h"

#define VDEV_QUEUES_MAX	20
#define VDEV_WORKERS_MAX 16
#define VDEV_NAME_MAX	16
#define VDEV_NO_VECTOR	0xffff	/* VIRTIO_MSI_NO_VECTOR */

struct vdev;

struct vdev_queue {
	struct vdev *dev;
	unsigned int index;
	struct worker *worker;	/* not owned; NULL: see above */
	struct worker_source kick;	/* owned eventfd: the doorbell */
	int call_fd;		/* owned eventfd: the interrupt */
	/*
	 * Owned eventfd, of each queue of an external device: the back-end
	 * found it broken.  Else -1.
	 */
	struct worker_source fault;
	struct vq vq;		/* the owning thread's, while live */
	bool live;		/* between queue_start and queue_stop */
	/* written by the driver, under dev->lock; latched at DRIVER_OK */
	struct vq_setup setup;
	uint16_t vector;	/* MSI-X */
	bool enabled;
};

struct vdev_ops {
	uint16_t id;		/* VIRTIO_ID_* */
	uint8_t pci_class;	/* base class of the PCI function */
	uint8_t pci_subclass;

	/*
	 * Configuration space: @offset and @len are inside config_size.
	 * Under dev->lock, on a vCPU thread.  config_write may be NULL.
	 */
	void (*config_read)(struct vdev *dev, uint32_t offset, void *buf,
			    uint32_t len);
	void (*config_write)(struct vdev *dev, uint32_t offset,
			     const void *buf, uint32_t len);

	/*
	 * All may be NULL.  Return: 0, or -errno with the reason logged: the
	 * device becomes DEVICE_NEEDS_RESET.  stop is called only after start
	 * succeeded.
	 */
	int (*start)(struct vdev *dev);
	void (*stop)(struct vdev *dev);
	/*
	 * On the thread of q->worker, with q->vq ready.  After queue_stop no
	 * byte of guest memory is touched for this queue: what is in flight is
	 * waited for or cancelled.  It is called only after queue_start
	 * succeeded.
	 */
	int (*queue_start)(struct vdev_queue *q);
	void (*queue_stop)(struct vdev_queue *q);
	/* the driver has rung, or just started: serve all there is */
	void (*kick)(struct vdev_queue *q);
	/* free the device; its workers have stopped, its eventfds are closed */
	void (*destroy)(struct vdev *dev);
};

struct vdev_transport;

struct vdev {
	const struct vdev_ops *ops;
	char name[VDEV_NAME_MAX];	/* "disk0": for people */
	const struct gmem *mem;		/* of the VM it is attached to, not owned */
	struct signals *signals;	/* likewise */
	pthread_mutex_t lock;
	_Atomic uint32_t status;	/* written under lock, or by a fault */
	uint64_t offered;		/* feature bits */
	uint64_t accepted;
	bool running;			/* between start and stop */
	/* vhost: interrupts come from outside.  Set before there are queues */
	bool external;
	struct worker worker[VDEV_WORKERS_MAX];
	unsigned int nr_workers;
	unsigned int nr_queues;
	struct vdev_queue queue[VDEV_QUEUES_MAX];
	uint32_t config_size;
	_Atomic uint32_t config_generation;
	_Atomic uint64_t faults;	/* that needed a reset */
	struct log_limit fault_log;
	struct log_limit misuse_log;	/* counts, too: vdev_misuse() */
	struct log_limit start_log;	/* of ops->start and queue_start: a
					 * driver can have them run often */
	/*
	 * Guards the two below for those who are no queue's thread: a VM may be
	 * taken down while a device has something to say.  Taken after lock.
	 */
	pthread_mutex_t bus_lock;
	const struct vdev_transport *transport;
	void *bus;			/* the transport's object */
};

/* What a transport does for a device.  Any thread. */
struct vdev_transport {
	/* the driver is to look at the used ring of @q */
	void (*queue_signal)(struct vdev_queue *q);
	/* the configuration has changed, or the device needs a reset */
	void (*config_signal)(struct vdev *dev);
	/*
	 * Under dev->lock: whether the queue's doorbell rings its eventfd, and
	 * whether its interrupt is connected.  A doorbell that cannot be had is
	 * no error: the access then comes to vdev_notify().
	 */
	void (*queue_connect)(struct vdev_queue *q, bool doorbell, bool call);
};

/**
 * vdev_init() - a device as after a reset, not attached, without queues
 * @dev:  embedded in the device's own object, which is zeroed memory
 * @ops:  constant
 * @name: cut at VDEV_NAME_MAX - 1; unique in the VM
 *
 * Sets what all devices offer: VERSION_1, INDIRECT_DESC, EVENT_IDX and
 * RING_PACKED.  The device adds its own bits to dev->offered, or takes away
 * what its backend cannot, then its queues and dev->config_size.
 */
void vdev_init(struct vdev *dev, const struct vdev_ops *ops, const char *name);

/**
 * vdev_add_worker() - one more thread, which vdev_start_workers() makes
 *
 * Return: its number, or -ENOSPC.
 */
int vdev_add_worker(struct vdev *dev);

/**
 * vdev_add_queue() - one more queue, of at most VQ_SIZE_MAX descriptors
 * @worker: who serves it; NULL: inline, or somebody else
 *
 * Return: 0, -ENOSPC, or -errno of eventfd(2).
 */
int vdev_add_queue(struct vdev *dev, struct worker *worker);

/** vdev_start_workers() - make the threads, once.  Return: 0 or -errno */
int vdev_start_workers(struct vdev *dev);

/**
 * vdev_attach() - give the device to a VM, before its first vCPU runs
 * @mem, @signals:   outlive the attachment
 * @transport, @bus: who stands between the driver and the device
 */
void vdev_attach(struct vdev *dev, const struct gmem *mem,
		 struct signals *signals,
		 const struct vdev_transport *transport, void *bus);

/** vdev_detach() - take it back, reset; no vCPU runs.  Legal twice */
void vdev_detach(struct vdev *dev);

/** vdev_destroy() - detach, stop the threads, free; NULL is legal */
void vdev_destroy(struct vdev *dev);

/** vdev_has() - whether a feature bit was negotiated */
static inline bool vdev_has(const struct vdev *dev, unsigned int bit)
{
	return dev->accepted >> bit & 1;
}

/**
 * vdev_signal() - interrupt the driver for what was pushed, if it wants it
 *
 * The queue's thread, once after as many vq_push() as there are.
 */
void vdev_signal(struct vdev_queue *q);

/** vdev_config_changed() - say so to the driver; any thread, at any time */
void vdev_config_changed(struct vdev *dev);

/**
 * vdev_fault() - the device needs a reset
 * @q:   the queue concerned; may be NULL
 * @why: constant text, for the log
 *
 * Any thread, under dev->lock or not.
 */
void vdev_fault(struct vdev *dev, const struct vdev_queue *q,
		const char *why);

/**
 * vdev_forget_fault() - what a back-end has said of @q so far is of no account
 *
 * Before the queue is given to another one; whenever it starts this is done
 * already.
 */
void vdev_forget_fault(struct vdev_queue *q);

/**
 * vdev_serves() - whether the queue runs and requests may be taken from it
 *
 * So it is when ops->kick is called.  A device that comes to a queue by another
 * way, as from the host's side, asks; on the queue's thread.
 */
bool vdev_serves(const struct vdev_queue *q);

/**
 * vdev_pop() - vq_pop() for a device: a broken ring becomes a fault
 *
 * Return: true when there is a request.
 */
bool vdev_pop(struct vdev_queue *q, struct vq_chain *c);

/**
 * vdev_serve() - the loop of a device that answers each request at once
 * @iov:   room for VQ_SIZE_MAX vectors
 * @serve: does one request; returns the bytes that it wrote
 *
 * Takes requests until there are none, gives them back, interrupts once.  A
 * guest that adds without end gives others a turn: after VQ_SIZE_MAX requests
 * the queue's doorbell is rung and the function returns.
 */
void vdev_serve(struct vdev_queue *q, struct iovec *iov,
		uint32_t (*serve)(struct vdev_queue *q, struct vq_chain *c));

/** vdev_again() - ring the queue's own doorbell: come back after others */
void vdev_again(struct vdev_queue *q);

#endif /* VIRTIO_VDEV_H */
