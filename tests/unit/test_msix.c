// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * msix: the table, what is pending, and where messages go, as a guest finds it
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/eventfd.h>

#include "pci_card.h"
#include "t.h"
#include "util.h"

#define PENDING		0x800	/* in the BAR of MSI-X */
#define AT		(PR_MEM32 + 0x100000)	/* where that BAR lies */
#define DOOR		UINT64_C(0x108090040)	/* where MSIs go */

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

	bench_command(b, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
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
	ck_assert_uint_eq(pr_bar_size(&b->rig, MSIX_BAR, false),
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
	ck_assert_uint_eq(pr_bar_size(&b->rig, MSIX_BAR, false), 0);
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

	bench_command(b, PCI_COMMAND_MEMORY);
	pr_bar(&b->rig, 0, MSIX_BAR, false, AT);
	for (i = 0; i < VECTORS; i++)
		ck_assert_uint_eq(pr_get(&b->rig, entry_at(i) +
					 PCI_MSIX_ENTRY_VECTOR_CTRL, 4),
				  PCI_MSIX_ENTRY_CTRL_MASKBIT);
	bench_free(b);
}
END_TEST

T_MAIN("msix",
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
