// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vq, packed rings: wrap counters, chains across the end, and every way in
 * which the ring can be wrong
 */
#include "t.h"
#include "util.h"
#include "vq_rig.h"

#define SIZE	UINT64_C(16)
#define ODD	7		/* packed rings need no power of two */
#define NEXT	VRING_DESC_F_NEXT
#define WRITE	VRING_DESC_F_WRITE
#define TABLE	VRING_DESC_F_INDIRECT

static const struct {
	const char *name;
	struct vq_setup setup;
	int want;
} setups[] = {
	{ "size 1", { 1, RIG_DESC, RIG_AVAIL, RIG_USED }, 0 },
	{ "size 7", { ODD, RIG_DESC, RIG_AVAIL, RIG_USED }, 0 },
	{ "size max", { VQ_SIZE_MAX, RIG_DESC, RIG_AVAIL, RIG_USED }, 0 },
	{ "size 0", { 0, RIG_DESC, RIG_AVAIL, RIG_USED }, -EINVAL },
	{ "max + 1", { VQ_SIZE_MAX + 1, RIG_DESC, RIG_AVAIL, RIG_USED },
	  -EINVAL },
	{ "size 65535", { 0xffff, RIG_DESC, RIG_AVAIL, RIG_USED }, -EINVAL },
	{ "desc + 8", { SIZE, RIG_DESC + 8, RIG_AVAIL, RIG_USED }, -EINVAL },
	{ "driver + 2", { SIZE, RIG_DESC, RIG_AVAIL + 2, RIG_USED },
	  -EINVAL },
	{ "device + 1", { SIZE, RIG_DESC, RIG_AVAIL, RIG_USED + 1 },
	  -EINVAL },
	{ "desc end", { SIZE, RIG_END - 16 * SIZE, RIG_AVAIL, RIG_USED },
	  0 },
	{ "desc beyond", { SIZE, RIG_END - 16 * SIZE + 16, RIG_AVAIL,
	  RIG_USED }, -EINVAL },
	{ "driver end", { SIZE, RIG_DESC, RIG_END - 4, RIG_USED }, 0 },
	{ "driver beyond", { SIZE, RIG_DESC, RIG_END, RIG_USED }, -EINVAL },
	{ "device top", { SIZE, RIG_DESC, RIG_AVAIL, UINT64_MAX - 3 },
	  -EINVAL },
	{ "all 0", { SIZE, 0, 0, 0 }, -EINVAL },
	{ "driver in desc", { SIZE, RIG_DESC, RIG_DESC + 16, RIG_USED },
	  -EINVAL },
	{ "driver is device", { SIZE, RIG_DESC, RIG_AVAIL, RIG_AVAIL },
	  -EINVAL },
	{ "driver beside device", { SIZE, RIG_DESC, RIG_AVAIL,
	  RIG_AVAIL + 4 }, 0 },
};

START_TEST(every_setup)
{
	struct vq_rig r;
	size_t i;

	rig_init(&r, SIZE, RIG_PACKED);
	for (i = 0; i < ARRAY_SIZE(setups); i++) {
		struct vq vq;

		memset(&vq, 0xff, sizeof(vq));
		ck_assert_msg(vq_init(&vq, &r.mem, &setups[i].setup,
				      RIG_PACKED) == setups[i].want, "%s",
			      setups[i].name);
		ck_assert_msg(!vq.broken == !setups[i].want, "%s",
			      setups[i].name);
	}
	rig_fini(&r);
}
END_TEST

static const struct {
	const char *name;
	struct {
		uint64_t addr;
		uint32_t len;
		uint16_t flags;
	} d[4];
	unsigned int nr;
	int want;
	unsigned int nr_out, nr_in;
} shapes[] = {
	{ "one out", { { RIG_DATA, 16, 0 } }, 1, 1, 1, 0 },
	{ "one in", { { RIG_DATA, 16, WRITE } }, 1, 1, 0, 1 },
	{ "out, in, in", { { RIG_DATA, 16, NEXT },
	  { RIG_DATA, 512, NEXT | WRITE }, { RIG_DATA, 1, WRITE } }, 3, 1, 1,
	  2 },
	{ "the ring itself", { { RIG_DESC, 16 * SIZE, WRITE } }, 1, 1, 0, 1 },
	{ "last byte", { { RIG_END - 1, 1, 0 } }, 1, 1, 1, 0 },
	{ "length 0", { { 0, 0, 0 } }, 1, 1, 0, 0 },
	{ "address 0", { { 0, 16, 0 } }, 1, -EPROTO, 0, 0 },
	{ "below memory", { { RIG_BASE - 1, 2, 0 } }, 1, -EPROTO, 0, 0 },
	{ "at the end", { { RIG_END, 1, 0 } }, 1, -EPROTO, 0, 0 },
	{ "across the end", { { RIG_END - 1, 2, WRITE } }, 1, -EPROTO, 0, 0 },
	{ "huge", { { RIG_DATA, UINT32_MAX, 0 } }, 1, -EPROTO, 0, 0 },
	{ "sum wraps", { { UINT64_MAX - 7, 16, 0 } }, 1, -EPROTO, 0, 0 },
	{ "in before out", { { RIG_DATA, 1, NEXT | WRITE },
	  { RIG_DATA, 1, 0 } }, 2, -EPROTO, 0, 0 },
	{ "second one bad", { { RIG_DATA, 1, NEXT }, { RIG_END, 1, 0 } }, 2,
	  -EPROTO, 0, 0 },
	{ "a table in a chain", { { RIG_DATA, 1, NEXT },
	  { RIG_TABLE, 16, TABLE } }, 2, -EPROTO, 0, 0 },
	{ "a table with next", { { RIG_TABLE, 16, TABLE | NEXT },
	  { RIG_DATA, 1, 0 } }, 2, -EPROTO, 0, 0 },
};

START_TEST(every_shape)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct vq_rig r;
		unsigned int j;
		int got;

		rig_init(&r, SIZE, RIG_PACKED | RIG_INDIRECT);
		for (j = 0; j < shapes[i].nr; j++)
			rig_slot(&r, shapes[i].d[j].addr, shapes[i].d[j].len,
				 9, shapes[i].d[j].flags);
		got = rig_pop(&r);
		ck_assert_msg(got == shapes[i].want, "%s: %d", shapes[i].name,
			      got);
		if (got < 0) {
			ck_assert_ptr_nonnull(r.vq.broken);
			ck_assert_int_eq(rig_pop(&r), -EPROTO);
		} else {
			ck_assert_msg(r.c.nr_out == shapes[i].nr_out &&
				      r.c.nr_in == shapes[i].nr_in, "%s",
				      shapes[i].name);
			ck_assert_uint_eq(r.c.slots, shapes[i].nr);
			ck_assert_uint_eq(r.c.head, 9);
		}
		rig_fini(&r);
	}
}
END_TEST

static const struct {
	const char *name;
	uint64_t features, addr;
	uint32_t len;
	int want;
} tables[] = {
	{ "good", RIG_INDIRECT, RIG_TABLE, 32, 1 },
	{ "odd address", RIG_INDIRECT, RIG_TABLE + 5, 32, 1 },
	{ "not negotiated", 0, RIG_TABLE, 32, -EPROTO },
	{ "empty", RIG_INDIRECT, RIG_TABLE, 0, -EPROTO },
	{ "31 bytes", RIG_INDIRECT, RIG_TABLE, 31, -EPROTO },
	{ "over the limit", RIG_INDIRECT, RIG_TABLE, 16 * (VQ_SIZE_MAX + 1),
	  -EPROTO },
	{ "huge", RIG_INDIRECT, RIG_TABLE, 0xfffffff0, -EPROTO },
	{ "beyond", RIG_INDIRECT, RIG_END, 32, -EPROTO },
	{ "across the end", RIG_INDIRECT, RIG_END - 16, 32, -EPROTO },
	{ "wraps", RIG_INDIRECT, UINT64_MAX - 15, 32, -EPROTO },
};

START_TEST(every_table)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		struct vq_rig r;

		rig_init(&r, SIZE, RIG_PACKED | tables[i].features);
		rig_slot_entry(&r, 0, RIG_DATA, 1, 0);
		rig_slot_entry(&r, 1, RIG_DATA, 1, WRITE);
		if (tables[i].addr == RIG_TABLE + 5)
			memmove(rig_host(&r, RIG_TABLE + 5),
				rig_host(&r, RIG_TABLE), 32);
		rig_slot(&r, tables[i].addr, tables[i].len, 4, TABLE);
		ck_assert_msg(rig_pop(&r) == tables[i].want, "%s",
			      tables[i].name);
		if (tables[i].want == 1) {
			ck_assert_uint_eq(r.c.nr_out, 1);
			ck_assert_uint_eq(r.c.nr_in, 1);
			ck_assert_uint_eq(r.c.slots, 1);
			ck_assert_uint_eq(r.c.head, 4);
		}
		rig_fini(&r);
	}
}
END_TEST

START_TEST(tables_do_not_nest)
{
	struct vq_rig r;

	rig_init(&r, SIZE, RIG_PACKED | RIG_INDIRECT);
	rig_slot_entry(&r, 0, RIG_TABLE, 16, TABLE);
	rig_slot(&r, RIG_TABLE, 16, 0, TABLE);
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	rig_fini(&r);
}
END_TEST

START_TEST(the_longest_table)
{
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, RIG_PACKED | RIG_INDIRECT);
	for (i = 0; i < VQ_SIZE_MAX; i++)
		rig_slot_entry(&r, i, RIG_DATA + i, 1, WRITE);
	rig_slot(&r, RIG_TABLE, VQ_SIZE_MAX * 16, 0, TABLE);
	ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_uint_eq(r.c.nr_in, VQ_SIZE_MAX);
	rig_fini(&r);
}
END_TEST

START_TEST(nothing_is_offered)
{
	struct vq_rig r;

	rig_init(&r, SIZE, RIG_PACKED);
	ck_assert_int_eq(rig_pop(&r), 0);
	/* neither with both bits, which is used, nor in the wrong round */
	r.slot[0].flags = BIT(VRING_PACKED_DESC_F_AVAIL) |
		BIT(VRING_PACKED_DESC_F_USED);
	ck_assert_int_eq(rig_pop(&r), 0);
	r.slot[0].flags = BIT(VRING_PACKED_DESC_F_USED);
	ck_assert_int_eq(rig_pop(&r), 0);
	ck_assert_ptr_null(r.vq.broken);
	rig_fini(&r);
}
END_TEST

/* Every chain length, so that they lie across the end in every way. */
static void round_and_round(uint16_t size, unsigned int length)
{
	unsigned int i, j, at = 0;
	bool wrap = true;
	struct vq_rig r;

	rig_init(&r, size, RIG_PACKED);
	for (i = 0; i < 5000; i++) {
		for (j = 0; j < length; j++)
			rig_slot(&r, RIG_DATA + j, 1, i,
				 WRITE | (j + 1 < length ? NEXT : 0));
		ck_assert_int_eq(rig_pop(&r), 1);
		ck_assert_uint_eq(r.c.nr_in, length);
		ck_assert_uint_eq(r.c.slots, length);
		vq_push(&r.vq, &r.c, i);
		ck_assert(rig_slot_used(&r, at, wrap));
		ck_assert_uint_eq(r.slot[at].id, i);
		ck_assert_uint_eq(r.slot[at].len, i);
		ck_assert_int_eq(rig_pop(&r), 0);
		at += length;
		if (at >= size) {
			at -= size;
			wrap = !wrap;
		}
	}
	ck_assert_uint_eq(r.vq.in_flight, 0);
	rig_fini(&r);
}

START_TEST(chains_wrap)
{
	unsigned int length;

	for (length = 1; length <= ODD; length++) {
		round_and_round(SIZE, length);
		round_and_round(ODD, length);
	}
	round_and_round(1, 1);
}
END_TEST

START_TEST(a_chain_without_end)
{
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, RIG_PACKED);
	for (i = 0; i < SIZE; i++)
		rig_slot(&r, RIG_DATA, 1, i, NEXT);
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	rig_fini(&r);
}
END_TEST

/* A chain may not reach into what was taken and not given back. */
START_TEST(a_chain_into_others)
{
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, RIG_PACKED);
	rig_slot(&r, RIG_DATA, 1, 0, 0);
	ck_assert_int_eq(rig_pop(&r), 1);
	for (i = 0; i < SIZE; i++)
		rig_slot(&r, RIG_DATA, 1, i, i + 1 < SIZE ? NEXT : 0);
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	rig_fini(&r);
}
END_TEST

START_TEST(more_than_the_ring_holds)
{
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, RIG_PACKED);
	for (i = 0; i < SIZE; i++) {
		rig_slot(&r, RIG_DATA, 1, i, 0);
		ck_assert_int_eq(rig_pop(&r), 1);
	}
	ck_assert_int_eq(rig_pop(&r), 0);
	rig_slot(&r, RIG_DATA, 1, 0, 0);
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	rig_fini(&r);
}
END_TEST

/* The id is the driver's name for it; the device only gives it back. */
START_TEST(any_id)
{
	struct vq_rig r;

	rig_init(&r, SIZE, RIG_PACKED);
	rig_slot(&r, RIG_DATA, 1, 1, NEXT);
	rig_slot(&r, RIG_DATA, 1, 0xfff0, 0);
	ck_assert_int_eq(rig_pop(&r), 1);
	vq_push(&r.vq, &r.c, 0);
	ck_assert_uint_eq(r.slot[0].id, 0xfff0);
	rig_fini(&r);
}
END_TEST

START_TEST(given_back_in_any_order)
{
	struct vq_chain c[3];
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, RIG_PACKED);
	for (i = 0; i < 3; i++) {
		rig_slot(&r, RIG_DATA, 1, i, NEXT);
		rig_slot(&r, RIG_DATA, 1, i, WRITE);
		ck_assert_int_eq(rig_pop(&r), 1);
		c[i] = r.c;
	}
	vq_push(&r.vq, &c[2], 5);
	vq_push(&r.vq, &c[0], 0);
	ck_assert(rig_slot_used(&r, 0, true));
	ck_assert_uint_eq(r.slot[0].id, 2);
	ck_assert(r.slot[0].flags & WRITE);
	ck_assert(rig_slot_used(&r, 2, true));
	ck_assert_uint_eq(r.slot[2].id, 0);
	ck_assert(!(r.slot[2].flags & WRITE));
	ck_assert(!rig_slot_used(&r, 4, true));
	rig_fini(&r);
}
END_TEST

START_TEST(several_at_once_across_the_end)
{
	struct vq_chain c[3];
	const struct vq_chain *all[3] = { &c[0], &c[1], &c[2] };
	const uint32_t len[3] = { 7, 8, 9 };
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, 4, RIG_PACKED);
	for (i = 0; i < 2; i++) {
		rig_slot(&r, RIG_DATA, 1, 0, 0);
		ck_assert_int_eq(rig_pop(&r), 1);
		vq_push(&r.vq, &r.c, 0);
	}
	for (i = 0; i < 3; i++) {
		rig_slot(&r, RIG_DATA, 1, i, WRITE);
		ck_assert_int_eq(rig_pop(&r), 1);
		c[i] = r.c;
	}
	vq_push_many(&r.vq, all, len, 3);
	ck_assert(rig_slot_used(&r, 2, true));
	ck_assert(rig_slot_used(&r, 3, true));
	ck_assert(rig_slot_used(&r, 0, false));
	ck_assert_uint_eq(r.slot[0].len, 9);
	rig_fini(&r);
}
END_TEST

START_TEST(put_back_and_taken_again)
{
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, 4, RIG_PACKED);
	for (i = 0; i < 3; i++) {
		rig_slot(&r, RIG_DATA, 1, i, 0);
		ck_assert_int_eq(rig_pop(&r), 1);
		vq_push(&r.vq, &r.c, 0);
	}
	/* lies in slots 3 and 0 */
	rig_slot(&r, RIG_DATA, 1, 8, NEXT);
	rig_slot(&r, RIG_DATA, 1, 8, 0);
	ck_assert_int_eq(rig_pop(&r), 1);
	vq_unpop(&r.vq, &r.c);
	ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_uint_eq(r.c.head, 8);
	ck_assert_uint_eq(r.c.slots, 2);
	ck_assert_uint_eq(r.vq.in_flight, 2);
	ck_assert_int_eq(rig_pop(&r), 0);
	rig_fini(&r);
}
END_TEST

START_TEST(changed_after_it_was_taken)
{
	struct vq_rig r;

	rig_init(&r, SIZE, RIG_PACKED);
	rig_slot(&r, RIG_DATA, 16, 6, WRITE);
	ck_assert_int_eq(rig_pop(&r), 1);
	memset(r.slot, 0xff, SIZE * sizeof(*r.slot));
	ck_assert_ptr_eq(r.iov[0].iov_base, rig_host(&r, RIG_DATA));
	ck_assert_uint_eq(r.iov[0].iov_len, 16);
	vq_push(&r.vq, &r.c, 16);
	ck_assert_uint_eq(r.slot[0].id, 6);
	rig_fini(&r);
}
END_TEST

/* The ring's own bytes as buffer: what is written there is the driver's loss. */
START_TEST(every_flag_in_every_slot)
{
	unsigned int flags, i;
	struct vq_rig r;

	for (flags = 0; flags < 0x10000; flags += 3) {
		rig_init(&r, 4, RIG_PACKED | RIG_INDIRECT);
		for (i = 0; i < 4; i++)
			r.slot[i] = (struct vring_packed_desc){
				.addr = RIG_DATA, .len = 16, .id = 1,
				.flags = (uint16_t)(flags * (i + 1)),
			};
		for (i = 0; i < 20 && rig_pop(&r) > 0; i++)
			vq_push(&r.vq, &r.c, i & 1);
		/* the device has moved past what it used: it comes to an end */
		ck_assert_uint_lt(i, 20);
		rig_fini(&r);
	}
}
END_TEST

static void serve_one(struct vq_rig *r)
{
	rig_slot(r, RIG_DATA, 1, 0, 0);
	ck_assert_int_eq(rig_pop(r), 1);
	vq_push(&r->vq, &r->c, 0);
}

START_TEST(interrupts_by_flag)
{
	static const bool want[] = { true, false, true, true };
	unsigned int i;
	struct vq_rig r;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		rig_init(&r, SIZE, RIG_PACKED);
		r.driver->flags = (uint16_t)i;
		serve_one(&r);
		/* without the feature, 2 is as good as any */
		if (i < VRING_PACKED_EVENT_FLAG_DESC)
			ck_assert_int_eq(vq_notify(&r.vq), want[i]);
		else
			vq_notify(&r.vq);
		ck_assert(!vq_notify(&r.vq));
		rig_fini(&r);
	}
}
END_TEST

/* After @done slots of 16: whether an interrupt at @off of round @wrap is due. */
static const struct {
	uint16_t off;
	bool wrap;
	uint16_t done;
	bool want;
} events[] = {
	{ 0, true, 1, true }, { 1, true, 1, false }, { 15, true, 1, false },
	{ 2, true, 3, true }, { 3, true, 3, false }, { 0, true, 3, true },
	{ 15, true, 16, true }, { 0, false, 16, false }, { 0, false, 17, true },
	{ 15, true, 17, true }, { 0, true, 17, true }, { 1, false, 17, false },
	{ 0x7fff, true, 3, false }, { 0x7fff, false, 3, false },
};

START_TEST(interrupts_by_event)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		struct vq_rig r;
		unsigned int j;

		rig_init(&r, SIZE, RIG_PACKED | RIG_EVENT);
		r.driver->flags = VRING_PACKED_EVENT_FLAG_DESC;
		r.driver->off_wrap = (uint16_t)(events[i].off |
						(events[i].wrap ? 0x8000 : 0));
		for (j = 0; j < events[i].done; j++)
			serve_one(&r);
		ck_assert_msg(vq_notify(&r.vq) == events[i].want,
			      "event %u,%d after %u", events[i].off,
			      events[i].wrap, events[i].done);
		rig_fini(&r);
	}
}
END_TEST

START_TEST(kicks_by_flag)
{
	struct vq_rig r;

	rig_init(&r, SIZE, RIG_PACKED);
	vq_kicks_off(&r.vq);
	ck_assert_uint_eq(r.device->flags, VRING_PACKED_EVENT_FLAG_DISABLE);
	ck_assert(!vq_kicks_on(&r.vq));
	ck_assert_uint_eq(r.device->flags, VRING_PACKED_EVENT_FLAG_ENABLE);
	rig_slot(&r, RIG_DATA, 1, 0, 0);
	ck_assert(vq_kicks_on(&r.vq));
	rig_fini(&r);
}
END_TEST

START_TEST(kicks_by_event)
{
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, 4, RIG_PACKED | RIG_EVENT);
	ck_assert(!vq_kicks_on(&r.vq));
	ck_assert_uint_eq(r.device->off_wrap, 0x8000);
	ck_assert_uint_eq(r.device->flags, VRING_PACKED_EVENT_FLAG_DESC);
	for (i = 0; i < 5; i++)
		serve_one(&r);
	ck_assert(!vq_kicks_on(&r.vq));
	ck_assert_uint_eq(r.device->off_wrap, 1);
	rig_fini(&r);
}
END_TEST

T_MAIN("vq_packed",
       every_setup,
       every_shape,
       every_table,
       tables_do_not_nest,
       the_longest_table,
       nothing_is_offered,
       chains_wrap,
       a_chain_without_end,
       a_chain_into_others,
       more_than_the_ring_holds,
       any_id,
       given_back_in_any_order,
       several_at_once_across_the_end,
       put_back_and_taken_again,
       changed_after_it_was_taken,
       every_flag_in_every_slot,
       interrupts_by_flag,
       interrupts_by_event,
       kicks_by_flag,
       kicks_by_event)
