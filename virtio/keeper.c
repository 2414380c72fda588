// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keeper - a process that does one thing, as often as it is asked
 */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util.h"

#define KEEPER_FD	3

struct answer {
	int r;
	pid_t pid;
};

/* Room for the two descriptors that come with an answer */
union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(2 * sizeof(int))];
};

/* ---- the keeper ---- */

static void answer(const struct answer *a, const int *fds, size_t nr)
{
	union control control = { 0 };
	struct iovec iov = { (void *)a, sizeof(*a) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (nr) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(nr * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nr * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nr * sizeof(int));
	}
	sendmsg(KEEPER_FD, &msg, MSG_NOSIGNAL);
}

static void close_all(const int *fds, size_t nr)
{
	while (nr--)
		if (fds[nr] >= 0)
			close(fds[nr]);
}

/* What belongs to the program is closed here: the answer has taken it. */
static void start_one(const struct child_how *how, pid_t parent)
{
	int sockets[2] = { -1, -1 }, words = -1;
	struct answer a = { 0 };
	int fds[2];
	size_t nr = 0;

	if (how->sockets)
		a.r = how->sockets(how->arg, sockets);
	if (!a.r && how->path)
		a.pid = child_spawn(how, sockets[1], parent, &words);
	if (a.pid < 0)
		a.r = a.pid;
	if (words >= 0)
		fds[nr++] = words;
	if (sockets[0] >= 0)
		fds[nr++] = sockets[0];
	answer(&a, fds, a.r ? 0 : nr);
	close_all(sockets, 2);
	close_all(&words, 1);
}

static void keeper_main(const struct child_how *how, int fd, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char order;

	child_alone(parent);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	prctl(PR_SET_NAME, "tallyvm-keeper");
	prctl(PR_SET_DUMPABLE, 0);
	if (dup2(fd, KEEPER_FD) == KEEPER_FD &&
	    !close_range(KEEPER_FD + 1, UINT_MAX, 0)) {
		while (recv(KEEPER_FD, &order, 1, 0) == 1)
			start_one(how, parent);
	}
	_exit(EXIT_SUCCESS);
}

/* ---- who asks ---- */

int keeper_start(struct keeper *k, const struct child_how *how)
{
	pid_t parent = getpid();
	pid_t pid;
	int fd[2];
	int r;

	*k = (struct keeper){ 0 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd))
		return -errno;
	pid = fork();
	if (!pid)
		keeper_main(how, fd[1], parent);
	r = -errno;
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return r;
	}
	*k = (struct keeper){ .pid = pid, .fd = fd[0] };
	return 0;
}

static int receive(const struct keeper *k, struct answer *ret, int fds[2])
{
	union control control;
	struct iovec iov = { ret, sizeof(*ret) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	const struct cmsghdr *c;
	ssize_t n = recvmsg(k->fd, &msg, MSG_CMSG_CLOEXEC);

	if (n < 0)
		return -errno;
	if (n != sizeof(*ret))
		return -ECONNRESET;
	c = CMSG_FIRSTHDR(&msg);
	if (c)
		memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	return ret->r ? ret->r : msg.msg_flags & MSG_CTRUNC ? -EMFILE : 0;
}

/* There is a program, but not all that belongs to it. */
static void drop(const struct answer *a, const int fds[2])
{
	close_all(fds, 2);
	if (a->pid > 0)
		child_reap(a->pid, 0);
}

int keeper_ask(struct keeper *k, struct keeper_started *ret)
{
	struct answer a = { 0 };
	int fds[2] = { -1, -1 };
	int r;

	if (!k->pid)
		return -ESRCH;
	if (send(k->fd, "", 1, MSG_NOSIGNAL) < 0)
		return -errno;
	r = child_wait(k->fd, KEEPER_MS);
	if (r) {
		child_kill(k->pid);
		keeper_stop(k);
		return r;
	}
	r = receive(k, &a, fds);
	if (r) {
		drop(&a, fds);
		return r;
	}
	*ret = (struct keeper_started){
		.pid = a.pid,
		.words = a.pid ? fds[0] : -1,
		.fd = a.pid ? fds[1] : fds[0],
	};
	return 0;
}

void keeper_stop(struct keeper *k)
{
	if (!k->pid)
		return;
	close(k->fd);
	child_reap(k->pid, KEEPER_MS);
	*k = (struct keeper){ 0 };
}
