/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * helper - another program that does a part of a device's work
 *
 * It is started before the guest, and dies with this process.  What it says
 * goes into our log as lines with the device's name in front, at a bounded
 * rate, since a guest may be what makes it talk.
 *
 * helper_start() and helper_fini() are the main thread's; what it says is read
 * on the worker's thread once helper_watch() was called.
 */
#ifndef VIRTIO_HELPER_H
#define VIRTIO_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"
#include "log.h"
#include "worker.h"

#define HELPER_LINE_MAX	256
#define HELPER_END_MS	2000	/* after this it is killed */
#define HELPER_OUTPUT_MS 10000

struct helper {
	const char *device;	/* not owned: "fs0" */
	const char *program;	/* constant text: "virtiofsd" */
	pid_t pid;		/* of a process group too; 0: none */
	int words;		/* owned pipe: its stdout and stderr */
	bool watched;
	struct worker *worker;	/* not owned, when watched */
	struct worker_source source;
	char line[HELPER_LINE_MAX];	/* what it said last */
	size_t len;		/* of a line that has not ended */
	struct log_limit said;
};

/* What is to be started. */
struct helper_how {
	const char *path;
	const char *const *argv;	/* ends with NULL */
	int fd;			/* kept open, same number; -1: none */
	/* in the child, as the last thing; NULL: nothing.  0 or -errno */
	int (*prepare)(const void *arg);
	const void *arg;
};

/**
 * helper_start() - start it, with stdin closed and signals as they come
 * @h:       filled; zeroed on failure
 * @device:  outlives @h
 * @program: constant text
 *
 * A program that cannot be executed is not seen here: it ends at once, and says
 * why.
 *
 * Return: 0 or -errno with @e filled.
 */
int helper_start(struct helper *h, const char *device, const char *program,
		 const struct helper_how *how, struct err *e);

/**
 * helper_last() - what it said last, for the error text of a failed start
 *
 * Only before helper_watch().  Return: one line, never NULL, may be empty.
 */
const char *helper_last(struct helper *h);

/**
 * helper_watch() - pass on what it says, and say when and how it has ended
 * @worker: started; calls from any thread but its own, more than once is legal
 */
void helper_watch(struct helper *h, struct worker *worker);

/** helper_kill() - end it and its children at once.  Any thread */
void helper_kill(const struct helper *h);

/**
 * helper_fini() - wait for its end, kill it after HELPER_END_MS
 *
 * The worker has stopped, and what keeps the program running (a connection) is
 * closed.  Legal on zeroes and twice.
 */
void helper_fini(struct helper *h);

/**
 * helper_output() - run a program to its end and keep what it prints
 * @ret: the first @len - 1 bytes of it, ended by a NUL
 *
 * Return: 0, or -errno: it cannot be run, or takes longer than HELPER_OUTPUT_MS.
 * How it ended does not matter.
 */
int helper_output(const char *path, const char *const *argv, char *ret,
		  size_t len);

#endif /* VIRTIO_HELPER_H */
