/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci_card - a function with two BARs and MSI-X, in slot 0 of the bridge
 */
#ifndef TESTS_UNIT_PCI_CARD_H
#define TESTS_UNIT_PCI_CARD_H

#include "pci_rig.h"

#define SMALL_BAR	0	/* 4 KiB, 32-bit */
#define WIDE_BAR	2	/* 16 KiB, 64-bit */
#define MSIX_BAR	5	/* when the card has MSI-X */
#define SMALL		UINT64_C(0x1000)
#define WIDE		UINT64_C(0x4000)
#define VECTORS		3

/* What came to a BAR. */
struct bar {
	unsigned int reads, writes, len;
	uint64_t offset, value;
};

struct card {
	struct pci_function fn;
	struct bar small, wide;
	unsigned int moves;
	uint64_t at[PCI_BARS];		/* as it was told */
	struct pci_call call[VECTORS];
};

/* A card in slot 0, nothing in the others. */
struct bench {
	struct pci_rig rig;
	struct card card;
};

extern const struct pci_identity card_identity;
extern const struct mmio_ops card_bar_ops;	/* of a struct bar */

/** card_init() - put one more into the next slot */
void card_init(struct card *c, struct pci_rig *r);

struct bench *bench_new(enum signals_msi msi);
void bench_free(struct bench *b);

/** bench_command() - write the card's command register */
void bench_command(struct bench *b, uint32_t value);

#endif /* TESTS_UNIT_PCI_CARD_H */
