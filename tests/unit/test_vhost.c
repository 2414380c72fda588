// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_vhost - what the kernel's vhost is told
 *
 * ioctl() of this file takes the C library's place and plays vhost.
 */
#include <errno.h>
#include <linux/vhost.h>
#include <linux/virtio_net.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#include "t.h"
#include "util.h"
#include "virtio/vhost.h"

static struct {
	unsigned long fail;	/* this request fails, 0: none */
	unsigned int owners;
	uint64_t features;
	struct vhost_memory_region region;
	uint32_t nregions;
	struct vhost_vring_state num, base;
	struct vhost_vring_addr addr;
	int kick, call, err;
	bool kick_before_call;
} host;

static void on_file(const struct vhost_vring_file *f, unsigned long req)
{
	if (req == VHOST_SET_VRING_KICK) {
		host.kick = f->fd;
		host.kick_before_call = f->fd >= 0 && host.call < 0;
	} else if (req == VHOST_SET_VRING_CALL) {
		host.call = f->fd;
	} else {
		host.err = f->fd;
	}
}

static void on_memory(const struct vhost_memory *m)
{
	host.nregions = m->nregions;
	host.region = m->regions[0];
}

int ioctl(int fd, unsigned long req, ...)
{
	va_list ap;
	void *arg;

	(void)fd;
	va_start(ap, req);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (req == host.fail) {
		errno = EFAULT;
		return -1;
	}
	if (req == VHOST_SET_OWNER)
		host.owners++;
	else if (req == VHOST_GET_FEATURES)
		*(uint64_t *)arg = BIT(VIRTIO_F_VERSION_1);
	else if (req == VHOST_SET_FEATURES)
		host.features = *(uint64_t *)arg;
	else if (req == VHOST_SET_MEM_TABLE)
		on_memory(arg);
	else if (req == VHOST_SET_VRING_NUM)
		host.num = *(struct vhost_vring_state *)arg;
	else if (req == VHOST_SET_VRING_BASE)
		host.base = *(struct vhost_vring_state *)arg;
	else if (req == VHOST_SET_VRING_ADDR)
		host.addr = *(struct vhost_vring_addr *)arg;
	else
		on_file(arg, req);
	return 0;
}

static struct vhost v;
static struct err e;

static void setup(void)
{
	memset(&host, 0, sizeof(host));
	host.kick = host.call = host.err = -1;
	e = (struct err){ ERR_NONE, "" };
	ck_assert_int_eq(vhost_open(&v, "/dev/null", "net0", &e), 0);
}

START_TEST(open_and_close)
{
	setup();
	ck_assert_uint_eq(host.owners, 1);
	ck_assert_int_ge(v.fd, 0);
	vhost_close(&v);
	ck_assert_int_eq(v.fd, -1);
	vhost_close(&v);
}
END_TEST

START_TEST(no_such_device)
{
	ck_assert_int_eq(vhost_open(&v, "/nowhere/vhost-net", "net0", &e),
			 -ENOENT);
	ck_assert_int_eq(e.kind, ERR_HOST);
	ck_assert_ptr_nonnull(strstr(e.text, "net0: /nowhere/vhost-net"));
	ck_assert_int_eq(v.fd, -1);
	vhost_close(&v);
}
END_TEST

START_TEST(somebody_elses)
{
	host.fail = VHOST_SET_OWNER;
	ck_assert_int_eq(vhost_open(&v, "/dev/null", "net0", &e), -EFAULT);
	ck_assert_int_eq(v.fd, -1);
}
END_TEST

/* What the tap provides stays, although vhost does not list it. */
START_TEST(offloads_are_not_vhosts)
{
	const uint64_t offload = BIT(VIRTIO_NET_F_CSUM) |
		BIT(VIRTIO_NET_F_HOST_TSO4) | BIT(VIRTIO_NET_F_GUEST_TSO4) |
		BIT(VIRTIO_NET_F_MAC);
	const uint64_t ring = BIT(VIRTIO_F_RING_PACKED) |
		BIT(VIRTIO_RING_F_EVENT_IDX) | BIT(VIRTIO_NET_F_MRG_RXBUF);

	ck_assert_uint_eq(vhost_limit(offload | ring, 0), offload);
	ck_assert_uint_eq(vhost_limit(offload | ring,
				      BIT(VIRTIO_RING_F_EVENT_IDX)),
			  offload | BIT(VIRTIO_RING_F_EVENT_IDX));
}
END_TEST

START_TEST(start)
{
	struct gmem mem = { .base = 0x80000000, .size = SZ_2M, .host = &host };
	uint64_t known;

	setup();
	ck_assert_int_eq(vhost_features(&v, &known), 0);
	ck_assert_uint_eq(known, BIT(VIRTIO_F_VERSION_1));
	ck_assert_int_eq(vhost_start(&v, BIT(VIRTIO_NET_F_CSUM) |
				     BIT(VIRTIO_F_VERSION_1), &mem), 0);
	ck_assert_uint_eq(host.features, BIT(VIRTIO_F_VERSION_1));
	ck_assert_uint_eq(host.nregions, 1);
	ck_assert_uint_eq(host.region.guest_phys_addr, 0x80000000);
	ck_assert_uint_eq(host.region.memory_size, SZ_2M);
	ck_assert_uint_eq(host.region.userspace_addr, (uintptr_t)&host);
	host.fail = VHOST_SET_MEM_TABLE;
	ck_assert_int_eq(vhost_start(&v, 0, &mem), -EFAULT);
	vhost_close(&v);
}
END_TEST

static struct vdev_queue queue = {
	.kick.fd = 40,
	.call_fd = 41,
	.fault.fd = 42,
	.vq = {
		.size = 128,
		.split = { (void *)0x1000, (void *)0x2000, (void *)0x3000 },
	},
};

START_TEST(ring)
{
	setup();
	ck_assert_int_eq(vhost_ring_start(&v, 1, &queue), 0);
	ck_assert_uint_eq(host.num.index, 1);
	ck_assert_uint_eq(host.num.num, 128);
	ck_assert_uint_eq(host.base.num, 0);
	ck_assert_uint_eq(host.addr.index, 1);
	ck_assert_uint_eq(host.addr.desc_user_addr, 0x1000);
	ck_assert_uint_eq(host.addr.avail_user_addr, 0x2000);
	ck_assert_uint_eq(host.addr.used_user_addr, 0x3000);
	ck_assert_int_eq(host.kick, 40);
	ck_assert_int_eq(host.call, 41);
	ck_assert_int_eq(host.err, 42);
	ck_assert(!host.kick_before_call);
	vhost_ring_stop(&v, 1);
	ck_assert_int_eq(host.kick, VHOST_FILE_UNBIND);
	ck_assert_int_eq(host.call, VHOST_FILE_UNBIND);
	ck_assert_int_eq(host.err, VHOST_FILE_UNBIND);
	vhost_close(&v);
}
END_TEST

/* A ring that fails half-way has nothing of ours left. */
START_TEST(ring_fails)
{
	static const unsigned long step[] = {
		VHOST_SET_VRING_NUM, VHOST_SET_VRING_BASE,
		VHOST_SET_VRING_ADDR, VHOST_SET_VRING_KICK,
	};

	setup();
	for (size_t i = 0; i < ARRAY_SIZE(step); i++) {
		host.fail = step[i];
		ck_assert_int_eq(vhost_ring_start(&v, 0, &queue), -EFAULT);
		ck_assert_int_eq(host.call, -1);
		ck_assert_int_eq(host.err, -1);
	}
	vhost_close(&v);
}
END_TEST

START_TEST(ring_that_vhost_cannot)
{
	struct vdev_queue q = queue;

	setup();
	q.vq.is_packed = true;
	ck_assert_int_eq(vhost_ring_start(&v, 0, &q), -EINVAL);
	q.vq.is_packed = false;
	q.vq.broken = "somehow";
	ck_assert_int_eq(vhost_ring_start(&v, 0, &q), -EINVAL);
	ck_assert_uint_eq(host.num.num, 0);
	vhost_close(&v);
}
END_TEST

T_MAIN("vhost", open_and_close, no_such_device, somebody_elses,
       offloads_are_not_vhosts, start, ring, ring_fails,
       ring_that_vhost_cannot)
