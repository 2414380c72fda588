// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-blk - requests that a disk must refuse without harm: VIRTIO 1.2, 5.2
 *
 * Statuses other than those of an error are findings; so is what was written
 * and does not come back.
 */
#include "virtio.h"

#define SECTOR		512
#define T_IN		0
#define T_OUT		1
#define T_FLUSH		4
#define T_GET_ID	8
#define T_DISCARD	11
#define T_WRITE_ZEROES	13
#define S_OK		0
#define S_IOERR		1
#define S_UNSUPP	2
#define F_RO		5
#define F_FLUSH		9
#define F_DISCARD	13
#define F_WRITE_ZEROES	14
#define UNSET		0xee
#define ANSWER_MS	3000
#define IN_FLIGHT	4	/* requests of three descriptors that fit */

struct header {
	uint32_t type;
	uint32_t reserved;
	uint64_t sector;
};

struct range {
	uint64_t sector;
	uint32_t nr;
	uint32_t flags;
};

/* Where a request's parts lie in v->data. */
static volatile struct header *header(struct vio *v)
{
	return (volatile struct header *)v->data;
}

static volatile uint8_t *status(struct vio *v)
{
	return v->data + 64;
}

static uint8_t *payload(struct vio *v)
{
	return v->data + SECTOR;
}

/* The features that this driver accepts: all that were offered. */
static void begin(struct vio *v)
{
	vio_start(v, (vio_features(v) | (v->offered & 0xffffff)));
}

/* Send header, data and status; WRITE as the type wants. */
static uint8_t request(struct vio *v, uint32_t type, uint64_t sector,
		       uint32_t len)
{
	uint16_t dir = type == T_IN || type == T_GET_ID ? DESC_WRITE : 0;
	struct vio_queue *q = vio_q(v);

	header(v)->type = type;
	header(v)->reserved = 0;
	header(v)->sector = sector;
	*status(v) = UNSET;
	vio_desc(q, 0, (uint64_t)header(v), sizeof(struct header), DESC_NEXT,
		 len ? 1 : 2);
	vio_desc(q, 1, (uint64_t)payload(v), len, DESC_NEXT | dir, 2);
	vio_desc(q, 2, (uint64_t)status(v), 1, DESC_WRITE, 0);
	vio_offer(q, 0);
	vio_kick(v, v->work);
	if (!vio_take(q, 1, ANSWER_MS))
		vio_expect(false, "no answer");
	return *status(v);
}

static void refused(struct vio *v, uint32_t type, uint64_t sector,
		    uint32_t len, const char *why)
{
	uint8_t got = request(v, type, sector, len);

	vio_expect(got == S_IOERR || got == S_UNSUPP, why);
}

static uint64_t capacity(const struct vio *v)
{
	return vio_config(v, 0, 4) | vio_config(v, 4, 4) << 32;
}

static bool beyond(struct vio *v)
{
	uint64_t end = capacity(v);

	begin(v);
	refused(v, T_IN, end, SECTOR, "read at the capacity");
	refused(v, T_IN, end - 1, 2 * SECTOR, "read across the capacity");
	refused(v, T_IN, end + 1, SECTOR, "read beyond the capacity");
	refused(v, T_OUT, end, SECTOR, "write at the capacity");
	refused(v, T_OUT, end - 1, 2 * SECTOR, "write across the capacity");
	vio_expect(request(v, T_IN, end - 1, SECTOR) == S_OK,
		   "the last sector is refused");
	return false;
}

/* Sector times 512 is beyond 64 bits, or comes out as 0. */
static bool overflow(struct vio *v)
{
	static const uint64_t sectors[] = {
		UINT64_C(1) << 55, UINT64_C(1) << 56, (UINT64_C(1) << 55) - 1,
		UINT64_C(1) << 63, ~UINT64_C(0), ~UINT64_C(0) - 1,
		~UINT64_C(0) >> 9, (~UINT64_C(0) >> 9) + 1,
	};
	unsigned int i;

	begin(v);
	for (i = 0; i < ARRAY_SIZE(sectors); i++) {
		refused(v, T_IN, sectors[i], SECTOR, "a read that wraps");
		refused(v, T_OUT, sectors[i], SECTOR, "a write that wraps");
	}
	return false;
}

static bool odd_length(struct vio *v)
{
	begin(v);
	refused(v, T_IN, 0, 1, "one byte read");
	refused(v, T_IN, 0, SECTOR - 1, "511 bytes read");
	refused(v, T_OUT, 0, SECTOR + 1, "513 bytes written");
	return false;
}

static bool short_header(struct vio *v)
{
	unsigned int len;

	begin(v);
	for (len = 0; len < sizeof(struct header); len += 5) {
		vio_desc(vio_q(v), 0, (uint64_t)header(v), len, DESC_NEXT, 1);
		vio_desc(vio_q(v), 1, (uint64_t)status(v), 1, DESC_WRITE, 0);
		vio_offer(vio_q(v), 0);
		vio_kick(v, v->work);
		vio_expect(vio_take(vio_q(v), 1, ANSWER_MS) || vio_broken(v),
			   "neither used nor rejected");
	}
	return false;
}

static bool header_only(struct vio *v)
{
	begin(v);
	header(v)->type = T_IN;
	vio_desc(vio_q(v), 0, (uint64_t)header(v), sizeof(struct header), 0, 0);
	vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
	return true;
}

static bool status_only(struct vio *v)
{
	begin(v);
	vio_desc(vio_q(v), 0, (uint64_t)status(v), 1, DESC_WRITE, 0);
	vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
	return true;
}

/* Header, data and status in pieces of other sizes than usual. */
static bool odd_pieces(struct vio *v)
{
	struct vio_queue *q = vio_q(v);
	uint64_t h = (uint64_t)header(v), d = (uint64_t)payload(v);

	begin(v);
	header(v)->type = T_IN;
	header(v)->sector = 0;
	*status(v) = UNSET;
	vio_desc(q, 0, h, 3, DESC_NEXT, 1);
	vio_desc(q, 1, h + 3, 13, DESC_NEXT, 2);
	vio_desc(q, 2, d, 100, DESC_NEXT | DESC_WRITE, 3);
	vio_desc(q, 3, d + 100, 412, DESC_NEXT | DESC_WRITE, 4);
	vio_desc(q, 4, (uint64_t)status(v), 1, DESC_WRITE, 0);
	vio_offer(q, 0);
	vio_kick(v, v->work);
	vio_expect(vio_take(q, 1, ANSWER_MS), "not used");
	vio_expect(*status(v) == S_OK, "refused");
	return false;
}

static bool unknown_types(struct vio *v)
{
	static const uint32_t types[] = {
		2, 3, 5, 6, 7, 9, 10, 12, 14, 15, 100, 0x80000000,
		0x7fffffff, ~0U,
	};
	unsigned int i;

	begin(v);
	for (i = 0; i < ARRAY_SIZE(types); i++)
		refused(v, types[i], 0, SECTOR, "an unknown type was done");
	return false;
}

/* One range; false when the answer is not one of an error. */
static void range_refused(struct vio *v, uint32_t type, struct range r,
			  const char *why)
{
	memcpy(payload(v), &r, sizeof(r));
	refused(v, type, 0, sizeof(r), why);
}

static bool ranges(struct vio *v, uint32_t type)
{
	uint64_t end = capacity(v);

	begin(v);
	range_refused(v, type, (struct range){ end, 1, 0 }, "at the capacity");
	range_refused(v, type, (struct range){ end - 1, 2, 0 },
		      "across the capacity");
	range_refused(v, type, (struct range){ 0, ~0U, 0 }, "4 G sectors");
	range_refused(v, type, (struct range){ ~UINT64_C(0), 2, 0 },
		      "a sum that wraps");
	range_refused(v, type, (struct range){ UINT64_C(1) << 55, 1, 0 },
		      "bytes that wrap");
	range_refused(v, type, (struct range){ 0, 1, ~0U }, "unknown flags");
	refused(v, type, 0, 0, "no range");
	refused(v, type, 0, 15, "part of a range");
	refused(v, type, 0, 17, "a range and a byte");
	refused(v, type, 0, 2048, "too many ranges");
	return false;
}

static bool discards(struct vio *v)
{
	return v->offered & vio_bit(F_DISCARD) ? ranges(v, T_DISCARD) :
		vio_skip();
}

static bool write_zeroes(struct vio *v)
{
	return v->offered & vio_bit(F_WRITE_ZEROES) ?
		ranges(v, T_WRITE_ZEROES) : vio_skip();
}

/* With nothing but VERSION_1 none of these is there. */
static bool not_negotiated(struct vio *v)
{
	struct range r = { 0, 1, 0 };

	memcpy(payload(v), &r, sizeof(r));
	refused(v, T_DISCARD, 0, sizeof(r), "discard was done");
	memcpy(payload(v), &r, sizeof(r));
	refused(v, T_WRITE_ZEROES, 0, sizeof(r), "write-zeroes was done");
	return false;
}

static bool read_only(struct vio *v)
{
	if (!(v->offered & vio_bit(F_RO)))
		return vio_skip();
	begin(v);
	refused(v, T_OUT, 0, SECTOR, "written");
	/* and without having accepted that it is */
	vio_start(v, vio_features(v));
	refused(v, T_OUT, 0, SECTOR, "written, F_RO ignored");
	return false;
}

static bool write_and_read(struct vio *v)
{
	unsigned int i;

	if (v->offered & vio_bit(F_RO))
		return vio_skip();
	begin(v);
	memset(payload(v), 0x5a, SECTOR);
	vio_expect(request(v, T_OUT, 1, SECTOR) == S_OK, "not written");
	if (v->offered & vio_bit(F_FLUSH))
		vio_expect(request(v, T_FLUSH, 0, 0) == S_OK, "not flushed");
	memset(payload(v), 0, SECTOR);
	vio_expect(request(v, T_IN, 1, SECTOR) == S_OK, "not read");
	for (i = 0; i < SECTOR; i++)
		vio_expect(payload(v)[i] == 0x5a, "other bytes came back");
	return false;
}

static bool device_id(struct vio *v)
{
	uint32_t len;

	begin(v);
	for (len = 0; len < 64; len += 9)
		vio_expect(request(v, T_GET_ID, 0, len) != UNSET,
			   "no status");
	return false;
}

/* The same buffers in many requests at once. */
static bool same_buffers(struct vio *v)
{
	struct vio_queue *q = vio_q(v);
	unsigned int i;

	header(v)->type = T_IN;
	header(v)->sector = 0;
	for (i = 0; i < IN_FLIGHT; i++) {
		vio_desc(q, 3 * i, (uint64_t)header(v), 16, DESC_NEXT,
			 3 * i + 1);
		vio_desc(q, 3 * i + 1, (uint64_t)payload(v), SECTOR,
			 DESC_NEXT | DESC_WRITE, 3 * i + 2);
		vio_desc(q, 3 * i + 2, (uint64_t)status(v), 1, DESC_WRITE, 0);
		vio_offer(q, 3 * i);
	}
	vio_kick(v, v->work);
	vio_expect(vio_take(q, IN_FLIGHT, ANSWER_MS), "not all were used");
	return false;
}

/* Reads into the rings: the device must not trip over its own writing. */
static bool into_the_ring(struct vio *v)
{
	struct vio_queue *q = vio_q(v);

	header(v)->type = T_IN;
	header(v)->sector = 0;
	vio_desc(q, 0, (uint64_t)header(v), 16, DESC_NEXT, 1);
	vio_desc(q, 1, (uint64_t)q->desc, 4 * SECTOR, DESC_NEXT | DESC_WRITE,
		 2);
	vio_desc(q, 2, (uint64_t)status(v), 1, DESC_WRITE, 0);
	vio_offer(q, 0);
	vio_kick(v, v->work);
	delay_ms(5);
	vio_kick(v, v->work);
	return false;
}

void test_blk(struct vio *v)
{
	if (v->id != VIO_BLK)
		return;
	vio_test(v, "blk-write-read", write_and_read, WANT_ANY);
	vio_test(v, "blk-beyond", beyond, WANT_ANY);
	vio_test(v, "blk-overflow", overflow, WANT_ANY);
	vio_test(v, "blk-odd-length", odd_length, WANT_ANY);
	vio_test(v, "blk-short-header", short_header, WANT_ANY);
	vio_test(v, "blk-header-only", header_only, WANT_EITHER);
	vio_test(v, "blk-status-only", status_only, WANT_EITHER);
	vio_test(v, "blk-odd-pieces", odd_pieces, WANT_ANY);
	vio_test(v, "blk-unknown-types", unknown_types, WANT_ANY);
	vio_test(v, "blk-discard", discards, WANT_ANY);
	vio_test(v, "blk-write-zeroes", write_zeroes, WANT_ANY);
	vio_test(v, "blk-not-negotiated", not_negotiated, WANT_ANY);
	vio_test(v, "blk-read-only", read_only, WANT_ANY);
	vio_test(v, "blk-id", device_id, WANT_ANY);
	vio_test(v, "blk-same-buffers", same_buffers, WANT_ANY);
	vio_test(v, "blk-into-the-ring", into_the_ring, WANT_ANY);
}
