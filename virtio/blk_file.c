// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blk_file - open an image, find out what it is, lock it
 */
#include "blk_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "blk_io.h"
#include "log.h"
#include "util.h"

#define BLOCK_MAX	4096	/* largest block that Linux guests take */
#define PATIENCE_MS	500	/* with somebody who has the image */
#define PATIENCE_STEP_MS 20

/* Images that hold a disk in a format of their own. */
static const struct {
	const char *name;
	const char *magic;
} formats[] = {
	{ "qcow2", "QFI\xfb" },
	{ "VMDK", "KDMV" },
	{ "VHDX", "vhdxfile" },
};

static int refuse_format(const struct blk_file_options *o, int fd,
			 struct err *e)
{
	char start[8] = "";
	size_t i;

	if (o->raw || pread(fd, start, sizeof(start), 0) < 0)
		return 0;
	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (!memcmp(start, formats[i].magic, strlen(formats[i].magic)))
			return err_config(e, "%s: looks like a %s image, and disks are raw: convert it with 'qemu-img convert -O raw', or add 'raw' if the disk only starts like one",
					  o->path, formats[i].name);
	return 0;
}

/*
 * The bytes that QEMU locks (block/file-posix.c): byte 100 + N is held by who
 * uses permission N, byte 200 + N by who does not let others use it.  All
 * locks are shared, and conflicts are found by asking for the opposite byte.
 * Of the permissions of block-common.h these two concern a disk.
 */
enum { PERM_READ = 0, PERM_WRITE = 1 };

#define LOCK_USED(perm)		(100 + (perm))
#define LOCK_NOT_SHARED(perm)	(200 + (perm))

static int lock_byte(int fd, int cmd, short type, off_t byte,
		     struct flock *lock)
{
	*lock = (struct flock){ .l_type = type, .l_whence = SEEK_SET,
				.l_start = byte, .l_len = 1 };
	return fcntl(fd, cmd, lock) ? -errno : 0;
}

static int take_locks(int fd, const off_t *bytes, size_t nr)
{
	struct flock lock;
	size_t i;
	int rc;

	for (i = 0; i < nr; i++) {
		rc = lock_byte(fd, F_OFD_SETLK, F_RDLCK, bytes[i], &lock);
		if (rc)
			return rc;
	}
	return 0;
}

static bool held_by_others(int fd, const off_t *bytes, size_t nr)
{
	struct flock lock;
	size_t i;

	for (i = 0; i < nr; i++)
		if (!lock_byte(fd, F_OFD_GETLK, F_WRLCK, bytes[i], &lock) &&
		    lock.l_type != F_UNLCK)
			return true;
	return false;
}

/* -EBUSY: somebody else has it.  A reader does not ask for what a writer does. */
static int try_lock(int fd, bool ro)
{
	static const off_t take[] = { LOCK_USED(PERM_READ),
		LOCK_NOT_SHARED(PERM_WRITE), LOCK_USED(PERM_WRITE) };
	static const off_t test[] = { LOCK_NOT_SHARED(PERM_READ),
		LOCK_USED(PERM_WRITE), LOCK_NOT_SHARED(PERM_WRITE) };
	size_t nr = ro ? 2 : 3;
	int rc = take_locks(fd, take, nr);

	if (!rc && held_by_others(fd, test, nr))
		rc = -EBUSY;
	return rc == -EAGAIN || rc == -EACCES ? -EBUSY : rc;
}

static void unlock(int fd)
{
	struct flock all = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	fcntl(fd, F_OFD_SETLK, &all);
}

/*
 * The io_uring of a virtual machine that was killed holds its files, and with
 * them what it has locked, until the last of its requests has ended: some time
 * after the process has.  Somebody who starts it again at once is to wait.
 */
static bool wait_for_others(unsigned int *turn)
{
	if (++*turn > PATIENCE_MS / PATIENCE_STEP_MS)
		return false;
	nanosleep(&(struct timespec){
		.tv_nsec = PATIENCE_STEP_MS * 1000000L }, NULL);
	return true;
}

static int lock(const struct blk_file_options *o, int fd, struct err *e)
{
	unsigned int turn = 0;
	int rc = try_lock(fd, o->ro);

	while (rc == -EBUSY) {
		/* two that start together must not see each other for ever */
		unlock(fd);
		if (!wait_for_others(&turn))
			return err_config(e, "%s: in use: %s; end it, or give each its own copy",
					  o->path, o->ro ?
					  "another program writes it" :
					  "another virtual machine or program has it open");
		rc = try_lock(fd, o->ro);
	}
	if (rc)
		log_warn("%s: cannot be locked (%s); nothing keeps others from writing it",
			 o->path, err_name(rc));
	return 0;
}

/* What O_DIRECT asks for; the largest that there is where nobody says. */
static void probe_align(struct blk_file *f)
{
	struct statx stx;
	int size;

	f->offset_align = f->memory_align = BLOCK_MAX;
	if (f->is_device && !ioctl(f->fd[BLK_FD_CACHED], BLKSSZGET, &size) &&
	    size > 0)
		f->offset_align = f->memory_align = (uint32_t)size;
#ifdef STATX_DIOALIGN
	if (!statx(f->fd[BLK_FD_DIRECT], "", AT_EMPTY_PATH, STATX_DIOALIGN,
		   &stx) && stx.stx_mask & STATX_DIOALIGN &&
	    stx.stx_dio_offset_align) {
		f->offset_align = stx.stx_dio_offset_align;
		f->memory_align = stx.stx_dio_mem_align;
	}
#else
	(void)stx;
#endif
}

/*
 * The second descriptor, opened through the first: the path may lead somewhere
 * else by now.
 */
static int open_direct(const struct blk_file_options *o, struct blk_file *f,
		       struct err *e)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd[BLK_FD_CACHED]);
	f->fd[BLK_FD_DIRECT] = open(self, (o->ro ? O_RDONLY : O_RDWR) |
				    O_DIRECT | O_CLOEXEC);
	if (f->fd[BLK_FD_DIRECT] < 0)
		return errno == EINVAL ?
			err_config(e, "%s: its file system has no direct I/O: leave 'direct' out",
				   o->path) :
			err_fault(e, -errno, "%s: direct I/O", o->path);
	probe_align(f);
	if (f->offset_align > f->block_size && f->offset_align <= BLOCK_MAX)
		f->block_size = f->offset_align;
	if (f->physical_size < f->block_size)
		f->physical_size = f->block_size;
	return 0;
}

static int probe_device(struct blk_file *f)
{
	int logical, fd = f->fd[BLK_FD_CACHED];
	unsigned int physical;

	if (ioctl(fd, BLKGETSIZE64, &f->size) || ioctl(fd, BLKSSZGET, &logical))
		return -errno;
	if (logical > BLK_SECTOR && logical <= BLOCK_MAX)
		f->block_size = (uint32_t)logical;
	if (!ioctl(fd, BLKPBSZGET, &physical))
		f->physical_size = physical;
	return 0;
}

static int probe_file(struct blk_file *f, const struct stat *st)
{
	struct statfs fs;

	f->size = (uint64_t)st->st_size;
	f->physical_size = BLOCK_MAX;
	f->in_memory = !fstatfs(f->fd[BLK_FD_CACHED], &fs) &&
		       (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
	return 0;
}

static int probe_size(const struct blk_file_options *o, struct blk_file *f,
		      const struct stat *st, struct err *e)
{
	unsigned int rest;
	int rc;

	f->block_size = f->physical_size = BLK_SECTOR;
	f->is_device = S_ISBLK(st->st_mode);
	rc = f->is_device ? probe_device(f) : probe_file(f, st);
	if (rc)
		return err_fault(e, rc, "%s: size of the disk", o->path);
	if (f->physical_size < f->block_size ||
	    f->physical_size & (f->physical_size - 1))
		f->physical_size = f->block_size;
	rest = f->size % BLK_SECTOR;
	f->size -= rest;
	if (!f->size)
		return err_config(e, "%s: holds no sector of %d bytes: make it larger, for example with truncate(1)",
				  o->path, BLK_SECTOR);
	if (rest)
		log_warn("%s: the last %u bytes are less than a sector and not seen by the guest",
			 o->path, rest);
	return 0;
}

static int open_error(const struct blk_file_options *o, int error,
		      struct err *e)
{
	if (error == EBUSY)
		return err_config(e, "%s: the host uses this device, mounted or in another way",
				  o->path);
	if (!o->ro && (error == EROFS || error == EACCES || error == EPERM))
		return err_config(e, "%s: not writable here (%s): add 'ro', or change its permissions",
				  o->path, err_name(error));
	return err_config(e, "%s: cannot open the disk: %s", o->path,
			  err_name(error));
}

/*
 * O_NONBLOCK until it is known to be no FIFO.  O_EXCL on a block device keeps
 * off what the host has mounted, and means nothing for a file.
 */
static int open_cached(const struct blk_file_options *o, struct blk_file *f,
		       struct stat *st, struct err *e)
{
	unsigned int turn = 0;
	int fd;

	if (stat(o->path, st))
		return open_error(o, errno, e);
	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))
		return err_config(e, "%s: a disk is a file or a block device",
				  o->path);
	do {
		fd = open(o->path, O_CLOEXEC | O_NONBLOCK |
			  (o->ro ? O_RDONLY : O_RDWR) |
			  (!o->ro && S_ISBLK(st->st_mode) ? O_EXCL : 0));
	} while (fd < 0 && errno == EBUSY && wait_for_others(&turn));
	if (fd < 0)
		return open_error(o, errno, e);
	f->fd[BLK_FD_CACHED] = fd;
	/* again: somebody may have put another there */
	if (fstat(fd, st) || fcntl(fd, F_SETFL, 0))
		return err_fault(e, -errno, "%s: look at the disk", o->path);
	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))
		return err_config(e, "%s: a disk is a file or a block device",
				  o->path);
	return 0;
}

int blk_file_open(const struct blk_file_options *o, struct blk_file *ret,
		  struct err *e)
{
	struct blk_file f;
	struct stat st;
	int rc;

	blk_file_none(&f);
	f.ro = o->ro;
	f.direct = o->direct;
	rc = open_cached(o, &f, &st, e);
	if (!rc)
		rc = probe_size(o, &f, &st, e);
	if (!rc)
		rc = refuse_format(o, f.fd[BLK_FD_CACHED], e);
	if (!rc)
		rc = lock(o, f.fd[BLK_FD_CACHED], e);
	if (!rc && o->direct)
		rc = open_direct(o, &f, e);
	if (rc) {
		blk_file_close(&f);
		return rc;
	}
	*ret = f;
	return 0;
}

void blk_file_close(struct blk_file *f)
{
	int i;

	/* an io_uring that was closed may hold the file for some time */
	if (f->fd[BLK_FD_CACHED] >= 0)
		unlock(f->fd[BLK_FD_CACHED]);
	for (i = 0; i < BLK_FD_NUM; i++) {
		if (f->fd[i] >= 0)
			close(f->fd[i]);
		f->fd[i] = -1;
	}
}

int blk_file_again(const struct blk_file *f, struct blk_file *ret)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd[BLK_FD_CACHED]);
	fd = open(path, O_CLOEXEC | (f->ro ? O_RDONLY : O_RDWR));
	if (fd < 0)
		return -errno;
	*ret = *f;
	ret->fd[BLK_FD_CACHED] = fd;
	return 0;
}

void blk_file_again_close(struct blk_file *f)
{
	if (f->size)
		close(f->fd[BLK_FD_CACHED]);
	*f = (struct blk_file){ .size = 0 };
}

unsigned int blk_file_fd(const struct blk_file *f, const struct blk_io *io)
{
	uint64_t place = io->offset | io->len;
	uintptr_t memory = 0;
	unsigned int i;

	if (!f->direct)
		return BLK_FD_CACHED;
	for (i = 0; i < io->nr; i++) {
		memory |= (uintptr_t)io->iov[i].iov_base;
		place |= io->iov[i].iov_len;
	}
	return place % f->offset_align || memory % f->memory_align ?
		BLK_FD_CACHED : BLK_FD_DIRECT;
}
