// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vq_split - split virtqueues: VIRTIO 1.2, 2.7
 *
 * Everything in the rings is little endian, as arm64 and x86-64 are here.
 */
#include <errno.h>
#include <stdatomic.h>

#include "util.h"
#include "vq.h"

#define LOAD(p)		__atomic_load_n((p), __ATOMIC_RELAXED)
#define STORE(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)

/* 2.7, table of sizes and alignments; the event fields are there in any case */
int vq_split_init(struct vq *vq, const struct vq_setup *setup)
{
	uint16_t size = setup->size;
	struct vq_part part[3] = {
		{ .gpa = setup->desc, .len = size * UINT64_C(16), .align = 16 },
		{ .gpa = setup->driver, .len = 6 + size * UINT64_C(2),
		  .align = 2 },
		{ .gpa = setup->device, .len = 6 + size * UINT64_C(8),
		  .align = 4 },
	};
	int r;

	if (size & (size - 1)) {
		vq->broken = "the size of the queue is no power of two";
		return -EINVAL;
	}
	r = vq_map_parts(vq, part);
	if (r)
		return r;
	vq->split.desc = part[0].host;
	vq->split.avail = part[1].host;
	vq->split.used = part[2].host;
	return 0;
}

/* avail->used_event and used->avail_event lie behind the rings. */
static uint16_t *vq_used_event(const struct vq *vq)
{
	return &vq->split.avail->ring[vq->size];
}

static uint16_t *vq_avail_event(const struct vq *vq)
{
	return (uint16_t *)&vq->split.used->ring[vq->size];
}

static int split_next(struct vq *vq, const struct vring_desc *d,
		      unsigned int nr, unsigned int *next)
{
	if (!(d->flags & VRING_DESC_F_NEXT))
		return 0;
	if (d->next >= nr)
		return vq_break(vq, "next descriptor out of range");
	*next = d->next;
	return 1;
}

static int split_add(struct vq *vq, struct vq_chain *c,
		     const struct vring_desc *d)
{
	struct vq_buffer buf = {
		.addr = d->addr, .len = d->len,
		.write = d->flags & VRING_DESC_F_WRITE,
	};

	return vq_add_buffer(vq, c, &buf);
}

/* 2.7.5.3: a table has a chain of its own and nothing indirect in it */
static int split_table(struct vq *vq, struct vq_chain *c,
		       const struct vring_desc *outer)
{
	const uint8_t *table;
	unsigned int next = 0;
	int nr, left, r;

	if (outer->flags & VRING_DESC_F_NEXT)
		return vq_break(vq, "indirect descriptor with a next one");
	nr = vq_indirect(vq, outer->addr, outer->len, &table);
	if (nr < 0)
		return nr;
	for (left = nr; left; left--) {
		struct vring_desc d;

		vq_copy(&d, table + next * sizeof(d), sizeof(d));
		if (d.flags & VRING_DESC_F_INDIRECT)
			return vq_break(vq, "indirect table in another");
		r = split_add(vq, c, &d);
		if (!r)
			r = split_next(vq, &d, (unsigned int)nr, &next);
		if (r <= 0)
			return r;
	}
	return vq_break(vq, "loop of descriptors");
}

static int split_chain(struct vq *vq, struct vq_chain *c)
{
	unsigned int next = c->head, left;
	int r;

	for (left = vq->size; left; left--) {
		struct vring_desc d;

		vq_copy(&d, &vq->split.desc[next], sizeof(d));
		if (d.flags & VRING_DESC_F_INDIRECT)
			return split_table(vq, c, &d);
		r = split_add(vq, c, &d);
		if (!r)
			r = split_next(vq, &d, vq->size, &next);
		if (r <= 0)
			return r;
	}
	return vq_break(vq, "loop of descriptors");
}

int vq_split_pop(struct vq *vq, struct vq_chain *c)
{
	uint16_t idx = __atomic_load_n(&vq->split.avail->idx,
				       __ATOMIC_ACQUIRE);
	uint16_t ready = (uint16_t)(idx - vq->avail_idx);
	int r;

	if (!ready)
		return 0;
	if (ready > vq->size)
		return vq_break(vq, "available index has jumped");
	if (vq->in_flight == vq->size)
		return vq_break(vq, "more requests than the queue holds");
	c->head = LOAD(&vq->split.avail->ring[vq->avail_idx & (vq->size - 1)]);
	c->slots = 1;
	if (c->head >= vq->size)
		return vq_break(vq, "available entry out of range");
	r = split_chain(vq, c);
	if (r)
		return r;
	vq->avail_idx++;
	return 1;
}

void vq_split_unpop(struct vq *vq, const struct vq_chain *c)
{
	(void)c;
	vq->avail_idx--;
}

void vq_split_push(struct vq *vq, const struct vq_chain *const c[],
		   const uint32_t len[], unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		unsigned int slot = vq->used_idx++ & (vq->size - 1);

		vq->split.used->ring[slot] = (struct vring_used_elem){
			.id = c[i]->head, .len = len[i],
		};
	}
	__atomic_store_n(&vq->split.used->idx, vq->used_idx, __ATOMIC_RELEASE);
}

/* 2.7.7.1; the barrier is for the driver's opposite order of both */
bool vq_split_notify(struct vq *vq)
{
	uint16_t before = (uint16_t)(vq->used_idx - vq->unsent);

	atomic_thread_fence(memory_order_seq_cst);
	if (!vq->event_idx)
		return !(LOAD(&vq->split.avail->flags) &
			 VRING_AVAIL_F_NO_INTERRUPT);
	return vring_need_event(LOAD(vq_used_event(vq)), vq->used_idx, before);
}

/*
 * With event indices nothing is to be done: the one that the driver sees is in
 * its past.
 */
void vq_split_kicks_off(struct vq *vq)
{
	if (!vq->event_idx)
		STORE(&vq->split.used->flags, VRING_USED_F_NO_NOTIFY);
}

bool vq_split_kicks_on(struct vq *vq)
{
	if (vq->event_idx)
		STORE(vq_avail_event(vq), vq->avail_idx);
	else
		STORE(&vq->split.used->flags, 0);
	atomic_thread_fence(memory_order_seq_cst);
	return LOAD(&vq->split.avail->idx) != vq->avail_idx;
}

uint16_t vq_used_in_ring(const struct vq *vq)
{
	return LOAD(&vq->split.used->idx);
}

bool vq_is_idle(const struct vq *vq)
{
	return vq_used_in_ring(vq) == LOAD(&vq->split.avail->idx);
}

bool vq_can_go_on(const struct vq *vq)
{
	uint16_t avail = LOAD(&vq->split.avail->idx), used = vq_used_in_ring(vq);
	uint16_t mask = vq->size - 1, left = avail - used, i;

	if (left > vq->size)
		return false;
	for (i = avail - vq->size; left && i != used; i++) {
		if (LOAD(&vq->split.used->ring[i & mask].id) !=
		    LOAD(&vq->split.avail->ring[i & mask]))
			return false;
	}
	return true;
}
