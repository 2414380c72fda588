// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vsock: bytes through an AF_VSOCK connection, in a guest and beside it.
 *
 *	vsock connect CID PORT	stdin to the connection, it to stdout
 *	vsock listen PORT	the same, with the first who connects
 *	vsock echo PORT		each who connects gets back what he sends
 *
 * Says "LISTENING" on stderr when others may connect.  Exit status: 0 when both
 * directions have ended as they should.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return -1;
}

static struct sockaddr_vm address(unsigned int cid, const char *port)
{
	return (struct sockaddr_vm){
		.svm_family = AF_VSOCK,
		.svm_cid = cid,
		.svm_port = (unsigned int)strtoul(port, NULL, 10),
	};
}

static int dial(const char *cid, const char *port)
{
	struct sockaddr_vm addr = address((unsigned int)strtoul(cid, NULL, 10),
					  port);
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fail("connect");
	return fd;
}

static int serve(const char *port)
{
	struct sockaddr_vm addr = address(VMADDR_CID_ANY, port);
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(fd, 8))
		return fail("listen");
	fputs("LISTENING\n", stderr);
	return fd;
}

/* Return: bytes, 0 at the end, -1 for an error. */
static ssize_t copy(int from, int to)
{
	char buf[65536];
	ssize_t n = read(from, buf, sizeof(buf)), done = 0;

	if (n < 0)
		return fail("read");
	while (done < n) {
		ssize_t put = write(to, buf + done, (size_t)(n - done));

		if (put < 0)
			return fail("write");
		done += put;
	}
	return n;
}

static int relay(int fd)
{
	struct pollfd p[] = { { 0, POLLIN, 0 }, { fd, POLLIN, 0 } };

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		if (poll(p, 2, -1) < 0)
			return fail("poll");
		if (p[0].revents) {
			ssize_t n = copy(0, fd);

			if (n < 0)
				return -1;
			if (!n) {
				shutdown(fd, SHUT_WR);
				p[0].fd = -1;
			}
		}
		if (p[1].revents) {
			ssize_t n = copy(fd, 1);

			if (n < 0)
				return -1;
			if (!n)
				p[1].fd = -1;
		}
	}
	return 0;
}

static int echo(int server)
{
	for (;;) {
		int fd = accept(server, NULL, NULL);

		if (fd < 0)
			return fail("accept");
		while (copy(fd, fd) > 0)
			;
		close(fd);
	}
}

int main(int argc, char **argv)
{
	int fd = -1;

	if (argc == 4 && !strcmp(argv[1], "connect"))
		fd = dial(argv[2], argv[3]);
	else if (argc == 3)
		fd = serve(argv[2]);
	else
		fputs("usage: vsock connect CID PORT | listen PORT | echo PORT\n",
		      stderr);
	if (fd < 0)
		return EXIT_FAILURE;
	if (argc == 3 && !strcmp(argv[1], "echo"))
		return echo(fd) ? EXIT_FAILURE : EXIT_SUCCESS;
	if (argc == 3)
		fd = accept(fd, NULL, NULL);
	return fd < 0 || relay(fd) ? EXIT_FAILURE : EXIT_SUCCESS;
}
