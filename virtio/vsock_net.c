// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vsock_net - sockets of the host towards a guest: AF_VSOCK
 */
#include "vsock_net.h"

#include <errno.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>

#include "util.h"

#define BACKLOG 16

static int vsock_socket(void)
{
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);

	return fd < 0 ? -errno : fd;
}

/* By any address of the host; the caller looks at who connects. */
static int vsock_listen(uint32_t port)
{
	const struct sockaddr_vm addr = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_ANY,
		.svm_port = port,
	};
	_cleanup_fd_ int fd = vsock_socket();

	if (fd < 0)
		return fd;
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(fd, BACKLOG))
		return -errno;
	return steal_fd(&fd);
}

static int vsock_accept(int fd, uint32_t *ret_cid)
{
	struct sockaddr_vm addr = { 0 };
	socklen_t len = sizeof(addr);
	int got = accept4(fd, (struct sockaddr *)&addr, &len,
			  SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (got < 0)
		return -errno;
	*ret_cid = addr.svm_cid;
	return got;
}

static int vsock_connect(uint32_t cid, uint32_t port)
{
	const struct sockaddr_vm addr = {
		.svm_family = AF_VSOCK,
		.svm_cid = cid,
		.svm_port = port,
	};
	_cleanup_fd_ int fd = vsock_socket();

	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) &&
	    errno != EINPROGRESS)
		return -errno;
	return steal_fd(&fd);
}

static uint32_t vsock_local_port(int fd)
{
	struct sockaddr_vm addr = { 0 };
	socklen_t len = sizeof(addr);

	if (getsockname(fd, (struct sockaddr *)&addr, &len))
		return 0;
	return addr.svm_port;
}

const struct vsock_net vsock_net = {
	.listen = vsock_listen,
	.accept = vsock_accept,
	.connect = vsock_connect,
	.local_port = vsock_local_port,
};
