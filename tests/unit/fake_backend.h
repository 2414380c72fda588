/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_backend - the other end of vhost-user, with faults to order
 *
 * A thread that reads messages, remembers them and answers.  When a queue has
 * a kick and a call descriptor, a kick is answered by an interrupt.
 */
#ifndef TESTS_UNIT_FAKE_BACKEND_H
#define TESTS_UNIT_FAKE_BACKEND_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define FAKE_SEEN_MAX	128
#define FAKE_QUEUES	4

/* What is done with the request "at", instead of what is right. */
enum fake_fault {
	FAKE_NONE,
	FAKE_SILENT,
	FAKE_CLOSE,
	FAKE_REFUSE,		/* only where an acknowledgement was asked */
	FAKE_WRONG_REQUEST,
	FAKE_WRONG_SIZE,
	FAKE_WRONG_FLAGS,
	FAKE_HALF		/* half of the header, then nothing */
};

struct fake_queue {
	uint32_t num, base, enabled;
	uint64_t desc, avail, used;
	int kick, call, err;
};

struct fake_backend {
	/* set before fake_backend_start() */
	uint64_t features;
	uint64_t protocol;
	enum fake_fault fault;
	uint32_t at;
	/* what it was told; read it after fake_backend_stop(), or when a call
	 * that was acknowledged has returned */
	uint32_t seen[FAKE_SEEN_MAX];
	unsigned int nr_seen;
	uint64_t set_features, set_protocol;
	uint64_t gpa, size, user, offset;
	int mem_fd;
	struct fake_queue queue[FAKE_QUEUES];
	int listen_fd;		/* -1: fd is connected */
	int fd;
	pthread_t thread;
};

/** fake_backend_init() - VERSION_1, protocol features MQ and REPLY_ACK */
void fake_backend_init(struct fake_backend *b);

/** fake_backend_start() - Return: the front-end's end of a socket pair */
int fake_backend_start(struct fake_backend *b);

/** fake_backend_listen() - the same at @path, for one connection */
void fake_backend_listen(struct fake_backend *b, const char *path);

/** fake_backend_serve() - one connection of the listening @fd, to its end */
void fake_backend_serve(struct fake_backend *b, int fd);

/** fake_backend_stop() - when the front-end has closed, or to close here */
void fake_backend_stop(struct fake_backend *b);

/** fake_backend_saw() - how often it got @request */
unsigned int fake_backend_saw(const struct fake_backend *b, uint32_t request);

#endif /* TESTS_UNIT_FAKE_BACKEND_H */
