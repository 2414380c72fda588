/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * helper - another program that does a part of a device's work
 *
 * It is started before the guest, and dies with this process.  One that has
 * ended can be started again.  What it says goes into our log as lines with the
 * device's name in front, at a bounded rate, since a guest may be what makes it
 * talk, or end.
 *
 * helper_start() and helper_fini() are the main thread's; what it says is read
 * on the worker's thread once helper_watch() was called.
 */
#ifndef VIRTIO_HELPER_H
#define VIRTIO_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "allowance.h"
#include "child.h"
#include "err.h"
#include "keeper.h"
#include "log.h"
#include "worker.h"

#define HELPER_LINE_MAX	256
#define HELPER_END_MS	2000	/* after this it is killed */

/* Started again, a guest's doing perhaps: so often at once, and one a second. */
#define HELPER_BURST	8
#define HELPER_EACH_MS	INT64_C(1000)

struct helper {
	const char *device;	/* not owned: "fs0" */
	const char *program;	/* constant text: "virtiofsd" */
	/*
	 * Constant text: once it says this it is of no use any more, and is
	 * ended.  NULL: nothing.  Set by who started it, before helper_watch()
	 */
	const char *fatal;
	struct keeper keeper;
	pid_t pid;		/* of a process group too; 0: none */
	int words;		/* owned pipe: its stdout and stderr */
	bool watched;		/* helper_watch() was called */
	bool ended;		/* that was said */
	struct worker *worker;	/* not owned, when watched */
	struct worker_source source;
	char line[HELPER_LINE_MAX];	/* what it said last */
	size_t len;		/* of a line that has not ended */
	struct allowance starts;
	struct log_limit said;
	struct log_limit ends;
	struct log_limit refusals;
};

/**
 * helper_start() - start it
 * @h:       filled; zeroed on failure
 * @device:  outlives @h
 * @program: constant text
 * @how:     copied: what it points to may go when this returns
 * @ret_fd:  our end of how->sockets(), the caller's; NULL without such
 *
 * A program that cannot be executed is not seen here: it ends at once, and says
 * why.
 *
 * Return: 0 or -errno with @e filled.
 */
int helper_start(struct helper *h, const char *device, const char *program,
		 const struct child_how *how, int *ret_fd, struct err *e);

/**
 * helper_again() - end it if it has not ended, and start it again
 *
 * Any thread, one at a time; no other call of this object meanwhile.  The
 * worker must not be waiting for this thread.
 *
 * Return: 0, or -errno with the reason logged; -EBUSY: it was started too often
 * lately, or cannot be ended.
 */
int helper_again(struct helper *h, int *ret_fd);

/**
 * helper_last() - what it said last, for the error text of a failed start
 *
 * Only before helper_watch().  Return: one line, never NULL, may be empty.
 */
const char *helper_last(struct helper *h);

/**
 * helper_watch() - pass on what it says, and say when and how it has ended
 * @worker: started; more than once is legal
 */
void helper_watch(struct helper *h, struct worker *worker);

/**
 * helper_kill() - end it and its children at once.  Any thread
 *
 * Return: when none of them runs any more, or after HELPER_END_MS.
 */
void helper_kill(const struct helper *h);

/**
 * helper_fini() - wait for its end, kill it after HELPER_END_MS
 *
 * The worker has stopped, and what keeps the program running (a connection) is
 * closed.  Legal on zeroes and twice.
 */
void helper_fini(struct helper *h);

#endif /* VIRTIO_HELPER_H */
