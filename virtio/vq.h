/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vq - a virtqueue: the one walker of rings
 *
 * Virtual I/O Device (VIRTIO) Version 1.2, 2.7 (split) and 2.8 (packed).
 *
 * The guest owns the rings and may write any of it at any time.  Sizes and
 * addresses are checked once, when the queue is set up, and latched; each
 * descriptor is copied once and the copy is checked; a chain has at most as
 * many descriptors as the queue.  What breaks a rule of the ring makes the
 * queue broken: vq_pop() says why, and gives nothing ever after.
 *
 * A queue belongs to one thread at a time, its device's worker.  No function
 * here makes a system call or allocates.
 */
#ifndef VIRTIO_VQ_H
#define VIRTIO_VQ_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "gmem.h"

#define VQ_SIZE_MAX 256		/* descriptors; a power of two */
/* VIRTIO 1.2, 2.7.5.2: bytes of a chain; what was written is told in 32 bits */
#define VQ_CHAIN_MAX (UINT64_C(1) << 32)

/* What the driver wrote, as latched when the queue is enabled. */
struct vq_setup {
	uint16_t size;
	uint64_t desc;		/* descriptor table; packed: the ring */
	uint64_t driver;	/* available ring; packed: driver events */
	uint64_t device;	/* used ring; packed: device events */
};

struct vq {
	const struct gmem *mem;
	union {
		struct {	/* host addresses of the three parts */
			struct vring_desc *desc;
			struct vring_avail *avail;
			struct vring_used *used;
		} split;
		struct {
			struct vring_packed_desc *desc;
			struct vring_packed_desc_event *driver;
			struct vring_packed_desc_event *device;
		} packed;
	};
	uint16_t size;
	bool is_packed;
	bool event_idx;		/* VIRTIO_RING_F_EVENT_IDX was negotiated */
	bool indirect;		/* VIRTIO_RING_F_INDIRECT_DESC likewise */
	uint16_t avail_idx;	/* next to take; packed: its ring index */
	uint16_t used_idx;	/* next to give back */
	uint16_t unsent;	/* slots used since the last vq_notify() */
	bool avail_wrap;	/* packed: the two wrap counters */
	bool used_wrap;
	uint16_t in_flight;	/* slots taken and not given back */
	const char *broken;	/* why, or NULL */
};

/*
 * A request: readable buffers first, then writable ones, in one array.  The
 * bytes are guest memory, checked to be inside it.
 */
struct vq_chain {
	struct iovec *iov;	/* the caller's, room for VQ_SIZE_MAX entries */
	unsigned int nr_out;	/* the device reads iov[0 .. nr_out) */
	unsigned int nr_in;	/* and writes iov[nr_out .. nr_out + nr_in) */
	uint64_t bytes;		/* in all, at most VQ_CHAIN_MAX */
	uint16_t head;		/* for vq_push() */
	uint16_t slots;		/* that it takes in the ring; split: 1 */
};

/**
 * vq_used_in_ring(), vq_is_idle() - of a split ring that somebody else walks:
 * how many requests were answered, and whether that is all of them
 *
 * Guest memory: the guest can make it anything at any time.
 */
uint16_t vq_used_in_ring(const struct vq *vq);
bool vq_is_idle(const struct vq *vq);

/**
 * vq_can_go_on() - of a split ring whose walker is gone: whether what it did not
 * answer begins at vq_used_in_ring()
 *
 * So it does where all that the rings still tell was answered in order, or
 * nothing is left.  Anything else would be a guess, and an answer to a request
 * that is none any more lands in memory that the guest uses for something else.
 */
bool vq_can_go_on(const struct vq *vq);

/** vq_iov_in() - the vectors that the device writes */
static inline struct iovec *vq_iov_in(const struct vq_chain *c)
{
	return c->iov + c->nr_out;
}

/**
 * vq_init() - check and latch
 * @features: as negotiated: RING_PACKED, EVENT_IDX, INDIRECT_DESC count here
 * @ret:      filled; on failure too, as a broken queue
 *
 * Return: 0, or -EINVAL: size 0, over VQ_SIZE_MAX or (split) no power of two;
 * a part unaligned, outside guest memory or lying over another.  ret->broken
 * says which.
 */
int vq_init(struct vq *ret, const struct gmem *mem,
	    const struct vq_setup *setup, uint64_t features);

/**
 * vq_pop() - take the next request
 * @c: c->iov is the caller's; the rest is filled when there is one
 *
 * Each request taken must be given back by vq_push(), in any order.
 *
 * Return: 1; 0 when there is none; -EPROTO when the queue is broken.
 */
int vq_pop(struct vq *vq, struct vq_chain *c);

/**
 * vq_unpop() - put the request back that was taken last, before any other was
 *
 * For a device that finds it cannot serve it now: vq_pop() gives it again.
 */
void vq_unpop(struct vq *vq, const struct vq_chain *c);

/**
 * vq_push() - give a request back
 * @len: bytes written into its writable buffers, from their start
 *
 * The driver sees it at once; it is interrupted by vq_notify(), once for many.
 */
void vq_push(struct vq *vq, const struct vq_chain *c, uint32_t len);

/**
 * vq_push_many() - give several requests back that the driver sees together
 *
 * For a buffer that spans requests (VIRTIO_NET_F_MRG_RXBUF).
 */
void vq_push_many(struct vq *vq, const struct vq_chain *const c[],
		  const uint32_t len[], unsigned int nr);

/**
 * vq_notify() - whether the driver wants an interrupt for what was given back
 * since the last call
 */
bool vq_notify(struct vq *vq);

/** vq_kicks_off() - while the device looks by itself, kicks are wasted */
void vq_kicks_off(struct vq *vq);

/**
 * vq_kicks_on() - ask for a kick with the next request
 *
 * Return: true when one came in between: look again, no kick will tell of it.
 */
bool vq_kicks_on(struct vq *vq);

/* vq_split.c, vq_packed.c: the two formats behind the functions above */

int vq_split_init(struct vq *vq, const struct vq_setup *setup);
int vq_split_pop(struct vq *vq, struct vq_chain *c);
void vq_split_unpop(struct vq *vq, const struct vq_chain *c);
void vq_split_push(struct vq *vq, const struct vq_chain *const c[],
		   const uint32_t len[], unsigned int nr);
bool vq_split_notify(struct vq *vq);
void vq_split_kicks_off(struct vq *vq);
bool vq_split_kicks_on(struct vq *vq);

int vq_packed_init(struct vq *vq, const struct vq_setup *setup);
int vq_packed_pop(struct vq *vq, struct vq_chain *c);
void vq_packed_unpop(struct vq *vq, const struct vq_chain *c);
void vq_packed_push(struct vq *vq, const struct vq_chain *const c[],
		    const uint32_t len[], unsigned int nr);
bool vq_packed_notify(struct vq *vq);
void vq_packed_kicks_off(struct vq *vq);
bool vq_packed_kicks_on(struct vq *vq);

/** vq_break() - no more of this queue; Return: -EPROTO */
int vq_break(struct vq *vq, const char *why);

/* One descriptor, copied out of the ring and of no format any more. */
struct vq_buffer {
	uint64_t addr;
	uint32_t len;
	bool write;		/* the device writes it */
};

/** vq_add_buffer() - check a buffer and put it at the end of the chain.
 *
 * Return: 0 or -EPROTO, with the queue broken.
 */
int vq_add_buffer(struct vq *vq, struct vq_chain *c,
		  const struct vq_buffer *buf);

/* One of the three parts of a ring. */
struct vq_part {
	uint64_t gpa, len;
	unsigned int align;
	void *host;		/* filled */
};

/**
 * vq_map_parts() - check the parts and find their host addresses
 *
 * Return: 0 or -EINVAL, with the queue broken: unaligned, outside guest
 * memory, or one over another.
 */
int vq_map_parts(struct vq *vq, struct vq_part part[3]);

/**
 * vq_indirect() - the table of an indirect descriptor
 * @addr, @len: as copied from the descriptor
 *
 * Return: the number of entries, 1 to VQ_SIZE_MAX, and the address of the first
 * in *@ret, which need not be aligned; or -EPROTO, with the queue broken.
 */
int vq_indirect(struct vq *vq, uint64_t addr, uint32_t len,
		const uint8_t **ret);

/*
 * vq_copy() - copy a descriptor out of guest memory, once: without the barrier
 * a compiler may read the original again instead of the copy.
 */
static inline void vq_copy(void *to, const void *from, size_t len)
{
	__builtin_memcpy(to, from, len);
	__asm__ volatile("" ::: "memory");
}

#endif /* VIRTIO_VQ_H */
