/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console - the virtio console hvc0: VIRTIO 1.2, 5.3, with one port
 *
 * More ports are another device (ports.h), so that this one needs neither the
 * control queues nor a thread.
 */
#ifndef VIRTIO_CONSOLE_H
#define VIRTIO_CONSOLE_H

#include <stdint.h>

#include "err.h"
#include "line.h"
#include "vdev.h"

/* How the console reaches the event loop. */
struct vcon_host {
	void (*wake)(void *opaque);	/* make it look again; any thread */
	void *opaque;
};

/* For the event loop; dev is the struct vdev of a console. */
extern const struct line_ops vcon_line_ops;

/**
 * vcon_create() - make one
 * @host: copied
 *
 * Return: 0, or -errno with @e filled.
 */
int vcon_create(const char *name, const struct vcon_host *host,
		struct vdev **ret, struct err *e);

/** vcon_resize() - tell the guest the size of the terminal, in characters; the
 * event loop's thread */
void vcon_resize(struct vdev *dev, uint16_t cols, uint16_t rows);

#endif /* VIRTIO_CONSOLE_H */
