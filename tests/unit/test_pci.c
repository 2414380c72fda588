// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pci: the bridge, its windows and pins, and MSI-X, as a guest finds them
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/eventfd.h>

#include "pci_rig.h"
#include "t.h"
#include "util.h"

#define SMALL_BAR	0	/* 4 KiB, 32-bit */
#define WIDE_BAR	2	/* 16 KiB, 64-bit */
#define MSIX_BAR	5	/* when the card has MSI-X */
#define SMALL		UINT64_C(0x1000)
#define WIDE		UINT64_C(0x4000)
#define VECTORS		3
#define PENDING		0x800	/* in the BAR of MSI-X */
#define AT		(PR_MEM32 + 0x100000)	/* where that BAR lies */
#define DOOR		UINT64_C(0x108090040)	/* where MSIs go */

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

static const struct mmio_ops bar_ops = { .read = bar_read, .write = bar_write };

static void card_moved(struct pci_function *fn, unsigned int bar,
		       uint64_t addr)
{
	struct card *c = container_of(fn, struct card, fn);

	c->moves++;
	c->at[bar] = addr;
}

static const struct pci_ops card_ops = { .moved = card_moved };
static const struct pci_ops plain_ops;

static const struct pci_identity identity = {
	.vendor = 0x1234, .device = 0x5678,
	.subvendor = 0x9abc, .subdevice = 0xdef0,
	.revision = 0x11, .class = 0x02, .subclass = 0x80, .prog_if = 0x22,
};

static void card_init(struct card *c, struct pci_rig *r)
{
	memset(c, 0, sizeof(*c));
	pci_function_init(&c->fn, &card_ops, &identity);
	pci_add_bar(&c->fn, SMALL_BAR, SMALL, false, &bar_ops, &c->small);
	pci_add_bar(&c->fn, WIDE_BAR, WIDE, true, &bar_ops, &c->wide);
	ck_assert_int_eq(pci_add_msix(&c->fn, r->signals, MSIX_BAR, VECTORS),
			 0);
	ck_assert_int_eq(pci_bridge_add(&r->bridge, &c->fn), 0);
}

/* A card in slot 0, nothing in the others. */
struct bench {
	struct pci_rig rig;
	struct card card;
};

static struct bench *bench_new(enum signals_msi msi)
{
	struct bench *b = calloc(1, sizeof(*b));

	ck_assert_ptr_nonnull(b);
	pr_init(&b->rig, msi);
	card_init(&b->card, &b->rig);
	return b;
}

static void bench_free(struct bench *b)
{
	pci_function_fini(&b->card.fn);
	pr_fini(&b->rig);
	free(b);
}

static void command(struct bench *b, uint32_t value)
{
	pr_config_put(&b->rig, 0, PCI_COMMAND, 2, value);
}

/*
 * Configuration space
 */

START_TEST(a_place_without_a_function_reads_as_ones)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	unsigned int slot, fn, len;

	for (slot = 0; slot < PCI_SLOTS; slot++)
		for (fn = 0; fn < 8; fn++)
			for (len = 1; len <= 8; len *= 2) {
				uint64_t place = slot << 15 | fn << 12;

				if (!slot && !fn)
					continue;
				pr_ecam_put(&b->rig, place, len, 0);
				ck_assert_uint_eq(pr_ecam_get(&b->rig, place,
							      len),
						  pr_ones(len));
			}
	ck_assert_uint_eq(pr_config_get(&b->rig, 0, PCI_VENDOR_ID, 2), 0x1234);
	bench_free(b);
}
END_TEST

START_TEST(a_function_says_what_it_is)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	struct pci_rig *r = &b->rig;

	ck_assert_uint_eq(pr_config_get(r, 0, PCI_VENDOR_ID, 4), 0x56781234);
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_DEVICE_ID, 2), 0x5678);
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_DEVICE_ID + 1, 1), 0x56);
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_CLASS_REVISION, 4),
			  0x02802211);
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_SUBSYSTEM_VENDOR_ID, 4),
			  0xdef09abc);
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_HEADER_TYPE, 1), 0);
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_INTERRUPT_PIN, 1), 1);
	/* conventional: no list of extended capabilities */
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_CFG_SPACE_SIZE, 4), 0);
	ck_assert_uint_eq(pr_config_get(r, 0, 0xffc, 4), 0);
	bench_free(b);
}
END_TEST

START_TEST(an_access_that_is_no_register_changes_nothing)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	struct pci_rig *r = &b->rig;

	pr_ecam_put(r, PCI_COMMAND, 8, UINT64_MAX);
	pr_ecam_put(r, PCI_COMMAND + 1, 2, UINT64_MAX);
	pr_ecam_put(r, PCI_COMMAND - 2, 4, UINT64_MAX);
	pr_ecam_put(r, 0xffc, 4, UINT64_MAX);
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_COMMAND, 2), 0);
	ck_assert_uint_eq(pr_ecam_get(r, PCI_VENDOR_ID, 8), UINT64_MAX);
	ck_assert_uint_eq(pr_ecam_get(r, PCI_VENDOR_ID + 1, 2), 0xffff);
	ck_assert_uint_eq(pr_ecam_get(r, PCI_VENDOR_ID + 2, 4), 0xffffffff);
	bench_free(b);
}
END_TEST

/* What is left of @value when it is written over all of the header. */
static const struct {
	unsigned int reg, len;
	uint32_t mask;
} writable[] = {
	{ PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
			  PCI_COMMAND_INTX_DISABLE },
	{ PCI_CACHE_LINE_SIZE, 1, 0xff },
	{ PCI_BASE_ADDRESS_0, 4, 0xfffff000 },
	{ PCI_BASE_ADDRESS_2, 4, 0xffffc000 },
	{ PCI_BASE_ADDRESS_3, 4, 0xffffffff },
	{ PCI_BASE_ADDRESS_5, 4, 0xfffff000 },
	{ PCI_INTERRUPT_LINE, 1, 0xff },
};

static uint8_t may_change(unsigned int reg, unsigned int msix)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(writable); i++)
		if (reg - writable[i].reg < writable[i].len)
			return (uint8_t)(writable[i].mask >>
					 8 * (reg - writable[i].reg));
	return reg == msix + PCI_MSIX_FLAGS + 1 ? 0xc0 : 0;
}

START_TEST(only_what_may_change_does)
{
	static const uint32_t values[] = { 0xffffffff, 0, 0xa5a5a5a5 };
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	unsigned int msix = pr_cap(&b->rig, 0, 0, PCI_CAP_ID_MSIX);
	uint8_t before[PCI_CONFIG_SIZE];
	unsigned int i, reg, len;

	memcpy(before, b->card.fn.config, sizeof(before));
	for (i = 0; i < ARRAY_SIZE(values); i++)
		for (len = 1; len <= 4; len *= 2) {
			for (reg = 0; reg < PCI_CONFIG_SIZE; reg += len)
				pr_config_put(&b->rig, 0, reg, len, values[i]);
			for (reg = 0; reg < PCI_CONFIG_SIZE; reg++) {
				uint8_t m = may_change(reg, msix);
				uint8_t want = (before[reg] & ~m) |
					       ((uint8_t)values[i] & m);

				ck_assert_msg(b->card.fn.config[reg] == want,
					      "register %#x: %#x, not %#x", reg,
					      b->card.fn.config[reg], want);
			}
		}
	bench_free(b);
}
END_TEST

START_TEST(as_many_capabilities_as_there_is_room)
{
	static const uint8_t body[18] = { 0x5a };
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	unsigned int nr = 0, at;
	int r;

	while ((r = pci_add_cap(&b->card.fn, 0x09, body, sizeof(body))) > 0)
		nr++;
	ck_assert_int_eq(r, -ENOSPC);
	/* 192 bytes after the header, of which MSI-X has 12 */
	ck_assert_uint_eq(nr, (192 - 12) / 20);
	ck_assert(pr_config_get(&b->rig, 0, PCI_STATUS, 2) &
		  PCI_STATUS_CAP_LIST);
	at = pr_cap(&b->rig, 0, 0, 0x09);
	while (at) {
		ck_assert_uint_eq(pr_config_get(&b->rig, 0, at, 1), 0x09);
		ck_assert_uint_eq(pr_config_get(&b->rig, 0, at + 2, 1), 0x5a);
		at = pr_config_get(&b->rig, 0, at + PCI_CAP_LIST_NEXT, 1);
		nr--;
	}
	ck_assert_uint_eq(nr, 0);
	bench_free(b);
}
END_TEST

START_TEST(as_many_functions_as_slots)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	static struct pci_function fn[PCI_SLOTS];
	struct pci_identity id = identity;
	unsigned int i;

	for (i = 1; i < PCI_SLOTS; i++) {
		id.device = (uint16_t)i;
		pci_function_init(&fn[i], &plain_ops, &id);
		ck_assert_int_eq(pci_bridge_add(&b->rig.bridge, &fn[i]), 0);
	}
	ck_assert_int_eq(pci_bridge_add(&b->rig.bridge, &fn[0]), -ENOSPC);
	for (i = 1; i < PCI_SLOTS; i++) {
		ck_assert_uint_eq(pr_config_get(&b->rig, i, PCI_DEVICE_ID, 2),
				  i);
		pci_function_fini(&fn[i]);
	}
	bench_free(b);
}
END_TEST

/*
 * BARs
 */

/* As firmware finds it: 6.2.5.1 of the PCI specification; 0: no BAR. */
static uint64_t size_of(struct pci_rig *r, unsigned int bar, bool wide)
{
	unsigned int reg = PCI_BASE_ADDRESS_0 + 4 * bar;
	uint64_t mask;

	pr_bar(r, 0, bar, wide, UINT64_MAX);
	mask = pr_config_get(r, 0, reg, 4) &
	       (uint32_t)PCI_BASE_ADDRESS_MEM_MASK;
	if (wide)
		mask |= (uint64_t)pr_config_get(r, 0, reg + 4, 4) << 32;
	else if (mask)
		mask |= UINT64_C(0xffffffff00000000);
	pr_bar(r, 0, bar, wide, 0);
	return mask ? ~mask + 1 : 0;
}

START_TEST(a_bar_says_how_large_it_is)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	struct pci_rig *r = &b->rig;

	ck_assert_uint_eq(pr_config_get(r, 0, PCI_BASE_ADDRESS_0, 4),
			  PCI_BASE_ADDRESS_SPACE_MEMORY |
			  PCI_BASE_ADDRESS_MEM_TYPE_32);
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_BASE_ADDRESS_2, 4),
			  PCI_BASE_ADDRESS_MEM_TYPE_64 |
			  PCI_BASE_ADDRESS_MEM_PREFETCH);
	ck_assert_uint_eq(size_of(r, SMALL_BAR, false), SMALL);
	ck_assert_uint_eq(size_of(r, WIDE_BAR, true), WIDE);
	/* those that there are not, and the expansion ROM */
	ck_assert_uint_eq(size_of(r, 1, false), 0);
	ck_assert_uint_eq(size_of(r, 4, false), 0);
	pr_config_put(r, 0, PCI_ROM_ADDRESS, 4, UINT32_MAX);
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_ROM_ADDRESS, 4), 0);
	bench_free(b);
}
END_TEST

START_TEST(a_bar_of_more_than_32_bits_says_so)
{
	struct pci_rig r;
	struct pci_function fn;
	struct bar bar = { 0 };

	pr_init(&r, SIGNALS_MSI_ITS);
	pci_function_init(&fn, &plain_ops, &identity);
	pci_add_bar(&fn, 0, UINT64_C(0x200000000), true, &bar_ops, &bar);
	ck_assert_int_eq(pci_bridge_add(&r.bridge, &fn), 0);
	ck_assert_uint_eq(size_of(&r, 0, true), UINT64_C(0x200000000));
	pr_bar(&r, 0, 0, true, PR_MEM64);
	pr_config_put(&r, 0, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	pr_put(&r, PR_MEM64 + UINT64_C(0x1fffffff8), 8, 1);
	ck_assert_uint_eq(bar.offset, UINT64_C(0x1fffffff8));
	pci_function_fini(&fn);
	pr_fini(&r);
}
END_TEST

/* Whether what the guest does at @addr comes to the BAR, at @offset. */
static bool reaches(struct pci_rig *r, struct bar *bar, uint64_t addr,
		    uint64_t offset)
{
	unsigned int reads = bar->reads, writes = bar->writes, len;

	for (len = 1; len <= 8; len *= 2) {
		uint64_t got = pr_get(r, addr, len);

		if (bar->reads == reads) {
			ck_assert_uint_eq(got, pr_ones(len));
			continue;
		}
		ck_assert_uint_eq(got, UINT64_C(0x1122334455667788) &
				  pr_ones(len));
		ck_assert_uint_eq(bar->offset, offset);
		ck_assert_uint_eq(bar->len, len);
	}
	pr_put(r, addr, 4, addr);
	if (bar->writes == writes) {
		ck_assert_uint_eq(bar->reads, reads);
		return false;
	}
	ck_assert_uint_eq(bar->offset, offset);
	ck_assert_uint_eq(bar->value, addr);
	ck_assert_uint_eq(bar->reads, reads + 4);
	ck_assert_uint_eq(bar->writes, writes + 1);
	return true;
}

START_TEST(a_bar_in_a_window_reaches_the_function)
{
	static const uint64_t wide_at[] = {
		PR_MEM64, PR_MEM64 + PR_MEM64_SIZE - WIDE,
		/* a wide one may lie in the other window, too */
		PR_MEM32 + 2 * WIDE, PR_MEM32 + PR_MEM32_SIZE - WIDE,
	};
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	struct card *c = &b->card;
	struct pci_rig *r = &b->rig;
	unsigned int i;

	command(b, PCI_COMMAND_MEMORY);
	pr_bar(r, 0, SMALL_BAR, false, PR_MEM32);
	ck_assert(reaches(r, &c->small, PR_MEM32, 0));
	ck_assert(reaches(r, &c->small, PR_MEM32 + SMALL - 8, SMALL - 8));
	ck_assert(!reaches(r, &c->small, PR_MEM32 + SMALL, 0));
	for (i = 0; i < ARRAY_SIZE(wide_at); i++) {
		uint64_t at = wide_at[i];

		pr_bar(r, 0, WIDE_BAR, true, at);
		ck_assert_uint_eq(c->at[WIDE_BAR], at);
		ck_assert(reaches(r, &c->wide, at, 0));
		ck_assert(reaches(r, &c->wide, at + WIDE - 8, WIDE - 8));
	}
	ck_assert_uint_eq(c->small.writes, 2);
	bench_free(b);
}
END_TEST

START_TEST(a_bar_answers_only_while_decoding_is_on)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	struct card *c = &b->card;

	pr_bar(&b->rig, 0, SMALL_BAR, false, PR_MEM32);
	pr_bar(&b->rig, 0, WIDE_BAR, true, PR_MEM64);
	ck_assert_uint_eq(c->moves, 0);
	ck_assert(!reaches(&b->rig, &c->small, PR_MEM32, 0));
	ck_assert(!reaches(&b->rig, &c->wide, PR_MEM64, 0));
	command(b, PCI_COMMAND_MEMORY);
	ck_assert_uint_eq(c->moves, 2);
	ck_assert(reaches(&b->rig, &c->small, PR_MEM32, 0));
	ck_assert(reaches(&b->rig, &c->wide, PR_MEM64, 0));
	/* a bus master does not answer because of that */
	command(b, PCI_COMMAND_MASTER | PCI_COMMAND_IO);
	ck_assert_uint_eq(c->moves, 4);
	ck_assert_uint_eq(c->at[SMALL_BAR] | c->at[WIDE_BAR], 0);
	ck_assert(!reaches(&b->rig, &c->small, PR_MEM32, 0));
	ck_assert(!reaches(&b->rig, &c->wide, PR_MEM64, 0));
	/* and nothing was forgotten */
	command(b, PCI_COMMAND_MEMORY);
	ck_assert(reaches(&b->rig, &c->small, PR_MEM32, 0));
	bench_free(b);
}
END_TEST

START_TEST(a_bar_that_is_moved_answers_there)
{
	static const uint64_t nowhere[] = {
		0, PR_MEM32 - WIDE, PR_MEM32 + PR_MEM32_SIZE,
		PR_MEM64 - WIDE, PR_MEM64 + PR_MEM64_SIZE, UINT64_MAX,
	};
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	struct card *c = &b->card;
	uint64_t to = PR_MEM64 + UINT64_C(0x300010000);
	unsigned int i;

	command(b, PCI_COMMAND_MEMORY);
	pr_bar(&b->rig, 0, WIDE_BAR, true, PR_MEM64);
	ck_assert(reaches(&b->rig, &c->wide, PR_MEM64, 0));
	pr_bar(&b->rig, 0, WIDE_BAR, true, to);
	ck_assert(!reaches(&b->rig, &c->wide, PR_MEM64, 0));
	ck_assert(reaches(&b->rig, &c->wide, to + 8, 8));
	for (i = 0; i < ARRAY_SIZE(nowhere); i++) {
		pr_bar(&b->rig, 0, WIDE_BAR, true, nowhere[i]);
		ck_assert_uint_eq(c->at[WIDE_BAR], 0);
		ck_assert(!reaches(&b->rig, &c->wide, PR_MEM64, 0));
		ck_assert(!reaches(&b->rig, &c->wide, to, 0));
	}
	/* bits below its size are not kept */
	pr_bar(&b->rig, 0, WIDE_BAR, true, to + WIDE - 1);
	ck_assert(reaches(&b->rig, &c->wide, to, 0));
	bench_free(b);
}
END_TEST

/*
 * Pins
 */

START_TEST(a_pin_drives_the_line_of_its_slot)
{
	static struct pci_function fn[9];
	struct pci_rig r;
	unsigned int i, line;

	pr_init(&r, SIGNALS_MSI_NONE);
	for (i = 0; i < ARRAY_SIZE(fn); i++) {
		pci_function_init(&fn[i], &plain_ops, &identity);
		ck_assert_int_eq(pci_bridge_add(&r.bridge, &fn[i]), 0);
	}
	for (i = 0; i < ARRAY_SIZE(fn); i++) {
		pci_intx(&fn[i], true);
		for (line = 0; line < 4; line++)
			ck_assert_int_eq(fake_line(r.signals, PR_INTID + line),
					 line == i % 4);
		pci_intx(&fn[i], false);
		ck_assert(!fake_line(r.signals, PR_INTID + i % 4));
	}
	/* told once, however often it is said */
	ck_assert_uint_eq(fake_line_changes(r.signals), 2 * ARRAY_SIZE(fn));
	pci_intx(&fn[0], false);
	ck_assert_uint_eq(fake_line_changes(r.signals), 2 * ARRAY_SIZE(fn));
	for (i = 0; i < ARRAY_SIZE(fn); i++)
		pci_function_fini(&fn[i]);
	pr_fini(&r);
}
END_TEST

START_TEST(a_shared_line_waits_for_the_last)
{
	static struct pci_function fn[5];
	struct pci_rig r;
	unsigned int i;

	pr_init(&r, SIGNALS_MSI_NONE);
	for (i = 0; i < ARRAY_SIZE(fn); i++) {
		pci_function_init(&fn[i], &plain_ops, &identity);
		ck_assert_int_eq(pci_bridge_add(&r.bridge, &fn[i]), 0);
	}
	pci_intx(&fn[0], true);
	pci_intx(&fn[4], true);
	pci_intx(&fn[0], false);
	ck_assert(fake_line(r.signals, PR_INTID));
	pci_intx(&fn[4], false);
	ck_assert(!fake_line(r.signals, PR_INTID));
	ck_assert_uint_eq(fake_line_changes(r.signals), 2);
	for (i = 0; i < ARRAY_SIZE(fn); i++)
		pci_function_fini(&fn[i]);
	pr_fini(&r);
}
END_TEST

START_TEST(a_disabled_pin_is_silent_and_says_so_in_status)
{
	struct bench *b = bench_new(SIGNALS_MSI_NONE);
	struct pci_rig *r = &b->rig;

	ck_assert(!(pr_config_get(r, 0, PCI_STATUS, 2) &
		    PCI_STATUS_INTERRUPT));
	command(b, PCI_COMMAND_INTX_DISABLE);
	pci_intx(&b->card.fn, true);
	ck_assert(!fake_line(r->signals, PR_INTID));
	/* in each register that the bit is part of */
	ck_assert(pr_config_get(r, 0, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
	ck_assert(pr_config_get(r, 0, PCI_STATUS, 1) & PCI_STATUS_INTERRUPT);
	ck_assert(pr_config_get(r, 0, PCI_COMMAND, 4) >> 16 &
		  PCI_STATUS_INTERRUPT);
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_STATUS + 1, 1), 0);
	command(b, 0);
	ck_assert(fake_line(r->signals, PR_INTID));
	pr_config_put(r, 0, PCI_COMMAND + 1, 1, PCI_COMMAND_INTX_DISABLE >> 8);
	ck_assert(!fake_line(r->signals, PR_INTID));
	bench_free(b);
}
END_TEST

/*
 * MSI-X
 */

static unsigned int msix_cap(struct bench *b)
{
	unsigned int cap = pr_cap(&b->rig, 0, 0, PCI_CAP_ID_MSIX);

	ck_assert_uint_ne(cap, 0);
	return cap;
}

static void flags(struct bench *b, uint32_t value)
{
	pr_config_put(&b->rig, 0, msix_cap(b) + PCI_MSIX_FLAGS, 2, value);
}

/* Entry @i of the table. */
static uint64_t entry_at(uint64_t i)
{
	return AT + i * PCI_MSIX_ENTRY_SIZE;
}

static void entry(struct bench *b, unsigned int i, uint64_t addr,
		  uint32_t data, uint32_t control)
{
	pr_put(&b->rig, entry_at(i), 4, (uint32_t)addr);
	pr_put(&b->rig, entry_at(i) + PCI_MSIX_ENTRY_UPPER_ADDR, 4, addr >> 32);
	pr_put(&b->rig, entry_at(i) + PCI_MSIX_ENTRY_DATA, 4, data);
	pr_put(&b->rig, entry_at(i) + PCI_MSIX_ENTRY_VECTOR_CTRL, 4, control);
}

static void mask(struct bench *b, unsigned int i, bool on)
{
	pr_put(&b->rig, entry_at(i) + PCI_MSIX_ENTRY_VECTOR_CTRL, 4, on);
}

static uint64_t pending(struct bench *b)
{
	return pr_get(&b->rig, AT + PENDING, 8);
}

static unsigned int sent(struct bench *b)
{
	return fake_msis(b->rig.signals, NULL);
}

static void fire(struct bench *b, unsigned int i)
{
	ck_assert_int_eq(eventfd_write(b->card.call[i].fd, 1), 0);
}

/* Each vector has a user; entries lead to DOOR, with i + 1 as data, masked. */
static struct bench *bench_msix(uint32_t how)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	unsigned int i;

	command(b, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	pr_bar(&b->rig, 0, MSIX_BAR, false, AT);
	for (i = 0; i < VECTORS; i++) {
		b->card.call[i].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		b->card.call[i].vector = (uint16_t)i;
		ck_assert_int_ge(b->card.call[i].fd, 0);
		pci_msix_attach(&b->card.fn, &b->card.call[i]);
		entry(b, i, DOOR, i + 1, PCI_MSIX_ENTRY_CTRL_MASKBIT);
	}
	flags(b, how);
	return b;
}

static void bench_msix_free(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < VECTORS; i++)
		pci_msix_detach(&b->card.fn, &b->card.call[i]);
	for (i = 0; i < VECTORS; i++)
		close(b->card.call[i].fd);
	bench_free(b);
}

START_TEST(the_capability_says_where_the_table_is)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	unsigned int cap = msix_cap(b);

	ck_assert_uint_eq(pr_config_get(&b->rig, 0, cap + PCI_MSIX_FLAGS, 2),
			  VECTORS - 1);
	ck_assert_uint_eq(pr_config_get(&b->rig, 0, cap + PCI_MSIX_TABLE, 4),
			  MSIX_BAR);
	ck_assert_uint_eq(pr_config_get(&b->rig, 0, cap + PCI_MSIX_PBA, 4),
			  PENDING | MSIX_BAR);
	ck_assert_uint_eq(size_of(&b->rig, MSIX_BAR, false),
			  PCI_MSIX_BAR_SIZE);
	bench_free(b);
}
END_TEST

START_TEST(no_capability_where_there_are_no_msis)
{
	struct bench *b = bench_new(SIGNALS_MSI_NONE);
	struct pci_call call = { .fd = -1 };

	ck_assert_uint_eq(pr_cap(&b->rig, 0, 0, PCI_CAP_ID_MSIX), 0);
	ck_assert(!(pr_config_get(&b->rig, 0, PCI_STATUS, 2) &
		    PCI_STATUS_CAP_LIST));
	ck_assert_uint_eq(size_of(&b->rig, MSIX_BAR, false), 0);
	ck_assert(!pci_msix_enabled(&b->card.fn));
	pci_msix_attach(&b->card.fn, &call);
	pci_msix_detach(&b->card.fn, &call);
	bench_free(b);
}
END_TEST

/* Check that vector 1 has something to say and does not, until it @may. */
static void held_back(struct bench *b, void (*may)(struct bench *b))
{
	struct fake_msi msi;

	ck_assert_uint_eq(fake_bound(b->rig.signals), 0);
	ck_assert_uint_eq(pending(b), 0);
	fire(b, 1);
	fire(b, 1);
	ck_assert_uint_eq(sent(b), 0);
	ck_assert_uint_eq(pending(b), BIT(1));
	ck_assert_uint_eq(pr_get(&b->rig, AT + PENDING, 4), BIT(1));
	may(b);
	/* once, however often it was written */
	ck_assert_uint_eq(fake_msis(b->rig.signals, &msi), 1);
	ck_assert_uint_eq(msi.addr, DOOR);
	ck_assert_uint_eq(msi.data, 2);
	ck_assert_uint_eq(msi.rid, 0);
	ck_assert_uint_eq(pending(b), 0);
	fire(b, 1);
	ck_assert_uint_eq(pending(b), 0);
	ck_assert_uint_eq(sent(b), 2);
}

static void unmask_it(struct bench *b)
{
	mask(b, 1, false);
}

static void unmask_function(struct bench *b)
{
	flags(b, PCI_MSIX_FLAGS_ENABLE);
}

START_TEST(a_masked_vector_is_pending_until_it_is_unmasked)
{
	struct bench *b = bench_msix(PCI_MSIX_FLAGS_ENABLE);

	held_back(b, unmask_it);
	ck_assert_uint_eq(fake_bound(b->rig.signals), 1);
	mask(b, 1, true);
	ck_assert_uint_eq(fake_bound(b->rig.signals), 0);
	fire(b, 1);
	ck_assert_uint_eq(sent(b), 2);
	ck_assert_uint_eq(pending(b), BIT(1));
	bench_msix_free(b);
}
END_TEST

START_TEST(a_masked_function_holds_back_all_vectors)
{
	struct bench *b = bench_msix(PCI_MSIX_FLAGS_ENABLE |
				     PCI_MSIX_FLAGS_MASKALL);

	mask(b, 1, false);
	held_back(b, unmask_function);
	/* the others have a mask of their own */
	fire(b, 0);
	fire(b, 2);
	ck_assert_uint_eq(pending(b), BIT(0) | BIT(2));
	mask(b, 0, false);
	mask(b, 2, false);
	ck_assert_uint_eq(sent(b), 4);
	flags(b, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	ck_assert_uint_eq(fake_bound(b->rig.signals), 0);
	bench_msix_free(b);
}
END_TEST

START_TEST(nothing_is_sent_before_it_is_enabled)
{
	struct bench *b = bench_msix(0);

	mask(b, 1, false);
	ck_assert(!pci_msix_enabled(&b->card.fn));
	held_back(b, unmask_function);
	ck_assert(pci_msix_enabled(&b->card.fn));
	/* by one byte, too, and off again */
	pr_config_put(&b->rig, 0, msix_cap(b) + PCI_MSIX_FLAGS + 1, 1, 0);
	ck_assert(!pci_msix_enabled(&b->card.fn));
	ck_assert_uint_eq(fake_bound(b->rig.signals), 0);
	fire(b, 1);
	ck_assert_uint_eq(sent(b), 2);
	/* and by the whole capability */
	pr_config_put(&b->rig, 0, msix_cap(b), 4,
		      (uint32_t)PCI_MSIX_FLAGS_ENABLE << 16);
	ck_assert(pci_msix_enabled(&b->card.fn));
	ck_assert_uint_eq(sent(b), 3);
	bench_msix_free(b);
}
END_TEST

START_TEST(a_vector_goes_where_it_was_last_told)
{
	struct bench *b = bench_msix(PCI_MSIX_FLAGS_ENABLE);
	struct fake_msi msi;

	mask(b, 0, false);
	fire(b, 0);
	ck_assert_uint_eq(sent(b), 1);
	/* what an operating system does that moves it to another CPU */
	entry(b, 0, DOOR + 0x10000, 77, 0);
	fire(b, 0);
	ck_assert_uint_eq(fake_msis(b->rig.signals, &msi), 2);
	ck_assert_uint_eq(msi.addr, DOOR + 0x10000);
	ck_assert_uint_eq(msi.data, 77);
	mask(b, 0, true);
	fire(b, 0);
	entry(b, 0, DOOR, 78, PCI_MSIX_ENTRY_CTRL_MASKBIT);
	ck_assert_uint_eq(sent(b), 2);
	mask(b, 0, false);
	ck_assert_uint_eq(fake_msis(b->rig.signals, &msi), 3);
	ck_assert_uint_eq(msi.addr, DOOR);
	ck_assert_uint_eq(msi.data, 78);
	bench_msix_free(b);
}
END_TEST

START_TEST(a_vector_that_leads_nowhere_sends_when_it_is_put_right)
{
	struct bench *b = bench_msix(PCI_MSIX_FLAGS_ENABLE);
	struct fake_msi msi;

	entry(b, 0, FAKE_NOWHERE, 1, 0);
	ck_assert_uint_eq(fake_bound(b->rig.signals), 0);
	fire(b, 0);
	ck_assert_uint_eq(sent(b), 0);
	ck_assert_uint_eq(pending(b), BIT(0));
	entry(b, 0, DOOR, 5, 0);
	ck_assert_uint_eq(fake_msis(b->rig.signals, &msi), 1);
	/* also one that led somewhere before */
	entry(b, 0, FAKE_NOWHERE, 5, 0);
	ck_assert_uint_eq(fake_bound(b->rig.signals), 0);
	fire(b, 0);
	ck_assert_uint_eq(sent(b), 1);
	bench_msix_free(b);
}
END_TEST

START_TEST(a_message_names_the_slot_that_sent_it)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	struct pci_rig *r = &b->rig;
	static struct card second;
	struct pci_call call = { .vector = 0 };
	struct fake_msi msi;

	card_init(&second, r);
	pr_bar(r, 1, MSIX_BAR, false, AT);
	pr_config_put(r, 1, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	pr_config_put(r, 1, second.fn.msix.cap + PCI_MSIX_FLAGS, 2,
		      PCI_MSIX_FLAGS_ENABLE);
	entry(b, 0, DOOR, 9, 0);
	call.fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	pci_msix_attach(&second.fn, &call);
	ck_assert_uint_eq(fake_msis(r->signals, &msi), 1);
	ck_assert_uint_eq(msi.rid, 1 << 3);
	ck_assert_uint_eq(msi.data, 9);
	/* a function that goes away takes its users along */
	pci_function_fini(&second.fn);
	ck_assert_uint_eq(fake_bound(r->signals), 0);
	close(call.fd);
	bench_free(b);
}
END_TEST

START_TEST(a_vector_there_is_not_is_never_sent)
{
	static const uint16_t vectors[] = { VECTORS, PCI_MSIX_MAX, 0xffff };
	struct bench *b = bench_msix(PCI_MSIX_FLAGS_ENABLE);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct pci_call call = { .vector = vectors[i] };

		call.fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
		/* entries beyond the table are none, too */
		entry(b, vectors[i] % 64, DOOR, 1, 0);
		pci_msix_attach(&b->card.fn, &call);
		ck_assert_uint_eq(fake_bound(b->rig.signals), 0);
		ck_assert_uint_eq(sent(b), 0);
		ck_assert_uint_eq(pending(b), 0);
		pci_msix_detach(&b->card.fn, &call);
		close(call.fd);
	}
	bench_msix_free(b);
}
END_TEST

START_TEST(users_of_a_vector_come_and_go)
{
	struct bench *b = bench_msix(PCI_MSIX_FLAGS_ENABLE);
	struct pci_call other = { .vector = 1 };
	struct fake_msi msi;

	other.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pci_msix_attach(&b->card.fn, &other);
	mask(b, 1, false);
	ck_assert_uint_eq(fake_bound(b->rig.signals), 2);
	eventfd_write(other.fd, 1);
	ck_assert_uint_eq(fake_msis(b->rig.signals, &msi), 1);
	ck_assert_uint_eq(msi.data, 2);
	pci_msix_detach(&b->card.fn, &b->card.call[1]);
	fire(b, 1);
	ck_assert_uint_eq(sent(b), 1);
	ck_assert_uint_eq(pending(b), 0);
	eventfd_write(other.fd, 1);
	ck_assert_uint_eq(sent(b), 2);
	/* twice is legal, and who comes back has what it wrote sent */
	pci_msix_detach(&b->card.fn, &b->card.call[1]);
	pci_msix_attach(&b->card.fn, &b->card.call[1]);
	ck_assert_uint_eq(sent(b), 3);
	pci_msix_detach(&b->card.fn, &other);
	ck_assert_uint_eq(fake_bound(b->rig.signals), 1);
	close(other.fd);
	bench_msix_free(b);
}
END_TEST

START_TEST(the_table_is_made_of_double_words)
{
	struct bench *b = bench_msix(0);
	struct pci_rig *r = &b->rig;
	uint64_t first = entry_at(1);
	unsigned int i;

	ck_assert_uint_eq(pr_get(r, first, 8), DOOR);
	ck_assert_uint_eq(pr_get(r, first + 8, 8),
			  BIT(32) * PCI_MSIX_ENTRY_CTRL_MASKBIT | 2);
	for (i = 0; i < PCI_MSIX_ENTRY_SIZE; i++) {
		ck_assert_uint_eq(pr_get(r, first + i, 1), 0);
		ck_assert_uint_eq(pr_get(r, first + i, 2), 0);
		pr_put(r, first + i, 1, 0xff);
		pr_put(r, first + i, 2, 0xffff);
		if (i % 4)
			pr_put(r, first + i, 4, 0xffffffff);
		if (i % 8)
			pr_put(r, first + i, 8, UINT64_MAX);
	}
	ck_assert_uint_eq(pr_get(r, first, 8), DOOR);
	ck_assert_uint_eq(pr_get(r, first + 8, 4), 2);
	ck_assert_uint_eq(pr_get(r, first + 12, 4),
			  PCI_MSIX_ENTRY_CTRL_MASKBIT);
	/* of the control only the mask is there; two at once are legal */
	pr_put(r, first + 8, 8, UINT64_C(0xfffffffe12345678));
	ck_assert_uint_eq(pr_get(r, first + 8, 4), 0x12345678);
	ck_assert_uint_eq(pr_get(r, first + 12, 4), 0);
	bench_msix_free(b);
}
END_TEST

START_TEST(the_table_ends)
{
	struct bench *b = bench_msix(PCI_MSIX_FLAGS_ENABLE);
	uint64_t addr = entry_at(VECTORS);

	for (; addr < AT + PCI_MSIX_BAR_SIZE; addr += 8) {
		pr_put(&b->rig, addr, 8, UINT64_MAX);
		pr_put(&b->rig, addr, 4, UINT32_MAX);
		ck_assert_uint_eq(pr_get(&b->rig, addr, 8), 0);
	}
	/* what is pending cannot be written: it is what it is */
	fire(b, 2);
	pr_put(&b->rig, AT + PENDING, 8, 0);
	ck_assert_uint_eq(pending(b), BIT(2));
	ck_assert_uint_eq(pr_get(&b->rig, entry_at(2), 8), DOOR);
	bench_msix_free(b);
}
END_TEST

START_TEST(every_vector_begins_masked)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS);
	unsigned int i;

	command(b, PCI_COMMAND_MEMORY);
	pr_bar(&b->rig, 0, MSIX_BAR, false, AT);
	for (i = 0; i < VECTORS; i++)
		ck_assert_uint_eq(pr_get(&b->rig, entry_at(i) +
					 PCI_MSIX_ENTRY_VECTOR_CTRL, 4),
				  PCI_MSIX_ENTRY_CTRL_MASKBIT);
	bench_free(b);
}
END_TEST

T_MAIN("pci",
       a_place_without_a_function_reads_as_ones,
       a_function_says_what_it_is,
       an_access_that_is_no_register_changes_nothing,
       only_what_may_change_does,
       as_many_capabilities_as_there_is_room,
       as_many_functions_as_slots,
       a_bar_says_how_large_it_is,
       a_bar_of_more_than_32_bits_says_so,
       a_bar_in_a_window_reaches_the_function,
       a_bar_answers_only_while_decoding_is_on,
       a_bar_that_is_moved_answers_there,
       a_pin_drives_the_line_of_its_slot,
       a_shared_line_waits_for_the_last,
       a_disabled_pin_is_silent_and_says_so_in_status,
       the_capability_says_where_the_table_is,
       no_capability_where_there_are_no_msis,
       a_masked_vector_is_pending_until_it_is_unmasked,
       a_masked_function_holds_back_all_vectors,
       nothing_is_sent_before_it_is_enabled,
       a_vector_goes_where_it_was_last_told,
       a_vector_that_leads_nowhere_sends_when_it_is_put_right,
       a_message_names_the_slot_that_sent_it,
       a_vector_there_is_not_is_never_sent,
       users_of_a_vector_come_and_go,
       the_table_is_made_of_double_words,
       the_table_ends,
       every_vector_begins_masked)
