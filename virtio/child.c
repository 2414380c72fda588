// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * child - starting another program
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "util.h"

/* ---- in the child ---- */

/*
 * Its own session: what is typed at our terminal is not for it.  A parent that
 * died before the kernel was told to report that is noticed by its number.
 */
void child_alone(pid_t parent)
{
	sigset_t none;
	int i;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	for (i = 1; i < SIGRTMIN; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int child_files(int out, int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		return -errno;
	if (fd >= 0 && fd != CHILD_FD && dup2(fd, CHILD_FD) < 0)
		return -errno;
	if (close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC))
		return -errno;
	return fd < 0 || !fcntl(CHILD_FD, F_SETFD, 0) ? 0 : -errno;
}

static void child_main(const struct child_how *how, int fd, int out,
		       pid_t parent)
{
	int r;

	child_alone(parent);
	r = child_files(out, fd);
	if (!r && how->prepare)
		r = how->prepare(how->arg);
	if (!r) {
		execv(how->path, (char *const *)how->argv);
		r = -errno;
	}
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", how->path, err_name(r));
	_exit(EXIT_FAILURE);
}

/* ---- in its parent ---- */

/* What glibc does around its fork() a process with one thread does not need. */
static pid_t fork_for(pid_t parent)
{
	return parent == getpid() ? fork() :
		(pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL,
			       NULL, NULL);
}

pid_t child_spawn(const struct child_how *how, int fd, pid_t parent, int *ret)
{
	pid_t pid;
	int out[2];
	int r;

	if (pipe2(out, O_CLOEXEC))
		return -errno;
	pid = fork_for(parent);
	if (!pid)
		child_main(how, fd, out[1], parent);
	r = -errno;
	close(out[1]);
	if (pid < 0) {
		close(out[0]);
		return r;
	}
	*ret = out[0];
	return pid;
}

int child_wait(int fd, int64_t ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t deadline = now_ms() + ms;
	int n;

	do {
		int64_t left = deadline - now_ms();

		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : n ? -errno : -ETIMEDOUT;
}

void child_kill(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);	/* it might not have its group yet */
}

int child_reap(pid_t pid, int ms)
{
	int fd = pidfd_open(pid, 0);
	pid_t r;

	if (fd < 0 || child_wait(fd, ms)) {
		child_kill(pid);
		if (fd >= 0)
			child_wait(fd, CHILD_END_MS);
	}
	if (fd >= 0)
		close(fd);
	do {
		r = waitpid(pid, NULL, fd < 0 ? 0 : WNOHANG);
	} while (r < 0 && errno == EINTR);
	return r ? 0 : -EBUSY;
}

static int read_all(int fd, char *ret, size_t len)
{
	int64_t deadline = now_ms() + CHILD_OUTPUT_MS;
	char rest[256];
	size_t have = 0;

	for (;;) {
		bool room = have < len - 1;
		int r = child_wait(fd, deadline - now_ms());
		ssize_t n;

		if (r)
			return r;
		n = room ? read(fd, ret + have, len - 1 - have) :
			   read(fd, rest, sizeof(rest));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			break;
		if (n > 0 && room)
			have += (size_t)n;
	}
	ret[have] = '\0';
	return 0;
}

int child_output(const char *path, const char *const *argv, char *ret,
		 size_t len)
{
	const struct child_how how = { .path = path, .argv = argv };
	int out, r;
	pid_t pid = child_spawn(&how, -1, getpid(), &out);

	if (pid < 0)
		return pid;
	r = read_all(out, ret, len);
	close(out);
	child_reap(pid, r ? 0 : CHILD_END_MS);
	return r;
}
