/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmmio - virtio over MMIO: VIRTIO 1.2, 4.2, version 2 (no legacy interface)
 *
 * The interrupt is an edge: what is written to the eventfd interrupts the guest
 * once.
 */
#ifndef VIRTIO_VMMIO_H
#define VIRTIO_VMMIO_H

#include "mmio.h"
#include "vdev.h"

struct virtio_mmio {
	struct vdev *dev;		/* not owned */
	struct signals *signals;	/* not owned */
	uint64_t base;
	unsigned int gsi;
	int irq_fd;			/* owned eventfd */
	_Atomic bool bound;		/* irq_fd to gsi */
	_Atomic uint32_t isr;		/* InterruptStatus */
	/* selectors; a driver that races with itself gets what it asked for */
	_Atomic uint32_t features_sel, driver_sel, queue_sel;
};

extern const struct mmio_ops virtio_mmio_ops;

/**
 * virtio_mmio_init() - put a device behind registers
 * @m:     zeroed by this
 * @dev:   attached by this
 * @mem:   guest memory
 * @base:  guest physical address of the registers
 * @intid: SPI, described to the guest as edge-triggered
 *
 * Before the first vCPU runs.  Return: 0 or -errno of eventfd(2).
 */
int virtio_mmio_init(struct virtio_mmio *m, struct vdev *dev,
		     const struct gmem *mem, struct signals *signals,
		     uint64_t base, uint32_t intid);

/** virtio_mmio_fini() - detach the device; no vCPU runs.  Legal on zeroes */
void virtio_mmio_fini(struct virtio_mmio *m);

#endif /* VIRTIO_VMMIO_H */
