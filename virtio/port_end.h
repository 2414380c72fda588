/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port_end - the host's end of a console port: a socket or a file
 *
 * What is at the path decides.  Nothing, or a socket that nobody listens on any
 * more: a Unix stream socket is made there, which serves one client at a time.
 * A regular file, a FIFO or a character device: it is opened, and takes what
 * the guest writes.  Anything else is refused, and so is a socket that somebody
 * listens on.
 *
 * Opened on the main thread; after that an end belongs to its device's thread.
 * No function here waits.
 */
#ifndef VIRTIO_PORT_END_H
#define VIRTIO_PORT_END_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "err.h"

struct port_end {
	const char *path;	/* not owned */
	int listen_fd;		/* owned; -1: not a socket */
	int fd;			/* owned: the client or the file; -1: nobody */
	dev_t dev;		/* of the socket, to know it again */
	ino_t ino;
};

/**
 * port_end_open() - open what is there, or make a socket
 * @end:  filled; on failure as port_end_close() leaves it
 * @path: outlives the end
 *
 * A socket has mode 0600 from its first moment, so that only the same user, and
 * root, can connect.
 *
 * Return: 0, or -errno with @e filled.
 */
int port_end_open(struct port_end *end, const char *path, struct err *e);

/** port_end_close() - hang up, take the socket's name away; legal twice */
void port_end_close(struct port_end *end);

/** port_end_is_socket() - whether clients come, and may send */
static inline bool port_end_is_socket(const struct port_end *end)
{
	return end->listen_fd >= 0;
}

/** port_end_accept() - take the next client, while there is none.
 *
 * Return: whether one came.
 */
bool port_end_accept(struct port_end *end);

/** port_end_drop() - end of the client, or of the file for good */
void port_end_drop(struct port_end *end);

/** port_end_is_over() - whether the client has gone, and nothing that it sent
 * is left to read */
bool port_end_is_over(const struct port_end *end);

/**
 * port_end_write() - from guest memory to the host
 *
 * Return: bytes taken; -EAGAIN when there is no room now, and the descriptor
 * becomes writable later; other -errno: the client is gone, or does not read;
 * a file cannot be written.
 */
ssize_t port_end_write(const struct port_end *end, const struct iovec *iov,
		       unsigned int nr);

/**
 * port_end_read() - from the client to guest memory; @iov holds a byte or more
 *
 * Return: bytes; -EAGAIN when there is nothing now; -EPIPE: nothing comes any
 * more.
 */
ssize_t port_end_read(const struct port_end *end, const struct iovec *iov,
		      unsigned int nr);

#endif /* VIRTIO_PORT_END_H */
