/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_dev - the inside of a network device, for net_*.c
 *
 * net.c is the device: features, configuration, control queue.  What is on the
 * host's side is a struct net_backend; where that has send and receive,
 * net_tx.c and net_rx.c move frames between it and the queues, with one worker
 * for each pair of queues.  Other back-ends have ring_start: somebody outside
 * this process serves the queues, and the only worker waits for bad news.
 *
 * Frames begin with a struct virtio_net_hdr_v1 on every path (VIRTIO 1.2,
 * 5.1.6), also towards the back-end.
 */
#ifndef VIRTIO_NET_DEV_H
#define VIRTIO_NET_DEV_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "allowance.h"
#include "compat/net.h"
#include "helper.h"
#include "net.h"
#include "net_tap.h"
#include "vdev.h"
#include "vhost.h"
#include "vhost_user.h"

#define NET_HDR_LEN	12	/* struct virtio_net_hdr_v1 */
#define NET_ETH_LEN	14	/* the shortest frame that a tap takes */
#define NET_GUEST_OFFLOADS (BIT(VIRTIO_NET_F_GUEST_CSUM) | \
	BIT(VIRTIO_NET_F_GUEST_TSO4) | BIT(VIRTIO_NET_F_GUEST_TSO6) | \
	BIT(VIRTIO_NET_F_GUEST_ECN) | BIT(VIRTIO_NET_F_GUEST_UFO) | \
	BIT(VIRTIO_NET_F_GUEST_USO4) | BIT(VIRTIO_NET_F_GUEST_USO6))
/* The longest: header, Ethernet with a VLAN tag, and an IP packet. */
#define NET_FRAME_MAX	(NET_HDR_LEN + NET_ETH_LEN + 4 + 65535)
#define NET_BATCH	64	/* frames before others have their turn */

/*
 * Buffers of the guest that are taken from the ring and not given back: chain
 * [first .. end), in the order of the ring.  A frame is read straight into all
 * of them; what does not fit goes into spill, and from there into buffers taken
 * after it, so that none is lost while the window follows the traffic: as
 * many buffers as the last frame has used.
 */
#define NET_RX_IOV	1024	/* IOV_MAX, one of them for spill */

struct net_rx {
	unsigned int first, end;	/* of chain[] and bytes[] */
	unsigned int iov_first, iov_end;
	unsigned int want;	/* buffers to have ready */
	uint32_t room;		/* bytes in them all */
	uint32_t frame;		/* length of one that waits for buffers, or 0 */
	uint32_t spilled;	/* where in it spill begins */
	struct vq_chain chain[VQ_SIZE_MAX];
	uint32_t bytes[VQ_SIZE_MAX];
	const struct vq_chain *given[VQ_SIZE_MAX];	/* of rx_give() */
	uint32_t used[VQ_SIZE_MAX];
	struct iovec iov[NET_RX_IOV];
	uint8_t spill[NET_FRAME_MAX];
};

struct net;

/* All of it is the pair's worker's, except where said. */
struct net_pair {
	struct net *net;
	unsigned int index;
	struct vdev_queue *rxq, *txq;	/* of net->dev */
	struct worker_source source;	/* the back-end's descriptor */
	bool blocked;		/* the back-end is full: wait for EPOLLOUT */
	struct net_rx rx;
	struct iovec chain_iov[VQ_SIZE_MAX];	/* of the frame being sent */
	struct iovec tx_iov[VQ_SIZE_MAX + 1];
};

struct net_backend {
	/* Under dev->lock, with what was negotiated.  May be NULL. */
	int (*start)(struct net *net);
	void (*stop)(struct net *net);

	/*
	 * On the pair's worker.  iov[0] of a frame to send is its header, and
	 * may be changed; what is received begins with one.  Return: bytes
	 * moved; -EAGAIN; -ENOLINK: the other side is gone; another
	 * -errno concerns this frame only.
	 */
	ssize_t (*send)(struct net_pair *p, struct iovec *iov, int nr);
	ssize_t (*receive)(struct net_pair *p, const struct iovec *iov,
			   int nr);
	/* There is room again for what was held back.  May be NULL. */
	void (*flush)(struct net_pair *p);
	/*
	 * After -ENOLINK: have another one on the other side.  Return: 0, or
	 * -errno: it is gone for good.  May be NULL.
	 */
	int (*renew)(struct net_pair *p);

	/* Instead of those: as in struct vdev_ops. */
	int (*ring_start)(struct net *net, struct vdev_queue *q);
	void (*ring_stop)(struct net *net, struct vdev_queue *q);

	/* The control queue, on its worker.  May be NULL: not offered. */
	int (*set_pairs)(struct net *net, unsigned int nr);
	int (*set_offloads)(struct net *net, uint64_t features);

	/* The device is idle. */
	void (*destroy)(struct net *net);
};

struct net_stream;

struct net {
	struct vdev dev;
	const struct net_backend *backend;
	char peer[32];		/* "tap0", "passt": for people */
	uint8_t mac[NET_MAC_LEN];
	uint16_t mtu;		/* 0: not offered */
	unsigned int nr_pairs;
	_Atomic unsigned int active;	/* pairs that frames are spread over */
	_Atomic bool lost;	/* the other side is gone: link down */
	_Atomic uint64_t bad_frames;	/* of the guest */
	struct log_limit frame_log;
	/* what the control queue has changed, and how often it may */
	uint64_t offloads;	/* features */
	struct allowance changes;
	struct vdev_queue *ctrl;	/* NULL: not offered */
	struct iovec ctrl_iov[VQ_SIZE_MAX];
	struct net_tap tap;
	struct vhost vhost[NET_PAIRS_MAX];	/* nr_vhost of them */
	unsigned int nr_vhost;
	struct worker_source link;	/* owned netlink socket */
	struct helper passt;
	struct vhost_user passt_rings;
	struct net_stream *passt_stream;	/* owned */
	int64_t resume_ms;	/* from when on its passt is replaced at once */
	struct log_limit renewals;
	struct log_limit losses;
	struct net_pair pair[];	/* nr_pairs */
};

static inline struct net *net_of(struct vdev *dev)
{
	return (struct net *)dev;
}

/** net_lost() - the other side is gone for good: say so, once; any thread */
void net_lost(struct net *net);

/** net_gone() - the other side is, and may be replaced; the pair's worker */
void net_gone(struct net_pair *p);

/** net_bad_frame() - count what a guest must not send; any thread */
void net_bad_frame(struct net *net, const char *why);

/** net_tx() - send what is in the queue; the pair's worker */
void net_tx(struct net_pair *p);

/**
 * net_tx_check() - whether a frame may go out
 * @hdr:      a copy; what the driver has no say in is cleared
 * @accepted: feature bits
 * @len:      of the frame without this header
 *
 * VIRTIO 1.2, 5.1.6.2.
 *
 * Return: NULL, or what is wrong with it.
 */
const char *net_tx_check(struct virtio_net_hdr_v1 *hdr, uint64_t accepted,
			 uint64_t len);

/** net_rx() - receive what there is; the pair's worker */
void net_rx(struct net_pair *p);

/** net_rx_reset() - forget all buffers; the pair's worker */
void net_rx_reset(struct net_rx *rx);

/**
 * net_ctrl_serve() - answer one request of the control queue
 *
 * For vdev_serve(), on the queue's worker.
 */
uint32_t net_ctrl_serve(struct vdev_queue *q, struct vq_chain *c);

/**
 * net_tap_start() - make the tap ready for a driver: back-ends' start
 *
 * Return: 0, also when the tap is gone, or -errno with the reason logged.
 */
int net_tap_start(struct net *net);

/** net_tap_setup() - open the tap, name the peer, offer what it can do.
 *
 * Return: 0 or -errno with @e filled.
 */
int net_tap_setup(struct net *net, const struct net_options *o,
		  struct err *e);

/* Back-ends: fill net->backend, net->peer and net->dev; 0 or -errno with @e. */
int net_tap_create(struct net *net, const struct net_options *o,
		   struct err *e);
int net_vhost_create(struct net *net, const struct net_options *o,
		     struct err *e);
int net_user_create(struct net *net, const struct net_options *o,
		    struct err *e);

#endif /* VIRTIO_NET_DEV_H */
