/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stop - how and why a VM ends
 *
 * vCPU and device threads never end the process: they post a reason here and
 * stop.  The first reason counts, but a signal comes before a reset.  The loop is woken, stops all threads
 * and hands the outcome on; only main() turns it into an exit status.
 */
#ifndef VMM_STOP_H
#define VMM_STOP_H

#include <pthread.h>
#include <stdbool.h>

#include "err.h"

enum outcome {
	OUTCOME_NONE,		/* still running */
	OUTCOME_POWEROFF,	/* the guest powered off */
	OUTCOME_RESET,		/* the guest asked for a reset */
	OUTCOME_PANIC,		/* the guest said that it panicked */
	OUTCOME_SIGNAL,		/* a signal or the escape key ended it */
	OUTCOME_FAILED,		/* see struct err */
	OUTCOME_NUM
};

struct stop {
	pthread_mutex_t lock;	/* guards the writing of all below */
	_Atomic int outcome;	/* enum outcome; set last */
	int signal;		/* for OUTCOME_SIGNAL */
	_Atomic bool wanted;	/* a signal or the escape key came */
	struct err err;		/* for OUTCOME_FAILED */
	int wake_fd;		/* eventfd of the event loop, not owned */
};

/** stop_init() - nothing posted yet */
void stop_init(struct stop *s, int wake_fd);

/** stop_post() - end the VM; any thread, any number of times */
void stop_post(struct stop *s, enum outcome outcome);

/** stop_post_signal() - end it because of @signal */
void stop_post_signal(struct stop *s, int signal);

/** stop_post_err() - end it because something failed; @e is copied */
void stop_post_err(struct stop *s, const struct err *e);

/** stop_outcome() - what was posted, OUTCOME_NONE while nothing was */
enum outcome stop_outcome(struct stop *s);

/** stop_was_wanted() - whether a person has asked for the end, be it after
 * another reason was posted */
bool stop_was_wanted(struct stop *s);

/** stop_wake() - make the event loop look again; any thread */
void stop_wake(const struct stop *s);

#endif /* VMM_STOP_H */
