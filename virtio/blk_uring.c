// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blk_uring - disk requests through io_uring
 *
 * DOC: what goes where
 *
 * The ring is for what may wait: reads that the page cache does not have,
 * O_DIRECT, flushes.  What is only a copy is cheaper as a system call of its
 * own, made at once:
 *
 * - a read, while nothing else is on its way, is tried with RWF_NOWAIT.  As long
 *   as the page cache has what the guest reads, nothing ever is.
 * - a write into the page cache.  Of the file systems, ext4 and block devices
 *   cannot write without waiting, so the kernel would hand each write to a
 *   thread of its own, one at a time.
 * - what the ring has no operation for.
 *
 * The ring takes nothing but the operations below, on the two descriptors that
 * are registered with it (IORING_REGISTER_RESTRICTIONS): a system call filter
 * does not see what a ring does.
 *
 * Guest memory is not registered.  It would be pinned, all of it, at start;
 * and pages that a balloon or page reporting gives back would be replaced under
 * the ring, which would go on to read and write the old ones.
 */
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "blk_io.h"
#include "util.h"

/*
 * The kernel completes requests when this thread asks, not by interrupting it,
 * and says by an eventfd that it may ask: the ring's own descriptor does not
 * become readable by work that is deferred.  DEFER_TASKRUN is the newest of
 * these flags, Linux 6.1.
 */
#define SETUP_FLAGS	(IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL | \
			 IORING_SETUP_SINGLE_ISSUER | \
			 IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG)

struct blk_uring {
	struct blk_engine e;
	struct io_uring ring;
	unsigned int busy;	/* started and not reaped */
	bool enabled;
	bool no_nowait;		/* the file system does not know RWF_NOWAIT */
};

static struct blk_uring *to_uring(struct blk_engine *e)
{
	return container_of(e, struct blk_uring, e);
}

static void prep_read(struct io_uring_sqe *sqe, int fd, struct blk_io *io)
{
	io_uring_prep_readv(sqe, fd, io->iov, io->nr, io->offset);
}

static void prep_write(struct io_uring_sqe *sqe, int fd, struct blk_io *io)
{
	io_uring_prep_writev2(sqe, fd, io->iov, io->nr, io->offset,
			      io->durable ? RWF_DSYNC : 0);
}

static void prep_flush(struct io_uring_sqe *sqe, int fd, struct blk_io *io)
{
	(void)io;
	io_uring_prep_fsync(sqe, fd, IORING_FSYNC_DATASYNC);
}

static void prep_fallocate(struct io_uring_sqe *sqe, int fd, struct blk_io *io)
{
	io_uring_prep_fallocate(sqe, fd, io->mode, (off_t)io->offset,
				(off_t)io->len);
}

/* What the ring is allowed to do, and how it is told; the rest is NULL. */
static const struct {
	uint8_t opcode;
	void (*prep)(struct io_uring_sqe *sqe, int fd, struct blk_io *io);
} ring_ops[BLK_OP_NUM] = {
	[BLK_READ] = { IORING_OP_READV, prep_read },
	[BLK_WRITE] = { IORING_OP_WRITEV, prep_write },
	[BLK_FLUSH] = { IORING_OP_FSYNC, prep_flush },
	[BLK_FALLOCATE] = { IORING_OP_FALLOCATE, prep_fallocate },
};

static int restrict_ring(struct io_uring *ring)
{
	struct io_uring_restriction res[BLK_OP_NUM + 1] = { {
		.opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED,
		.sqe_flags = IOSQE_FIXED_FILE,
	} };
	unsigned int nr = 1, op;

	for (op = 0; op < BLK_OP_NUM; op++)
		if (ring_ops[op].prep)
			res[nr++] = (struct io_uring_restriction){
				.opcode = IORING_RESTRICTION_SQE_OP,
				.sqe_op = ring_ops[op].opcode,
			};
	/* liburing 2.3 declares functions for this and does not export them */
	return io_uring_register((unsigned int)ring->ring_fd,
				 IORING_REGISTER_RESTRICTIONS, res, nr);
}

/* SINGLE_ISSUER: the thread that enables the ring is the one. */
static int uring_enable(struct blk_engine *e)
{
	struct blk_uring *u = to_uring(e);
	int rc;

	if (u->enabled)
		return 0;
	rc = io_uring_register((unsigned int)u->ring.ring_fd,
			       IORING_REGISTER_ENABLE_RINGS, NULL, 0);
	u->enabled = rc >= 0;
	return rc;
}

/* The SQ has room for all requests that the queue has. */
static bool queue(struct blk_uring *u, struct blk_io *io)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);
	unsigned int fd = blk_file_fd(u->e.file, io);

	if (!sqe) {
		io->result = -EBUSY;
		return true;
	}
	ring_ops[io->op].prep(sqe, (int)fd, io);
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
	io_uring_sqe_set_data(sqe, io);
	u->busy++;
	return false;
}

/* True: done.  What was not read is left for the ring. */
static bool read_cached(struct blk_uring *u, struct blk_io *io)
{
	ssize_t res = preadv2(u->e.file->fd[BLK_FD_CACHED], io->iov,
			      (int)io->nr, (off_t)io->offset, RWF_NOWAIT);

	if (res < 0) {
		u->no_nowait = errno == EOPNOTSUPP;
		return false;
	}
	return blk_io_settle(io, res);
}

static bool uring_start(struct blk_engine *e, struct blk_io *io)
{
	struct blk_uring *u = to_uring(e);
	bool cached = blk_file_fd(e->file, io) == BLK_FD_CACHED;

	if (!ring_ops[io->op].prep ||
	    (io->op == BLK_WRITE && cached && !io->durable)) {
		blk_io_now(e->file, io);
		return true;
	}
	if (io->op == BLK_READ && cached && !u->busy && !u->no_nowait &&
	    read_cached(u, io))
		return true;
	return queue(u, io);
}

static int uring_submit(struct blk_engine *e)
{
	struct io_uring *ring = &to_uring(e)->ring;
	int rc;

	if (!io_uring_sq_ready(ring))
		return 0;
	rc = io_uring_submit(ring);
	if (rc < 0)
		return rc == -EINTR ? -EAGAIN : rc;
	return io_uring_sq_ready(ring) ? -EAGAIN : 0;
}

static struct blk_io *uring_reap(struct blk_engine *e)
{
	struct blk_uring *u = to_uring(e);
	struct io_uring_cqe *cqe;
	struct blk_io *io;
	int res;

	while (u->busy && !io_uring_peek_cqe(&u->ring, &cqe)) {
		io = io_uring_cqe_get_data(cqe);
		res = cqe->res;
		io_uring_cqe_seen(&u->ring, cqe);
		u->busy--;
		if (blk_io_settle(io, res) || queue(u, io))
			return io;
		uring_submit(e);
	}
	return NULL;
}

static struct blk_io *uring_wait(struct blk_engine *e)
{
	struct blk_uring *u = to_uring(e);
	struct blk_io *io = uring_reap(e);

	while (!io && u->busy) {
		io_uring_submit_and_wait(&u->ring, 1);
		io = uring_reap(e);
	}
	return io;
}

static void uring_free(struct blk_engine *e)
{
	struct blk_uring *u = to_uring(e);

	io_uring_queue_exit(&u->ring);
	close(e->event_fd);
	free(u);
}

static const struct blk_engine_ops uring_ops = {
	.name = "io_uring",
	.enable = uring_enable,
	.start = uring_start,
	.submit = uring_submit,
	.reap = uring_reap,
	.wait = uring_wait,
	.free = uring_free,
};

static int set_up(struct io_uring *ring, const struct blk_file *file,
		  int event_fd)
{
	int rc = io_uring_register_files(ring, file->fd, BLK_FD_NUM);

	if (!rc)
		rc = io_uring_register_eventfd(ring, event_fd);
	return rc ? rc : restrict_ring(ring);
}

int blk_uring_new(const struct blk_file *file, unsigned int depth,
		  struct blk_engine **ret)
{
	struct io_uring_params p = { .flags = SETUP_FLAGS };
	_cleanup_fd_ int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	_cleanup_free_ struct blk_uring *u = calloc(1, sizeof(*u));
	int rc;

	if (event_fd < 0)
		return -errno;
	if (!u)
		return -ENOMEM;
	rc = io_uring_queue_init_params(depth, &u->ring, &p);
	if (rc)
		return rc;
	rc = set_up(&u->ring, file, event_fd);
	if (rc) {
		io_uring_queue_exit(&u->ring);
		return rc;
	}
	u->e = (struct blk_engine){ .ops = &uring_ops, .file = file,
				    .event_fd = steal_fd(&event_fd) };
	*ret = &steal_ptr(&u)->e;
	return 0;
}
