// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blk_sync - disk requests by system calls that wait
 *
 * The whole engine where io_uring is not allowed or has nothing to offer, and
 * for the other engine (blk_uring.c) the way to do what cannot wait for long.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "blk_io.h"
#include "iov.h"
#include "util.h"

bool blk_io_advance(struct blk_io *io, uint64_t bytes)
{
	if (bytes < io->len)
		io->nr = iov_slice(io->iov, io->nr, bytes, UINT64_MAX, io->iov);
	io->offset += bytes;
	io->len -= bytes;
	return !io->len;
}

bool blk_io_settle(struct blk_io *io, int64_t res)
{
	bool transfer = io->op == BLK_READ || io->op == BLK_WRITE;

	if (res == -EINTR)
		return false;
	if (res < 0 || !transfer) {
		io->result = res < 0 ? (int)res : 0;
		return true;
	}
	/* the file was cut off after it had been opened, or a disk is full */
	if (!res && io->len) {
		io->result = io->op == BLK_READ ? -EIO : -ENOSPC;
		return true;
	}
	io->result = 0;
	return blk_io_advance(io, (uint64_t)res);
}

static int64_t do_read(const struct blk_file *f, struct blk_io *io)
{
	return preadv(f->fd[blk_file_fd(f, io)], io->iov, (int)io->nr,
		      (off_t)io->offset);
}

static int64_t do_write(const struct blk_file *f, struct blk_io *io)
{
	return pwritev2(f->fd[blk_file_fd(f, io)], io->iov, (int)io->nr,
			(off_t)io->offset, io->durable ? RWF_DSYNC : 0);
}

static int64_t do_flush(const struct blk_file *f, struct blk_io *io)
{
	(void)io;
	return fdatasync(f->fd[BLK_FD_CACHED]);
}

static int do_allocate(const struct blk_file *f, const struct blk_io *io,
		       int mode)
{
	return fallocate(f->fd[BLK_FD_CACHED], mode, (off_t)io->offset,
			 (off_t)io->len);
}

static int64_t do_fallocate(const struct blk_file *f, struct blk_io *io)
{
	return do_allocate(f, io, io->mode);
}

static int64_t do_discard(const struct blk_file *f, struct blk_io *io)
{
	uint64_t range[2] = { io->offset, io->len };

	return ioctl(f->fd[BLK_FD_CACHED], BLKDISCARD, range);
}

/* tmpfs, for one, has no ZERO_RANGE: a hole, and new room in its place. */
static int64_t do_zero(const struct blk_file *f, struct blk_io *io)
{
	int rc = do_allocate(f, io, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE);

	if (!rc || errno != EOPNOTSUPP)
		return rc;
	rc = do_allocate(f, io, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
	return rc ? rc : do_allocate(f, io, FALLOC_FL_KEEP_SIZE);
}

static int64_t (*const calls[])(const struct blk_file *f, struct blk_io *io) = {
	[BLK_READ] = do_read,
	[BLK_WRITE] = do_write,
	[BLK_FLUSH] = do_flush,
	[BLK_FALLOCATE] = do_fallocate,
	[BLK_DISCARD] = do_discard,
	[BLK_ZERO] = do_zero,
};
_Static_assert(ARRAY_SIZE(calls) == BLK_OP_NUM, "one for each blk_op");

void blk_io_now(const struct blk_file *file, struct blk_io *io)
{
	int64_t res;

	do {
		res = calls[io->op](file, io);
	} while (!blk_io_settle(io, res < 0 ? -errno : res));
}

static int sync_enable(struct blk_engine *e)
{
	(void)e;
	return 0;
}

static bool sync_start(struct blk_engine *e, struct blk_io *io)
{
	blk_io_now(e->file, io);
	return true;
}

static int sync_submit(struct blk_engine *e)
{
	(void)e;
	return 0;
}

static struct blk_io *sync_none(struct blk_engine *e)
{
	(void)e;
	return NULL;
}

static void sync_free(struct blk_engine *e)
{
	free(e);
}

static const struct blk_engine_ops sync_ops = {
	.name = "sync",
	.enable = sync_enable,
	.start = sync_start,
	.submit = sync_submit,
	.reap = sync_none,
	.wait = sync_none,
	.free = sync_free,
};

int blk_sync_new(const struct blk_file *file, struct blk_engine **ret)
{
	struct blk_engine *e = malloc(sizeof(*e));

	if (!e)
		return -ENOMEM;
	*e = (struct blk_engine){ .ops = &sync_ops, .file = file,
				  .event_fd = -1 };
	*ret = e;
	return 0;
}
