// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vq - what both formats of rings have in common
 */
#include "vq.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <string.h>

#include "util.h"

int vq_break(struct vq *vq, const char *why)
{
	if (!vq->broken)
		vq->broken = why;
	return -EPROTO;
}

static bool vq_overlap(const struct vq_part *a, const struct vq_part *b)
{
	return a->gpa < b->gpa + b->len && b->gpa < a->gpa + a->len;
}

int vq_map_parts(struct vq *vq, struct vq_part part[3])
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (part[i].gpa % part[i].align) {
			vq->broken = "a part of the ring is not aligned";
			return -EINVAL;
		}
		if (gmem_slice(vq->mem, part[i].gpa, part[i].len,
			       &part[i].host)) {
			vq->broken = "a part of the ring is outside memory";
			return -EINVAL;
		}
	}
	if (vq_overlap(&part[0], &part[1]) || vq_overlap(&part[0], &part[2]) ||
	    vq_overlap(&part[1], &part[2])) {
		vq->broken = "parts of the ring overlap";
		return -EINVAL;
	}
	return 0;
}

int vq_init(struct vq *ret, const struct gmem *mem,
	    const struct vq_setup *setup, uint64_t features)
{
	memset(ret, 0, sizeof(*ret));
	ret->mem = mem;
	ret->size = setup->size;
	ret->is_packed = features >> VIRTIO_F_RING_PACKED & 1;
	ret->event_idx = features >> VIRTIO_RING_F_EVENT_IDX & 1;
	ret->indirect = features >> VIRTIO_RING_F_INDIRECT_DESC & 1;
	if (!setup->size || setup->size > VQ_SIZE_MAX) {
		ret->broken = "the size of the queue is out of range";
		return -EINVAL;
	}
	return ret->is_packed ? vq_packed_init(ret, setup) :
				vq_split_init(ret, setup);
}

int vq_indirect(struct vq *vq, uint64_t addr, uint32_t len,
		const uint8_t **ret)
{
	uint32_t nr = len / sizeof(struct vring_desc);
	void *host;

	if (!vq->indirect)
		return vq_break(vq, "indirect descriptor, not negotiated");
	if (!nr || len % sizeof(struct vring_desc))
		return vq_break(vq, "indirect table of a wrong length");
	if (nr > VQ_SIZE_MAX)
		return vq_break(vq, "indirect table too long");
	if (gmem_slice(vq->mem, addr, len, &host))
		return vq_break(vq, "indirect table outside memory");
	*ret = host;
	return (int)nr;
}

/* A buffer of length 0 holds nothing to read or write: leave it out. */
int vq_add_buffer(struct vq *vq, struct vq_chain *c,
		  const struct vq_buffer *buf)
{
	unsigned int nr = c->nr_out + c->nr_in;
	void *host;

	if (!buf->len)
		return 0;
	if (nr == VQ_SIZE_MAX)
		return vq_break(vq, "chain too long");
	if (!buf->write && c->nr_in)
		return vq_break(vq, "readable buffer after a writable one");
	c->bytes += buf->len;
	if (c->bytes > VQ_CHAIN_MAX)
		return vq_break(vq, "chain of more than 4 GiB");
	if (gmem_slice(vq->mem, buf->addr, buf->len, &host))
		return vq_break(vq, "buffer outside memory");
	c->iov[nr] = (struct iovec){ .iov_base = host, .iov_len = buf->len };
	if (buf->write)
		c->nr_in++;
	else
		c->nr_out++;
	return 0;
}

int vq_pop(struct vq *vq, struct vq_chain *c)
{
	int r;

	if (vq->broken)
		return -EPROTO;
	c->nr_out = 0;
	c->nr_in = 0;
	c->bytes = 0;
	r = vq->is_packed ? vq_packed_pop(vq, c) : vq_split_pop(vq, c);
	if (r > 0)
		vq->in_flight += c->slots;
	return r;
}

void vq_unpop(struct vq *vq, const struct vq_chain *c)
{
	vq->in_flight -= c->slots;
	if (vq->is_packed)
		vq_packed_unpop(vq, c);
	else
		vq_split_unpop(vq, c);
}

void vq_push_many(struct vq *vq, const struct vq_chain *const c[],
		  const uint32_t len[], unsigned int nr)
{
	unsigned int i, slots = 0;

	if (!nr)
		return;
	for (i = 0; i < nr; i++)
		slots += c[i]->slots;
	vq->in_flight -= slots;
	slots += vq->unsent;
	vq->unsent = slots < UINT16_MAX ? (uint16_t)slots : UINT16_MAX;
	if (vq->is_packed)
		vq_packed_push(vq, c, len, nr);
	else
		vq_split_push(vq, c, len, nr);
}

void vq_push(struct vq *vq, const struct vq_chain *c, uint32_t len)
{
	vq_push_many(vq, &c, &len, 1);
}

bool vq_notify(struct vq *vq)
{
	bool wanted;

	if (!vq->unsent)
		return false;
	wanted = vq->is_packed ? vq_packed_notify(vq) : vq_split_notify(vq);
	vq->unsent = 0;
	return wanted;
}

void vq_kicks_off(struct vq *vq)
{
	if (vq->is_packed)
		vq_packed_kicks_off(vq);
	else
		vq_split_kicks_off(vq);
}

bool vq_kicks_on(struct vq *vq)
{
	if (vq->broken)
		return false;
	return vq->is_packed ? vq_packed_kicks_on(vq) :
			       vq_split_kicks_on(vq);
}
