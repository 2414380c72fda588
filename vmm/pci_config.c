// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pci_config - the configuration space of a function
 *
 * PCI Local Bus Specification 3.0, chapter 6: the header (6.1), BARs (6.2.5),
 * the list of capabilities (6.7).
 */
#include "pci_config.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "util.h"

/* What the guest may change; a function is a bus master when it wants to be. */
#define COMMAND_WRITABLE (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | \
			  PCI_COMMAND_INTX_DISABLE)

static bool pci_inside(unsigned int offset, unsigned int len)
{
	return offset < PCI_CONFIG_SIZE && len <= 4 &&
	       len <= PCI_CONFIG_SIZE - offset;
}

uint32_t pci_config_get(const struct pci_function *fn, unsigned int offset,
			unsigned int len)
{
	uint32_t value = 0;

	if (pci_inside(offset, len))
		memcpy(&value, &fn->config[offset], len);
	return value;
}

void pci_config_put(struct pci_function *fn, unsigned int offset,
		    unsigned int len, uint32_t value)
{
	if (pci_inside(offset, len))
		memcpy(&fn->config[offset], &value, len);
}

static void pci_config_allow(struct pci_function *fn, unsigned int offset,
			     unsigned int len, uint32_t mask)
{
	memcpy(&fn->writable[offset], &mask, len);
}

void pci_function_init(struct pci_function *fn, const struct pci_ops *ops,
		       const struct pci_identity *id)
{
	memset(fn, 0, sizeof(*fn));
	fn->ops = ops;
	fn->caps_end = PCI_STD_HEADER_SIZEOF;
	pthread_mutex_init(&fn->msix.lock, NULL);
	pci_config_put(fn, PCI_VENDOR_ID, 2, id->vendor);
	pci_config_put(fn, PCI_DEVICE_ID, 2, id->device);
	pci_config_put(fn, PCI_SUBSYSTEM_VENDOR_ID, 2, id->subvendor);
	pci_config_put(fn, PCI_SUBSYSTEM_ID, 2, id->subdevice);
	pci_config_put(fn, PCI_REVISION_ID, 1, id->revision);
	pci_config_put(fn, PCI_CLASS_PROG, 1, id->prog_if);
	pci_config_put(fn, PCI_CLASS_DEVICE, 1, id->subclass);
	pci_config_put(fn, PCI_CLASS_DEVICE + 1, 1, id->class);
	pci_config_put(fn, PCI_INTERRUPT_PIN, 1, 1);
	pci_config_allow(fn, PCI_COMMAND, 2, COMMAND_WRITABLE);
	pci_config_allow(fn, PCI_CACHE_LINE_SIZE, 1, 0xff);
	pci_config_allow(fn, PCI_INTERRUPT_LINE, 1, 0xff);
}

void pci_add_bar(struct pci_function *fn, unsigned int bar, uint64_t size,
		 bool wide, const struct mmio_ops *ops, void *dev)
{
	unsigned int offset = PCI_BASE_ADDRESS_0 + 4 * bar;
	uint64_t mask = ~(size - 1);
	struct pci_bar *b = &fn->bar[bar];

	b->size = size;
	b->wide = wide;
	b->ops = ops;
	b->dev = dev;
	pci_config_allow(fn, offset, 4, (uint32_t)mask);
	if (!wide)
		return;
	pci_config_put(fn, offset, 4, PCI_BASE_ADDRESS_MEM_TYPE_64 |
		       PCI_BASE_ADDRESS_MEM_PREFETCH);
	pci_config_allow(fn, offset + 4, 4, (uint32_t)(mask >> 32));
}

int pci_add_cap(struct pci_function *fn, uint8_t id, const void *body,
		unsigned int len)
{
	unsigned int at = ALIGN_UP(fn->caps_end, 4);
	unsigned int link = fn->last_cap ? fn->last_cap + PCI_CAP_LIST_NEXT :
					   PCI_CAPABILITY_LIST;

	if (at + PCI_CAP_SIZEOF > PCI_CONFIG_SIZE ||
	    len > PCI_CONFIG_SIZE - at - 2)
		return -ENOSPC;
	fn->config[link] = (uint8_t)at;
	fn->config[at] = id;
	memcpy(&fn->config[at + 2], body, len);
	fn->last_cap = at;
	fn->caps_end = at + 2 + len;
	fn->config[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
	return (int)at;
}

/* Where a BAR answers: only in a window, and only while decoding is on. */
static uint64_t pci_bar_addr(const struct pci_function *fn, unsigned int bar)
{
	const struct pci_bridge *bridge = fn->bridge;
	const struct pci_bar *b = &fn->bar[bar];
	unsigned int offset = PCI_BASE_ADDRESS_0 + 4 * bar;
	uint64_t addr = pci_config_get(fn, offset, 4) &
			(uint32_t)PCI_BASE_ADDRESS_MEM_MASK;

	if (!(pci_config_get(fn, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY))
		return 0;
	if (b->wide)
		addr |= (uint64_t)pci_config_get(fn, offset + 4, 4) << 32;
	if (addr - bridge->mem32 < bridge->mem32_size ||
	    addr - bridge->mem64 < bridge->mem64_size)
		return addr;
	return 0;
}

static void pci_bars_update(struct pci_function *fn)
{
	unsigned int i;

	for (i = 0; i < PCI_BARS; i++) {
		struct pci_bar *b = &fn->bar[i];
		uint64_t addr;

		if (!b->size)
			continue;
		addr = pci_bar_addr(fn, i);
		if (addr == b->addr)
			continue;
		b->addr = addr;
		if (fn->ops->moved)
			fn->ops->moved(fn, i, addr);
	}
}

uint32_t pci_config_read(struct pci_function *fn, unsigned int offset,
			 unsigned int len)
{
	uint32_t value;

	if (fn->ops->config_read)
		fn->ops->config_read(fn, offset, len);
	value = pci_config_get(fn, offset, len);
	if (offset <= PCI_STATUS && PCI_STATUS < offset + len && fn->intx)
		value |= (uint32_t)PCI_STATUS_INTERRUPT <<
			 8 * (PCI_STATUS - offset);
	return value;
}

void pci_config_write(struct pci_function *fn, unsigned int offset,
		      unsigned int len, uint32_t value)
{
	uint32_t mask = 0;

	if (!pci_inside(offset, len))
		return;
	memcpy(&mask, &fn->writable[offset], len);
	value = (value & mask) | (pci_config_get(fn, offset, len) & ~mask);
	pci_config_put(fn, offset, len, value);
	if (offset < PCI_BASE_ADDRESS_0 + 4 * PCI_BARS)
		pci_bars_update(fn);
	pci_msix_written(fn, offset, len);
	if (fn->ops->config_write)
		fn->ops->config_write(fn, offset, len);
}
