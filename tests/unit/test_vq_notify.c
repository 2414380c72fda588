// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vq, split rings: when the guest is interrupted, and when it is to kick
 */
#include "t.h"
#include "util.h"
#include "vq_rig.h"

#define SIZE	UINT64_C(16)

static void serve_one(struct vq_rig *r)
{
	rig_desc(r, 0, RIG_DATA, 1, 0, 0);
	rig_offer(r, 0);
	ck_assert_int_eq(rig_pop(r), 1);
	vq_push(&r->vq, &r->c, 0);
}

START_TEST(interrupts_by_flag)
{
	struct vq_rig r;

	rig_init(&r, SIZE, 0);
	serve_one(&r);
	ck_assert(vq_notify(&r.vq));
	r.avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	serve_one(&r);
	ck_assert(!vq_notify(&r.vq));
	r.avail->flags = 0xfffe;
	serve_one(&r);
	ck_assert(vq_notify(&r.vq));
	rig_fini(&r);
}
END_TEST

/* used_event, used index before and after; all modulo 2^16. */
static const struct {
	uint16_t event, done;
	bool want;
} events[] = {
	{ 0, 1, true }, { 1, 1, false }, { 0xffff, 1, false },
	{ 0, 3, true }, { 2, 3, true }, { 3, 3, false },
	{ 0x7fff, 3, false }, { 0x8000, 3, false }, { 0xfffe, 3, false },
};

START_TEST(interrupts_by_event)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		struct vq_rig r;
		unsigned int j;

		rig_init(&r, SIZE, RIG_EVENT);
		r.avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
		r.avail->ring[SIZE] = events[i].event;
		for (j = 0; j < events[i].done; j++)
			serve_one(&r);
		ck_assert_msg(vq_notify(&r.vq) == events[i].want,
			      "event %u after %u", events[i].event,
			      events[i].done);
		ck_assert(!vq_notify(&r.vq));
		rig_fini(&r);
	}
}
END_TEST

/* More is given back without a look than an index can count. */
START_TEST(an_event_long_ago)
{
	struct vq_rig r;
	unsigned int i;

	rig_init(&r, SIZE, RIG_EVENT);
	for (i = 0; i < 70000; i++)
		serve_one(&r);
	r.avail->ring[SIZE] = 100;
	ck_assert(vq_notify(&r.vq));
	rig_fini(&r);
}
END_TEST

START_TEST(kicks_by_flag)
{
	struct vq_rig r;

	rig_init(&r, SIZE, 0);
	vq_kicks_off(&r.vq);
	ck_assert_uint_eq(r.used->flags, VRING_USED_F_NO_NOTIFY);
	ck_assert(!vq_kicks_on(&r.vq));
	ck_assert_uint_eq(r.used->flags, 0);
	vq_kicks_off(&r.vq);
	rig_desc(&r, 0, RIG_DATA, 1, 0, 0);
	rig_offer(&r, 0);
	ck_assert(vq_kicks_on(&r.vq));
	rig_fini(&r);
}
END_TEST

START_TEST(kicks_by_event)
{
	struct vq_rig r;
	uint16_t *event;

	rig_init(&r, SIZE, RIG_EVENT);
	event = (uint16_t *)&r.used->ring[SIZE];
	serve_one(&r);
	serve_one(&r);
	ck_assert(!vq_kicks_on(&r.vq));
	ck_assert_uint_eq(*event, 2);
	rig_offer(&r, 0);
	ck_assert(vq_kicks_on(&r.vq));
	ck_assert_uint_eq(r.used->flags, 0);
	rig_fini(&r);
}
END_TEST

T_MAIN("vq_notify", interrupts_by_flag, interrupts_by_event, an_event_long_ago,
       kicks_by_flag, kicks_by_event)
