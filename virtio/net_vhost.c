// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net_vhost - a tap behind vhost-net: the host's kernel moves the frames
 *
 * One vhost device, and so one thread of the kernel, for each pair of queues.
 * The device's own worker serves the control queue and hears of two things
 * otherwise unseen: a ring that the kernel finds broken (vdev.c), and, by a
 * netlink message about any interface, that the tap was deleted, which vhost
 * keeps to itself.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vhost.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "net_dev.h"
#include "util.h"

#define VHOST_NET "/dev/vhost-net"

static void vhost_on_link(struct worker_source *src, uint32_t events)
{
	struct net *net = container_of(src, struct net, link);
	uint8_t ignored[4096];

	(void)events;
	while (recv(src->fd, ignored, sizeof(ignored), 0) > 0 ||
	       errno == ENOBUFS)
		;
	if (!net_tap_alive(&net->tap))
		net_lost(net);
}

static int vhost_open_link(struct net *net)
{
	const struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK,
	};
	_cleanup_fd_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC |
				     SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	net->link.fd = steal_fd(&fd);
	return 0;
}

/* On the worker.  From the first start until the device is destroyed. */
static void vhost_watch(void *arg)
{
	struct net *net = arg;

	if (!net->link.watched)
		worker_watch(&net->dev.worker[0], &net->link, EPOLLIN);
}

static int vhost_net_start(struct net *net)
{
	unsigned int i;
	int r;

	worker_call(&net->dev.worker[0], vhost_watch, net);
	r = net_tap_start(net);
	if (r)
		return r;
	for (i = 0; !r && i < net->nr_vhost; i++)
		r = vhost_start(&net->vhost[i], net->dev.accepted,
				net->dev.mem);
	if (r)
		log_guest(&net->dev.start_log, "%s: starting vhost: %s",
			  net->dev.name, err_name(r));
	return r;
}

static int vhost_set_backend(const struct vhost *v, unsigned int index, int fd)
{
	const struct vhost_vring_file file = { .index = index, .fd = fd };

	return ioctl(v->fd, VHOST_NET_SET_BACKEND, &file) ? -errno : 0;
}

/* Ring 0 of a vhost-net receives, ring 1 sends: drivers/vhost/net.c */
static int vhost_ring_on(struct net *net, struct vdev_queue *q)
{
	const struct vhost *v = &net->vhost[q->index / 2];
	unsigned int index = q->index % 2;
	int r;

	if (net->lost)
		return 0;
	r = vhost_ring_start(v, index, q);
	if (!r) {
		r = vhost_set_backend(v, index, net->tap.fd[q->index / 2]);
		if (r)
			vhost_ring_stop(v, index);
	}
	if (r)
		log_guest(&net->dev.start_log,
			  "%s: giving queue %u to vhost: %s", net->dev.name,
			  q->index, err_name(r));
	return r;
}

static void vhost_ring_off(struct net *net, struct vdev_queue *q)
{
	const struct vhost *v = &net->vhost[q->index / 2];

	(void)vhost_set_backend(v, q->index % 2, VHOST_FILE_UNBIND);
	vhost_ring_stop(v, q->index % 2);
}

static int vhost_set_pairs(struct net *net, unsigned int nr)
{
	return net_tap_use(&net->tap, nr);
}

static int vhost_set_offloads(struct net *net, uint64_t features)
{
	return net_tap_offload(&net->tap, features);
}

static void vhost_destroy(struct net *net)
{
	while (net->nr_vhost)
		vhost_close(&net->vhost[--net->nr_vhost]);
	cleanup_fd_(&net->link.fd);
	net_tap_close(&net->tap);
}

static const struct net_backend vhost_backend = {
	.start = vhost_net_start,
	.ring_start = vhost_ring_on,
	.ring_stop = vhost_ring_off,
	.set_pairs = vhost_set_pairs,
	.set_offloads = vhost_set_offloads,
	.destroy = vhost_destroy,
};

static int vhost_open_all(struct net *net, struct err *e)
{
	uint64_t known;
	unsigned int i;
	int r;

	for (i = 0; i < net->nr_pairs; i++) {
		r = vhost_open(&net->vhost[i], VHOST_NET, net->dev.name, e);
		if (r)
			return r;
		net->nr_vhost++;
	}
	r = vhost_features(&net->vhost[0], &known);
	if (r)
		return err_fault(e, r, "%s: asking vhost for its features",
				 net->dev.name);
	net->dev.offered = vhost_limit(net->dev.offered, known);
	return 0;
}

int net_vhost_create(struct net *net, const struct net_options *o,
		     struct err *e)
{
	int r = net_tap_setup(net, o, e);

	if (r)
		return r;
	net->link.fd = -1;
	net->link.fn = vhost_on_link;
	net->backend = &vhost_backend;
	net->dev.external = true;
	r = vhost_open_link(net);
	if (r)
		return err_fault(e, r, "%s: netlink", net->dev.name);
	return vhost_open_all(net, e);
}
