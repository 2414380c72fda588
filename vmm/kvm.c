// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm - the one place where tallyvm calls the kernel's KVM interface
 *
 * Nothing here decides anything: unit tests replace the first four functions,
 * and all the rest is built on them.
 */
#include "kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

int kvm_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int kvm_ioctl(int fd, unsigned long req, void *arg)
{
	int ret = ioctl(fd, req, arg);

	return ret < 0 ? -errno : ret;
}

int kvm_map(int fd, size_t len, void **ret)
{
	void *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	*ret = map;
	return 0;
}

void kvm_unmap(void *map, size_t len)
{
	if (map)
		munmap(map, len);
}

void kvm_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
