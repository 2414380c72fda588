/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vhost - queues that the host's kernel serves
 *
 * What vhost-net and vhost-vsock have in common: Linux
 * include/uapi/linux/vhost.h, drivers/vhost/vhost.c.  The kernel's thread reads
 * the rings by itself; doorbell and interrupt of a queue are handed to it as
 * eventfds, so that a packet passes through no thread of ours.  By a third one
 * vdev.c hears that a ring is broken.
 *
 * Order of calls: vhost_open() once at start-up; then for each DRIVER_OK
 * vhost_start(), vhost_ring_start() for each ring, and whatever makes this
 * device run (a backend, VSOCK_SET_RUNNING).  To stop, that comes first, since
 * it waits for what is in flight, then vhost_ring_stop() for each ring.
 *
 * One thread at a time: dev->lock of the device stands around all of these.
 */
#ifndef VIRTIO_VHOST_H
#define VIRTIO_VHOST_H

#include <stdint.h>

#include "err.h"
#include "gmem.h"
#include "vdev.h"

struct vhost {
	int fd;			/* owned; -1: closed */
};

/**
 * vhost_open() - open a vhost device and become its owner
 * @v:    filled; closed, and so legal for vhost_close(), on failure
 * @path: "/dev/vhost-net"
 * @who:  device name for the error text
 *
 * From the process whose memory the guest's is.
 *
 * Return: 0 or -errno with @e filled.
 */
int vhost_open(struct vhost *v, const char *path, const char *who,
	       struct err *e);

/** vhost_close() - legal when closed, and twice */
void vhost_close(struct vhost *v);

/** vhost_features() - what this kernel's vhost device knows.  0 or -errno */
int vhost_features(const struct vhost *v, uint64_t *ret);

/**
 * vhost_limit() - take from @offered the ring features that vhost lacks
 * @known: from vhost_features()
 *
 * Only features of the rings are vhost's to know, and MRG_RXBUF, since it
 * fills the buffers.  Offloads are the backend's: the kernel passes their
 * headers through, and does not list them.
 */
uint64_t vhost_limit(uint64_t offered, uint64_t known);

/**
 * vhost_start() - tell it what was negotiated, and where guest memory is
 * @accepted: all feature bits of the device
 *
 * Return: 0 or -errno.
 */
int vhost_start(const struct vhost *v, uint64_t accepted,
		const struct gmem *mem);

/**
 * vhost_ring_start() - give a latched queue to the kernel
 * @index: what vhost calls it: 0 or 1 of a vhost-net, rx before tx
 * @q:     q->vq is initialised, split, and from now on not touched by us
 *
 * Return: 0 or -errno.
 */
int vhost_ring_start(const struct vhost *v, unsigned int index,
		     const struct vdev_queue *q);

/** vhost_ring_stop() - take the doorbell and the interrupt back */
void vhost_ring_stop(const struct vhost *v, unsigned int index);

#endif /* VIRTIO_VHOST_H */
