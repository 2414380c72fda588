/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/sysfs - small text files below one directory, read with an error that
 * names the file
 *
 * A sysfs attribute is one short value, and one read(2) returns all of it
 * (Documentation/filesystems/sysfs.rst), so a file costs three system calls
 * and no allocation.
 */
#ifndef PMU_SYSFS_H
#define PMU_SYSFS_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>

#include "cpuset.h"
#include "err.h"

/* an attribute is at most a page; real ones here are below 100 bytes */
#define SYSFS_VALUE_MAX 4096

/* Where relative paths start. */
struct sysfs_dir {
	int fd;			/* owned, or AT_FDCWD; -1 when not open */
	const char *root;	/* not owned: for messages; NULL: none */
	const char *sub;	/* not owned: below root */
};

/** SYSFS_ANYWHERE - for absolute paths; need not be closed */
#define SYSFS_ANYWHERE ((struct sysfs_dir){ .fd = AT_FDCWD })

/**
 * sysfs_open() - open the directory @sub below @root
 * @ret: to be closed by sysfs_close(); its strings are the caller's
 *
 * Return: 0 or -errno; nothing is said, since the caller knows what a missing
 * directory means.
 */
int sysfs_open(const char *root, const char *sub, struct sysfs_dir *ret);

/** sysfs_close() - legal twice and on SYSFS_ANYWHERE */
void sysfs_close(struct sysfs_dir *dir);

/**
 * sysfs_read() - the text of one file, without the final newline
 * @path: relative to @dir, or absolute
 * @buf:  SYSFS_VALUE_MAX bytes, terminated on success
 * @e:    filled unless the file is absent
 *
 * Return: 0; -ENOENT with @e untouched when there is no such file (also when
 * a link on the way dangles or a file stands where a directory should); -EINVAL
 * for a file that is too long or holds a zero byte; what open(2) or read(2)
 * gave.
 */
int sysfs_read(const struct sysfs_dir *dir, const char *path, char *buf,
	       struct err *e);

/** sysfs_read_cpus() - a CPU list.  Return: as sysfs_read() */
int sysfs_read_cpus(const struct sysfs_dir *dir, const char *path,
		    struct cpuset *ret, struct err *e);

/**
 * sysfs_read_number() - a number, decimal or with "0x" in front
 * @max: larger values are refused with -EINVAL
 *
 * Return: as sysfs_read().
 */
int sysfs_read_number(const struct sysfs_dir *dir, const char *path,
		      uint64_t max, uint64_t *ret, struct err *e);

#endif /* PMU_SYSFS_H */
