// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usock PATH [BYTES]: a client of a Unix socket
 *
 * For test cases in a host that has no other means.  Sends stdin and says that
 * nothing more comes; writes what it gets to stdout; ends with the socket, or
 * when it has got BYTES.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Return: how much; 0 at the end of @from, or when @to takes nothing more. */
static long copy(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf)), done = 0, m;

	while (done < n) {
		m = write(to, buf + done, (size_t)(n - done));
		if (m <= 0)
			return 0;
		done += m;
	}
	return n > 0 ? n : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct pollfd fds[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};

	long want = argc > 2 ? atol(argv[2]) : -1, got = 0, n;

	if (argc < 2 || fd < 0)
		return 2;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", argv[1]);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		perror(argv[1]);
		return 1;
	}
	while (got != want && poll(fds, 2, -1) > 0) {
		if (fds[1].revents && !copy(STDIN_FILENO, fd)) {
			shutdown(fd, SHUT_WR);
			fds[1].fd = -1;
		}
		if (!fds[0].revents)
			continue;
		n = copy(fd, STDOUT_FILENO);
		if (!n)
			break;
		got += n;
	}
	return 0;
}
