/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ports - byte streams between programs of the guest and of the host:
 * VIRTIO 1.2, 5.3 with VIRTIO_CONSOLE_F_MULTIPORT
 *
 * In Linux a port is /dev/vportNpM; its name is for udev, which makes
 * /dev/virtio-ports/NAME of it.  What the host's end is: port_end.h.
 */
#ifndef VIRTIO_PORTS_H
#define VIRTIO_PORTS_H

#include "err.h"
#include "vdev.h"

#define PORTS_MAX	8
#define PORTS_NAME_MAX	64

struct port_options {
	const char *name;	/* cut at PORTS_NAME_MAX bytes */
	const char *path;	/* outlives the device */
};

/**
 * ports_create() - make a device with ports 1 to @nr
 * @port: @nr of them, 1 to PORTS_MAX
 *
 * Opens what is on the host; see port_end_open().
 *
 * Return: 0, or -errno with @e filled.
 */
int ports_create(const char *name, const struct port_options *port,
		 unsigned int nr, struct vdev **ret, struct err *e);

#endif /* VIRTIO_PORTS_H */
