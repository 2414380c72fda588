// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_virtio - the virtio devices of a VM: which there are, and where they are
 */
#include "vm_virtio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "arm64/platform.h"
#include "util.h"
#include "virtio/vmmio.h"
#include "virtio/vpci.h"
#include "vm.h"
#include "vm_devices.h"

_Static_assert(VIRTIO_DEVICES_MAX * (VDEV_QUEUES_MAX + 1) <= SIGNALS_MSI_MAX,
	       "no vector is without an interrupt");

static unsigned int virtio_count(const struct vm_config *cfg)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < VM_DEVICE_KINDS; i++)
		n += vm_device_kinds[i].count(cfg);
	return n;
}

bool vm_virtio_shared(const struct vm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_nets; i++)
		if (cfg->nets[i].mode == NET_USER)
			return true;
	return cfg->nr_fs;
}

uint64_t vm_virtio_pci_mem64(const struct vm_config *cfg)
{
	if (cfg->transport != TRANSPORT_PCI || !virtio_count(cfg))
		return 0;
	return plat_pci_mem64(cfg->mem_base + cfg->mem_size);
}

static int virtio_check(const struct vm_config *cfg, struct err *e)
{
	unsigned int n = virtio_count(cfg);
	unsigned int max = cfg->transport == TRANSPORT_PCI ?
			   VIRTIO_DEVICES_MAX : PLAT_VIRTIO_MAX;

	if (n <= max)
		return 0;
	return err_config(e, "%u virtio devices were asked for, %s has room for %u: ask for fewer",
			  n, cfg->transport == TRANSPORT_PCI ?
			  "the PCI bus" : "--virtio-transport=mmio", max);
}

static int virtio_open_kind(struct vm_session *s, size_t kind, struct err *e)
{
	struct virtio_devices *d = &s->devices;
	unsigned int i, n = vm_device_kinds[kind].count(s->cfg);
	char name[VDEV_NAME_MAX];
	int r = 0;

	for (i = 0; !r && i < n; i++) {
		snprintf(name, sizeof(name), "%s%u", vm_device_kinds[kind].name,
			 i);
		r = vm_device_kinds[kind].make(s, i, name, &d->dev[d->nr], e);
		d->nr += !r;
	}
	return r;
}

int vm_virtio_open(struct vm_session *s, struct err *e)
{
	size_t i;
	int r;

	if (s->devices.opened)
		return 0;
	r = virtio_check(s->cfg, e);
	for (i = 0; !r && i < VM_DEVICE_KINDS; i++)
		r = virtio_open_kind(s, i, e);
	s->devices.opened = !r;
	return r;
}

int vm_virtio_threads(struct vm_session *s, struct err *e)
{
	unsigned int i;

	for (i = 0; i < s->devices.nr; i++) {
		int r = vdev_start_workers(s->devices.dev[i]);

		if (r)
			return err_fault(e, r, "making the threads of %s",
					 s->devices.dev[i]->name);
	}
	return 0;
}

static int virtio_attach_mmio(struct vm *vm)
{
	struct virtio_devices *d = &vm->session->devices;
	struct virtio_transports *t = &vm->virtio;
	int r = 0;

	t->mmio = calloc(d->nr, sizeof(*t->mmio));
	if (!t->mmio)
		return -ENOMEM;
	for (; !r && t->nr < d->nr; t->nr += !r) {
		struct virtio_mmio *m = &t->mmio[t->nr];
		uint64_t base = PLAT_VIRTIO_BASE + t->nr * PLAT_VIRTIO_SIZE;

		r = virtio_mmio_init(m, d->dev[t->nr], &vm->mem, t->signals,
				     base, PLAT_VIRTIO_INTID + t->nr);
		if (!r)
			r = bus_add(&vm->bus, base, PLAT_VIRTIO_SIZE,
				    &virtio_mmio_ops, m);
	}
	return r;
}

static int virtio_place_bridge(struct vm *vm)
{
	struct pci_bridge *b = &vm->virtio.bridge;
	int r;

	b->intid = PLAT_PCI_INTID;
	b->mem32 = PLAT_PCI_MEM32_BASE;
	b->mem32_size = PLAT_PCI_MEM32_SIZE;
	b->mem64 = vm_virtio_pci_mem64(vm->session->cfg);
	b->mem64_size = PLAT_PCI_MEM64_SIZE;
	r = bus_add(&vm->bus, PLAT_PCI_ECAM_BASE, PLAT_PCI_ECAM_SIZE,
		    &pci_ecam_ops, b);
	if (!r)
		r = bus_add(&vm->bus, b->mem32, b->mem32_size,
			    &pci_mem32_ops, b);
	if (!r)
		r = bus_add(&vm->bus, b->mem64, b->mem64_size,
			    &pci_mem64_ops, b);
	return r;
}

static int virtio_attach_pci(struct vm *vm)
{
	struct virtio_devices *d = &vm->session->devices;
	struct virtio_transports *t = &vm->virtio;
	int r;

	pci_bridge_init(&t->bridge, t->signals);
	t->pci = calloc(d->nr, sizeof(*t->pci));
	if (!t->pci)
		return -ENOMEM;
	r = virtio_place_bridge(vm);
	for (; !r && t->nr < d->nr; t->nr += !r)
		r = virtio_pci_init(&t->pci[t->nr], d->dev[t->nr], &vm->mem,
				    &t->bridge);
	return r;
}

int vm_virtio_attach(struct vm *vm, struct err *e)
{
	int r;

	if (!vm->session->devices.nr)
		return 0;
	r = signals_create(vm->fd, gic_msi(vm->gic.kind),
			   gic_spis(vm->gic.kind), &vm->virtio.signals);
	if (!r)
		r = vm->session->cfg->transport == TRANSPORT_PCI ?
			virtio_attach_pci(vm) : virtio_attach_mmio(vm);
	return r ? err_fault(e, r, "placing the virtio devices") : 0;
}

void vm_virtio_detach(struct vm *vm)
{
	struct virtio_transports *t = &vm->virtio;

	while (t->nr--) {
		if (t->pci)
			virtio_pci_fini(&t->pci[t->nr]);
		else
			virtio_mmio_fini(&t->mmio[t->nr]);
	}
	t->nr = 0;
	free(steal_ptr(&t->pci));
	free(steal_ptr(&t->mmio));
	signals_destroy(steal_ptr(&t->signals));
}

void vm_virtio_close(struct vm_session *s)
{
	struct virtio_devices *d = &s->devices;

	while (d->nr)
		vdev_destroy(d->dev[--d->nr]);
}
