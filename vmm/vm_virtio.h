/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_virtio - the virtio devices of a VM: which there are, and where they are
 *
 * A device is made once and belongs to the session; each VM has transports of
 * its own to it.  All on the main thread.
 */
#ifndef VMM_VM_VIRTIO_H
#define VMM_VM_VIRTIO_H

#include <stdbool.h>

#include "config.h"
#include "err.h"
#include "pci.h"
#include "signals.h"

#define VIRTIO_DEVICES_MAX PCI_SLOTS

struct vdev;
struct virtio_mmio;
struct virtio_pci;
struct vm;
struct vm_session;

/* In struct vm_session. */
struct virtio_devices {
	struct vdev *dev[VIRTIO_DEVICES_MAX];	/* owned */
	unsigned int nr;
	bool opened;
	struct vdev *console;	/* the one among them that is hvc0, or NULL */
	struct vdev *balloon;	/* likewise */
};

/* In struct vm. */
struct virtio_transports {
	struct signals *signals;	/* owned */
	struct pci_bridge bridge;
	struct virtio_pci *pci;		/* owned arrays, one of them */
	struct virtio_mmio *mmio;
	unsigned int nr;
};

/** vm_virtio_shared() - whether a device needs guest memory in a memfd */
bool vm_virtio_shared(const struct vm_config *cfg);

/** vm_virtio_pci_mem64() - where the 64-bit window of PCI begins, 0 without
 * PCI */
uint64_t vm_virtio_pci_mem64(const struct vm_config *cfg);

/**
 * vm_virtio_open() - make the devices, the first time
 *
 * Return: 0, or -errno: the message names the device.
 */
int vm_virtio_open(struct vm_session *s, struct err *e);

/** vm_virtio_attach() - put them on the VM's bus.  Return: 0 or -errno */
int vm_virtio_attach(struct vm *vm, struct err *e);

/** vm_virtio_threads() - make their threads, the first time; after privileges
 * are dropped.  Return: 0 or -errno */
int vm_virtio_threads(struct vm_session *s, struct err *e);

/** vm_virtio_detach() - take them back; no vCPU runs.  Legal twice */
void vm_virtio_detach(struct vm *vm);

/** vm_virtio_close() - end of the devices; legal twice */
void vm_virtio_close(struct vm_session *s);

#endif /* VMM_VM_VIRTIO_H */
