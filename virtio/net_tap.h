/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_tap - the host's end of a tap interface
 *
 * One descriptor for each queue pair, each with frames behind a header of
 * struct virtio_net_hdr_v1.  Linux Documentation/networking/tuntap.rst.
 */
#ifndef VIRTIO_NET_TAP_H
#define VIRTIO_NET_TAP_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "net.h"

struct net_tap {
	char name[IFNAMSIZ];
	int fd[NET_PAIRS_MAX];	/* owned, nr_fds of them, non-blocking */
	unsigned int nr_fds;
	uint16_t mtu;		/* what the interface has */
	unsigned int offloads;	/* TUN_F_* that this kernel knows */
	pid_t waiter;		/* owned: runs the downscript; 0: none */
	int waiter_fd;		/* owned: it waits for this to be closed */
};

/**
 * net_tap_open() - make or open the interface, and find out what it can do
 * @t:   filled; empty, and so legal for net_tap_close(), on failure
 * @o:   tapif, fd, pairs, script, downscript, host_ip; guest_ip is of no use
 * @who: device name for texts
 *
 * A script brings any interface up.  Without one, a new interface gets host_ip;
 * one that is there already, or comes as a descriptor, is used as it is.
 *
 * Return: 0 or -errno with @e filled.
 */
int net_tap_open(struct net_tap *t, const struct net_options *o,
		 const char *who, struct err *e);

/** net_tap_close() - down script, and no trace of an interface made here */
void net_tap_close(struct net_tap *t);

/**
 * net_tap_features() - VIRTIO_NET_F_* that the tap can do
 *
 * Checksums and segmentation in both directions.
 */
uint64_t net_tap_features(const struct net_tap *t);

/**
 * net_tap_offload() - what may be in frames that are read from now on
 * @features: the VIRTIO_NET_F_GUEST_* among them count
 *
 * Return: 0 or -errno.
 */
int net_tap_offload(const struct net_tap *t, uint64_t features);

/**
 * net_tap_use() - spread frames over the first @nr descriptors
 *
 * Return: 0 or -errno; a tap with one descriptor has nothing to spread.
 */
int net_tap_use(struct net_tap *t, unsigned int nr);

/** net_tap_alive() - false when the interface was deleted */
bool net_tap_alive(const struct net_tap *t);

#endif /* VIRTIO_NET_TAP_H */
