/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vsock_bridge - vsock of a guest for programs that only know Unix sockets
 *
 * DOC: the protocol, which is Firecracker's
 *
 * From the host: a program connects to PATH and sends "CONNECT 1234\n"; it is
 * connected to port 1234 of the guest, reads "OK 1073741824\n" (the number is
 * our port) and then what the guest sends.  A refusal closes the connection.
 *
 * From the guest: a program there connects to port 52 of the host (CID 2); that
 * connection goes to the Unix socket PATH_52.  Which of those exist is watched,
 * as only ports that somebody listens to can be asked for.  A port belongs to
 * the whole host: with vhost-vsock two guests cannot be given the same one.
 *
 * Each connection takes two descriptors and two buffers; there are at most
 * VSOCK_BRIDGE_CONNS_MAX, all of them allocated at the start.  It is served on
 * one worker's thread.
 */
#ifndef VIRTIO_VSOCK_BRIDGE_H
#define VIRTIO_VSOCK_BRIDGE_H

#include <stdint.h>

#include "err.h"
#include "vsock_net.h"
#include "worker.h"

#define VSOCK_BRIDGE_CONNS_MAX	128
#define VSOCK_BRIDGE_PORTS_MAX	64

struct vsock_bridge;

/**
 * vsock_bridge_create() - make the socket, listen on what there is
 * @path: of the socket; a stale one is replaced, which only its owner may use
 * @name: of the device, for the log; outlives the bridge
 * @cid:  of the guest: nobody else is let through
 * @net:  &vsock_net
 * @ret:  for vsock_bridge_destroy(); untouched on failure
 *
 * Ports below 1024 that somebody listens to are bound now: later that is no
 * longer allowed.
 *
 * Return: 0 or -errno with @e filled.
 */
int vsock_bridge_create(const char *path, const char *name, uint32_t cid,
			const struct vsock_net *net,
			struct vsock_bridge **ret, struct err *e);

/** vsock_bridge_start() - serve; @worker is started.  0 or -errno, logged */
int vsock_bridge_start(struct vsock_bridge *b, struct worker *worker);

/** vsock_bridge_stop() - end all connections, since the guest has gone */
void vsock_bridge_stop(struct vsock_bridge *b);

/** vsock_bridge_destroy() - stopped; removes the socket.  NULL is legal */
void vsock_bridge_destroy(struct vsock_bridge *b);

#endif /* VIRTIO_VSOCK_BRIDGE_H */
