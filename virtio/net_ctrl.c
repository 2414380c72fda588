// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net_ctrl - the control queue: VIRTIO 1.2, 5.1.6.5
 */
#include <errno.h>
#include <string.h>

#include "iov.h"
#include "net_dev.h"
#include "util.h"

/*
 * Each change of a tap takes the lock of the host's network configuration, and
 * waits for all its CPUs: a driver has reason for a few.
 */
#define CHANGES		32
#define CHANGE_MS	250

static bool may_change(struct net *net)
{
	return allowance_take(&net->changes, CHANGES, CHANGE_MS);
}

/* Longer arguments than any command here has are not looked at. */
struct ctrl_request {
	struct virtio_net_ctrl_hdr hdr;
	uint8_t arg[8];
} __attribute__((packed));

/* 5.1.6.5.5: while fewer are used than there are, the others stay silent. */
static int ctrl_pairs(struct net *net, const uint8_t *arg)
{
	unsigned int before = net->active, i;
	uint16_t nr;
	int r;

	memcpy(&nr, arg, sizeof(nr));
	if (!vdev_has(&net->dev, VIRTIO_NET_F_MQ) || !nr || nr > net->nr_pairs)
		return -EINVAL;
	if (nr == before)
		return 0;
	if (!may_change(net))
		return -EBUSY;
	if (nr < before)
		net->active = nr;
	r = net->backend->set_pairs(net, nr);
	if (r)
		return r;
	net->active = nr;
	for (i = before; i < nr; i++)
		vdev_again(net->pair[i].rxq);
	return 0;
}

/* 5.1.6.5.6.2: a subset of what was negotiated */
static int ctrl_offloads(struct net *net, const uint8_t *arg)
{
	uint64_t features;
	int r;

	memcpy(&features, arg, sizeof(features));
	if (!vdev_has(&net->dev, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) ||
	    features & ~(NET_GUEST_OFFLOADS & net->dev.accepted))
		return -EINVAL;
	if (features == net->offloads)
		return 0;
	r = may_change(net) ? net->backend->set_offloads(net, features) :
		-EBUSY;
	if (!r)
		net->offloads = features;
	return r;
}

static const struct ctrl_command {
	struct virtio_net_ctrl_hdr hdr;
	uint8_t arg_len;
	int (*run)(struct net *net, const uint8_t *arg);
} ctrl_commands[] = {
	{ { VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET },
	  sizeof(uint16_t), ctrl_pairs },
	{ { VIRTIO_NET_CTRL_GUEST_OFFLOADS,
	    VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET },
	  sizeof(uint64_t), ctrl_offloads },
};

static int ctrl_run(struct net *net, const struct ctrl_request *req,
		    size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(ctrl_commands); i++) {
		const struct ctrl_command *cmd = &ctrl_commands[i];

		if (cmd->hdr.class == req->hdr.class &&
		    cmd->hdr.cmd == req->hdr.cmd)
			return len < sizeof(req->hdr) + cmd->arg_len ?
				-EINVAL : cmd->run(net, req->arg);
	}
	return -ENOTSUP;
}

uint32_t net_ctrl_serve(struct vdev_queue *q, struct vq_chain *c)
{
	struct ctrl_request req;
	virtio_net_ctrl_ack ack = VIRTIO_NET_ERR;
	size_t len;

	memset(&req, 0xff, sizeof(req));
	len = iov_read(c->iov, c->nr_out, 0, &req, sizeof(req));
	if (len >= sizeof(req.hdr) && !ctrl_run(net_of(q->dev), &req, len))
		ack = VIRTIO_NET_OK;
	return (uint32_t)iov_write(vq_iov_in(c), c->nr_in, 0, &ack,
				   sizeof(ack));
}
