/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blk_file - the image or block device behind a disk
 *
 * Everything is looked up when it is opened; after that a struct blk_file is
 * only read, by all of the disk's threads.
 */
#ifndef VIRTIO_BLK_FILE_H
#define VIRTIO_BLK_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "err.h"

#define BLK_SECTOR	512	/* the protocol's unit, whatever the disk's */

struct blk_io;

enum {				/* blk_file.fd[] */
	BLK_FD_CACHED,		/* through the page cache */
	BLK_FD_DIRECT,		/* O_DIRECT */
	BLK_FD_NUM
};

struct blk_file {
	int fd[BLK_FD_NUM];	/* owned; BLK_FD_DIRECT is -1 without direct */
	bool ro;
	bool direct;
	bool is_device;		/* a block device */
	bool in_memory;		/* tmpfs: nothing to wait for */
	uint64_t size;		/* bytes, a multiple of BLK_SECTOR, not 0 */
	uint32_t block_size;	/* what the guest should use, 512 or more */
	uint32_t physical_size;	/* at least block_size, a power of two */
	uint32_t offset_align;	/* of O_DIRECT: place and length on the disk */
	uint32_t memory_align;	/* of O_DIRECT: address of each buffer */
};

struct blk_file_options {
	const char *path;
	bool ro;
	bool direct;
	bool raw;		/* raw whatever the first bytes look like */
};

/**
 * blk_file_open() - open and lock
 * @ret: untouched on failure
 * @e:   filled on failure; what the person can change is ERR_CONFIG
 *
 * An image that starts like another format is refused unless o->raw: its guest
 * would see the format instead of the disk.  The content of the image decides
 * nothing else.
 *
 * Locks are those of QEMU's block/file-posix.c for a disk that nobody else may
 * write, so that each sees the other.
 *
 * Return: 0, -EINVAL or another -errno.
 */
int blk_file_open(const struct blk_file_options *o, struct blk_file *ret,
		  struct err *e);

/** blk_file_close() - and unlock; legal after blk_file_none() and twice */
void blk_file_close(struct blk_file *f);

/**
 * blk_file_again() - the same, for another queue
 *
 * A failed write-back is reported once to each open file, so that queues must not
 * share one for flushes.  The lock stays with @f, and @ret ends before it.
 *
 * @ret: untouched on failure; for blk_file_again_close()
 *
 * Return: 0 or -errno.
 */
int blk_file_again(const struct blk_file *f, struct blk_file *ret);

/** blk_file_again_close() - legal on zeroes */
void blk_file_again_close(struct blk_file *f);

/** blk_file_none() - an object that blk_file_close() takes */
static inline void blk_file_none(struct blk_file *f)
{
	*f = (struct blk_file){ .fd = { -1, -1 } };
}

/**
 * blk_file_fd() - which of fd[] serves a transfer
 *
 * With direct, what O_DIRECT cannot take goes through the page cache: Linux
 * keeps the two views of one file the same.
 */
unsigned int blk_file_fd(const struct blk_file *f, const struct blk_io *io);

#endif /* VIRTIO_BLK_FILE_H */
