// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_net - frames and control requests, with a host side that takes some
 * frames, refuses others, and sends what the input says
 */
#include <errno.h>
#include <sys/eventfd.h>

#include "device.h"
#include "util.h"
#include "virtio/net_dev.h"

#define PAIRS	2	/* with the control queue as many as the driver sets up */
#define FRAME_MAX 4096

/* Frames for the guest, until the workers have taken them. */
static struct {
	_Atomic unsigned int left;
	uint16_t len;
	uint8_t bytes[FRAME_MAX];
	int ready[PAIRS];	/* for each pair: readable, look at the wire */
} wire;

static ssize_t take_frame(struct net_pair *p, struct iovec *iov, int nr)
{
	uint64_t len = 0;
	int i;

	(void)p;
	fuzz_check(nr >= 1 && iov[0].iov_len == NET_HDR_LEN);
	for (i = 1; i < nr; i++) {
		fuzz_check(fuzz_inside(iov[i].iov_base, iov[i].iov_len));
		len += iov[i].iov_len;
	}
	fuzz_check(len + NET_HDR_LEN <= NET_FRAME_MAX);
	switch (len % 16) {
	case 1:
		return -EAGAIN;
	case 2:
		return -EINVAL;
	default:
		return (ssize_t)len + NET_HDR_LEN;
	}
}

/* Both workers may want the last one. */
static bool take_from_wire(void)
{
	unsigned int left = wire.left;

	do {
		if (!left)
			return false;
	} while (!atomic_compare_exchange_weak(&wire.left, &left, left - 1));
	return true;
}

static ssize_t give_frame(struct net_pair *p, const struct iovec *iov, int nr)
{
	size_t done = 0;
	int i;

	(void)p;
	if (!take_from_wire())
		return -EAGAIN;
	for (i = 0; i < nr && done < wire.len; i++) {
		size_t n = wire.len - done;

		if (n > iov[i].iov_len)
			n = iov[i].iov_len;
		memcpy(iov[i].iov_base, wire.bytes + done, n);
		done += n;
	}
	return (ssize_t)done;
}

static int set_pairs(struct net *net, unsigned int nr)
{
	fuzz_check(nr >= 1 && nr <= net->nr_pairs);
	return 0;
}

static int set_offloads(struct net *net, uint64_t features)
{
	(void)net;
	(void)features;
	return 0;
}

static void destroy(struct net *net)
{
	(void)net;
}

static const struct net_backend wire_backend = {
	.send = take_frame,
	.receive = give_frame,
	.set_pairs = set_pairs,
	.set_offloads = set_offloads,
	.destroy = destroy,
};

/* In the place of a tap.  What a worker cannot watch is no queue. */
int net_tap_create(struct net *net, const struct net_options *o,
		   struct err *e)
{
	unsigned int i;

	(void)o;
	(void)e;
	net->backend = &wire_backend;
	net->dev.offered |= BIT(VIRTIO_NET_F_MRG_RXBUF) |
			    BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM) |
			    BIT(VIRTIO_NET_F_HOST_TSO4) |
			    BIT(VIRTIO_NET_F_GUEST_TSO4);
	for (i = 0; i < PAIRS; i++) {
		wire.ready[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		fuzz_check(wire.ready[i] >= 0);
		net->pair[i].source.fd = wire.ready[i];
	}
	return 0;
}

/* Nobody asks for it; it would bring the tap along. */
int net_vhost_create(struct net *net, const struct net_options *o,
		     struct err *e)
{
	(void)net;
	(void)o;
	(void)e;
	return -ENODEV;
}

static void send_some(struct vdev *dev, struct fuzz_in *in)
{
	uint16_t len = NET_HDR_LEN + fuzz_u16(in) % (FRAME_MAX - NET_HDR_LEN);
	unsigned int i;

	wire.left = 0;
	wire.len = len;
	fuzz_read(in, wire.bytes, fuzz_u8(in));
	wire.left = fuzz_u8(in) % 8;
	(void)dev;
	for (i = 0; i < PAIRS; i++)
		eventfd_write(wire.ready[i], 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vdev *dev;
	struct net_options o = { .fd = -1, .pairs = PAIRS, .packed = true,
				 .offload = true };
	struct fuzz_in in = { data, size };
	struct err e = { 0 };

	if (!dev) {
		fuzz_check(!net_create(&o, "net0", &dev, &e));
		fuzz_check(dev->offered & BIT(VIRTIO_NET_F_MQ));
		fuzz_check(!vdev_start_workers(dev));
	}
	fuzz_requests(dev, &in, send_some);
	return 0;
}
