/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vsock_conn - one connection through the bridge; see vsock_bridge.h
 *
 * Two sockets, and a buffer for what was read from each and not yet written to
 * the other.  All functions run on the worker's thread.
 *
 *	FREE	     open_host() -> GREETING, open_guest() -> OPEN
 *	GREETING     the host's program has not said which port
 *	CONNECTING   the guest has not answered
 *	OPEN	     bytes pass
 *
 * Whatever ends it leads to FREE, and closes both sockets.
 */
#ifndef VIRTIO_VSOCK_CONN_H
#define VIRTIO_VSOCK_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vsock_net.h"
#include "worker.h"

#define VSOCK_BUFFER 32768

enum vsock_conn_state {
	VSOCK_FREE,
	VSOCK_GREETING,
	VSOCK_CONNECTING,
	VSOCK_OPEN,
	VSOCK_STATE_NUM
};

struct vsock_conn;

struct vsock_side {
	struct worker_source src;	/* src.fd is owned; -1: none */
	struct vsock_conn *conn;
	bool eof;		/* nothing more comes from here */
	bool shut;		/* and it knows that nothing more goes there */
	size_t from, to;	/* what of buf is still to be passed on */
	char buf[VSOCK_BUFFER];
};

struct vsock_conn {
	enum vsock_conn_state state;
	struct worker *worker;
	const struct vsock_net *net;
	uint32_t cid;		/* of the guest */
	int again_fd;		/* eventfd of the bridge, not owned */
	bool again;		/* its turn was over: serve it when that rings */
	struct vsock_side host;
	struct vsock_side guest;
};

/** vsock_conn_init() - a free one, for vsock_conn_open_*() */
void vsock_conn_init(struct vsock_conn *c, const struct vsock_net *net,
		     uint32_t cid, int again_fd);

/** vsock_conn_open_host() - a program has connected; @fd is owned from here */
void vsock_conn_open_host(struct vsock_conn *c, struct worker *worker, int fd);

/** vsock_conn_open_guest() - the guest has, and @host_fd is where; both owned */
void vsock_conn_open_guest(struct vsock_conn *c, struct worker *worker,
			   int guest_fd, int host_fd);

/** vsock_conn_serve() - do all that can be done now, for one turn */
void vsock_conn_serve(struct vsock_conn *c);

/** vsock_conn_close() - legal when free */
void vsock_conn_close(struct vsock_conn *c);

#endif /* VIRTIO_VSOCK_CONN_H */
