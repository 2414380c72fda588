// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net_rx - frames to the guest, straight into its buffers
 *
 * struct net_rx in net_dev.h has the idea.  A buffer that can take no frame
 * goes back with length 0: the driver has it again, and the queue moves on.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "iov.h"
#include "net_dev.h"

void net_rx_reset(struct net_rx *rx)
{
	memset(rx, 0, offsetof(struct net_rx, chain));
	rx->want = 1;
}

/* Move what is left to the start of the arrays. */
static void rx_compact(struct net_rx *rx)
{
	unsigned int nr = rx->end - rx->first, i;
	ptrdiff_t shift = rx->iov_first;

	memmove(rx->iov, rx->iov + shift,
		(rx->iov_end - rx->iov_first) * sizeof(*rx->iov));
	memmove(rx->chain, rx->chain + rx->first, nr * sizeof(*rx->chain));
	memmove(rx->bytes, rx->bytes + rx->first, nr * sizeof(*rx->bytes));
	for (i = 0; i < nr; i++)
		rx->chain[i].iov -= shift;
	rx->end = nr;
	rx->iov_end -= rx->iov_first;
	rx->first = 0;
	rx->iov_first = 0;
}

static bool rx_no_place(const struct net_rx *rx)
{
	return rx->end == VQ_SIZE_MAX ||
	       rx->iov_end + VQ_SIZE_MAX >= NET_RX_IOV;
}

/*
 * Return: 1 for one more buffer; 0: there is none; -EINVAL: it was of no use;
 * -ENOSPC: no place for more, or we have all that the queue can hold.
 */
static int rx_take(struct net_pair *p)
{
	struct net_rx *rx = &p->rx;
	struct vq_chain *c;
	uint64_t bytes;

	if (rx_no_place(rx))
		rx_compact(rx);
	if (rx_no_place(rx) || p->rxq->vq.in_flight == p->rxq->vq.size)
		return -ENOSPC;
	c = &rx->chain[rx->end];
	c->iov = rx->iov + rx->iov_end;
	if (!vdev_pop(p->rxq, c))
		return 0;
	bytes = iov_bytes(vq_iov_in(c), c->nr_in);
	if (c->nr_out || bytes < NET_HDR_LEN) {
		net_bad_frame(p->net, "a receive buffer of no use");
		vq_push(&p->rxq->vq, c, 0);
		return -EINVAL;
	}
	bytes = bytes < NET_FRAME_MAX ? bytes : NET_FRAME_MAX;
	rx->bytes[rx->end++] = (uint32_t)bytes;
	rx->iov_end += c->nr_in;
	rx->room += (uint32_t)bytes;
	return 1;
}

/*
 * Have rx->want buffers and at least @bytes, or all that the guest has.  When
 * there are none left the driver is asked for a kick.
 */
static int rx_fill(struct net_pair *p, uint32_t bytes)
{
	struct net_rx *rx = &p->rx;
	int r = 1;

	while (rx->end - rx->first < rx->want || rx->room < bytes) {
		r = rx_take(p);
		if (r < 0)
			return r;
		if (r)
			continue;
		if (rx->room >= bytes && rx->room)
			return 0;
		if (!vq_kicks_on(&p->rxq->vq))
			return -ENOBUFS;
		vq_kicks_off(&p->rxq->vq);
	}
	return 0;
}

/* Give @nr buffers back, filled with @len bytes in order. */
static void rx_give(struct net_pair *p, unsigned int nr, uint32_t len)
{
	struct net_rx *rx = &p->rx;
	unsigned int i;

	for (i = 0; i < nr; i++, rx->first++) {
		uint32_t bytes = rx->bytes[rx->first];

		rx->given[i] = &rx->chain[rx->first];
		rx->used[i] = len < bytes ? len : bytes;
		len -= rx->used[i];
		rx->room -= bytes;
		rx->iov_first += rx->given[i]->nr_in;
	}
	vq_push_many(&p->rxq->vq, rx->given, rx->used, nr);
	if (rx->first == rx->end) {
		rx->first = rx->end = 0;
		rx->iov_first = rx->iov_end = 0;
	}
}

/* All buffers there are cannot take the frame: it is lost, as on a wire. */
static void rx_drop(struct net_pair *p)
{
	net_bad_frame(p->net, "receive buffers too short");
	rx_give(p, p->rx.end - p->rx.first, 0);
	p->rx.frame = 0;
}

/* Buffers that @len bytes need; there are as many. */
static unsigned int rx_count(const struct net_rx *rx, uint32_t len)
{
	unsigned int nr = 0;

	for (;; nr++) {
		uint32_t bytes = rx->bytes[rx->first + nr];

		if (len <= bytes)
			return nr + 1;
		len -= bytes;
	}
}

/* Return: 0: there is room for rx->frame; -EINVAL: ask again; -errno. */
static int rx_make_room(struct net_pair *p)
{
	struct net_rx *rx = &p->rx;
	int r = -ENOSPC;

	if (rx->frame <= rx->room)
		return 0;
	if (vdev_has(&p->net->dev, VIRTIO_NET_F_MRG_RXBUF))
		r = rx_fill(p, rx->frame);
	if (r == -ENOSPC)
		rx_drop(p);
	return r;
}

/*
 * rx->frame bytes are in the buffers and in spill: hand them to the driver.
 *
 * Return: 0: go on; -ENOBUFS: it waits for buffers.
 */
static int rx_deliver(struct net_pair *p)
{
	const size_t at = offsetof(struct virtio_net_hdr_v1, num_buffers);
	struct net_rx *rx = &p->rx;
	unsigned int nr_iov;
	struct iovec *iov;
	uint16_t nr;
	int r;

	r = rx_make_room(p);
	if (r)
		return r == -ENOBUFS ? r : 0;
	iov = rx->iov + rx->iov_first;
	nr_iov = rx->iov_end - rx->iov_first;
	if (rx->frame > rx->spilled)
		iov_write(iov, nr_iov, rx->spilled, rx->spill,
			  rx->frame - rx->spilled);
	nr = (uint16_t)rx_count(rx, rx->frame);
	iov_write(iov, nr_iov, at, &nr, sizeof(nr));
	if (vdev_has(&p->net->dev, VIRTIO_NET_F_MRG_RXBUF))
		rx->want = nr;
	rx_give(p, nr, rx->frame);
	rx->frame = 0;
	return 0;
}

/*
 * Return: 0: go on; -EAGAIN: no frame there; -ENOBUFS: no buffer there;
 * -ENOLINK.
 */
static int rx_frame(struct net_pair *p)
{
	struct net_rx *rx = &p->rx;
	ssize_t len;
	int r;

	if (rx->frame)
		return rx_deliver(p);
	r = rx_fill(p, 1);
	if (r == -ENOBUFS)
		return r;
	if (!rx->room)
		return 0;
	rx->iov[rx->iov_end] = (struct iovec){ rx->spill, sizeof(rx->spill) };
	len = p->net->backend->receive(p, rx->iov + rx->iov_first,
				       (int)(rx->iov_end - rx->iov_first) + 1);
	if (len == -EAGAIN || len == -ENOLINK)
		return (int)len;
	if (len < NET_HDR_LEN || len > NET_FRAME_MAX)
		return 0;
	rx->frame = (uint32_t)len;
	rx->spilled = rx->room;
	return rx_deliver(p);
}

void net_rx(struct net_pair *p)
{
	unsigned int left = NET_BATCH;
	int r = 0;

	if (p->net->lost || p->index >= p->net->active)
		return;
	vq_kicks_off(&p->rxq->vq);
	while (!r && left--)
		r = rx_frame(p);
	vdev_signal(p->rxq);
	if (r == -ENOLINK)
		net_gone(p);
	else if (!r)
		vdev_again(p->rxq);
}
