/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * passt - the program that gives a guest a network without any rights
 *
 * passt(1) answers the guest's frames by sockets of the user who started it.
 * It gets one end of a socket pair, so there is no name in any file system, and
 * it ends when the other end is closed, whatever ended us.
 */
#ifndef VIRTIO_PASST_H
#define VIRTIO_PASST_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "helper.h"
#include "net.h"

#define PASST_ARGS_MAX	64
#define PASST_TEXT_MAX	1024

/* A command line. */
struct passt_args {
	const char *argv[PASST_ARGS_MAX];	/* ends with NULL */
	unsigned int nr;
	char text[PASST_TEXT_MAX];
	size_t used;
};

/**
 * passt_find() - where the program is
 * @ret: room for @len bytes
 *
 * Return: 0 or -errno with @e filled.
 */
int passt_find(char *ret, size_t len, const char *who, struct err *e);

/** passt_can_vhost_user() - whether this version serves rings by itself */
bool passt_can_vhost_user(const char *path);

/**
 * passt_args() - the command line for what is wanted
 * Return: 0, or -E2BIG: more ports than a command line here holds.
 */
int passt_args(struct passt_args *ret, const char *path,
	       const struct net_options *o, bool vhost_user);

/**
 * passt_start() - start it
 * @h:          for helper_fini(), after the socket is closed
 * @who:        outlives @h
 * @vhost_user: whether it shall serve the rings
 * @ret:        our end of the socket: owned by the caller, non-blocking
 *
 * Return: 0 or -errno with @e filled.
 */
int passt_start(struct helper *h, const char *path, const char *who,
		const struct net_options *o, bool vhost_user, int *ret,
		struct err *e);

#endif /* VIRTIO_PASST_H */
