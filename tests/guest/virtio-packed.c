// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-packed - packed rings (VIRTIO 1.2, 2.8): good ones, then bent ones
 *
 * Flags: AVAIL and USED.  A slot is available when AVAIL is the driver's wrap
 * counter and USED is not, and used when both are.  In a ring that was just
 * set up the counter is 1.
 */
#include "virtio.h"

#define AVAIL		0x80
#define USED		0x8000
#define ANSWER_MS	3000
#define QUIET_MS	20

struct slot {			/* the same 16 bytes as struct vio_desc */
	uint64_t addr;
	uint32_t len;
	uint16_t id;
	uint16_t flags;
};

static volatile struct slot *slots(struct vio *v)
{
	return (volatile struct slot *)vio_q(v)->desc;
}

/* Slot @i becomes available in round @wrap, its flags last. */
static void slot_offer(struct vio *v, unsigned int i, const struct slot *s,
		       bool wrap)
{
	volatile struct slot *to = &slots(v)[i];

	to->addr = s->addr;
	to->len = s->len;
	to->id = s->id;
	dsb();
	to->flags = s->flags | (wrap ? AVAIL : USED);
	dsb();
}

static bool slot_used(struct vio *v, unsigned int i, bool wrap)
{
	uint16_t flags = slots(v)[i].flags & (AVAIL | USED);

	return flags == (wrap ? AVAIL | USED : 0);
}

static bool slot_wait(struct vio *v, unsigned int i, bool wrap)
{
	uint64_t start = time_now();

	while (!slot_used(v, i, wrap))
		if (time_now() - start > time_ms(ANSWER_MS) || vio_broken(v))
			return slot_used(v, i, wrap);
	return true;
}

/* The device's ordinary request, out of a split ring in spare memory. */
static unsigned int request(struct vio *v, struct slot *ret)
{
	volatile struct vio_desc *spare = (volatile struct vio_desc *)
		(v->data + VIO_DATA - VIO_QSIZE * 16), *ring = vio_q(v)->desc;
	unsigned int i, nr;

	vio_q(v)->desc = spare;
	nr = vio_request(v, 0);
	vio_q(v)->desc = ring;
	for (i = 0; i < nr; i++) {
		ret[i].addr = spare[i].addr;
		ret[i].len = spare[i].len;
		ret[i].flags = spare[i].flags & (DESC_NEXT | DESC_WRITE);
		ret[i].id = 5;
	}
	return nr;
}

/* Offer @nr slots at @at, the first of them last, and kick. */
static void offer(struct vio *v, const struct slot *s, unsigned int nr,
		  unsigned int at, bool wrap)
{
	unsigned int i;

	for (i = nr; i--;)
		slot_offer(v, (at + i) % VIO_QSIZE, &s[i],
			   at + i < VIO_QSIZE ? wrap : !wrap);
	vio_kick(v, v->work);
}

static bool start(struct vio *v)
{
	if (!(v->offered & vio_bit(VIO_F_PACKED)))
		return vio_skip();
	vio_expect(vio_start(v, vio_features(v) | vio_bit(VIO_F_PACKED)),
		   "packed rings are refused");
	return true;
}

/* Three times round, the last request across the end. */
static bool good(struct vio *v)
{
	unsigned int at = 0, sent, nr;
	struct slot s[4];
	bool wrap = true;

	if (!start(v))
		return false;
	for (sent = 0; sent < 3 * VIO_QSIZE; sent += nr) {
		nr = request(v, s);
		offer(v, s, nr, at, wrap);
		if (!slot_wait(v, at, wrap)) {
			vio_expect(false, "not used");
			return false;
		}
		vio_expect(slots(v)[at].id == 5, "used by another id");
		at += nr;
		if (at >= VIO_QSIZE) {
			at -= VIO_QSIZE;
			wrap = !wrap;
		}
	}
	return false;
}

/* The device may reject or use what is in slot 0. */
static bool either(struct vio *v)
{
	if (!slot_wait(v, 0, true) && !v->lenient)
		vio_expect(vio_broken(v), "neither used nor rejected");
	return false;
}

static bool rejects(struct vio *v)
{
	slot_wait(v, 0, true);
	if (!v->lenient)
		vio_expect(vio_broken(v), "not rejected");
	return false;
}

/* Every slot of the ring, and no end: the chain never gets whole. */
static bool no_end(struct vio *v)
{
	struct slot s[VIO_QSIZE];
	unsigned int i;

	if (!start(v))
		return false;
	for (i = 0; i < VIO_QSIZE; i++)
		s[i] = (struct slot){ (uint64_t)v->data, 1, 1, DESC_NEXT };
	offer(v, s, VIO_QSIZE, 0, true);
	return rejects(v);
}

/* A chain whose second slot is not available. */
static bool half(struct vio *v)
{
	struct slot s = { (uint64_t)v->data, 16, 1, DESC_NEXT };

	if (!start(v))
		return false;
	offer(v, &s, 1, 0, true);
	delay_ms(QUIET_MS);
	return false;
}

static bool bent(struct vio *v, uint64_t addr, uint32_t len, uint16_t flags)
{
	struct slot s[4];
	unsigned int nr;

	if (!start(v))
		return false;
	nr = request(v, s);
	s[nr - 1].addr = addr;
	s[nr - 1].len = len;
	s[nr - 1].flags |= flags;
	offer(v, s, nr, 0, true);
	return true;
}

static bool beyond(struct vio *v)
{
	return bent(v, ram_end, 16, 0) && rejects(v);
}

static bool wraps(struct vio *v)
{
	return bent(v, ~UINT64_C(7), 16, 0) && rejects(v);
}

static bool huge(struct vio *v)
{
	return bent(v, (uint64_t)v->data, ~0U, 0) && rejects(v);
}

static bool id_beyond(struct vio *v)
{
	struct slot s[4];
	unsigned int i, nr;

	if (!start(v))
		return false;
	nr = request(v, s);
	for (i = 0; i < nr; i++)
		s[i].id = 0xfff0;
	offer(v, s, nr, 0, true);
	return either(v);
}

static bool indirect_bad(struct vio *v, uint64_t addr, uint32_t len)
{
	struct slot s = { addr, len, 1, DESC_INDIRECT };

	if (!start(v))
		return false;
	offer(v, &s, 1, 0, true);
	return rejects(v);
}

static bool indirect_odd(struct vio *v)
{
	return indirect_bad(v, (uint64_t)v->data, 17);
}

static bool indirect_empty(struct vio *v)
{
	return indirect_bad(v, (uint64_t)v->data, 0);
}

static bool indirect_outside(struct vio *v)
{
	return indirect_bad(v, ram_end - 16, 32);
}

/* A table whose descriptors are tables. */
static bool indirect_nested(struct vio *v)
{
	volatile struct slot *t;

	if (!start(v))
		return false;
	t = (volatile struct slot *)v->data;
	t[0].addr = (uint64_t)v->data;
	t[0].len = 16;
	t[0].flags = DESC_INDIRECT;
	offer(v, &(struct slot){ (uint64_t)v->data, 16, 1, DESC_INDIRECT },
	      1, 0, true);
	return rejects(v);
}

/* All is available, round after round, without a wait for anything. */
static bool flood(struct vio *v)
{
	struct slot s = { (uint64_t)v->data, 1, 1, 0 };
	unsigned int i;

	if (!start(v))
		return false;
	for (i = 0; i < 8 * VIO_QSIZE; i++) {
		slot_offer(v, i % VIO_QSIZE, &s, !(i / VIO_QSIZE & 1));
		if (i % VIO_QSIZE == 0)
			vio_kick(v, v->work);
	}
	return false;
}

static bool flags_random(struct vio *v)
{
	unsigned int i;

	if (!start(v))
		return false;
	for (i = 0; i < 4000; i++) {
		slots(v)[i % VIO_QSIZE].flags = (uint16_t)(i * 0x9e37);
		slots(v)[i % VIO_QSIZE].id = (uint16_t)i;
		if (i % 500 == 0)
			vio_kick(v, v->work);
	}
	return false;
}

static bool events(struct vio *v)
{
	volatile uint16_t *event = (volatile uint16_t *)vio_q(v)->avail;
	unsigned int i;

	if (!(v->offered & vio_bit(VIO_F_EVENT_IDX)) || !start(v))
		return vio_skip();
	vio_start(v, vio_features(v) | vio_bit(VIO_F_PACKED) |
		  vio_bit(VIO_F_EVENT_IDX));
	for (i = 0; i < 8; i++) {
		struct slot s[4];
		unsigned int nr = request(v, s);

		/* offset and wrap; then enable, disable, desc, reserved */
		event[0] = (uint16_t)(i * 0x2fff);
		event[1] = (uint16_t)(i & 3);
		if ((i + 1) * nr > VIO_QSIZE)
			break;
		offer(v, s, nr, i * nr, true);
		vio_expect(slot_wait(v, i * nr, true), "not used");
	}
	return false;
}

void test_packed(struct vio *v)
{
	vio_test(v, "packed-good", good, WANT_ANY);
	vio_test(v, "packed-no-end", no_end, WANT_ANY);
	vio_test(v, "packed-half", half, WANT_ANY);
	vio_test(v, "packed-beyond-ram", beyond, WANT_ANY);
	vio_test(v, "packed-sum-wraps", wraps, WANT_ANY);
	vio_test(v, "packed-length-huge", huge, WANT_ANY);
	vio_test(v, "packed-id-beyond", id_beyond, WANT_ANY);
	vio_test(v, "packed-ind-odd", indirect_odd, WANT_ANY);
	vio_test(v, "packed-ind-empty", indirect_empty, WANT_ANY);
	vio_test(v, "packed-ind-outside", indirect_outside, WANT_ANY);
	vio_test(v, "packed-ind-nested", indirect_nested, WANT_ANY);
	vio_test(v, "packed-flood", flood, WANT_ANY);
	vio_test(v, "packed-flags-random", flags_random, WANT_ANY);
	vio_test(v, "packed-events", events, WANT_ANY);
}
