/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vpci - virtio over PCI: VIRTIO 1.2, 4.1, without the legacy interface
 */
#ifndef VIRTIO_VPCI_H
#define VIRTIO_VPCI_H

#include "pci.h"
#include "vdev.h"

struct virtio_pci {
	struct pci_function fn;
	struct vdev *dev;		/* not owned */
	uint64_t bar_addr;		/* where the registers are, 0: nowhere */
	unsigned int cfg_cap;		/* offset of VIRTIO_PCI_CAP_PCI_CFG */
	int config_fd;			/* owned eventfd */
	uint16_t config_vector;		/* under dev->lock */
	struct pci_call config_call;
	struct pci_call queue_call[VDEV_QUEUES_MAX];
	bool doorbell[VDEV_QUEUES_MAX];	/* wanted, wherever the BAR is */
	struct worker_source intx_call[VDEV_QUEUES_MAX];
	_Atomic bool msix;		/* how this run of the device signals */
	_Atomic uint32_t isr;
	pthread_mutex_t isr_lock;	/* isr and the pin change together */
	_Atomic uint32_t features_sel, driver_sel, queue_sel;
};

/**
 * virtio_pci_init() - put a device behind a PCI function
 * @v:      zeroed by this
 * @dev:    attached by this
 * @bridge: the function takes its next slot
 *
 * Before the first vCPU runs.  Return: 0, -ENOSPC, -errno of eventfd(2).
 */
int virtio_pci_init(struct virtio_pci *v, struct vdev *dev,
		    const struct gmem *mem, struct pci_bridge *bridge);

/** virtio_pci_fini() - detach the device; no vCPU runs.  Legal on zeroes */
void virtio_pci_fini(struct virtio_pci *v);

#endif /* VIRTIO_VPCI_H */
