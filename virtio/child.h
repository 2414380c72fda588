/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child - starting another program
 */
#ifndef VIRTIO_CHILD_H
#define VIRTIO_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CHILD_FD	3	/* the only descriptor it finds besides 0 to 2 */
#define CHILD_OUTPUT_MS	10000
#define CHILD_END_MS	2000

/* What is to be started.  All is constant, and outlives the one who starts it. */
struct child_how {
	const char *path;		/* NULL: only the descriptor is wanted */
	const char *const *argv;	/* ends with NULL */
	/*
	 * NULL: it needs no CHILD_FD.  Else makes two descriptors, ours and the
	 * one that it finds there.  0 or -errno
	 */
	int (*sockets)(const void *arg, int ret[2]);
	/* in the child, as the last thing; NULL: nothing.  0 or -errno */
	int (*prepare)(const void *arg);
	const void *arg;		/* for both */
};

/**
 * child_alone() - in a new process: a session of its own, signals as they come,
 * and an end with its parent's
 * @parent: the number that getppid() must give
 */
void child_alone(pid_t parent);

/**
 * child_spawn() - start it, with stdin closed
 * @fd:     what it gets as CHILD_FD, stays the caller's; -1: nothing
 * @parent: whose child it shall be: the caller's, or, for a caller with one
 *          thread, its parent's
 * @ret:    owned end of a pipe that has what it says
 *
 * A program that cannot be executed is not seen here: it ends at once, and says
 * why.
 *
 * Return: its PID, which is that of a session and process group, or -errno.
 */
pid_t child_spawn(const struct child_how *how, int fd, pid_t parent, int *ret);

/**
 * child_wait() - until @fd can be read or is at its end
 *
 * Return: 0 or -errno; -ETIMEDOUT after @ms.
 */
int child_wait(int fd, int64_t ms);

/** child_kill() - end it and its group at once, if we may */
void child_kill(pid_t pid);

/**
 * child_reap() - wait for its end, kill it and its group after @ms
 *
 * Return: 0, or -EBUSY: it has not ended CHILD_END_MS after that, either (it
 * waits for a disk, or is another user's) and still is our child.
 */
int child_reap(pid_t pid, int ms);

/**
 * child_output() - run a program to its end and keep what it prints
 * @ret: the first @len - 1 bytes of it, ended by a NUL
 *
 * Return: 0, or -errno: it cannot be run, or takes longer than CHILD_OUTPUT_MS.
 * How it ended does not matter.
 */
int child_output(const char *path, const char *const *argv, char *ret,
		 size_t len);

#endif /* VIRTIO_CHILD_H */
