/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_tap_up - what is done to an interface besides moving frames
 */
#ifndef VIRTIO_NET_TAP_UP_H
#define VIRTIO_NET_TAP_UP_H

#include "net_tap.h"

/**
 * net_tap_up() - run the script for an interface, or do what lkvm does without
 * one for a new interface: give it host_ip and bring it up
 *
 * Return: 0 or -errno with @e filled.
 */
int net_tap_up(const struct net_tap *t, const struct net_options *o,
	       const char *who, struct err *e);

/**
 * net_tap_on_end() - have @script run when this process is no more
 *
 * By a process of its own that waits: at the end we may have lost the rights
 * that the script needs, and a process that is killed runs nothing.
 *
 * Return: 0 or -errno with @e filled.
 */
int net_tap_on_end(struct net_tap *t, const char *script, const char *who,
		   struct err *e);

/** net_tap_end() - have it run now, and wait for it; legal without one */
void net_tap_end(struct net_tap *t);

/** net_tap_mtu() - of the interface; 0 when it does not say */
uint16_t net_tap_mtu(const struct net_tap *t);

#endif /* VIRTIO_NET_TAP_UP_H */
