// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vq, split rings: every way in which a ring can be wrong ends as a broken
 * queue, with nothing touched outside; and what is right is served
 */
#include "t.h"
#include "util.h"
#include "vq_rig.h"

#define SIZE	UINT64_C(16)
#define NEXT	VRING_DESC_F_NEXT
#define WRITE	VRING_DESC_F_WRITE
#define TABLE	VRING_DESC_F_INDIRECT

static const struct {
	const char *name;
	struct vq_setup setup;
	int want;
} setups[] = {
	{ "size 1", { 1, RIG_DESC, RIG_AVAIL, RIG_USED }, 0 },
	{ "size max", { VQ_SIZE_MAX, RIG_DESC, RIG_AVAIL, RIG_USED }, 0 },
	{ "size 0", { 0, RIG_DESC, RIG_AVAIL, RIG_USED }, -EINVAL },
	{ "size 15", { 15, RIG_DESC, RIG_AVAIL, RIG_USED }, -EINVAL },
	{ "twice max", { 2 * VQ_SIZE_MAX, RIG_DESC, RIG_AVAIL, RIG_USED },
	  -EINVAL },
	{ "size 65535", { 0xffff, RIG_DESC, RIG_AVAIL, RIG_USED }, -EINVAL },
	{ "size 32768", { 0x8000, RIG_DESC, RIG_AVAIL, RIG_USED }, -EINVAL },
	{ "desc + 8", { SIZE, RIG_DESC + 8, RIG_AVAIL, RIG_USED }, -EINVAL },
	{ "driver + 1", { SIZE, RIG_DESC, RIG_AVAIL + 1, RIG_USED },
	  -EINVAL },
	{ "device + 2", { SIZE, RIG_DESC, RIG_AVAIL, RIG_USED + 2 },
	  -EINVAL },
	{ "driver + 2", { SIZE, RIG_DESC, RIG_AVAIL + 2, RIG_USED }, 0 },
	{ "device + 4", { SIZE, RIG_DESC, RIG_AVAIL, RIG_USED + 4 }, 0 },
	{ "all 0", { SIZE, 0, 0, 0 }, -EINVAL },
	{ "desc 0", { SIZE, 0, RIG_AVAIL, RIG_USED }, -EINVAL },
	{ "below", { SIZE, RIG_BASE - 16, RIG_AVAIL, RIG_USED }, -EINVAL },
	{ "desc end", { SIZE, RIG_END - 16 * SIZE, RIG_AVAIL, RIG_USED },
	  0 },
	{ "desc beyond", { SIZE, RIG_END - 16 * SIZE + 16, RIG_AVAIL,
	  RIG_USED }, -EINVAL },
	{ "driver end", { SIZE, RIG_DESC, RIG_END - 6 - 2 * SIZE, RIG_USED },
	  0 },
	{ "driver event beyond", { SIZE, RIG_DESC, RIG_END - 4 - 2 * SIZE,
	  RIG_USED }, -EINVAL },
	{ "device event beyond", { SIZE, RIG_DESC, RIG_AVAIL,
	  RIG_END - 4 - 8 * SIZE }, -EINVAL },
	{ "at the end", { SIZE, RIG_END, RIG_AVAIL, RIG_USED }, -EINVAL },
	{ "top", { SIZE, RIG_DESC, RIG_AVAIL, UINT64_MAX - 3 }, -EINVAL },
	{ "desc top", { SIZE, UINT64_MAX - 15, RIG_AVAIL, RIG_USED },
	  -EINVAL },
	{ "bit 63", { SIZE, RIG_DESC | BIT(63), RIG_AVAIL, RIG_USED },
	  -EINVAL },
	{ "desc is driver", { SIZE, RIG_DESC, RIG_DESC, RIG_USED },
	  -EINVAL },
	{ "desc is device", { SIZE, RIG_DESC, RIG_AVAIL, RIG_DESC },
	  -EINVAL },
	{ "driver is device", { SIZE, RIG_DESC, RIG_AVAIL, RIG_AVAIL },
	  -EINVAL },
	{ "all one", { SIZE, RIG_DESC, RIG_DESC, RIG_DESC }, -EINVAL },
	{ "driver in desc", { SIZE, RIG_DESC, RIG_DESC + 16 * SIZE - 2,
	  RIG_USED }, -EINVAL },
	{ "driver behind desc", { SIZE, RIG_DESC, RIG_DESC + 16 * SIZE,
	  RIG_USED }, 0 },
	{ "device ends in desc", { SIZE, RIG_DESC, RIG_AVAIL,
	  RIG_DESC - 8 * SIZE - 4 }, -EINVAL },
};

START_TEST(every_setup)
{
	struct vq_rig r;
	size_t i;

	rig_init(&r, SIZE, 0);
	for (i = 0; i < ARRAY_SIZE(setups); i++) {
		struct vq vq;

		memset(&vq, 0xff, sizeof(vq));
		ck_assert_msg(vq_init(&vq, &r.mem, &setups[i].setup, 0) ==
			      setups[i].want, "%s", setups[i].name);
		ck_assert_msg(!vq.broken == !setups[i].want, "%s",
			      setups[i].name);
		if (setups[i].want)
			ck_assert_int_eq(vq_pop(&vq, &r.c), -EPROTO);
	}
	rig_fini(&r);
}
END_TEST

/* A chain that begins at descriptor 0, and what becomes of it. */
struct shape {
	const char *name;
	struct {
		uint64_t addr;
		uint32_t len;
		uint16_t flags, next;
	} d[5];
	unsigned int nr;
	int want;		/* 1, or -EPROTO */
	unsigned int nr_out, nr_in;
};

static const struct shape shapes[] = {
	{ "one out", { { RIG_DATA, 16, 0, 0 } }, 1, 1, 1, 0 },
	{ "one in", { { RIG_DATA, 16, WRITE, 0 } }, 1, 1, 0, 1 },
	{ "out, in, in", { { RIG_DATA, 16, NEXT, 1 },
	  { RIG_DATA, 512, NEXT | WRITE, 2 }, { RIG_DATA, 1, WRITE, 0 } }, 3,
	  1, 1, 2 },
	{ "next is ignored without its flag", { { RIG_DATA, 1, 0, 0xffff } },
	  1, 1, 1, 0 },
	{ "reserved flags", { { RIG_DATA, 1, 0xfff8, 0 } }, 1, 1, 1, 0 },
	{ "all of memory", { { RIG_BASE, RIG_SIZE, WRITE, 0 } }, 1, 1, 0, 1 },
	{ "last byte", { { RIG_END - 1, 1, 0, 0 } }, 1, 1, 1, 0 },
	{ "the ring itself", { { RIG_DESC, 16 * SIZE, WRITE, 0 } }, 1, 1, 0,
	  1 },
	{ "same buffer twice", { { RIG_DATA, 16, NEXT, 1 },
	  { RIG_DATA, 16, WRITE, 0 } }, 2, 1, 1, 1 },
	{ "length 0", { { RIG_DATA, 0, 0, 0 } }, 1, 1, 0, 0 },
	{ "length 0 at 0", { { 0, 0, 0, 0 } }, 1, 1, 0, 0 },
	{ "length 0 between", { { RIG_DATA, 1, NEXT, 1 },
	  { RIG_DATA, 0, NEXT | WRITE, 2 }, { RIG_DATA, 1, NEXT, 3 },
	  { RIG_DATA, 1, WRITE, 0 } }, 4, 1, 2, 1 },
	{ "loop to itself", { { RIG_DATA, 1, NEXT, 0 } }, 1, -EPROTO, 0, 0 },
	{ "loop of two", { { RIG_DATA, 1, NEXT, 1 }, { RIG_DATA, 1, NEXT, 0 } },
	  2, -EPROTO, 0, 0 },
	{ "loop of nothing", { { RIG_DATA, 0, NEXT, 0 } }, 1, -EPROTO, 0, 0 },
	{ "loop to the middle", { { RIG_DATA, 1, NEXT, 1 },
	  { RIG_DATA, 1, NEXT, 2 }, { RIG_DATA, 1, NEXT, 1 } }, 3, -EPROTO, 0,
	  0 },
	{ "next at the size", { { RIG_DATA, 1, NEXT, SIZE } }, 1, -EPROTO, 0,
	  0 },
	{ "next 65535", { { RIG_DATA, 1, NEXT, 0xffff } }, 1, -EPROTO, 0, 0 },
	{ "address 0", { { 0, 16, 0, 0 } }, 1, -EPROTO, 0, 0 },
	{ "below memory", { { RIG_BASE - 1, 1, 0, 0 } }, 1, -EPROTO, 0, 0 },
	{ "across the start", { { RIG_BASE - 1, 2, 0, 0 } }, 1, -EPROTO, 0,
	  0 },
	{ "at the end", { { RIG_END, 1, 0, 0 } }, 1, -EPROTO, 0, 0 },
	{ "across the end", { { RIG_END - 1, 2, WRITE, 0 } }, 1, -EPROTO, 0,
	  0 },
	{ "in registers", { { 0x3000000, 16, WRITE, 0 } }, 1, -EPROTO, 0, 0 },
	{ "huge", { { RIG_DATA, UINT32_MAX, 0, 0 } }, 1, -EPROTO, 0, 0 },
	{ "sum wraps", { { UINT64_MAX - 7, 16, 0, 0 } }, 1, -EPROTO, 0, 0 },
	{ "sum wraps to memory", { { UINT64_MAX - 7, RIG_BASE + 16, 0, 0 } },
	  1, -EPROTO, 0, 0 },
	{ "top byte", { { UINT64_MAX, 1, 0, 0 } }, 1, -EPROTO, 0, 0 },
	{ "bit 63", { { RIG_DATA | BIT(63), 1, 0, 0 } }, 1, -EPROTO, 0, 0 },
	{ "in before out", { { RIG_DATA, 1, NEXT | WRITE, 1 },
	  { RIG_DATA, 1, 0, 0 } }, 2, -EPROTO, 0, 0 },
	{ "interleaved", { { RIG_DATA, 1, NEXT, 1 },
	  { RIG_DATA, 1, NEXT | WRITE, 2 }, { RIG_DATA, 1, NEXT, 3 },
	  { RIG_DATA, 1, WRITE, 0 } }, 4, -EPROTO, 0, 0 },
	{ "second one bad", { { RIG_DATA, 1, NEXT, 1 },
	  { RIG_END, 1, 0, 0 } }, 2, -EPROTO, 0, 0 },
};

static void expect_chain(struct vq_rig *r, const struct shape *s)
{
	int got;

	memset(r->iov, 0xee, sizeof(r->iov));
	got = rig_pop(r);
	ck_assert_msg(got == s->want, "%s: %d", s->name, got);
	if (got < 0) {
		ck_assert_msg(r->vq.broken, "%s", s->name);
		ck_assert_int_eq(rig_pop(r), -EPROTO);
		return;
	}
	ck_assert_msg(r->c.nr_out == s->nr_out && r->c.nr_in == s->nr_in,
		      "%s: %u out, %u in", s->name, r->c.nr_out, r->c.nr_in);
	ck_assert_msg(!r->vq.broken, "%s", s->name);
}

START_TEST(every_shape)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		const struct shape *s = &shapes[i];
		struct vq_rig r;
		unsigned int j;

		rig_init(&r, SIZE, RIG_INDIRECT);
		for (j = 0; j < s->nr; j++)
			rig_desc(&r, j, s->d[j].addr, s->d[j].len,
				 s->d[j].flags, s->d[j].next);
		rig_offer(&r, 0);
		expect_chain(&r, s);
		rig_fini(&r);
	}
}
END_TEST

/* The same chains in an indirect table that has a few entries to spare. */
START_TEST(every_shape_in_a_table)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		const struct shape *s = &shapes[i];
		struct vq_rig r;
		unsigned int j;

		rig_init(&r, SIZE, RIG_INDIRECT);
		for (j = 0; j < s->nr; j++)
			rig_entry(&r, j, s->d[j].addr, s->d[j].len,
				  s->d[j].flags, s->d[j].next);
		rig_desc(&r, 0, RIG_TABLE, SIZE * 16, TABLE, 0);
		rig_offer(&r, 0);
		expect_chain(&r, s);
		rig_fini(&r);
	}
}
END_TEST

static const struct {
	const char *name;
	uint64_t features, addr;
	uint32_t len;
	uint16_t flags;
	int want;
} tables[] = {
	{ "good", RIG_INDIRECT, RIG_TABLE, 32, TABLE, 1 },
	{ "write flag", RIG_INDIRECT, RIG_TABLE, 32, TABLE | WRITE, 1 },
	{ "not negotiated", 0, RIG_TABLE, 32, TABLE, -EPROTO },
	{ "with next", RIG_INDIRECT, RIG_TABLE, 32, TABLE | NEXT, -EPROTO },
	{ "empty", RIG_INDIRECT, RIG_TABLE, 0, TABLE, -EPROTO },
	{ "15 bytes", RIG_INDIRECT, RIG_TABLE, 15, TABLE, -EPROTO },
	{ "33 bytes", RIG_INDIRECT, RIG_TABLE, 33, TABLE, -EPROTO },
	{ "next beyond it", RIG_INDIRECT, RIG_TABLE, 16, TABLE, -EPROTO },
	{ "over the limit", RIG_INDIRECT, RIG_TABLE, 16 * (VQ_SIZE_MAX + 1),
	  TABLE, -EPROTO },
	{ "huge", RIG_INDIRECT, RIG_TABLE, 0xfffffff0, TABLE, -EPROTO },
	{ "at 0", RIG_INDIRECT, 0, 32, TABLE, -EPROTO },
	{ "beyond", RIG_INDIRECT, RIG_END, 32, TABLE, -EPROTO },
	{ "across the end", RIG_INDIRECT, RIG_END - 16, 32, TABLE, -EPROTO },
	{ "wraps", RIG_INDIRECT, UINT64_MAX - 15, 32, TABLE, -EPROTO },
};

START_TEST(every_table)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		struct vq_rig r;

		rig_init(&r, SIZE, tables[i].features);
		rig_entry(&r, 0, RIG_DATA, 1, NEXT, 1);
		rig_entry(&r, 1, RIG_DATA, 1, WRITE, 0);
		rig_desc(&r, 0, tables[i].addr, tables[i].len, tables[i].flags,
			 1);
		rig_desc(&r, 1, RIG_DATA, 1, WRITE, 0);
		rig_offer(&r, 0);
		ck_assert_msg(rig_pop(&r) == tables[i].want, "%s",
			      tables[i].name);
		rig_fini(&r);
	}
}
END_TEST

START_TEST(tables_do_not_nest)
{
	struct vq_rig r;

	rig_init(&r, SIZE, RIG_INDIRECT);
	rig_entry(&r, 0, RIG_TABLE, 16, TABLE, 0);
	rig_desc(&r, 0, RIG_TABLE, 16, TABLE, 0);
	rig_offer(&r, 0);
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	rig_fini(&r);
}
END_TEST

/* The ring as its own table: its first descriptor is indirect again. */
START_TEST(the_ring_is_no_table)
{
	struct vq_rig r;

	rig_init(&r, SIZE, RIG_INDIRECT);
	rig_desc(&r, 0, RIG_DESC, SIZE * 16, TABLE, 0);
	rig_offer(&r, 0);
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	rig_fini(&r);
}
END_TEST

/* 2.7.5.3.2 obliges a device to take "zero or more" buffers and a table. */
START_TEST(a_table_may_follow_buffers)
{
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, RIG_INDIRECT);
	rig_entry(&r, 0, RIG_DATA + 2, 3, NEXT, 1);
	rig_entry(&r, 1, RIG_DATA + 3, 4, WRITE, 0);
	rig_desc(&r, 4, RIG_DATA, 1, NEXT, 2);
	rig_desc(&r, 2, RIG_DATA + 1, 2, NEXT, 5);
	rig_desc(&r, 5, RIG_TABLE, 32, TABLE, 0);
	rig_offer(&r, 4);
	ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_uint_eq(r.c.head, 4);
	ck_assert_uint_eq(r.c.nr_out, 3);
	ck_assert_uint_eq(r.c.nr_in, 1);
	for (i = 0; i < 4; i++) {
		ck_assert_ptr_eq(r.iov[i].iov_base, rig_host(&r, RIG_DATA + i));
		ck_assert_uint_eq(r.iov[i].iov_len, i + 1);
	}
	rig_fini(&r);
}
END_TEST

START_TEST(a_table_at_an_odd_address)
{
	struct vq_rig r;

	rig_init(&r, SIZE, RIG_INDIRECT);
	rig_entry(&r, 0, RIG_DATA, 1, WRITE, 0);
	memmove(rig_host(&r, RIG_TABLE + 3), rig_host(&r, RIG_TABLE), 16);
	rig_desc(&r, 0, RIG_TABLE + 3, 16, TABLE, 0);
	rig_offer(&r, 0);
	ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_uint_eq(r.c.nr_in, 1);
	ck_assert_ptr_eq(r.iov[0].iov_base, rig_host(&r, RIG_DATA));
	rig_fini(&r);
}
END_TEST

static void long_chain(struct vq_rig *r, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		rig_entry(r, i, RIG_DATA + i, 1, i + 1 < nr ? NEXT : 0, i + 1);
	rig_desc(r, 0, RIG_TABLE, nr * 16, TABLE, 0);
	rig_offer(r, 0);
}

START_TEST(the_longest_chain)
{
	struct vq_rig r;

	rig_init(&r, VQ_SIZE_MAX, RIG_INDIRECT);
	long_chain(&r, VQ_SIZE_MAX);
	ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_uint_eq(r.c.nr_out, VQ_SIZE_MAX);
	ck_assert_ptr_eq(r.iov[VQ_SIZE_MAX - 1].iov_base,
			 rig_host(&r, RIG_DATA + VQ_SIZE_MAX - 1));
	long_chain(&r, VQ_SIZE_MAX + 1);
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	rig_fini(&r);
}
END_TEST

/* Stock drivers do it; why it is so is in docs/decisions.md. */
START_TEST(a_table_longer_than_the_queue)
{
	struct vq_rig r;

	rig_init(&r, SIZE, RIG_INDIRECT);
	long_chain(&r, VQ_SIZE_MAX);
	ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_uint_eq(r.c.nr_out, VQ_SIZE_MAX);
	rig_fini(&r);
}
END_TEST

/* In as many buffers as there can be, all in the same place. */
static void big_chain(struct vq_rig *r, uint32_t more)
{
	const uint32_t each = VQ_CHAIN_MAX / VQ_SIZE_MAX;
	unsigned int i;

	for (i = 0; i < VQ_SIZE_MAX; i++)
		rig_entry(r, i, RIG_DATA, i ? each : each + more,
			  i + 1 < VQ_SIZE_MAX ? NEXT : 0, i + 1);
	rig_desc(r, 0, RIG_TABLE, VQ_SIZE_MAX * 16, TABLE, 0);
	rig_offer(r, 0);
}

START_TEST(a_chain_of_4_gib_and_one_that_is_longer)
{
	struct vq_rig r;

	rig_init(&r, VQ_SIZE_MAX, RIG_INDIRECT);
	big_chain(&r, 0);
	ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_uint_eq(r.c.nr_out, VQ_SIZE_MAX);
	big_chain(&r, 1);
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	ck_assert_str_eq(r.vq.broken, "chain of more than 4 GiB");
	rig_fini(&r);
}
END_TEST

START_TEST(the_longest_chain_in_the_ring)
{
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, 0);
	for (i = 0; i < SIZE; i++)
		rig_desc(&r, i, RIG_DATA, 1, i + 1 < SIZE ? NEXT : 0, i + 1);
	rig_offer(&r, 0);
	ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_uint_eq(r.c.nr_out, SIZE);
	rig_fini(&r);
}
END_TEST

START_TEST(nothing_is_offered)
{
	struct vq_rig r;

	rig_init(&r, SIZE, 0);
	ck_assert_int_eq(rig_pop(&r), 0);
	ck_assert_ptr_null(r.vq.broken);
	ck_assert(!vq_notify(&r.vq));
	rig_fini(&r);
}
END_TEST

static const struct {
	const char *name;
	uint16_t idx, head;
	int want;
} indices[] = {
	{ "one", 1, 0, 1 },
	{ "a full ring", SIZE, 0, 1 },
	{ "one too many", SIZE + 1, 0, -EPROTO },
	{ "half way round", 0x8000, 0, -EPROTO },
	{ "backwards", 0xffff, 0, -EPROTO },
	{ "head at the size", 1, SIZE, -EPROTO },
	{ "head 65535", 1, 0xffff, -EPROTO },
};

START_TEST(every_index)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		struct vq_rig r;

		rig_init(&r, SIZE, 0);
		rig_desc(&r, 0, RIG_DATA, 1, 0, 0);
		r.avail->ring[0] = indices[i].head;
		r.avail->idx = indices[i].idx;
		ck_assert_msg(rig_pop(&r) == indices[i].want, "%s",
			      indices[i].name);
		rig_fini(&r);
	}
}
END_TEST

START_TEST(an_index_taken_back)
{
	struct vq_rig r;

	rig_init(&r, SIZE, 0);
	rig_desc(&r, 0, RIG_DATA, 1, 0, 0);
	rig_offer(&r, 0);
	rig_offer(&r, 0);
	ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_int_eq(rig_pop(&r), 1);
	r.avail->idx--;
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	rig_fini(&r);
}
END_TEST

/* The driver's mistake, its own data: served as often as the ring holds. */
START_TEST(the_same_descriptor_everywhere)
{
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, 0);
	rig_desc(&r, 3, RIG_DATA, 1, 0, 0);
	for (i = 0; i < SIZE; i++)
		rig_offer(&r, 3);
	for (i = 0; i < SIZE; i++)
		ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_int_eq(rig_pop(&r), 0);
	/* none was given back: more than the queue has cannot be offered */
	rig_offer(&r, 3);
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	rig_fini(&r);
}
END_TEST

START_TEST(indices_wrap)
{
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, 0);
	rig_desc(&r, 5, RIG_DATA, 8, WRITE, 0);
	for (i = 0; i < 3 * 65536; i++) {
		rig_offer(&r, 5);
		ck_assert_int_eq(rig_pop(&r), 1);
		vq_push(&r.vq, &r.c, i);
		ck_assert_uint_eq(r.used->idx, (uint16_t)(i + 1));
		ck_assert_uint_eq(r.used->ring[i % SIZE].id, 5);
		ck_assert_uint_eq(r.used->ring[i % SIZE].len, i);
	}
	rig_fini(&r);
}
END_TEST

START_TEST(given_back_in_any_order)
{
	struct vq_chain c[SIZE];
	struct iovec iov[SIZE][1];
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, 0);
	for (i = 0; i < SIZE; i++) {
		rig_desc(&r, i, RIG_DATA + i, 1, 0, 0);
		rig_offer(&r, i);
	}
	for (i = 0; i < SIZE; i++) {
		ck_assert_int_eq(rig_pop(&r), 1);
		iov[i][0] = r.iov[0];
		c[i] = r.c;
		c[i].iov = iov[i];
	}
	for (i = 0; i < SIZE; i++)
		vq_push(&r.vq, &c[SIZE - 1 - i], i);
	for (i = 0; i < SIZE; i++) {
		ck_assert_uint_eq(r.used->ring[i].id, SIZE - 1 - i);
		ck_assert_uint_eq(r.used->ring[i].len, i);
	}
	rig_fini(&r);
}
END_TEST

/* Made available and answered, one after the other, but for the last @left */
static void answered(struct vq_rig *r, unsigned int nr, unsigned int left)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		rig_offer(r, i % 3);
		if (i < nr - left)
			r->used->ring[r->used->idx++ % SIZE].id = i % 3;
	}
}

START_TEST(what_was_not_answered_is_known)
{
	static const unsigned int nr[] = { 0, 1, 3, SIZE - 1, SIZE, SIZE + 1,
					   3 * SIZE, 0xffff, 0x10001 };
	struct vq_rig r;
	unsigned int i, left;

	for (i = 0; i < ARRAY_SIZE(nr); i++) {
		for (left = 0; left <= nr[i] && left <= SIZE; left++) {
			rig_init(&r, SIZE, 0);
			answered(&r, nr[i], left);
			ck_assert(vq_can_go_on(&r.vq));
			ck_assert(vq_is_idle(&r.vq) == !left);
			rig_fini(&r);
		}
	}
}
END_TEST

START_TEST(what_was_not_answered_is_not_known)
{
	struct vq_rig r;

	rig_init(&r, SIZE, 0);
	answered(&r, 5, 2);
	r.used->ring[0].id = 1;
	r.used->ring[1].id = 0;
	ck_assert(!vq_can_go_on(&r.vq));
	/* but when nothing is left, or they are long ago */
	r.used->idx = 5;
	ck_assert(vq_can_go_on(&r.vq));
	answered(&r, SIZE, 2);
	ck_assert(vq_can_go_on(&r.vq));
	r.avail->idx = (uint16_t)(r.used->idx + SIZE + 1);
	ck_assert(!vq_can_go_on(&r.vq));
	r.avail->idx = (uint16_t)(r.used->idx - 1);
	ck_assert(!vq_can_go_on(&r.vq));
	rig_fini(&r);
}
END_TEST

START_TEST(several_at_once)
{
	struct vq_chain c[3];
	const struct vq_chain *all[3] = { &c[0], &c[1], &c[2] };
	const uint32_t len[3] = { 7, 8, 9 };
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, 0);
	for (i = 0; i < 3; i++) {
		rig_desc(&r, i, RIG_DATA, 1, WRITE, 0);
		rig_offer(&r, i);
		ck_assert_int_eq(rig_pop(&r), 1);
		c[i] = r.c;
	}
	vq_push_many(&r.vq, all, len, 0);
	ck_assert_uint_eq(r.used->idx, 0);
	vq_push_many(&r.vq, all, len, 3);
	ck_assert_uint_eq(r.used->idx, 3);
	ck_assert_uint_eq(r.used->ring[2].len, 9);
	ck_assert(vq_notify(&r.vq));
	ck_assert(!vq_notify(&r.vq));
	rig_fini(&r);
}
END_TEST

START_TEST(put_back_and_taken_again)
{
	struct vq_rig r;

	rig_init(&r, SIZE, 0);
	rig_desc(&r, 1, RIG_DATA, 1, 0, 0);
	rig_desc(&r, 2, RIG_DATA, 2, 0, 0);
	rig_offer(&r, 1);
	rig_offer(&r, 2);
	ck_assert_int_eq(rig_pop(&r), 1);
	vq_unpop(&r.vq, &r.c);
	ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_uint_eq(r.c.head, 1);
	ck_assert_int_eq(rig_pop(&r), 1);
	ck_assert_uint_eq(r.c.head, 2);
	ck_assert_int_eq(rig_pop(&r), 0);
	ck_assert_uint_eq(r.vq.in_flight, 2);
	rig_fini(&r);
}
END_TEST

/* What the device has written is its own; it does not read it back. */
START_TEST(a_scribbled_used_ring)
{
	struct vq_rig r;

	rig_init(&r, SIZE, 0);
	rig_desc(&r, 0, RIG_DATA, 1, 0, 0);
	memset(r.used, 0xff, 6 + 8 * SIZE);
	rig_offer(&r, 0);
	ck_assert_int_eq(rig_pop(&r), 1);
	vq_push(&r.vq, &r.c, 1);
	ck_assert_uint_eq(r.used->idx, 1);
	ck_assert_uint_eq(r.used->ring[0].id, 0);
	rig_fini(&r);
}
END_TEST

START_TEST(later_settings_do_not_count)
{
	struct vq_rig r;

	rig_init(&r, SIZE, 0);
	rig_desc(&r, 0, RIG_DATA, 1, 0, 0);
	rig_offer(&r, 0);
	r.setup = (struct vq_setup){ 0xffff, RIG_END, RIG_END, RIG_END };
	ck_assert_int_eq(rig_pop(&r), 1);
	vq_push(&r.vq, &r.c, 0);
	ck_assert_uint_eq(r.used->idx, 1);
	rig_fini(&r);
}
END_TEST

/* Descriptors are copied: what is changed later, changes nothing. */
START_TEST(changed_after_it_was_taken)
{
	struct vq_rig r;

	rig_init(&r, SIZE, 0);
	rig_desc(&r, 0, RIG_DATA, 16, WRITE, 0);
	rig_offer(&r, 0);
	ck_assert_int_eq(rig_pop(&r), 1);
	rig_desc(&r, 0, UINT64_MAX, UINT32_MAX, NEXT, 0xffff);
	r.avail->ring[0] = 0xffff;
	ck_assert_ptr_eq(r.iov[0].iov_base, rig_host(&r, RIG_DATA));
	ck_assert_uint_eq(r.iov[0].iov_len, 16);
	vq_push(&r.vq, &r.c, 16);
	ck_assert_uint_eq(r.used->ring[0].id, 0);
	rig_fini(&r);
}
END_TEST

START_TEST(more_than_32_bits_of_bytes)
{
	struct vq_rig r;
	uint64_t sum = 0;
	unsigned int i;

	rig_init(&r, SIZE, 0);
	for (i = 0; i < SIZE; i++)
		rig_desc(&r, i, RIG_BASE, RIG_SIZE, i + 1 < SIZE ? NEXT : 0,
			 i + 1);
	rig_offer(&r, 0);
	ck_assert_int_eq(rig_pop(&r), 1);
	for (i = 0; i < r.c.nr_out; i++)
		sum += r.iov[i].iov_len;
	ck_assert_uint_eq(sum, SIZE * RIG_SIZE);
	rig_fini(&r);
}
END_TEST

START_TEST(a_broken_queue_stays_so)
{
	struct vq_rig r;

	rig_init(&r, SIZE, 0);
	rig_offer(&r, SIZE);
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	rig_desc(&r, 0, RIG_DATA, 1, 0, 0);
	r.avail->ring[0] = 0;
	ck_assert_int_eq(rig_pop(&r), -EPROTO);
	ck_assert(!vq_kicks_on(&r.vq));
	ck_assert(!vq_notify(&r.vq));
	rig_fini(&r);
}
END_TEST

T_MAIN("vq",
       every_setup,
       every_shape,
       every_shape_in_a_table,
       every_table,
       tables_do_not_nest,
       the_ring_is_no_table,
       a_table_may_follow_buffers,
       a_table_at_an_odd_address,
       the_longest_chain,
       a_table_longer_than_the_queue,
       a_chain_of_4_gib_and_one_that_is_longer,
       the_longest_chain_in_the_ring,
       nothing_is_offered,
       every_index,
       an_index_taken_back,
       the_same_descriptor_everywhere,
       indices_wrap,
       given_back_in_any_order,
       what_was_not_answered_is_known,
       what_was_not_answered_is_not_known,
       several_at_once,
       put_back_and_taken_again,
       a_scribbled_used_ring,
       later_settings_do_not_count,
       changed_after_it_was_taken,
       more_than_32_bits_of_bytes,
       a_broken_queue_stays_so)
