// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pci_bridge - the host bridge: ECAM, the windows of BARs, interrupt lines
 *
 * What "pci-host-ecam-generic" describes in the device tree.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdatomic.h>
#include <string.h>

#include "pci.h"
#include "pci_config.h"
#include "util.h"

/* PCI Express Base 5.0, 7.2.2: 4 KiB for each function, 8 functions a device */
#define ECAM_DEVICE_SHIFT	15
#define ECAM_DEVICE_MASK	0x7fff

void pci_bridge_init(struct pci_bridge *b, struct signals *signals)
{
	memset(b, 0, sizeof(*b));
	b->signals = signals;
	pthread_mutex_init(&b->lock, NULL);
	pthread_mutex_init(&b->intx_lock, NULL);
}

int pci_bridge_add(struct pci_bridge *b, struct pci_function *fn)
{
	if (b->nr == PCI_SLOTS)
		return -ENOSPC;
	fn->bridge = b;
	fn->slot = b->nr;
	b->slot[b->nr++] = fn;
	return 0;
}

static struct pci_function *ecam_function(struct pci_bridge *b,
					  uint64_t offset, unsigned int *reg)
{
	uint64_t slot = offset >> ECAM_DEVICE_SHIFT;

	*reg = offset & ECAM_DEVICE_MASK;
	if (slot >= b->nr || *reg >= 0x1000)
		return NULL;
	return b->slot[slot];
}

static bool ecam_width_ok(unsigned int reg, unsigned int len)
{
	return len <= 4 && reg % len == 0;
}

/* What is not there reads as ones: 6.1 of the PCI specification. */
static uint64_t ecam_read(void *opaque, uint64_t offset, unsigned int len)
{
	struct pci_bridge *b = opaque;
	struct pci_function *fn;
	unsigned int reg;
	uint64_t value;

	fn = ecam_function(b, offset, &reg);
	if (!fn || !ecam_width_ok(reg, len))
		return UINT64_MAX;
	pthread_mutex_lock(&b->lock);
	value = pci_config_read(fn, reg, len);
	pthread_mutex_unlock(&b->lock);
	return value;
}

static void pci_intx_update(struct pci_bridge *b, unsigned int line)
{
	bool level = false;
	unsigned int i;

	pthread_mutex_lock(&b->intx_lock);
	for (i = line; i < b->nr; i += ARRAY_SIZE(b->line)) {
		const struct pci_function *fn = b->slot[i];

		if (!(fn->config[PCI_COMMAND + 1] &
		      PCI_COMMAND_INTX_DISABLE >> 8))
			level |= fn->intx;
	}
	if (level != b->line[line])
		signals_line(b->signals, b->intid + line, level);
	b->line[line] = level;
	pthread_mutex_unlock(&b->intx_lock);
}

static void ecam_write(void *opaque, uint64_t offset, unsigned int len,
		       uint64_t value)
{
	struct pci_bridge *b = opaque;
	struct pci_function *fn;
	unsigned int reg;

	fn = ecam_function(b, offset, &reg);
	if (!fn || !ecam_width_ok(reg, len))
		return;
	pthread_mutex_lock(&b->lock);
	pci_config_write(fn, reg, len, (uint32_t)value);
	pthread_mutex_unlock(&b->lock);
	if (reg <= PCI_COMMAND + 1)
		pci_intx_update(b, fn->slot % ARRAY_SIZE(b->line));
}

/* INTA# of the device in slot n is line n modulo 4, as the device tree says. */
void pci_intx(struct pci_function *fn, bool level)
{
	if (atomic_exchange(&fn->intx, level) != level)
		pci_intx_update(fn->bridge, fn->slot % 4);
}

/*
 * A BAR may move while it is looked up: the access reaches the device or
 * nobody.
 */
static const struct pci_bar *pci_find(const struct pci_bridge *b,
				      uint64_t addr, uint64_t *ret_offset)
{
	unsigned int i, j;

	for (i = 0; i < b->nr; i++) {
		for (j = 0; j < PCI_BARS; j++) {
			const struct pci_bar *bar = &b->slot[i]->bar[j];
			uint64_t base = bar->addr;

			if (base && addr - base < bar->size) {
				*ret_offset = addr - base;
				return bar;
			}
		}
	}
	return NULL;
}

static uint64_t pci_read(struct pci_bridge *b, uint64_t addr, unsigned int len)
{
	uint64_t offset;
	const struct pci_bar *bar = pci_find(b, addr, &offset);

	return bar ? bar->ops->read(bar->dev, offset, len) : UINT64_MAX;
}

static void pci_write(struct pci_bridge *b, uint64_t addr, unsigned int len,
		      uint64_t value)
{
	uint64_t offset;
	const struct pci_bar *bar = pci_find(b, addr, &offset);

	if (bar)
		bar->ops->write(bar->dev, offset, len, value);
}

static uint64_t mem32_read(void *opaque, uint64_t offset, unsigned int len)
{
	struct pci_bridge *b = opaque;

	return pci_read(b, b->mem32 + offset, len);
}

static void mem32_write(void *opaque, uint64_t offset, unsigned int len,
			uint64_t value)
{
	struct pci_bridge *b = opaque;

	pci_write(b, b->mem32 + offset, len, value);
}

static uint64_t mem64_read(void *opaque, uint64_t offset, unsigned int len)
{
	struct pci_bridge *b = opaque;

	return pci_read(b, b->mem64 + offset, len);
}

static void mem64_write(void *opaque, uint64_t offset, unsigned int len,
			uint64_t value)
{
	struct pci_bridge *b = opaque;

	pci_write(b, b->mem64 + offset, len, value);
}

const struct mmio_ops pci_ecam_ops = { .read = ecam_read, .write = ecam_write };
const struct mmio_ops pci_mem32_ops = {
	.read = mem32_read, .write = mem32_write,
};
const struct mmio_ops pci_mem64_ops = {
	.read = mem64_read, .write = mem64_write,
};
