/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtiofsd - the program that shares a directory
 *
 * There are two of the name: QEMU's in C (Debian 12, qemu-system-common), and
 * its successor in Rust (Debian 13, virtiofsd).  Both take a listening socket
 * as a descriptor; their other options differ.
 */
#ifndef VIRTIO_VIRTIOFSD_H
#define VIRTIO_VIRTIOFSD_H

#include <stdbool.h>

#include "err.h"
#include "fs.h"
#include "helper.h"

/* What a program of the name can do. */
struct virtiofsd_kind {
	bool rust;
	bool readonly;		/* has an option for it */
};

#define VIRTIOFSD_ARGS_MAX 16

/* The words of a command line, and room for those made up. */
struct virtiofsd_args {
	const char *argv[VIRTIOFSD_ARGS_MAX];
	char cache[32];
	char source[8192 + 16];	/* a path, each byte escaped */
};

/** virtiofsd_kind() - from what it prints for --help */
struct virtiofsd_kind virtiofsd_kind(const char *help);

/**
 * virtiofsd_args() - its command line
 * @path: of the program
 * @dir:  absolute, shorter than PATH_MAX
 * @ret:  filled; points into @path and @dir
 */
void virtiofsd_args(struct virtiofsd_kind kind, const char *path,
		    const struct fs_options *o, const char *dir,
		    struct virtiofsd_args *ret);

/**
 * virtiofsd_start() - find it, start it for @o->dir, connect
 * @name:       of the device
 * @ret_helper: for helper_again() and helper_fini()
 * @ret_fd:     the connection, the caller's
 *
 * Return: 0 or -errno with @e filled.
 */
int virtiofsd_start(const struct fs_options *o, const char *name,
		    struct helper *ret_helper, int *ret_fd, struct err *e);

/**
 * virtiofsd_meet() - for one that somebody else runs
 * @path: of its socket; need not outlive the call
 * @ret:  each keeper_ask() gives another connection
 *
 * Return: 0 or -errno with @e filled.
 */
int virtiofsd_meet(const char *path, struct keeper *ret, struct err *e);

#endif /* VIRTIO_VIRTIOFSD_H */
