// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blk_engine: which engine a disk gets, and what a driver without a flush is
 * promised: what is written is on the disk when it is done (VIRTIO 1.2, 5.2.6.2)
 *
 * What the device asks of the kernel comes here first: pwritev2(2), fstatfs(2),
 * and from virtio/blk_uring.c, which is included, the set-up of a ring and what
 * is submitted to it.
 */
#include <errno.h>
#include <liburing.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "blk_rig.h"
#include "t.h"

#define SIZE	UINT64_C(65536)

/* Writes, and those of them that are on the disk when they are done. */
struct writes {
	_Atomic unsigned int all, durable;
};

static struct writes by_call, by_ring;

/* As of the C library. */
ssize_t pwritev2(int fd, const struct iovec *iov, int nr, off_t offset,
		 int flags)
{
	by_call.all++;
	by_call.durable += flags == RWF_DSYNC;
	return syscall(SYS_pwritev2, fd, iov, nr, offset, 0, flags);
}

static long fs_type;	/* that all files are said to be on */

int fstatfs(int fd, struct statfs *buf)
{
	int rc = (int)syscall(SYS_fstatfs, fd, buf);

	buf->f_type = fs_type;
	return rc;
}

static int init_error;		/* -errno that a ring's set-up gives, or 0 */
static unsigned int inits;

static int init_ring(unsigned int entries, struct io_uring *ring,
		     struct io_uring_params *p)
{
	inits++;
	return init_error ? init_error :
			    io_uring_queue_init_params(entries, ring, p);
}

static int submit(struct io_uring *ring)
{
	const struct io_uring_sq *sq = &ring->sq;
	unsigned int i;

	for (i = sq->sqe_head; i != sq->sqe_tail; i++) {
		const struct io_uring_sqe *sqe = &sq->sqes[i & sq->ring_mask];

		if (sqe->opcode != IORING_OP_WRITEV)
			continue;
		by_ring.all++;
		by_ring.durable += sqe->rw_flags == RWF_DSYNC;
	}
	return io_uring_submit(ring);
}

#define io_uring_queue_init_params	init_ring
#define io_uring_submit			submit
#include "virtio/blk_uring.c"
#undef io_uring_queue_init_params
#undef io_uring_submit

static void begin(struct blk_rig *rig, struct blk_options *o,
		  enum blk_engine_kind engine)
{
	fs_type = EXT4_SUPER_MAGIC;
	init_error = 0;
	inits = 0;
	disk_image(rig, SIZE);
	*o = disk_options(rig);
	o->engine = engine;
}

static void gone(struct blk_rig *rig)
{
	unlink(rig->path);
	rmdir(rig->dir);
}

/* Return: false: @test is skipped. */
static bool uring_here(const char *test)
{
	struct blk_options o;
	struct blk_rig rig;
	struct vdev *dev = NULL;
	struct err e = { 0 };

	begin(&rig, &o, BLK_ENGINE_URING);
	if (blk_create(&o, "probe", &dev, &e))
		t_skip(test, "%s", strstr(e.text, "io_uring"));
	else
		vdev_destroy(dev);
	gone(&rig);
	return dev;
}

/* One write of @sectors at @sector, from a driver that knows FLUSH or not. */
static void write_one(struct blk_rig *rig, bool flush, uint64_t sector,
		      uint32_t sectors)
{
	const uint64_t features = BIT(VIRTIO_F_VERSION_1) |
		(flush ? BIT(VIRTIO_BLK_F_FLUSH) : 0);

	disk_probe(rig, features);
	by_call.all = by_call.durable = 0;
	by_ring.all = by_ring.durable = 0;
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_OUT, sector,
				       sectors * 512), 0);
}

/* It came by @way only. */
static void went(const struct writes *way, bool durable)
{
	const struct writes *other = way == &by_ring ? &by_call : &by_ring;

	ck_assert_uint_ge(way->all, 1);
	ck_assert_uint_eq(way->durable, durable ? way->all : 0);
	ck_assert_uint_eq(other->all, 0);
}

START_TEST(durable_by_system_calls)
{
	struct blk_options o;
	struct blk_rig rig;

	begin(&rig, &o, BLK_ENGINE_SYNC);
	disk_up(&rig, &o);
	write_one(&rig, false, 8, 8);
	went(&by_call, true);
	write_one(&rig, true, 8, 8);
	went(&by_call, false);
	ck_assert_uint_eq(inits, 0);
	disk_down(&rig);
}
END_TEST

START_TEST(durable_by_ring)
{
	struct blk_options o;
	struct blk_rig rig;

	if (!uring_here(__func__))
		return;
	begin(&rig, &o, BLK_ENGINE_URING);
	disk_up(&rig, &o);
	write_one(&rig, false, 8, 8);
	went(&by_ring, true);
	/* into the page cache: nothing to wait for */
	write_one(&rig, true, 8, 8);
	went(&by_call, false);
	disk_down(&rig);
}
END_TEST

/* O_DIRECT says nothing of the cache of the disk itself. */
START_TEST(durable_past_the_page_cache)
{
	struct blk_options o;
	struct blk_rig rig;

	begin(&rig, &o, BLK_ENGINE_SYNC);
	o.direct = true;
	disk_up(&rig, &o);
	write_one(&rig, false, 8, 8);
	went(&by_call, true);
	write_one(&rig, false, 1, 1);
	went(&by_call, true);
	write_one(&rig, true, 8, 8);
	went(&by_call, false);
	disk_down(&rig);
	if (!uring_here(__func__))
		return;
	begin(&rig, &o, BLK_ENGINE_URING);
	o.direct = true;
	disk_up(&rig, &o);
	write_one(&rig, false, 8, 8);
	went(&by_ring, true);
	write_one(&rig, false, 1, 1);
	went(&by_ring, true);
	write_one(&rig, true, 8, 8);
	went(&by_ring, false);
	disk_down(&rig);
}
END_TEST

/* What a container says whose seccomp filter has no io_uring. */
START_TEST(auto_without_io_uring)
{
	struct blk_options o;
	struct blk_rig rig;

	begin(&rig, &o, BLK_ENGINE_AUTO);
	init_error = -EPERM;
	disk_up(&rig, &o);
	ck_assert_uint_eq(inits, 1);
	write_one(&rig, false, 8, 8);
	went(&by_call, true);
	disk_down(&rig);
}
END_TEST

START_TEST(auto_with_io_uring)
{
	struct blk_options o;
	struct blk_rig rig;

	if (!uring_here(__func__))
		return;
	begin(&rig, &o, BLK_ENGINE_AUTO);
	disk_up(&rig, &o);
	ck_assert_uint_eq(inits, 1);
	write_one(&rig, false, 8, 8);
	went(&by_ring, true);
	disk_down(&rig);
}
END_TEST

/* Nothing to wait for: not even tried. */
START_TEST(auto_in_memory)
{
	struct blk_options o;
	struct blk_rig rig;

	begin(&rig, &o, BLK_ENGINE_AUTO);
	fs_type = TMPFS_MAGIC;
	disk_up(&rig, &o);
	ck_assert_uint_eq(inits, 0);
	write_one(&rig, false, 8, 8);
	went(&by_call, true);
	disk_down(&rig);
}
END_TEST

START_TEST(io_uring_or_nothing)
{
	static const struct { int error; const char *text; } refused[] = {
		{ -EPERM, "Operation not permitted" },
		{ -ENOSYS, "Function not implemented" },
		{ -EINVAL, "Invalid argument" },	/* before Linux 6.1 */
	};
	struct vdev *dev = NULL;
	struct blk_options o;
	struct blk_rig rig;
	struct err e = { 0 };
	size_t i;

	begin(&rig, &o, BLK_ENGINE_URING);
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		init_error = refused[i].error;
		ck_assert_int_eq(blk_create(&o, "disk0", &dev, &e), init_error);
		ck_assert_int_eq(e.kind, ERR_HOST);
		ck_assert_ptr_nonnull(strstr(e.text, rig.path));
		ck_assert_ptr_nonnull(strstr(e.text, "io_uring is not possible here"));
		ck_assert_ptr_nonnull(strstr(e.text, refused[i].text));
		ck_assert_ptr_null(dev);
	}
	gone(&rig);
}
END_TEST

T_MAIN("blk_engine", durable_by_system_calls, durable_by_ring,
       durable_past_the_page_cache, auto_without_io_uring, auto_with_io_uring,
       auto_in_memory, io_uring_or_nothing)
