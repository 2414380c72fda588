// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/sysfs - read small text files; the contract is in sysfs.h
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"
#include "util.h"

/* how much of a malformed value is shown */
#define SHOWN_MAX 32

int sysfs_open(const char *root, const char *sub, struct sysfs_dir *ret)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", root, sub) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret = (struct sysfs_dir){ .fd = fd, .root = root, .sub = sub };
	return 0;
}

void sysfs_close(struct sysfs_dir *dir)
{
	if (dir->fd >= 0)
		close(dir->fd);
	dir->fd = -1;
}

/* The whole path of a file, for a message. */
static const char *file_name(const struct sysfs_dir *dir, const char *path,
			     char buf[ERR_TEXT_MAX])
{
	if (!dir->root)
		return path;
	snprintf(buf, ERR_TEXT_MAX, "%s/%s/%s", dir->root, dir->sub, path);
	return buf;
}

static int read_failed(const struct sysfs_dir *dir, const char *path,
		       int errnum, struct err *e)
{
	char name[ERR_TEXT_MAX];

	return err_fault(e, errnum, "cannot read %s",
			 file_name(dir, path, name));
}

static int too_long(const struct sysfs_dir *dir, const char *path,
		    struct err *e)
{
	char name[ERR_TEXT_MAX];

	return err_fault(e, -EINVAL, "%s is too long: at least %d bytes",
			 file_name(dir, path, name), SYSFS_VALUE_MAX);
}

static int malformed(const struct sysfs_dir *dir, const char *path,
		     const char *value, const char *wanted, struct err *e)
{
	char name[ERR_TEXT_MAX], shown[SHOWN_MAX + 1];
	size_t i;

	for (i = 0; i < SHOWN_MAX && value[i]; i++)
		shown[i] = isprint((unsigned char)value[i]) ? value[i] : '?';
	shown[i] = '\0';
	return err_fault(e, -EINVAL, "%s: \"%s%s\" is not %s",
			 file_name(dir, path, name), shown,
			 value[i] ? "..." : "", wanted);
}

int sysfs_read(const struct sysfs_dir *dir, const char *path, char *buf,
	       struct err *e)
{
	_cleanup_fd_ int fd = openat(dir->fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return -ENOENT;
		return read_failed(dir, path, -errno, e);
	}
	n = read(fd, buf, SYSFS_VALUE_MAX);
	if (n < 0)
		return read_failed(dir, path, -errno, e);
	if (n == SYSFS_VALUE_MAX)
		return too_long(dir, path, e);
	if (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	if (strlen(buf) != (size_t)n)
		return malformed(dir, path, buf, "text", e);
	return 0;
}

int sysfs_read_cpus(const struct sysfs_dir *dir, const char *path,
		    struct cpuset *ret, struct err *e)
{
	char value[SYSFS_VALUE_MAX];
	int err;

	err = sysfs_read(dir, path, value, e);
	if (err)
		return err;
	err = cpuset_parse(value, ret);
	if (err == -ERANGE)
		return malformed(dir, path, value,
				 "a list of CPUs below 4096", e);
	if (err)
		return malformed(dir, path, value, "a list of CPUs", e);
	return 0;
}

int sysfs_read_number(const struct sysfs_dir *dir, const char *path,
		      uint64_t max, uint64_t *ret, struct err *e)
{
	char value[SYSFS_VALUE_MAX], *end;
	unsigned long long n;
	int err;

	err = sysfs_read(dir, path, value, e);
	if (err)
		return err;
	errno = 0;
	n = strtoull(value, &end, strncmp(value, "0x", 2) ? 10 : 16);
	/* strtoull() would also take a sign or a space in front */
	if (!isdigit((unsigned char)value[0]) || *end || errno)
		return malformed(dir, path, value, "a number", e);
	if (n > max)
		return malformed(dir, path, value, "in range", e);
	*ret = n;
	return 0;
}
