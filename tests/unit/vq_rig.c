// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vq_rig - the driver's side of a queue; see vq_rig.h
 */
#include "vq_rig.h"

#include "t.h"
#include "util.h"

#define SLOT_AVAIL	BIT(VRING_PACKED_DESC_F_AVAIL)
#define SLOT_USED	BIT(VRING_PACKED_DESC_F_USED)

void *rig_host(const struct vq_rig *r, uint64_t gpa)
{
	void *host = NULL;

	ck_assert_int_eq(gmem_slice(&r->mem, gpa, 1, &host), 0);
	return host;
}

void rig_init(struct vq_rig *r, uint16_t size, uint64_t features)
{
	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(gmem_init(&r->mem, RIG_BASE, RIG_SIZE), 0);
	r->setup = (struct vq_setup){
		.size = size,
		.desc = RIG_DESC,
		.driver = RIG_AVAIL,
		.device = RIG_USED,
	};
	r->desc = rig_host(r, RIG_DESC);
	r->avail = rig_host(r, RIG_AVAIL);
	r->used = rig_host(r, RIG_USED);
	r->slot = rig_host(r, RIG_DESC);
	r->driver = rig_host(r, RIG_AVAIL);
	r->device = rig_host(r, RIG_USED);
	r->wrap = true;
	r->c.iov = r->iov;
	ck_assert_int_eq(vq_init(&r->vq, &r->mem, &r->setup, features), 0);
	ck_assert_ptr_null(r->vq.broken);
}

void rig_fini(struct vq_rig *r)
{
	gmem_fini(&r->mem);
}

int rig_pop(struct vq_rig *r)
{
	return vq_pop(&r->vq, &r->c);
}

void rig_desc(struct vq_rig *r, unsigned int i, uint64_t addr, uint32_t len,
	      unsigned int flags, unsigned int next)
{
	r->desc[i] = (struct vring_desc){
		.addr = addr, .len = len, .flags = (uint16_t)flags,
		.next = (uint16_t)next,
	};
}

void rig_entry(struct vq_rig *r, unsigned int i, uint64_t addr, uint32_t len,
	       unsigned int flags, unsigned int next)
{
	struct vring_desc *table = rig_host(r, RIG_TABLE);

	table[i] = (struct vring_desc){
		.addr = addr, .len = len, .flags = (uint16_t)flags,
		.next = (uint16_t)next,
	};
}

void rig_offer(struct vq_rig *r, unsigned int head)
{
	r->avail->ring[r->avail->idx % r->setup.size] = (uint16_t)head;
	r->avail->idx++;
}

void rig_slot(struct vq_rig *r, uint64_t addr, uint32_t len, unsigned int id,
	      unsigned int flags)
{
	r->slot[r->next] = (struct vring_packed_desc){
		.addr = addr, .len = len, .id = (uint16_t)id,
		.flags = (uint16_t)(flags | (r->wrap ? SLOT_AVAIL : SLOT_USED)),
	};
	if (++r->next == r->setup.size) {
		r->next = 0;
		r->wrap = !r->wrap;
	}
}

void rig_slot_entry(struct vq_rig *r, unsigned int i, uint64_t addr,
		    uint32_t len, unsigned int flags)
{
	struct vring_packed_desc *table = rig_host(r, RIG_TABLE);

	table[i] = (struct vring_packed_desc){
		.addr = addr, .len = len, .flags = (uint16_t)flags,
	};
}

bool rig_slot_used(const struct vq_rig *r, unsigned int i, bool wrap)
{
	uint16_t both = SLOT_AVAIL | SLOT_USED;

	return (r->slot[i].flags & both) == (wrap ? both : 0);
}
