// SPDX-License-Identifier: GPL-2.0-or-later
/* virtio-driver - what a good driver does, in small steps */
#include "virtio.h"

#define RESET_MS	2000

bool vio_reset(struct vio *v)
{
	uint64_t start = time_now();

	vio_write(v, VIO_STATUS, 0);
	while (vio_read(v, VIO_STATUS))
		if (time_now() - start > time_ms(RESET_MS))
			return false;
	return true;
}

uint64_t vio_features(const struct vio *v)
{
	return v->offered & (vio_bit(VIO_F_VERSION_1) |
			     vio_bit(VIO_F_INDIRECT));
}

bool vio_negotiate(struct vio *v, uint64_t features)
{
	v->accepted = features;
	vio_write(v, VIO_STATUS, VIO_ACK);
	vio_write(v, VIO_STATUS, VIO_ACK | VIO_DRIVER);
	vio_write(v, VIO_DRV_SEL, 0);
	vio_write(v, VIO_DRV_FEATURES, (uint32_t)features);
	vio_write(v, VIO_DRV_SEL, 1);
	vio_write(v, VIO_DRV_FEATURES, (uint32_t)(features >> 32));
	vio_write(v, VIO_STATUS, VIO_ACK | VIO_DRIVER | VIO_FEATURES_OK);
	return vio_read(v, VIO_STATUS) & VIO_FEATURES_OK;
}

static void clear(volatile void *p, size_t len)
{
	volatile uint64_t *w = p;

	for (; len; len -= sizeof(*w))
		*w++ = 0;
}

void vio_queue_setup(struct vio *v, unsigned int i)
{
	struct vio_queue *q = &v->q[i];

	clear(q->desc, VIO_PAGE);
	q->seen = 0;
	vio_write(v, VIO_Q_SEL, i);
	vio_write(v, VIO_Q_SIZE, VIO_QSIZE);
	vio_addr(v, VIO_Q_DESC, (uint64_t)q->desc);
	vio_addr(v, VIO_Q_DRIVER, (uint64_t)q->avail);
	vio_addr(v, VIO_Q_DEVICE, (uint64_t)q->used);
}

bool vio_prepare(struct vio *v, uint64_t features)
{
	unsigned int i;

	if (!vio_reset(v) || !vio_negotiate(v, features))
		return false;
	clear(v->data, VIO_DATA);
	for (i = 0; i < v->in_use; i++) {
		vio_queue_setup(v, i);
		vio_write(v, VIO_Q_READY, 1);
	}
	return true;
}

bool vio_start(struct vio *v, uint64_t features)
{
	if (!vio_prepare(v, features))
		return false;
	vio_write(v, VIO_STATUS, VIO_ACK | VIO_DRIVER | VIO_FEATURES_OK |
		  VIO_DRIVER_OK);
	return true;
}

bool vio_broken(const struct vio *v)
{
	return vio_read(v, VIO_STATUS) & VIO_NEEDS_RESET;
}

void vio_desc(struct vio_queue *q, unsigned int i, uint64_t addr, uint32_t len,
	      uint16_t flags, unsigned int next)
{
	q->desc[i].addr = addr;
	q->desc[i].len = len;
	q->desc[i].flags = flags;
	q->desc[i].next = (uint16_t)next;
}

void vio_offer(struct vio_queue *q, unsigned int head)
{
	q->avail->ring[q->avail->idx % VIO_QSIZE] = (uint16_t)head;
	dsb();
	q->avail->idx++;
	dsb();
}

uint16_t vio_used(const struct vio_queue *q)
{
	return (uint16_t)(q->used->idx - q->seen);
}

bool vio_take(struct vio_queue *q, unsigned int nr, unsigned int ms)
{
	uint64_t start = time_now();

	while (vio_used(q) < nr)
		if (time_now() - start > time_ms(ms))
			return false;
	q->seen = (uint16_t)(q->seen + nr);
	dsb();
	return true;
}

enum vio_end vio_end(struct vio *v, unsigned int ms)
{
	uint64_t start = time_now();

	do {
		if (v->id == VIO_VSOCK)
			vio_feed(v);
		if (vio_used(vio_q(v)))
			return VIO_ANSWERED;
		if (vio_broken(v))
			return VIO_REJECTED;
	} while (time_now() - start < time_ms(ms));
	return vio_used(vio_q(v)) ? VIO_ANSWERED : VIO_NOTHING;
}
