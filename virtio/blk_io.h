/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blk_io - what a disk asks of the host, and the two engines that do it
 *
 * A queue of a disk has an engine of its own, and both belong to one thread.
 * blk_sync.c makes a system call for each request; blk_uring.c hands over to
 * an io_uring what might wait.  The device knows neither.
 */
#ifndef VIRTIO_BLK_IO_H
#define VIRTIO_BLK_IO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "blk_file.h"

enum blk_op {
	BLK_READ,
	BLK_WRITE,
	BLK_FLUSH,		/* all that was written before is on the disk */
	BLK_FALLOCATE,		/* fallocate(2) with blk_io.mode */
	BLK_DISCARD,		/* of a block device, BLKDISCARD */
	BLK_ZERO,		/* reads as zeros afterwards, stays allocated */
	BLK_OP_NUM
};

/* One operation on its way.  It stays where it is until it is done. */
struct blk_io {
	enum blk_op op;
	int mode;		/* FALLOC_FL_* */
	bool durable;		/* BLK_WRITE: on the disk when done */
	uint64_t offset;	/* inside the file; what is still to do */
	uint64_t len;
	struct iovec *iov;	/* @len bytes; changed as parts are done */
	unsigned int nr;
	int result;		/* 0 or -errno, when done */
};

struct blk_engine;

struct blk_engine_ops {
	const char *name;
	/* on the thread that will call all of the following; legal again */
	int (*enable)(struct blk_engine *e);
	/* true: done, io->result says how.  false: reap() will give it back */
	bool (*start)(struct blk_engine *e, struct blk_io *io);
	/*
	 * The kernel gets what start() has kept.  Once for many.  Return: 0, or
	 * -errno when it has to be called again later.
	 */
	int (*submit)(struct blk_engine *e);
	/* one that is done, NULL when there is none now */
	struct blk_io *(*reap)(struct blk_engine *e);
	/* the same, but waits; NULL when nothing is on its way */
	struct blk_io *(*wait)(struct blk_engine *e);
	void (*free)(struct blk_engine *e);
};

/* Embedded in what the engine has beside it. */
struct blk_engine {
	const struct blk_engine_ops *ops;
	const struct blk_file *file;	/* not owned */
	int event_fd;		/* readable: reap(); -1: never.  Not to be read */
};

/**
 * blk_sync_new() - the engine that makes one system call for each request
 * @file: outlives the engine
 *
 * Return: 0 or -ENOMEM.
 */
int blk_sync_new(const struct blk_file *file, struct blk_engine **ret);

/**
 * blk_uring_new() - the engine on io_uring
 * @depth: requests at a time, a power of two
 *
 * Return: 0, -ENOMEM, or -errno where io_uring is not allowed (-EPERM), not
 * built in (-ENOSYS), or older than Linux 6.1 (-EINVAL).
 */
int blk_uring_new(const struct blk_file *file, unsigned int depth,
		  struct blk_engine **ret);

/** blk_io_now() - do it on this thread, and wait.  Sets io->result */
void blk_io_now(const struct blk_file *file, struct blk_io *io);

/**
 * blk_io_advance() - @bytes of it are done
 *
 * Return: true when that was all.
 */
bool blk_io_advance(struct blk_io *io, uint64_t bytes);

/**
 * blk_io_settle() - account for what a system call said of @io
 * @res: bytes, or -errno
 *
 * Return: true when it is done, false: the rest has to be started.
 */
bool blk_io_settle(struct blk_io *io, int64_t res);

#endif /* VIRTIO_BLK_IO_H */
