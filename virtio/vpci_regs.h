/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vpci_regs - between the two halves of the PCI transport
 */
#ifndef VIRTIO_VPCI_REGS_H
#define VIRTIO_VPCI_REGS_H

#include "vpci.h"

/* The parts of the BAR, in their order. */
enum vpci_part {
	VPCI_COMMON,
	VPCI_ISR,
	VPCI_DEVICE,
	VPCI_NOTIFY,
	VPCI_PARTS
};

#define VPCI_PART		0x1000	/* bytes of each */
#define VPCI_NOTIFY_STEP	4	/* bytes between queues */
#define VPCI_BAR_SIZE		(UINT64_C(1) * VPCI_PARTS * VPCI_PART)

extern const struct mmio_ops vpci_ops;	/* dev is a struct virtio_pci */

/** vpci_isr_clear() - read ISR status, which clears it and releases the pin */
uint32_t vpci_isr_clear(struct virtio_pci *v);

/** vpci_set_config_vector() - the driver's choice, or VDEV_NO_VECTOR */
void vpci_set_config_vector(struct virtio_pci *v, uint16_t vector);

#endif /* VIRTIO_VPCI_REGS_H */
