// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vq_packed - packed virtqueues: VIRTIO 1.2, 2.8
 *
 * One ring that both sides write.  A chain lies in neighbouring slots; its id
 * is in the last of them.  The device gives a chain back by writing one
 * descriptor and skipping as many slots as the chain had.
 */
#include <errno.h>
#include <stdatomic.h>

#include "util.h"
#include "vq.h"

#define F_AVAIL		BIT(VRING_PACKED_DESC_F_AVAIL)
#define F_USED		BIT(VRING_PACKED_DESC_F_USED)
#define EVENT_WRAP	BIT(VRING_PACKED_EVENT_F_WRAP_CTR)

#define LOAD(p)		__atomic_load_n((p), __ATOMIC_RELAXED)
#define STORE(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)

/* 2.8, sizes and alignments */
int vq_packed_init(struct vq *vq, const struct vq_setup *setup)
{
	struct vq_part part[3] = {
		{ .gpa = setup->desc, .len = setup->size * UINT64_C(16),
		  .align = 16 },
		{ .gpa = setup->driver, .len = 4, .align = 4 },
		{ .gpa = setup->device, .len = 4, .align = 4 },
	};
	int r = vq_map_parts(vq, part);

	if (r)
		return r;
	vq->packed.desc = part[0].host;
	vq->packed.driver = part[1].host;
	vq->packed.device = part[2].host;
	vq->avail_wrap = true;
	vq->used_wrap = true;
	return 0;
}

/* Go on by @by slots, at most the size: round the end the wrap counter turns. */
static void packed_move(const struct vq *vq, uint16_t *idx, bool *wrap, int by)
{
	int at = *idx + by;

	if (at >= vq->size || at < 0) {
		at += at < 0 ? vq->size : -vq->size;
		*wrap = !*wrap;
	}
	*idx = (uint16_t)at;
}

/* 2.8.1: available when the two bits differ and AVAIL is the wrap counter */
static bool packed_ready(const struct vq *vq, uint16_t flags)
{
	return !!(flags & F_AVAIL) == vq->avail_wrap &&
	       !!(flags & F_USED) != vq->avail_wrap;
}

static int packed_add(struct vq *vq, struct vq_chain *c,
		      const struct vring_packed_desc *d)
{
	struct vq_buffer buf = {
		.addr = d->addr, .len = d->len,
		.write = d->flags & VRING_DESC_F_WRITE,
	};

	return vq_add_buffer(vq, c, &buf);
}

/* 2.8.7: all entries belong to it, in order; of their flags WRITE counts */
static int packed_table(struct vq *vq, struct vq_chain *c,
			const struct vring_packed_desc *outer)
{
	const uint8_t *table;
	int nr, i, r = 0;

	if (outer->flags & VRING_DESC_F_NEXT || c->slots > 1)
		return vq_break(vq, "indirect descriptor in a chain");
	nr = vq_indirect(vq, outer->addr, outer->len, &table);
	if (nr < 0)
		return nr;
	for (i = 0; !r && i < nr; i++) {
		struct vring_packed_desc d;

		vq_copy(&d, table + (size_t)i * sizeof(d), sizeof(d));
		if (d.flags & VRING_DESC_F_INDIRECT)
			return vq_break(vq, "indirect table in another");
		r = packed_add(vq, c, &d);
	}
	return r;
}

static int packed_chain(struct vq *vq, struct vq_chain *c)
{
	uint16_t at = vq->avail_idx;
	bool wrap = vq->avail_wrap;
	int r;

	for (c->slots = 1; c->slots + vq->in_flight <= vq->size; c->slots++) {
		struct vring_packed_desc d;

		vq_copy(&d, &vq->packed.desc[at], sizeof(d));
		packed_move(vq, &at, &wrap, 1);
		c->head = d.id;
		if (d.flags & VRING_DESC_F_INDIRECT)
			return packed_table(vq, c, &d);
		r = packed_add(vq, c, &d);
		if (r || !(d.flags & VRING_DESC_F_NEXT))
			return r;
	}
	return vq_break(vq, "more descriptors than the queue holds");
}

int vq_packed_pop(struct vq *vq, struct vq_chain *c)
{
	uint16_t flags = __atomic_load_n(&vq->packed.desc[vq->avail_idx].flags,
					 __ATOMIC_ACQUIRE);
	int r;

	if (!packed_ready(vq, flags))
		return 0;
	r = packed_chain(vq, c);
	if (r)
		return r;
	packed_move(vq, &vq->avail_idx, &vq->avail_wrap, c->slots);
	return 1;
}

void vq_packed_unpop(struct vq *vq, const struct vq_chain *c)
{
	packed_move(vq, &vq->avail_idx, &vq->avail_wrap, -c->slots);
}

static uint16_t packed_used_flags(const struct vq *vq, uint32_t len)
{
	return (uint16_t)((vq->used_wrap ? F_AVAIL | F_USED : 0) |
			  (len ? VRING_DESC_F_WRITE : 0));
}

/* The first is written last: the driver reads in order and stops before it. */
void vq_packed_push(struct vq *vq, const struct vq_chain *const c[],
		    const uint32_t len[], unsigned int nr)
{
	uint16_t *first = &vq->packed.desc[vq->used_idx].flags;
	uint16_t first_flags = packed_used_flags(vq, len[0]);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct vring_packed_desc *d = &vq->packed.desc[vq->used_idx];

		d->id = c[i]->head;
		d->len = len[i];
		if (i)
			d->flags = packed_used_flags(vq, len[i]);
		packed_move(vq, &vq->used_idx, &vq->used_wrap, c[i]->slots);
	}
	__atomic_store_n(first, first_flags, __ATOMIC_RELEASE);
}

/*
 * 2.8.10: how many slots ago the device passed the one that the driver named;
 * none ago or a negative number is still to come.
 */
static bool packed_passed(const struct vq *vq, uint16_t off_wrap)
{
	int back = vq->used_idx - (off_wrap & (EVENT_WRAP - 1));

	if (!!(off_wrap & EVENT_WRAP) != vq->used_wrap)
		back += vq->size;
	return back > 0 && back <= vq->unsent;
}

bool vq_packed_notify(struct vq *vq)
{
	uint16_t flags;

	atomic_thread_fence(memory_order_seq_cst);
	flags = LOAD(&vq->packed.driver->flags) & 3;
	if (flags != VRING_PACKED_EVENT_FLAG_DESC)
		return flags != VRING_PACKED_EVENT_FLAG_DISABLE;
	atomic_thread_fence(memory_order_acquire);
	return packed_passed(vq, LOAD(&vq->packed.driver->off_wrap));
}

void vq_packed_kicks_off(struct vq *vq)
{
	STORE(&vq->packed.device->flags, VRING_PACKED_EVENT_FLAG_DISABLE);
}

bool vq_packed_kicks_on(struct vq *vq)
{
	uint16_t flags = VRING_PACKED_EVENT_FLAG_ENABLE;

	if (vq->event_idx) {
		STORE(&vq->packed.device->off_wrap,
		      (uint16_t)(vq->avail_idx |
				 (vq->avail_wrap ? EVENT_WRAP : 0)));
		flags = VRING_PACKED_EVENT_FLAG_DESC;
	}
	__atomic_store_n(&vq->packed.device->flags, flags, __ATOMIC_RELEASE);
	atomic_thread_fence(memory_order_seq_cst);
	return packed_ready(vq, LOAD(&vq->packed.desc[vq->avail_idx].flags));
}
