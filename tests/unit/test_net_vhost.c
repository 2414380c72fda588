// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_net_vhost - a network device that vhost serves
 *
 * The functions of virtio/vhost.c and of the tap are played here, and ioctl()
 * is the vhost-net device: what counts is what is handed to whom, and when.
 */
#include <linux/vhost.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "ear.h"
#include "fake_tap.h"
#include "net_rig.h"
#include "t.h"
#include "virtio/vdev_driver.h"

static struct {
	unsigned int opened, closed;
	int fail_open, fail_start, fail_ring, fail_backend;
	uint64_t accepted;
	/* by the number of the queue; -1: not with vhost */
	int backend[2 * NET_PAIRS_MAX];
	bool ring[2 * NET_PAIRS_MAX];
	bool backend_before_ring;
} vhost;

#define FD(n) (1000 + (n))	/* of vhost device n, for our ioctl() only */

int vhost_open(struct vhost *v, const char *path, const char *who,
	       struct err *e)
{
	(void)path;
	v->fd = -1;
	if (vhost.fail_open)
		return err_host(e, vhost.fail_open, "%s: no vhost", who);
	v->fd = FD((int)vhost.opened++);
	return 0;
}

void vhost_close(struct vhost *v)
{
	(void)v;
	vhost.closed++;
}

int vhost_features(const struct vhost *v, uint64_t *ret)
{
	(void)v;
	*ret = BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_RING_F_INDIRECT_DESC) |
	       BIT(VIRTIO_RING_F_EVENT_IDX) | BIT(VIRTIO_NET_F_MRG_RXBUF);
	return 0;
}

uint64_t vhost_limit(uint64_t offered, uint64_t known)
{
	(void)known;
	return offered & ~BIT(VIRTIO_F_RING_PACKED);
}

int vhost_start(const struct vhost *v, uint64_t accepted,
		const struct gmem *mem)
{
	(void)v;
	ck_assert_ptr_eq(mem, &rig.mem);
	vhost.accepted = accepted;
	return vhost.fail_start;
}

int vhost_ring_start(const struct vhost *v, unsigned int index,
		     const struct vdev_queue *q)
{
	ck_assert_uint_eq((unsigned int)(v->fd - FD(0)) * 2 + index, q->index);
	vhost.ring[q->index] = !vhost.fail_ring;
	return vhost.fail_ring;
}

void vhost_ring_stop(const struct vhost *v, unsigned int index)
{
	unsigned int queue = (unsigned int)(v->fd - FD(0)) * 2 + index;

	ck_assert_int_eq(vhost.backend[queue], -1);
	vhost.ring[queue] = false;
}

int ioctl(int fd, unsigned long req, ...)
{
	const struct vhost_vring_file *file;
	unsigned int queue;
	va_list ap;

	va_start(ap, req);
	file = va_arg(ap, const struct vhost_vring_file *);
	va_end(ap);
	ck_assert_uint_eq(req, VHOST_NET_SET_BACKEND);
	queue = (unsigned int)(fd - FD(0)) * 2 + file->index;
	ck_assert_uint_lt(queue, ARRAY_SIZE(vhost.backend));
	if (file->fd >= 0 && vhost.fail_backend) {
		errno = vhost.fail_backend;
		return -1;
	}
	if (file->fd >= 0 && !vhost.ring[queue])
		vhost.backend_before_ring = true;
	vhost.backend[queue] = file->fd;
	return 0;
}

static const struct net_options options = {
	.fd = -1, .pairs = 1, .offload = true, .packed = true, .vhost = true,
};

static void setup(unsigned int pairs)
{
	struct net_options o = options;

	memset(&vhost, 0, sizeof(vhost));
	memset(vhost.backend, 0xff, sizeof(vhost.backend));
	o.pairs = pairs;
	net_open(&o);
}

static unsigned int rings(void)
{
	unsigned int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(vhost.ring); i++)
		n += vhost.ring[i] && vhost.backend[i] >= 0;
	return n;
}

static bool needs_reset(void)
{
	return vdev_status(rig.dev) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

START_TEST(hands_over)
{
	uint64_t bad;

	setup(1);
	ck_assert(!net_bad_frames(rig.dev, &bad));	/* vhost does not say */
	ck_assert(rig.dev->external);
	ck_assert(!(rig.dev->offered & BIT(VIRTIO_F_RING_PACKED)));
	ck_assert(rig.dev->offered & BIT(VIRTIO_NET_F_CSUM));
	ck_assert(rig.dev->offered & BIT(VIRTIO_NET_F_GUEST_TSO4));
	net_start(BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM), 256);
	ck_assert_uint_eq(rings(), 2);
	ck_assert(!vhost.backend_before_ring);
	ck_assert_int_eq(vhost.backend[0], rig.net->tap.fd[0]);
	ck_assert_int_eq(vhost.backend[1], rig.net->tap.fd[0]);
	ck_assert(vhost.accepted & BIT(VIRTIO_NET_F_CSUM));
	ck_assert(tap.offloads & BIT(VIRTIO_NET_F_GUEST_CSUM));
	net_reset();
	ck_assert_uint_eq(rings(), 0);
	net_start(0, 256);
	ck_assert_uint_eq(rings(), 2);
	net_close();
	ck_assert_uint_eq(rings(), 0);
	ck_assert_uint_eq(vhost.closed, 1);
}
END_TEST

START_TEST(many_pairs)
{
	const uint64_t mq = BIT(VIRTIO_NET_F_CTRL_VQ) | BIT(VIRTIO_NET_F_MQ);

	setup(4);
	ck_assert_uint_eq(vhost.opened, 4);
	net_start(mq, 256);
	ck_assert_uint_eq(rings(), 8);
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(vhost.backend[i], rig.net->tap.fd[i / 2]);
	net_close();
	ck_assert_uint_eq(vhost.closed, 4);
}
END_TEST

/* The control queue is ours, whichever number it has. */
static void control(unsigned int queue, uint64_t features, uint8_t want)
{
	struct net_part part[3];
	uint8_t *p;

	net_start(features, 256);
	p = net_buffer(16);
	p[0] = VIRTIO_NET_CTRL_MQ;
	p[1] = VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET;
	p[2] = 2;
	p[3] = 0;
	part[0] = (struct net_part){ p, 4, false };
	part[1] = (struct net_part){ p + 8, 1, true };
	net_add(queue, part, 2);
	net_kick(queue);
	ck_assert_uint_eq(net_used(queue, NULL), 1);
	ck_assert_uint_eq(p[8], want);
	net_reset();
}

START_TEST(control_queue)
{
	setup(2);
	control(4, BIT(VIRTIO_NET_F_CTRL_VQ) | BIT(VIRTIO_NET_F_MQ),
		VIRTIO_NET_OK);
	ck_assert_uint_eq(tap.used, 2);
	control(2, BIT(VIRTIO_NET_F_CTRL_VQ), VIRTIO_NET_ERR);
	net_start(BIT(VIRTIO_NET_F_CTRL_VQ), 256);
	ck_assert_uint_eq(rings(), 2);
	net_close();
}
END_TEST

START_TEST(cannot_open)
{
	struct vdev *dev = NULL;
	struct err e;

	memset(&vhost, 0, sizeof(vhost));
	vhost.fail_open = -ENOENT;
	ck_assert_int_eq(net_create(&options, "net0", &dev, &e), -ENOENT);
	ck_assert_str_eq(e.text, "net0: no vhost");
	ck_assert_ptr_null(dev);
	ck_assert_uint_eq(vhost.closed, 0);
}
END_TEST

/* What fails at the driver's start is a fault of the device, and passes. */
START_TEST(cannot_start)
{
	int *const step[] = {
		&vhost.fail_start, &vhost.fail_ring, &vhost.fail_backend,
	};

	setup(1);
	for (size_t i = 0; i < ARRAY_SIZE(step); i++) {
		*step[i] = step[i] == &vhost.fail_backend ? EBUSY : -EBUSY;
		net_start(0, 256);
		ck_assert(needs_reset());
		ck_assert_uint_eq(rings(), 0);
		*step[i] = 0;
		net_reset();
		net_start(0, 256);
		ck_assert(!needs_reset());
		ck_assert_uint_eq(rings(), 2);
		net_reset();
	}
	net_close();
}
END_TEST

/* What vhost does with the descriptor that it has for a ring. */
static void break_ring(unsigned int queue)
{
	ck_assert_int_eq(eventfd_write(rig.dev->queue[queue].fault.fd, 1), 0);
}

START_TEST(broken_ring)
{
	const uint64_t mq = BIT(VIRTIO_NET_F_CTRL_VQ) | BIT(VIRTIO_NET_F_MQ);
	static struct ear ear;
	char line[128];

	ear_open(&ear);
	setup(2);
	for (unsigned int i = 0; i < 4; i++) {
		net_start(mq, 256);
		ck_assert(!needs_reset());
		break_ring(i);
		snprintf(line, sizeof(line), "net0, queue %u: its back-end found a broken queue: the device needs a reset", i);
		ck_assert(ear_hears(&ear, line));
		ck_assert(needs_reset());
		ck_assert_uint_eq(rig.dev->faults, i + 1);
		net_reset();
		/* a word that comes too late is for nobody */
		break_ring(i);
	}
	ear_close(&ear);
	usleep(20000);
	net_start(0, 256);
	ck_assert(!needs_reset());
	net_close();
}
END_TEST

/* Any interface has changed; this time it was ours that went. */
START_TEST(tap_deleted)
{
	int fd[2];

	setup(1);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0,
				    fd), 0);
	ck_assert_int_ge(dup2(fd[0], rig.net->link.fd), 0);
	net_start(0, 256);
	ck_assert_int_eq(send(fd[1], "some", 4, 0), 4);
	usleep(20000);
	ck_assert_uint_eq(rig.config_interrupts, 0);
	tap.gone = true;
	ck_assert_int_eq(send(fd[1], "ours", 4, 0), 4);
	net_until(&rig.config_interrupts);
	ck_assert_uint_eq(vdev_config_read(rig.dev, 6, 2), 0);
	ck_assert(!needs_reset());
	net_reset();
	net_start(0, 256);
	ck_assert(!needs_reset());
	ck_assert_uint_eq(rings(), 0);
	net_close();
	close(fd[0]);
	close(fd[1]);
}
END_TEST

T_MAIN("net_vhost", hands_over, many_pairs, control_queue, cannot_open,
       cannot_start, broken_ring, tap_deleted)
