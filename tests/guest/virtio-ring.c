// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-ring - descriptors, indirect tables and the two rings, as no driver
 * writes them
 *
 * Most attacks begin with a request that the device would answer, and bend one
 * thing of it.
 */
#include "virtio.h"

#define LONG_TABLE	(VIO_PAGE / 16)

static void send(struct vio *v, unsigned int head)
{
	vio_offer(vio_q(v), head);
	vio_kick(v, v->work);
}

/* A good request at descriptor 0.  Return: its last descriptor. */
static volatile struct vio_desc *good(struct vio *v)
{
	return &vio_q(v)->desc[vio_request(v, 0) - 1];
}

/* --- descriptors --- */

static bool loop(struct vio *v)
{
	volatile struct vio_desc *last = good(v);

	last->flags |= DESC_NEXT;
	last->next = 0;
	send(v, 0);
	return true;
}

static bool loop_on_itself(struct vio *v)
{
	vio_desc(vio_q(v), 0, (uint64_t)v->data, 16, DESC_NEXT, 0);
	send(v, 0);
	return true;
}

/* All descriptors of the queue, and the last leads back into the middle. */
static bool loop_of_all(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < VIO_QSIZE; i++)
		vio_desc(vio_q(v), i, (uint64_t)v->data, 16, DESC_NEXT,
			 i + 1 < VIO_QSIZE ? i + 1 : VIO_QSIZE / 2);
	send(v, 0);
	return true;
}

static bool next_beyond(struct vio *v)
{
	volatile struct vio_desc *last = good(v);

	last->flags |= DESC_NEXT;
	last->next = VIO_QSIZE;
	send(v, 0);
	return true;
}

static bool next_far_beyond(struct vio *v)
{
	volatile struct vio_desc *last = good(v);

	last->flags |= DESC_NEXT;
	last->next = 0xffff;
	send(v, 0);
	return true;
}

static void bent(struct vio *v, uint64_t addr, uint32_t len)
{
	volatile struct vio_desc *last = good(v);

	last->addr = addr;
	last->len = len;
	send(v, 0);
}

static bool address_zero(struct vio *v)
{
	bent(v, 0, 16);
	return true;
}

static bool address_beyond(struct vio *v)
{
	bent(v, ram_end, 16);
	return true;
}

static bool address_top(struct vio *v)
{
	bent(v, ~UINT64_C(0), 1);
	return true;
}

static bool length_zero(struct vio *v)
{
	bent(v, (uint64_t)v->data, 0);
	return true;
}

static bool length_huge(struct vio *v)
{
	bent(v, (uint64_t)v->data, ~0U);
	return true;
}

static bool sum_wraps(struct vio *v)
{
	bent(v, ~UINT64_C(7), 16);
	return true;
}

static bool across_the_end(struct vio *v)
{
	bent(v, ram_end - 8, 16);
	return true;
}

static bool in_registers(struct vio *v)
{
	bent(v, v->common, 16);
	return true;
}

static bool in_the_console(struct vio *v)
{
	bent(v, uart_base, 1);
	return true;
}

/* Whoever writes the buffer writes the ring that it reads. */
static bool in_the_ring(struct vio *v)
{
	bent(v, (uint64_t)vio_q(v)->desc, VIO_QSIZE * 16);
	return true;
}

static bool in_the_used_ring(struct vio *v)
{
	bent(v, (uint64_t)vio_q(v)->used, 64);
	return true;
}

static bool directions_turned(struct vio *v)
{
	unsigned int i, nr = vio_request(v, 0);

	for (i = 0; i < nr; i++)
		vio_q(v)->desc[i].flags ^= DESC_WRITE;
	send(v, 0);
	return true;
}

static bool all_readable(struct vio *v)
{
	unsigned int i, nr = vio_request(v, 0);

	for (i = 0; i < nr; i++)
		vio_q(v)->desc[i].flags &= (uint16_t)~DESC_WRITE;
	send(v, 0);
	return true;
}

static bool all_writable(struct vio *v)
{
	unsigned int i, nr = vio_request(v, 0);

	for (i = 0; i < nr; i++)
		vio_q(v)->desc[i].flags |= DESC_WRITE;
	send(v, 0);
	return true;
}

static bool interleaved(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < 6; i++)
		vio_desc(vio_q(v), i, (uint64_t)v->data + i * 64, 64,
			 (uint16_t)((i < 5 ? DESC_NEXT : 0) |
				    (i & 1 ? 0 : DESC_WRITE)), i + 1);
	send(v, 0);
	return true;
}

static bool flags_all(struct vio *v)
{
	unsigned int i, nr = vio_request(v, 0);

	for (i = 0; i < nr; i++)
		vio_q(v)->desc[i].flags |= 0xfff8;
	send(v, 0);
	return true;
}

static bool many_short(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < VIO_QSIZE; i++)
		vio_desc(vio_q(v), i, (uint64_t)v->data + i, 1,
			 (uint16_t)((i + 1 < VIO_QSIZE ? DESC_NEXT : 0) |
				    (i < VIO_QSIZE / 2 ? 0 : DESC_WRITE)),
			 i + 1);
	send(v, 0);
	return true;
}

/* --- indirect tables --- */

static volatile struct vio_desc *table_of(struct vio *v)
{
	return (volatile struct vio_desc *)(v->data + VIO_PAGE);
}

/* A good request, moved into a table.  Return: descriptors in it. */
static unsigned int moved(struct vio *v, uint16_t flags, uint32_t extra)
{
	struct vio_queue *q = vio_q(v);
	unsigned int i, nr = vio_request(v, 0);

	for (i = 0; i < nr; i++) {
		table_of(v)[i].addr = q->desc[i].addr;
		table_of(v)[i].len = q->desc[i].len;
		table_of(v)[i].flags = q->desc[i].flags;
		table_of(v)[i].next = q->desc[i].next;
	}
	/* blk reads into that page otherwise */
	if (nr == 3)
		table_of(v)[1].addr += VIO_PAGE / 2;
	vio_desc(q, 0, (uint64_t)table_of(v), nr * 16 + extra,
		 DESC_INDIRECT | flags, 1);
	return nr;
}

static bool indirect_good(struct vio *v)
{
	if (!(v->offered & vio_bit(VIO_F_INDIRECT)))
		return vio_skip();
	moved(v, 0, 0);
	send(v, 0);
	return true;
}

static bool indirect_unnegotiated(struct vio *v)
{
	vio_start(v, vio_bit(VIO_F_VERSION_1));
	moved(v, 0, 0);
	send(v, 0);
	return true;
}

static bool indirect_nested(struct vio *v)
{
	moved(v, 0, 0);
	table_of(v)[0].flags = DESC_INDIRECT;
	table_of(v)[0].addr = (uint64_t)table_of(v);
	table_of(v)[0].len = 16;
	send(v, 0);
	return true;
}

static bool indirect_and_next(struct vio *v)
{
	moved(v, DESC_NEXT, 0);
	vio_desc(vio_q(v), 1, (uint64_t)v->data, 16, DESC_WRITE, 0);
	send(v, 0);
	return true;
}

static bool indirect_odd_length(struct vio *v)
{
	moved(v, 0, 7);
	send(v, 0);
	return true;
}

static bool indirect_empty(struct vio *v)
{
	moved(v, 0, 0);
	vio_q(v)->desc[0].len = 0;
	send(v, 0);
	return true;
}

static bool indirect_tiny(struct vio *v)
{
	moved(v, 0, 0);
	vio_q(v)->desc[0].len = 15;
	send(v, 0);
	return true;
}

static void table_at(struct vio *v, uint64_t addr, uint32_t len)
{
	moved(v, 0, 0);
	vio_q(v)->desc[0].addr = addr;
	vio_q(v)->desc[0].len = len;
	send(v, 0);
}

static bool indirect_outside(struct vio *v)
{
	table_at(v, ram_end, 64);
	return true;
}

static bool indirect_across_end(struct vio *v)
{
	table_at(v, ram_end - 16, 64);
	return true;
}

static bool indirect_wraps(struct vio *v)
{
	table_at(v, ~UINT64_C(15), 64);
	return true;
}

static bool indirect_huge(struct vio *v)
{
	table_at(v, (uint64_t)table_of(v), 0xfffffff0);
	return true;
}

static bool indirect_in_registers(struct vio *v)
{
	table_at(v, v->common, 32);
	return true;
}

static bool indirect_loop(struct vio *v)
{
	unsigned int nr = moved(v, 0, 16);

	table_of(v)[nr - 1].flags |= DESC_NEXT;
	table_of(v)[nr - 1].next = 0;
	send(v, 0);
	return true;
}

static bool indirect_next_beyond(struct vio *v)
{
	unsigned int nr = moved(v, 0, 0);

	table_of(v)[nr - 1].flags |= DESC_NEXT;
	table_of(v)[nr - 1].next = 0xfff0;
	send(v, 0);
	return true;
}

static void long_table(struct vio *v, unsigned int nr)
{
	volatile struct vio_desc *t = table_of(v);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		t[i].addr = (uint64_t)v->data;
		t[i].len = 1;
		t[i].flags = i + 1 < nr ? DESC_NEXT : 0;
		t[i].next = (uint16_t)(i + 1);
	}
	vio_desc(vio_q(v), 0, (uint64_t)t, nr * 16, DESC_INDIRECT, 0);
	send(v, 0);
}

/* More than 32 bits of bytes in one chain: all of memory, many times. */
static bool indirect_over_4g(struct vio *v)
{
	uint64_t all = (ram_end - (uint64_t)v->data) & ~UINT64_C(63);
	unsigned int i;

	if (!(v->offered & vio_bit(VIO_F_INDIRECT)) ||
	    all * LONG_TABLE <= UINT64_C(1) << 32)
		return vio_skip();
	for (i = 0; i < LONG_TABLE; i++) {
		table_of(v)[i].addr = (uint64_t)v->data;
		table_of(v)[i].len = (uint32_t)all;
		table_of(v)[i].flags = i + 1 < LONG_TABLE ? DESC_NEXT : 0;
		table_of(v)[i].next = (uint16_t)(i + 1);
	}
	vio_desc(vio_q(v), 0, (uint64_t)table_of(v), LONG_TABLE * 16,
		 DESC_INDIRECT, 0);
	send(v, 0);
	return true;
}

static bool indirect_too_many(struct vio *v)
{
	long_table(v, LONG_TABLE);
	return true;
}

static bool indirect_over_queue(struct vio *v)
{
	long_table(v, VIO_QSIZE + 1);
	return true;
}

static bool indirect_is_the_ring(struct vio *v)
{
	struct vio_queue *q = vio_q(v);

	vio_desc(q, 0, (uint64_t)q->desc, VIO_QSIZE * 16, DESC_INDIRECT, 0);
	send(v, 0);
	return true;
}

/* --- available and used --- */

static bool index_jumps(struct vio *v)
{
	good(v);
	vio_q(v)->avail->idx += VIO_QSIZE + 1;
	vio_kick(v, v->work);
	return true;
}

static bool index_backwards(struct vio *v)
{
	good(v);
	vio_q(v)->avail->idx--;
	vio_kick(v, v->work);
	return true;
}

static bool index_taken_back(struct vio *v)
{
	good(v);
	send(v, 0);
	vio_q(v)->avail->idx--;
	vio_kick(v, v->work);
	return true;
}

static bool head_beyond(struct vio *v)
{
	good(v);
	send(v, VIO_QSIZE);
	return true;
}

static bool head_far_beyond(struct vio *v)
{
	good(v);
	send(v, 0xffff);
	return true;
}

static bool all_invalid(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < VIO_QSIZE; i++)
		vio_offer(vio_q(v), 0x8000 + i);
	vio_kick(v, v->work);
	return true;
}

static bool all_the_same(struct vio *v)
{
	unsigned int i;

	good(v);
	for (i = 0; i < VIO_QSIZE; i++)
		vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
	return true;
}

static bool twice_the_same(struct vio *v)
{
	good(v);
	vio_offer(vio_q(v), 0);
	send(v, 0);
	return true;
}

/* As many requests as the ring has room for, several times round. */
static bool full_ring(struct vio *v)
{
	unsigned int round, nr, first, used;

	for (round = 0; round < 8; round++) {
		first = 0;
		nr = 0;
		do {
			used = vio_request(v, first);
			vio_offer(vio_q(v), first);
			first += used;
			nr++;
		} while (first + used <= VIO_QSIZE && nr < 8);
		vio_kick(v, v->work);
		vio_expect(vio_take(vio_q(v), nr, 3000), "not all were used");
	}
	return false;
}

static bool used_scribbled(struct vio *v)
{
	volatile struct vio_used *u = vio_q(v)->used;
	unsigned int i;

	for (i = 0; i < VIO_QSIZE; i++) {
		u->ring[i].id = ~0U;
		u->ring[i].len = ~0U;
	}
	u->flags = 0xffff;
	u->idx = 0x7777;
	good(v);
	send(v, 0);
	delay_ms(2);
	/* the index is the device's own, not what it reads back */
	vio_q(v)->seen = vio_q(v)->used->idx;
	return false;
}

static bool no_interrupts(struct vio *v)
{
	vio_q(v)->avail->flags = 0xffff;
	good(v);
	send(v, 0);
	return true;
}

static bool event_index(struct vio *v)
{
	static const uint16_t events[] = {
		0, 1, 2, 0x7fff, 0x8000, 0xfffe, 0xffff, VIO_QSIZE,
	};
	unsigned int i;

	if (!(v->offered & vio_bit(VIO_F_EVENT_IDX)))
		return vio_skip();
	vio_start(v, vio_features(v) | vio_bit(VIO_F_EVENT_IDX));
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		vio_q(v)->avail->used_event = events[i];
		good(v);
		send(v, 0);
		vio_expect(vio_take(vio_q(v), 1, 3000), "not used");
	}
	return false;
}

/* While the device looks, the descriptor is this, and that, and this. */
static bool changed_after(struct vio *v)
{
	volatile struct vio_desc *last = good(v);
	uint64_t addr = last->addr;
	uint32_t len = last->len;
	unsigned int i;

	send(v, 0);
	for (i = 0; i < 20000 && !vio_used(vio_q(v)); i++) {
		last->addr = i & 1 ? ~UINT64_C(0) : addr;
		last->len = i & 2 ? ~0U : len;
		last->next = (uint16_t)i;
	}
	return true;
}

static bool index_never_still(struct vio *v)
{
	unsigned int i;

	good(v);
	for (i = 0; i < 2000; i++) {
		vio_q(v)->avail->idx = (uint16_t)(i * 7);
		if (i % 100 == 0)
			vio_kick(v, v->work);
	}
	return true;
}

static void test_descriptors(struct vio *v)
{
	vio_test(v, "desc-loop", loop, WANT_REJECT);
	vio_test(v, "desc-loop-itself", loop_on_itself, WANT_REJECT);
	vio_test(v, "desc-loop-all", loop_of_all, WANT_REJECT);
	vio_test(v, "desc-next-beyond", next_beyond, WANT_REJECT);
	vio_test(v, "desc-next-far", next_far_beyond, WANT_REJECT);
	vio_test(v, "desc-address-0", address_zero, WANT_REJECT);
	vio_test(v, "desc-beyond-ram", address_beyond, WANT_REJECT);
	vio_test(v, "desc-top", address_top, WANT_REJECT);
	vio_test(v, "desc-length-0", length_zero, WANT_EITHER);
	vio_test(v, "desc-length-huge", length_huge, WANT_REJECT);
	vio_test(v, "desc-sum-wraps", sum_wraps, WANT_REJECT);
	vio_test(v, "desc-across-end", across_the_end, WANT_REJECT);
	vio_test(v, "desc-in-registers", in_registers, WANT_REJECT);
	vio_test(v, "desc-in-console", in_the_console, WANT_REJECT);
	vio_test(v, "desc-in-ring", in_the_ring, WANT_ANY);
	vio_test(v, "desc-in-used", in_the_used_ring, WANT_ANY);
	vio_test(v, "desc-turned", directions_turned, WANT_EITHER);
	vio_test(v, "desc-all-readable", all_readable, WANT_EITHER);
	vio_test(v, "desc-all-writable", all_writable, WANT_EITHER);
	vio_test(v, "desc-interleaved", interleaved, WANT_REJECT);
	vio_test(v, "desc-flags-all", flags_all, WANT_EITHER);
	vio_test(v, "desc-many-short", many_short, WANT_EITHER);
}

static void test_indirect(struct vio *v)
{
	vio_test(v, "ind-good", indirect_good, WANT_ANSWER);
	vio_test(v, "ind-unnegotiated", indirect_unnegotiated, WANT_EITHER);
	vio_test(v, "ind-nested", indirect_nested, WANT_REJECT);
	vio_test(v, "ind-and-next", indirect_and_next, WANT_REJECT);
	vio_test(v, "ind-odd-length", indirect_odd_length, WANT_REJECT);
	vio_test(v, "ind-empty", indirect_empty, WANT_REJECT);
	vio_test(v, "ind-tiny", indirect_tiny, WANT_REJECT);
	vio_test(v, "ind-outside", indirect_outside, WANT_REJECT);
	vio_test(v, "ind-across-end", indirect_across_end, WANT_REJECT);
	vio_test(v, "ind-wraps", indirect_wraps, WANT_REJECT);
	vio_test(v, "ind-huge", indirect_huge, WANT_EITHER);
	vio_test(v, "ind-in-registers", indirect_in_registers, WANT_REJECT);
	vio_test(v, "ind-loop", indirect_loop, WANT_REJECT);
	vio_test(v, "ind-next-beyond", indirect_next_beyond, WANT_REJECT);
	vio_test(v, "ind-over-4g", indirect_over_4g, WANT_REJECT);
	vio_test(v, "ind-too-many", indirect_too_many, WANT_EITHER);
	vio_test(v, "ind-over-queue", indirect_over_queue, WANT_EITHER);
	vio_test(v, "ind-is-the-ring", indirect_is_the_ring, WANT_REJECT);
}

void test_rings(struct vio *v)
{
	test_descriptors(v);
	test_indirect(v);
	vio_test(v, "ring-index-jumps", index_jumps, WANT_REJECT);
	vio_test(v, "ring-index-back", index_backwards, WANT_REJECT);
	vio_test(v, "ring-index-taken-back", index_taken_back, WANT_ANY);
	vio_test(v, "ring-head-beyond", head_beyond, WANT_REJECT);
	vio_test(v, "ring-head-far", head_far_beyond, WANT_REJECT);
	vio_test(v, "ring-all-invalid", all_invalid, WANT_REJECT);
	vio_test(v, "ring-all-the-same", all_the_same, WANT_EITHER);
	vio_test(v, "ring-twice-the-same", twice_the_same, WANT_EITHER);
	vio_test(v, "ring-full", full_ring, WANT_ANY);
	vio_test(v, "ring-used-scribbled", used_scribbled, WANT_ANY);
	vio_test(v, "ring-no-interrupts", no_interrupts, WANT_ANSWER);
	vio_test(v, "ring-event-index", event_index, WANT_ANY);
	vio_test(v, "ring-changed-after", changed_after, WANT_EITHER);
	vio_test(v, "ring-never-still", index_never_still, WANT_ANY);
}
