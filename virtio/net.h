/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net - virtio network device (VIRTIO 1.2, 5.1)
 *
 * Frames go to a tap, by this process or by vhost in the host's kernel, or to
 * passt, which needs no rights at all.
 */
#ifndef VIRTIO_NET_H
#define VIRTIO_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

#define NET_PAIRS_MAX 8		/* of queues; each has a thread */
#define NET_MAC_LEN 6
#define NET_HOST_IP "192.168.33.1"	/* kvmtool's */

struct vdev;

/* Strings are not owned; they are not used after net_create(). */
struct net_options {
	uint8_t mac[NET_MAC_LEN];
	bool user;		/* by passt; else a tap */
	bool packed;		/* offer packed rings */
	bool offload;		/* checksums and segmentation */

	/* of a tap */
	const char *tapif;	/* interface; NULL: the kernel names one */
	int fd;			/* an open tap, taken over; -1: none */
	bool vhost;
	unsigned int pairs;	/* of queues, 1 to NET_PAIRS_MAX */
	const char *script;	/* run with the interface's name; NULL: none */
	const char *downscript;	/* likewise, when all is over */
	const char *host_ip;	/* of a new tap; NULL: NET_HOST_IP */

	/* of passt; host_ip is the gateway then, NULL: the host's own */
	const char *guest_ip;	/* NULL: the host's own */
	const char *forward;	/* "8080:80;udp:53": of passt's -t and -u */
	bool no_vhost_user;	/* frames through a socket in any case */
};

/**
 * net_create() - a network device, its host side open
 * @o:    checked by the caller only as the comments above say
 * @name: "net0"
 * @ret:  the caller's, for vdev_destroy(); untouched on failure
 *
 * On the main thread, while there are privileges and no other threads.  A tap
 * that was there before stays as it was, but for what the script does; one that
 * is made here is gone with the device.  With passt guest memory has to be gmem_init_shared().
 *
 * Return: 0 or -errno with @e filled.
 */
int net_create(const struct net_options *o, const char *name,
	       struct vdev **ret, struct err *e);

/**
 * net_bad_frames() - frames of the guest that were dropped, as none may be
 * @dev: of net_create()
 *
 * Any thread, without a lock.
 *
 * Return: whether it is known: not where somebody else takes the frames out of
 * the queues, as vhost does and passt with vhost-user.
 */
bool net_bad_frames(struct vdev *dev, uint64_t *ret);

#endif /* VIRTIO_NET_H */
