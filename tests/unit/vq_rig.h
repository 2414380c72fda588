/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vq_rig - guest memory with one queue in it, and the driver's side of the
 * queue, which may write anything
 */
#ifndef TESTS_UNIT_VQ_RIG_H
#define TESTS_UNIT_VQ_RIG_H

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "virtio/vq.h"

#define RIG_BASE	UINT64_C(0x80000000)
#define RIG_SIZE	UINT64_C(0x2000000)	/* most of it is never touched */
#define RIG_END		(RIG_BASE + RIG_SIZE)
#define RIG_DESC	(RIG_BASE + 0x1000)
#define RIG_AVAIL	(RIG_BASE + 0x3000)
#define RIG_USED	(RIG_BASE + 0x4000)
#define RIG_TABLE	(RIG_BASE + 0x6000)	/* for indirect descriptors */
#define RIG_DATA	(RIG_BASE + 0x10000)

#define RIG_FEATURE(name) (UINT64_C(1) << (name))
#define RIG_INDIRECT	RIG_FEATURE(VIRTIO_RING_F_INDIRECT_DESC)
#define RIG_EVENT	RIG_FEATURE(VIRTIO_RING_F_EVENT_IDX)
#define RIG_PACKED	RIG_FEATURE(VIRTIO_F_RING_PACKED)

struct vq_rig {
	struct gmem mem;
	struct vq_setup setup;
	struct vq vq;
	/* the driver's view: host addresses of the same memory */
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	struct vring_packed_desc *slot;
	struct vring_packed_desc_event *driver, *device;
	uint16_t next;		/* packed: the next slot to offer */
	bool wrap;		/* packed: the driver's counter */
	struct iovec iov[VQ_SIZE_MAX];
	struct vq_chain c;	/* of rig_pop() */
};

/** rig_init() - memory, and a queue of @size with good addresses */
void rig_init(struct vq_rig *r, uint16_t size, uint64_t features);
void rig_fini(struct vq_rig *r);

/** rig_host() - host address of guest memory, which must be there */
void *rig_host(const struct vq_rig *r, uint64_t gpa);

/** rig_pop() - vq_pop() into r->c */
int rig_pop(struct vq_rig *r);

/* split */

void rig_desc(struct vq_rig *r, unsigned int i, uint64_t addr, uint32_t len,
	      unsigned int flags, unsigned int next);
/** rig_entry() - the same in the indirect table */
void rig_entry(struct vq_rig *r, unsigned int i, uint64_t addr, uint32_t len,
	       unsigned int flags, unsigned int next);
void rig_offer(struct vq_rig *r, unsigned int head);

/* packed */

/** rig_slot() - the next slot, available; @flags without AVAIL and USED */
void rig_slot(struct vq_rig *r, uint64_t addr, uint32_t len, unsigned int id,
	      unsigned int flags);
/** rig_slot_entry() - entry @i of the indirect table */
void rig_slot_entry(struct vq_rig *r, unsigned int i, uint64_t addr,
		    uint32_t len, unsigned int flags);
/** rig_slot_used() - whether slot @i is used in the round with @wrap */
bool rig_slot_used(const struct vq_rig *r, unsigned int i, bool wrap);

#endif /* TESTS_UNIT_VQ_RIG_H */
