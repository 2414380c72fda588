// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_vq - the walker of rings, split and packed: settings, rings and tables
 * are the input's, written between and after what the device does
 */
#include <linux/virtio_config.h>

#include "fuzz.h"

#define HELD	8	/* requests taken and not given back */
#define OPS	200

struct held {
	struct iovec iov[VQ_SIZE_MAX];
	struct vq_chain c;
};

static struct held held[HELD];

static void check_chain(const struct vq *vq, const struct vq_chain *c)
{
	unsigned int i;

	fuzz_check(c->nr_out + c->nr_in <= VQ_SIZE_MAX);
	fuzz_check(c->slots >= 1 && c->slots <= vq->size);
	fuzz_check(vq->in_flight <= vq->size);
	for (i = 0; i < c->nr_out + c->nr_in; i++) {
		volatile char *p = c->iov[i].iov_base;

		fuzz_check(c->iov[i].iov_len);
		fuzz_check(fuzz_inside(c->iov[i].iov_base, c->iov[i].iov_len));
		(void)p[0];
		(void)p[c->iov[i].iov_len - 1];
	}
}

static void take(struct vq *vq, unsigned int *nr, bool back)
{
	struct held *h = &held[*nr];
	int r;

	if (*nr == HELD)
		return;
	h->c.iov = h->iov;
	r = vq_pop(vq, &h->c);
	fuzz_check(r >= 0 || vq->broken);
	fuzz_check(r <= 0 || !vq->broken);
	if (r <= 0)
		return;
	check_chain(vq, &h->c);
	if (back)
		vq_unpop(vq, &h->c);
	else
		++*nr;
}

static void give(struct vq *vq, unsigned int *nr, struct fuzz_in *in)
{
	const struct vq_chain *c[HELD];
	uint32_t len[HELD];
	unsigned int i, many = fuzz_u8(in) % (*nr + 1);

	for (i = 0; i < many; i++) {
		c[i] = &held[*nr - 1 - i].c;
		len[i] = fuzz_u32(in);
	}
	vq_push_many(vq, c, len, many);
	*nr -= many;
}

static void one(struct vq *vq, struct fuzz_ring *r, unsigned int *nr,
		struct fuzz_in *in)
{
	switch (fuzz_u8(in) % 10) {
	case 0:
	case 1:
	case 2:
		fuzz_chain(r, in);
		break;
	case 3:
		fuzz_scribble(in);
		break;
	case 4:
	case 5:
		take(vq, nr, false);
		break;
	case 6:
		take(vq, nr, true);
		break;
	case 7:
		give(vq, nr, in);
		break;
	case 8:
		vq_notify(vq);
		break;
	case 9:
		vq_kicks_off(vq);
		vq_kicks_on(vq);
		break;
	}
}

/* The first byte: the three features, and whether the settings are sound. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	const struct gmem *mem = fuzz_memory();
	uint8_t kind = fuzz_u8(&in);
	uint64_t features =
		(uint64_t)(kind & 1) << VIRTIO_F_RING_PACKED |
		(uint64_t)(kind >> 1 & 1) << VIRTIO_RING_F_EVENT_IDX |
		(uint64_t)(kind >> 2 & 1) << VIRTIO_RING_F_INDIRECT_DESC;
	struct fuzz_ring ring;
	unsigned int i, nr = 0;
	struct vq vq;

	fuzz_ring_init(&ring, 0, kind & 1);
	if (kind & 8)
		fuzz_read(&in, &ring.setup, sizeof(ring.setup));
	if (vq_init(&vq, mem, &ring.setup, features)) {
		fuzz_check(vq.broken);
		held[0].c.iov = held[0].iov;
		fuzz_check(vq_pop(&vq, &held[0].c) < 0);
		return 0;
	}
	if (kind & 8)
		fuzz_ring_init(&ring, 0, kind & 1);
	for (i = 0; i < OPS && in.left; i++)
		one(&vq, &ring, &nr, &in);
	return 0;
}
