// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pci_card - a function with two BARs and MSI-X, in slot 0 of the bridge
 */
#include "pci_card.h"

#include <linux/pci_regs.h>
#include <string.h>

#include "t.h"
#include "util.h"

static uint64_t bar_read(void *dev, uint64_t offset, unsigned int len)
{
	struct bar *b = dev;

	b->reads++;
	b->offset = offset;
	b->len = len;
	return UINT64_C(0x1122334455667788);
}

static void bar_write(void *dev, uint64_t offset, unsigned int len,
		      uint64_t value)
{
	struct bar *b = dev;

	b->writes++;
	b->offset = offset;
	b->len = len;
	b->value = value;
}

const struct mmio_ops card_bar_ops = { .read = bar_read, .write = bar_write };

static void card_moved(struct pci_function *fn, unsigned int bar,
		       uint64_t addr)
{
	struct card *c = container_of(fn, struct card, fn);

	c->moves++;
	c->at[bar] = addr;
}

static const struct pci_ops card_ops = { .moved = card_moved };

const struct pci_identity card_identity = {
	.vendor = 0x1234, .device = 0x5678,
	.subvendor = 0x9abc, .subdevice = 0xdef0,
	.revision = 0x11, .class = 0x02, .subclass = 0x80, .prog_if = 0x22,
};

void card_init(struct card *c, struct pci_rig *r)
{
	memset(c, 0, sizeof(*c));
	pci_function_init(&c->fn, &card_ops, &card_identity);
	pci_add_bar(&c->fn, SMALL_BAR, SMALL, false, &card_bar_ops, &c->small);
	pci_add_bar(&c->fn, WIDE_BAR, WIDE, true, &card_bar_ops, &c->wide);
	ck_assert_int_eq(pci_add_msix(&c->fn, r->signals, MSIX_BAR, VECTORS),
			 0);
	ck_assert_int_eq(pci_bridge_add(&r->bridge, &c->fn), 0);
}

struct bench *bench_new(enum signals_msi msi)
{
	struct bench *b = calloc(1, sizeof(*b));

	ck_assert_ptr_nonnull(b);
	pr_init(&b->rig, msi);
	card_init(&b->card, &b->rig);
	return b;
}

void bench_free(struct bench *b)
{
	pci_function_fini(&b->card.fn);
	pr_fini(&b->rig);
	free(b);
}

void bench_command(struct bench *b, uint32_t value)
{
	pr_config_put(&b->rig, 0, PCI_COMMAND, 2, value);
}
