// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-request - for each kind of device a request that it always answers
 *
 * Requests lie in the first page of v->data, in a slot of 512 bytes for each first descriptor
 * modulo 8, so that several may be in flight.
 */
#include "virtio.h"

#define SLOT		512
#define SLOTS		(VIO_PAGE / SLOT)
#define PROBE_MS	5000
#define UNSET		0xee

#define BLK_IN		0	/* VIRTIO 1.2, 5.2.6 */
#define BLK_HEADER	16
#define NET_HEADER	12	/* 5.1.6 */
#define NET_FRAME	60
#define RNG_BYTES	32
#define FUSE_INIT	26	/* include/uapi/linux/fuse.h */
#define FUSE_IN_HEADER	40

static uint8_t *slot(const struct vio *v, unsigned int first)
{
	return v->data + first % SLOTS * SLOT;
}

/* Read sector 0 into the second page, which all requests share. */
static unsigned int blk_request(struct vio *v, unsigned int first)
{
	struct vio_queue *q = vio_q(v);
	uint8_t *p = slot(v, first);

	memset(p, 0, BLK_HEADER);
	p[0] = BLK_IN;
	p[SLOT - 1] = UNSET;
	vio_desc(q, first, (uint64_t)p, BLK_HEADER, DESC_NEXT, first + 1);
	vio_desc(q, first + 1, (uint64_t)v->data + VIO_PAGE, SLOT,
		 DESC_NEXT | DESC_WRITE, first + 2);
	vio_desc(q, first + 2, (uint64_t)(p + SLOT - 1), 1, DESC_WRITE, 0);
	return 3;
}

/* A frame to everybody, of an experimental type (RFC 3692). */
static unsigned int net_request(struct vio *v, unsigned int first)
{
	uint8_t *p = slot(v, first);

	memset(p, 0, NET_HEADER + NET_FRAME);
	memset(p + NET_HEADER, 0xff, 6);
	p[NET_HEADER + 6] = 0x02;
	p[NET_HEADER + 12] = 0x88;
	p[NET_HEADER + 13] = 0xb5;
	vio_desc(vio_q(v), first, (uint64_t)p, NET_HEADER + NET_FRAME, 0, 0);
	return 1;
}

static unsigned int rng_request(struct vio *v, unsigned int first)
{
	vio_desc(vio_q(v), first, (uint64_t)slot(v, first), RNG_BYTES,
		 DESC_WRITE, 0);
	return 1;
}

static unsigned int console_request(struct vio *v, unsigned int first)
{
	uint8_t *p = slot(v, first);

	p[0] = SILENT;
	vio_desc(vio_q(v), first, (uint64_t)p, 1, 0, 0);
	return 1;
}

/* The page of this guest's RAM that nobody uses: the last one. */
static unsigned int balloon_request(struct vio *v, unsigned int first)
{
	uint32_t *p = (uint32_t *)slot(v, first);

	*p = (uint32_t)(ram_end / VIO_PAGE - 1);
	vio_desc(vio_q(v), first, (uint64_t)p, sizeof(*p), 0, 0);
	return 1;
}

/* A packet to the host that resets a connection there is not (5.10.6). */
static unsigned int vsock_request(struct vio *v, unsigned int first)
{
	uint8_t *p = slot(v, first);

	memset(p, 0, 44);
	p[0] = (uint8_t)vio_config(v, 0, 4);
	p[8] = 2;
	p[16] = 99;
	p[20] = 98;
	p[28] = 1;
	p[30] = 3;
	vio_desc(vio_q(v), first, (uint64_t)p, 44, 0, 0);
	return 1;
}

static unsigned int fs_request(struct vio *v, unsigned int first)
{
	uint32_t *p = (uint32_t *)slot(v, first);

	memset(p, 0, SLOT);
	p[0] = FUSE_IN_HEADER + 16;
	p[1] = FUSE_INIT;
	p[2] = 1;
	p[10] = 7;
	p[11] = 31;
	vio_desc(vio_q(v), first, (uint64_t)p, FUSE_IN_HEADER + 16, DESC_NEXT,
		 first + 1);
	vio_desc(vio_q(v), first + 1, (uint64_t)p + 256, 80, DESC_WRITE, 0);
	return 2;
}

unsigned int vio_request(struct vio *v, unsigned int first)
{
	switch (v->id) {
	case VIO_BLK: return blk_request(v, first);
	case VIO_NET: return net_request(v, first);
	case VIO_CONSOLE: return console_request(v, first);
	case VIO_BALLOON: return balloon_request(v, first);
	case VIO_VSOCK: return vsock_request(v, first);
	case VIO_FS: return fs_request(v, first);
	default: return rng_request(v, first);
	}
}

bool vio_request_ok(struct vio *v, unsigned int first, unsigned int nr)
{
	const volatile uint8_t *p = slot(v, first);
	uint32_t len = vio_q(v)->used->ring[(uint16_t)
		(vio_q(v)->seen - nr) % VIO_QSIZE].len;

	if (v->id == VIO_BLK)
		return !p[SLOT - 1] && len == SLOT + 1;
	if (v->id == VIO_RNG)
		return len > 0 && len <= RNG_BYTES;
	return true;
}

void vio_feed(struct vio *v)
{
	struct vio_queue *q = &v->q[0];
	uint16_t before = q->avail->idx;
	unsigned int head;

	while ((uint16_t)(q->avail->idx - q->used->idx) < VIO_QSIZE) {
		head = q->avail->idx % VIO_QSIZE;
		vio_desc(q, head, (uint64_t)v->data + VIO_DATA - VIO_PAGE,
			 VIO_PAGE, DESC_WRITE, 0);
		vio_offer(q, head);
	}
	if (q->avail->idx != before)
		vio_kick(v, 0);
}

/* What was not answered before a reset waits for buffers first. */
static bool vsock_taken(struct vio *v)
{
	uint64_t start = time_now();

	do {
		vio_feed(v);
		if (vio_take(vio_q(v), 1, 1))
			return true;
	} while (time_now() - start < time_ms(PROBE_MS));
	return false;
}

bool vio_probe(struct vio *v)
{
	vio_request(v, 0);
	vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
	if (v->id == VIO_VSOCK)
		return vsock_taken(v);
	return vio_take(vio_q(v), 1, PROBE_MS) && vio_request_ok(v, 0, 1);
}
