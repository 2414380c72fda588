// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net - virtio network device (VIRTIO 1.2, 5.1)
 */
#include "net.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>

#include "net_dev.h"
#include "util.h"

/* Up to and with mtu: what lies behind belongs to features not offered. */
#define NET_CONFIG_SIZE offsetof(struct virtio_net_config, speed)

_Static_assert(sizeof(struct virtio_net_hdr_v1) == NET_HDR_LEN,
	       "a frame begins with this header");

void net_lost(struct net *net)
{
	if (atomic_exchange(&net->lost, true))
		return;
	log_guest(&net->losses, "%s: %s is gone: the guest's link is down",
		  net->dev.name, net->peer);
	vdev_config_changed(&net->dev);
}

void net_gone(struct net_pair *p)
{
	const struct net_backend *backend = p->net->backend;

	if (!backend->renew || backend->renew(p))
		net_lost(p->net);
}

void net_bad_frame(struct net *net, const char *why)
{
	net->bad_frames++;
	log_guest(&net->frame_log, "%s: frame of the guest dropped: %s",
		  net->dev.name, why);
}

bool net_bad_frames(struct vdev *dev, uint64_t *ret)
{
	const struct net *net = net_of(dev);

	*ret = net->bad_frames;
	return !net->backend->ring_start;
}

/*
 * Queues: rx, tx for each pair, then control.  5.1.2: without MQ there is one
 * pair for the driver, however many we have.  It may enable others, which then
 * are nothing.
 */
enum net_role {
	ROLE_RX,
	ROLE_TX,
	ROLE_CTRL,
	ROLE_NONE,
};

static enum net_role net_role(const struct vdev_queue *q)
{
	const struct net *net = net_of(q->dev);
	unsigned int pairs = vdev_has(q->dev, VIRTIO_NET_F_MQ) ?
		net->nr_pairs : 1;

	if (q->index < 2 * pairs)
		return q->index & 1 ? ROLE_TX : ROLE_RX;
	if (q->index == 2 * pairs && vdev_has(q->dev, VIRTIO_NET_F_CTRL_VQ))
		return ROLE_CTRL;
	return ROLE_NONE;
}

static struct net_pair *net_pair_of(const struct vdev_queue *q)
{
	return &net_of(q->dev)->pair[q->index / 2];
}

static bool net_is_up(const struct net *net)
{
	return !net->lost && !net->passt_rings.lost;
}

static void net_config_read(struct vdev *dev, uint32_t offset, void *buf,
			    uint32_t len)
{
	struct net *net = net_of(dev);
	struct virtio_net_config config = {
		.status = net_is_up(net) ? VIRTIO_NET_S_LINK_UP : 0,
		.max_virtqueue_pairs = (uint16_t)net->nr_pairs,
		.mtu = net->mtu,
	};

	memcpy(config.mac, net->mac, sizeof(net->mac));
	memcpy(buf, (const uint8_t *)&config + offset, len);
}

/*
 * With vhost the control queue is the only one that is ours, and which number
 * it has the driver has just decided.
 */
static void net_choose_workers(struct net *net)
{
	unsigned int i;

	for (i = 0; net->dev.external && i < net->dev.nr_queues; i++) {
		struct vdev_queue *q = &net->dev.queue[i];

		q->worker = net_role(q) == ROLE_CTRL ? &net->dev.worker[0] :
						       NULL;
	}
}

static int net_start(struct vdev *dev)
{
	struct net *net = net_of(dev);

	net->active = 1;
	net->offloads = dev->accepted & NET_GUEST_OFFLOADS;
	net_choose_workers(net);
	return net->backend->start ? net->backend->start(net) : 0;
}

static void net_stop(struct vdev *dev)
{
	struct net *net = net_of(dev);

	if (net->backend->stop)
		net->backend->stop(net);
}

static int net_queue_start(struct vdev_queue *q)
{
	struct net *net = net_of(q->dev);
	enum net_role role = net_role(q);

	if (role >= ROLE_CTRL)
		return 0;
	if (net->backend->ring_start)
		return net->backend->ring_start(net, q);
	if (role == ROLE_TX) {
		net_pair_of(q)->blocked = false;
		return 0;
	}
	net_rx_reset(&net_pair_of(q)->rx);
	return worker_watch(q->worker, &net_pair_of(q)->source,
			    EPOLLIN | EPOLLOUT);
}

static void net_queue_stop(struct vdev_queue *q)
{
	struct net *net = net_of(q->dev);
	enum net_role role = net_role(q);

	if (role >= ROLE_CTRL)
		return;
	if (net->backend->ring_stop)
		net->backend->ring_stop(net, q);
	else if (role == ROLE_RX)
		worker_unwatch(q->worker, &net_pair_of(q)->source);
}

static void net_kick(struct vdev_queue *q)
{
	struct net *net = net_of(q->dev);
	enum net_role role = net_role(q);

	if (role == ROLE_CTRL)
		vdev_serve(q, net->ctrl_iov, net_ctrl_serve);
	else if (role == ROLE_NONE || net->backend->ring_start)
		return;
	else if (role == ROLE_RX)
		net_rx(net_pair_of(q));
	else
		net_tx(net_pair_of(q));
}

/* The back-end's descriptor has frames, or room for some, or bad news. */
static void net_on_source(struct worker_source *src, uint32_t events)
{
	struct net_pair *p = container_of(src, struct net_pair, source);

	if (vdev_serves(p->rxq) && events & ~(uint32_t)EPOLLOUT)
		net_rx(p);
	if (p->net->backend->flush && events & EPOLLOUT)
		p->net->backend->flush(p);
	if (p->blocked && events & ~(uint32_t)EPOLLIN) {
		p->blocked = false;
		if (vdev_serves(p->txq))
			net_tx(p);
	}
}

static void net_destroy(struct vdev *dev)
{
	struct net *net = net_of(dev);

	if (net->backend)
		net->backend->destroy(net);
	free(net);
}

static const struct vdev_ops net_ops = {
	.id = VIRTIO_ID_NET,
	.pci_class = 0x02,	/* network controller, Ethernet */
	.config_read = net_config_read,
	.start = net_start,
	.stop = net_stop,
	.queue_start = net_queue_start,
	.queue_stop = net_queue_stop,
	.kick = net_kick,
	.destroy = net_destroy,
};

/* A pair that is served elsewhere has no worker. */
static int net_add_pair(struct net *net, unsigned int index)
{
	struct net_pair *p = &net->pair[index];
	struct worker *worker = NULL;
	int r;

	if (!net->dev.external) {
		r = vdev_add_worker(&net->dev);
		if (r < 0)
			return r;
		worker = &net->dev.worker[r];
	}
	p->net = net;
	p->index = index;
	p->source.fn = net_on_source;
	p->rxq = &net->dev.queue[net->dev.nr_queues];
	r = vdev_add_queue(&net->dev, worker);
	p->txq = &net->dev.queue[net->dev.nr_queues];
	return r ? r : vdev_add_queue(&net->dev, worker);
}

static int net_add_queues(struct net *net)
{
	unsigned int i;
	int r = 0;

	if (net->dev.external) {	/* for control, and to watch */
		r = vdev_add_worker(&net->dev);
		if (r < 0)
			return r;
	}
	for (i = 0; i < net->nr_pairs; i++) {
		r = net_add_pair(net, i);
		if (r)
			return r;
	}
	if (net->dev.offered >> VIRTIO_NET_F_CTRL_VQ & 1)
		r = vdev_add_queue(&net->dev, &net->dev.worker[0]);
	return r;
}

/* What the back-end does not have to know about. */
static void net_offer(struct net *net, const struct net_options *o)
{
	struct vdev *dev = &net->dev;

	dev->offered |= BIT(VIRTIO_NET_F_MAC) | BIT(VIRTIO_NET_F_STATUS);
	if (!o->packed)
		dev->offered &= ~BIT(VIRTIO_F_RING_PACKED);
	if (net->mtu)
		dev->offered |= BIT(VIRTIO_NET_F_MTU);
	if (net->backend->set_offloads)
		dev->offered |= BIT(VIRTIO_NET_F_CTRL_VQ) |
				BIT(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
	if (net->backend->set_pairs && net->nr_pairs > 1)
		dev->offered |= BIT(VIRTIO_NET_F_CTRL_VQ) |
				BIT(VIRTIO_NET_F_MQ);
	dev->config_size = NET_CONFIG_SIZE;
}

static int net_open(struct net *net, const struct net_options *o,
		    struct err *e)
{
	int r;

	if (o->user)
		r = net_user_create(net, o, e);
	else if (o->vhost)
		r = net_vhost_create(net, o, e);
	else
		r = net_tap_create(net, o, e);
	if (r)
		return r;
	net_offer(net, o);
	r = net_add_queues(net);
	return r ? err_fault(e, r, "%s: making its queues", net->dev.name) : 0;
}

int net_create(const struct net_options *o, const char *name,
	       struct vdev **ret, struct err *e)
{
	unsigned int pairs = o->user ? 1 : o->pairs;
	struct net *net;
	int r;

	if (!pairs || pairs > NET_PAIRS_MAX)
		return err_config(e, "%s: mq=%u: a network device has 1 to %d "
				  "pairs of queues", name, pairs,
				  NET_PAIRS_MAX);
	net = calloc(1, sizeof(*net) + pairs * sizeof(*net->pair));
	if (!net)
		return err_fault(e, -ENOMEM, "%s", name);
	vdev_init(&net->dev, &net_ops, name);
	memcpy(net->mac, o->mac, sizeof(net->mac));
	net->nr_pairs = pairs;
	r = net_open(net, o, e);
	if (r) {
		vdev_destroy(&net->dev);
		return r;
	}
	*ret = &net->dev;
	return 0;
}
