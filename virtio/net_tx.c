// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net_tx - frames from the guest, straight out of its memory
 *
 * The header is copied, checked, and the copy is what goes out; of the rest no
 * byte is looked at.
 */
#include <errno.h>

#include "iov.h"
#include "net_dev.h"
#include "util.h"

/* 5.1.6.2: which feature allows which type */
static const char *tx_check_gso(const struct virtio_net_hdr_v1 *hdr,
				uint64_t accepted)
{
	static const struct {
		uint8_t type;
		uint8_t feature;
	} gso[] = {
		{ VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_F_HOST_TSO4 },
		{ VIRTIO_NET_HDR_GSO_TCPV6, VIRTIO_NET_F_HOST_TSO6 },
		{ VIRTIO_NET_HDR_GSO_UDP, VIRTIO_NET_F_HOST_UFO },
		{ VIRTIO_NET_HDR_GSO_UDP_L4, VIRTIO_NET_F_HOST_USO },
	};
	uint8_t type = hdr->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
	bool known = type == hdr->gso_type ||
		accepted >> VIRTIO_NET_F_HOST_ECN & 1;
	size_t i = 0;

	if (!hdr->gso_size)
		return "segments of no length";
	while (i < ARRAY_SIZE(gso) && gso[i].type != type)
		i++;
	if (i == ARRAY_SIZE(gso) || !(accepted >> gso[i].feature & 1) || !known)
		return "segmentation that was not negotiated";
	return NULL;
}

const char *net_tx_check(struct virtio_net_hdr_v1 *hdr, uint64_t accepted,
			 uint64_t len)
{
	hdr->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->num_buffers = 0;
	if (hdr->flags) {
		if (!(accepted >> VIRTIO_NET_F_CSUM & 1))
			return "a checksum to do that was not negotiated";
		if (hdr->csum_start + hdr->csum_offset + 2U > len)
			return "a checksum outside the frame";
	}
	if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return NULL;
	return tx_check_gso(hdr, accepted);
}

/* Return: 0, and the frame is done with; -EAGAIN; -ENOLINK. */
static int tx_frame(struct net_pair *p, const struct vq_chain *c)
{
	uint64_t len = iov_bytes(c->iov, c->nr_out);
	struct virtio_net_hdr_v1 hdr;
	const char *bad;
	unsigned int nr;
	ssize_t sent;

	if (len < NET_HDR_LEN + NET_ETH_LEN || len > NET_FRAME_MAX) {
		net_bad_frame(p->net, len > NET_FRAME_MAX ? "too long" :
							    "too short");
		return 0;
	}
	iov_read(c->iov, c->nr_out, 0, &hdr, sizeof(hdr));
	bad = net_tx_check(&hdr, p->net->dev.accepted, len - sizeof(hdr));
	if (bad) {
		net_bad_frame(p->net, bad);
		return 0;
	}
	p->tx_iov[0] = (struct iovec){ &hdr, sizeof(hdr) };
	nr = iov_slice(c->iov, c->nr_out, sizeof(hdr), len, p->tx_iov + 1);
	sent = p->net->backend->send(p, p->tx_iov, (int)nr + 1);
	if (sent == -EINVAL)
		net_bad_frame(p->net, "refused by the host");
	return sent == -EAGAIN || sent == -ENOLINK ? (int)sent : 0;
}

/*
 * Send until the queue is empty, @left is used up, or the back-end is full.
 * Return: 0, or -errno for the frame that is still in the queue.
 */
static int tx_some(struct net_pair *p, unsigned int *left)
{
	struct vdev_queue *q = p->txq;
	struct vq_chain c = { .iov = p->chain_iov };

	for (; *left && vdev_pop(q, &c); --*left) {
		int r = p->net->lost ? 0 : tx_frame(p, &c);

		if (r == -EAGAIN) {
			vq_unpop(&q->vq, &c);
			return r;
		}
		if (r)
			net_gone(p);
		vq_push(&q->vq, &c, 0);
	}
	return 0;
}

void net_tx(struct net_pair *p)
{
	struct vdev_queue *q = p->txq;
	unsigned int left = NET_BATCH;

	if (p->blocked)
		return;
	vq_kicks_off(&q->vq);
	do {
		p->blocked = tx_some(p, &left) == -EAGAIN;
	} while (!p->blocked && left && vq_kicks_on(&q->vq));
	vdev_signal(q);
	if (!left)
		vdev_again(q);
}
