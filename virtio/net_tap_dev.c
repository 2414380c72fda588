// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net_tap_dev - a tap as the other side of a network device
 *
 * readv(2) and writev(2) on guest memory: the kernel copies, nobody else.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>

#include "net_dev.h"
#include "util.h"

/* EBADFD: the interface was deleted (drivers/net/tun.c, tun_get()) */
static ssize_t tap_failed(void)
{
	if (errno == EINTR)
		return -EAGAIN;
	return errno == EBADFD ? -ENOLINK : -errno;
}

static ssize_t tap_send(struct net_pair *p, struct iovec *iov, int nr)
{
	ssize_t r = writev(p->source.fd, iov, nr);

	return r < 0 ? tap_failed() : r;
}

static ssize_t tap_receive(struct net_pair *p, const struct iovec *iov,
			   int nr)
{
	ssize_t r = readv(p->source.fd, iov, nr);

	return r < 0 ? tap_failed() : r;
}

static int tap_set_pairs(struct net *net, unsigned int nr)
{
	return net_tap_use(&net->tap, nr);
}

static int tap_set_offloads(struct net *net, uint64_t features)
{
	return net_tap_offload(&net->tap, features);
}

/*
 * Frames of the time before are not for this driver, and may have offloads that
 * it does not know.  There are no more than the queue of the interface holds.
 */
#define TAP_STALE_MAX 1000

static void tap_drain(const struct net_tap *t)
{
	uint8_t byte[NET_HDR_LEN];
	unsigned int i, left = TAP_STALE_MAX;

	for (i = 0; i < t->nr_fds; i++)
		while (left-- && read(t->fd[i], byte, sizeof(byte)) > 0)
			;
}

int net_tap_start(struct net *net)
{
	int r;

	if (net->lost)
		return 0;
	r = net_tap_use(&net->tap, 1);
	if (!r)
		r = net_tap_offload(&net->tap, net->dev.accepted);
	if (r == -EBADFD) {
		net_lost(net);
		return 0;
	}
	if (r)
		log_guest(&net->dev.start_log,
			  "%s: %s: setting its queues and offloads: %s",
			  net->dev.name, net->peer, err_name(r));
	tap_drain(&net->tap);
	return r;
}

static void tap_destroy(struct net *net)
{
	net_tap_close(&net->tap);
}

static const struct net_backend tap_backend = {
	.start = net_tap_start,
	.send = tap_send,
	.receive = tap_receive,
	.set_pairs = tap_set_pairs,
	.set_offloads = tap_set_offloads,
	.destroy = tap_destroy,
};

int net_tap_setup(struct net *net, const struct net_options *o,
		  struct err *e)
{
	int r = net_tap_open(&net->tap, o, net->dev.name, e);

	if (r)
		return r;
	snprintf(net->peer, sizeof(net->peer), "%s", net->tap.name);
	if (net->tap.mtu >= ETH_MIN_MTU && net->tap.mtu != ETH_DATA_LEN)
		net->mtu = net->tap.mtu;
	net->dev.offered |= BIT(VIRTIO_NET_F_MRG_RXBUF);
	if (o->offload)
		net->dev.offered |= net_tap_features(&net->tap);
	return 0;
}

int net_tap_create(struct net *net, const struct net_options *o,
		   struct err *e)
{
	int r = net_tap_setup(net, o, e);
	unsigned int i;

	if (r)
		return r;
	net->backend = &tap_backend;
	for (i = 0; i < net->nr_pairs; i++)
		net->pair[i].source.fd = net->tap.fd[i];
	return 0;
}
