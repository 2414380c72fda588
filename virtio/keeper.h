/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keeper - a process that does one thing with rights that we give up, as often
 * as it is asked: start a program, or connect to a socket
 *
 * A program that serves a guest can be brought to an end by it, and has to be
 * started again then, with rights that this process has given up long ago.  So
 * before that it makes another process of itself, which keeps them, holds
 * nothing but a socket to us, and takes one order: start the program.  What it
 * starts is our child, not its own.  For a program that somebody else runs, maybe
 * another user, the order is to connect to it.  It cannot be traced
 * (PR_SET_DUMPABLE), or whoever gets hold of us would have its rights.
 */
#ifndef VIRTIO_KEEPER_H
#define VIRTIO_KEEPER_H

#include <sys/types.h>

#include "child.h"

#define KEEPER_MS	10000	/* in which it has to answer */

struct keeper {
	pid_t pid;		/* 0: none */
	int fd;			/* owned, to it */
};

/* What it has started; without how->path pid is 0 and words is -1. */
struct keeper_started {
	pid_t pid;		/* our child */
	int words;		/* owned: the end of a pipe, what it says */
	int fd;			/* owned: ours of how->sockets(); -1 without */
};

/**
 * keeper_start() - make the process; the main thread, whose end is its end
 *
 * Return: 0 or -errno; @k is zeroes on failure.
 */
int keeper_start(struct keeper *k, const struct child_how *how);

/**
 * keeper_ask() - have it do that once more.  Any thread, one at a time
 *
 * One that does not answer in time is ended: its answer would be taken for that
 * to the next question.
 *
 * Return: 0 or -errno: why there is no program, or no keeper any more.
 */
int keeper_ask(struct keeper *k, struct keeper_started *ret);

/** keeper_stop() - end it; what it has started lives.  Legal on zeroes, twice */
void keeper_stop(struct keeper *k);

#endif /* VIRTIO_KEEPER_H */
