// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_ask - the other end of a VM's control socket
 */
#include "vm_ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

#define MESSAGE_MAX (1u << 20)
#define ASK_TRIES 3
#define FDS_PER_MESSAGE 253	/* SCM_MAX_FD, Linux include/net/scm.h */

/* What has come so far. */
struct exchange {
	char *text;		/* MESSAGE_MAX + 1 bytes */
	bool complete;		/* the text is there; descriptors may follow */
	struct vm_answer *to;	/* gets the descriptors */
};

static int connect_to(const char *dir, pid_t pid)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	/* also how long connect(2) waits while others are before us */
	const struct timeval limit = { .tv_sec = VM_ASK_WAIT_MS / 1000 };
	int n;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)))
		return -errno;
	n = snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%d.sock", dir,
		     (int)pid);
	if (n < 0 || (size_t)n >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return steal_fd(&fd);
}

static void take_fds(struct msghdr *msg, struct vm_answer *a)
{
	struct cmsghdr *c;
	size_t nr, i;
	int fd;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		nr = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < nr; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (a->nr < ARRAY_SIZE(a->fd))
				a->fd[a->nr++] = fd;
			else
				close(fd);
		}
	}
}

/* Return: more to come? */
static bool receive(int sock, struct exchange *a)
{
	union {
		char buf[CMSG_SPACE(FDS_PER_MESSAGE * sizeof(int))];
		struct cmsghdr align;
	} control;
	char more[8];
	struct iovec iov = {
		a->complete ? more : a->text,
		a->complete ? sizeof(more) : MESSAGE_MAX,
	};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (n <= 0)
		return false;
	take_fds(&msg, a->to);
	if (!a->complete)
		a->text[n] = '\0';
	a->complete = true;
	return true;
}

/* The VM answers when all its vCPUs have left the guest once.
 *
 * Return: whether there is no use in asking again.
 */
static bool ask(const char *dir, pid_t pid, const char *request,
		struct exchange *a)
{
	_cleanup_fd_ int sock = connect_to(dir, pid);
	struct pollfd fd = { .fd = sock, .events = POLLIN };
	int r = 0;

	if (sock < 0)
		return true;
	if (send(sock, request, strlen(request), MSG_NOSIGNAL) < 0)
		return false;
	do
		r = poll(&fd, 1, VM_ASK_WAIT_MS);
	while (r == 1 && receive(sock, a));
	return a->complete || r != 1;
}

/* A VM with too many clients at a time hangs up. */
static void ask_patiently(const char *dir, pid_t pid, const char *request,
			  struct exchange *a)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	unsigned int tries;

	for (tries = 0; tries < ASK_TRIES; tries++) {
		if (ask(dir, pid, request, a))
			return;
		nanosleep(&pause, NULL);
	}
}

int vm_ask(const char *dir, pid_t pid, const char *request,
	   struct vm_answer *ret)
{
	struct exchange a = { .text = malloc(MESSAGE_MAX + 1), .to = ret };

	ret->text = NULL;
	ret->nr = 0;
	if (!a.text)
		return -ENOMEM;
	ask_patiently(dir, pid, request, &a);
	if (a.complete)
		ret->text = a.text;
	else
		free(a.text);
	return 0;
}

void vm_answer_fini(struct vm_answer *a)
{
	while (a->nr)
		if (a->fd[--a->nr] >= 0)
			close(a->fd[a->nr]);
	free(steal_ptr(&a->text));
}
