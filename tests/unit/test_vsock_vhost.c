// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_vsock_vhost - a vsock device and what it tells vhost
 *
 * The functions of virtio/vhost.c are played here, and ioctl() is vhost-vsock.
 */
#include "virtio/vsock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "driver_t.h"
#include "ear.h"
#include "t.h"
#include "util.h"
#include "virtio/vhost.h"

#define BASE	UINT64_C(0x80000000)
#define FD	1000		/* of vhost, for our ioctl() only */
#define QUEUES	3
#define RINGS	2		/* of them vhost's */

static struct {
	uint64_t cid;
	bool ring[RINGS];
	bool running, closed;
	bool started_early;	/* without one of the rings */
	int fail_ring;
} vhost;

static struct vdev *dev;
static struct gmem mem;
static struct driver_t driver;

/* This host has /dev/vhost-vsock. */
int access(const char *path, int mode)
{
	return strncmp(path, "/dev/vhost", 10) ?
		faccessat(AT_FDCWD, path, mode, 0) : 0;
}

int vhost_open(struct vhost *v, const char *path, const char *who,
	       struct err *e)
{
	(void)who;
	(void)e;
	ck_assert_str_eq(path, "/dev/vhost-vsock");
	v->fd = FD;
	return 0;
}

void vhost_close(struct vhost *v)
{
	(void)v;
	vhost.closed = true;
}

int vhost_features(const struct vhost *v, uint64_t *ret)
{
	(void)v;
	*ret = BIT(VIRTIO_F_VERSION_1);
	return 0;
}

uint64_t vhost_limit(uint64_t offered, uint64_t known)
{
	return offered & known;
}

int vhost_start(const struct vhost *v, uint64_t accepted,
		const struct gmem *where)
{
	(void)v;
	ck_assert_uint_eq(accepted, BIT(VIRTIO_F_VERSION_1));
	ck_assert_ptr_eq(where, &mem);
	return 0;
}

int vhost_ring_start(const struct vhost *v, unsigned int index,
		     const struct vdev_queue *q)
{
	(void)v;
	ck_assert_uint_lt(index, RINGS);
	ck_assert_uint_eq(index, q->index);
	vhost.ring[index] = !vhost.fail_ring;
	return vhost.fail_ring;
}

/* It would be refused while it runs. */
void vhost_ring_stop(const struct vhost *v, unsigned int index)
{
	(void)v;
	ck_assert(!vhost.running);
	vhost.ring[index] = false;
}

int ioctl(int fd, unsigned long req, ...)
{
	va_list ap;
	const void *arg;

	va_start(ap, req);
	arg = va_arg(ap, const void *);
	va_end(ap);
	ck_assert_int_eq(fd, FD);
	if (req == VHOST_VSOCK_SET_GUEST_CID) {
		vhost.cid = *(const uint64_t *)arg;
		return 0;
	}
	ck_assert_uint_eq(req, VHOST_VSOCK_SET_RUNNING);
	vhost.running = *(const int *)arg;
	vhost.started_early |= vhost.running &&
		!(vhost.ring[0] && vhost.ring[1]);
	return 0;
}

static void setup(void)
{
	const struct vsock_options o = { .cid = 77 };
	struct err e;

	memset(&vhost, 0, sizeof(vhost));
	ck_assert_int_eq(vsock_create(&o, "vsock0", &dev, &e), 0);
	ck_assert_int_eq(vdev_start_workers(dev), 0);
	ck_assert_int_eq(gmem_init(&mem, BASE, SZ_2M), 0);
	driver_attach(&driver, dev, &mem);
}

static void teardown(void)
{
	vdev_destroy(dev);
	ck_assert(vhost.closed && !vhost.running);
	gmem_fini(&mem);
}

START_TEST(it_runs_with_both_rings)
{
	setup();
	ck_assert_uint_eq(vhost.cid, 77);
	ck_assert_uint_eq(vdev_config_read(dev, 0, 8), 77);
	driver_start(dev, QUEUES);
	ck_assert(!driver_needs_reset(dev));
	ck_assert(vhost.running && !vhost.started_early);
	vdev_set_status(dev, 0);
	ck_assert(!vhost.running && !vhost.ring[0] && !vhost.ring[1]);
	driver_start(dev, 1);
	ck_assert(!vhost.running);
	teardown();
}
END_TEST

START_TEST(a_ring_that_vhost_does_not_take)
{
	setup();
	vhost.fail_ring = -EFAULT;
	driver_start(dev, QUEUES);
	ck_assert(driver_needs_reset(dev));
	vhost.fail_ring = 0;
	driver_start(dev, QUEUES);
	ck_assert(!driver_needs_reset(dev) && vhost.running);
	teardown();
}
END_TEST

START_TEST(a_ring_that_vhost_finds_broken)
{
	static struct ear ear;
	char line[128];
	unsigned int i;

	setup();
	ear_open(&ear);
	for (i = 0; i < RINGS; i++) {
		driver_start(dev, QUEUES);
		ck_assert(!driver_needs_reset(dev));
		eventfd_write(dev->queue[i].fault.fd, 1);
		snprintf(line, sizeof(line), "vsock0, queue %u: its back-end found a broken queue: the device needs a reset", i);
		ck_assert(ear_hears(&ear, line));
		ck_assert(driver_needs_reset(dev));
	}
	ear_close(&ear);
	/* what was said before is of no account */
	vdev_set_status(dev, 0);
	eventfd_write(dev->queue[0].fault.fd, 1);
	driver_start(dev, QUEUES);
	usleep(20000);
	ck_assert(!driver_needs_reset(dev));
	teardown();
}
END_TEST

T_MAIN("vsock_vhost", it_runs_with_both_rings, a_ring_that_vhost_does_not_take,
       a_ring_that_vhost_finds_broken)
