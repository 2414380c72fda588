// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pci: the bridge, its windows and pins, as a guest finds them
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "pci_card.h"
#include "t.h"
#include "util.h"

static const struct pci_ops plain_ops;

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
	struct pci_identity id = card_identity;
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
	ck_assert_uint_eq(pr_bar_size(r, SMALL_BAR, false), SMALL);
	ck_assert_uint_eq(pr_bar_size(r, WIDE_BAR, true), WIDE);
	/* those that there are not, and the expansion ROM */
	ck_assert_uint_eq(pr_bar_size(r, 1, false), 0);
	ck_assert_uint_eq(pr_bar_size(r, 4, false), 0);
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
	pci_function_init(&fn, &plain_ops, &card_identity);
	pci_add_bar(&fn, 0, UINT64_C(0x200000000), true, &card_bar_ops, &bar);
	ck_assert_int_eq(pci_bridge_add(&r.bridge, &fn), 0);
	ck_assert_uint_eq(pr_bar_size(&r, 0, true), UINT64_C(0x200000000));
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

	bench_command(b, PCI_COMMAND_MEMORY);
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
	bench_command(b, PCI_COMMAND_MEMORY);
	ck_assert_uint_eq(c->moves, 2);
	ck_assert(reaches(&b->rig, &c->small, PR_MEM32, 0));
	ck_assert(reaches(&b->rig, &c->wide, PR_MEM64, 0));
	/* a bus master does not answer because of that */
	bench_command(b, PCI_COMMAND_MASTER | PCI_COMMAND_IO);
	ck_assert_uint_eq(c->moves, 4);
	ck_assert_uint_eq(c->at[SMALL_BAR] | c->at[WIDE_BAR], 0);
	ck_assert(!reaches(&b->rig, &c->small, PR_MEM32, 0));
	ck_assert(!reaches(&b->rig, &c->wide, PR_MEM64, 0));
	/* and nothing was forgotten */
	bench_command(b, PCI_COMMAND_MEMORY);
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

	bench_command(b, PCI_COMMAND_MEMORY);
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
		pci_function_init(&fn[i], &plain_ops, &card_identity);
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
		pci_function_init(&fn[i], &plain_ops, &card_identity);
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
	bench_command(b, PCI_COMMAND_INTX_DISABLE);
	pci_intx(&b->card.fn, true);
	ck_assert(!fake_line(r->signals, PR_INTID));
	/* in each register that the bit is part of */
	ck_assert(pr_config_get(r, 0, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
	ck_assert(pr_config_get(r, 0, PCI_STATUS, 1) & PCI_STATUS_INTERRUPT);
	ck_assert(pr_config_get(r, 0, PCI_COMMAND, 4) >> 16 &
		  PCI_STATUS_INTERRUPT);
	ck_assert_uint_eq(pr_config_get(r, 0, PCI_STATUS + 1, 1), 0);
	bench_command(b, 0);
	ck_assert(fake_line(r->signals, PR_INTID));
	pr_config_put(r, 0, PCI_COMMAND + 1, 1, PCI_COMMAND_INTX_DISABLE >> 8);
	ck_assert(!fake_line(r->signals, PR_INTID));
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
       a_disabled_pin_is_silent_and_says_so_in_status)
