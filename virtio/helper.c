// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * helper - another program that does a part of a device's work
 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

/* ---- the child ---- */

/*
 * Its own session: what is typed at our terminal is not for it.  A parent that
 * died before the kernel was told to report that is noticed by its number.
 */
static void child_alone(pid_t parent)
{
	static const int ignored[] = { SIGPIPE, SIGXFSZ };
	sigset_t none;
	size_t i;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	for (i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int child_files(int out, int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		return -errno;
	if (close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC))
		return -errno;
	return keep < 0 || !fcntl(keep, F_SETFD, 0) ? 0 : -errno;
}

static void child_main(const struct helper_how *how, int out, pid_t parent)
{
	int r;

	child_alone(parent);
	r = child_files(out, how->fd);
	if (!r && how->prepare)
		r = how->prepare(how->arg);
	if (!r) {
		execv(how->path, (char *const *)how->argv);
		r = -errno;
	}
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", how->path, err_name(r));
	_exit(EXIT_FAILURE);
}

/* Return: its PID, and in @ret the end of a pipe that has what it says. */
static pid_t spawn(const struct helper_how *how, int *ret)
{
	pid_t parent = getpid();
	pid_t pid;
	int out[2];
	int r;

	if (pipe2(out, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid)
		child_main(how, out[1], parent);
	r = -errno;
	close(out[1]);
	if (pid < 0) {
		close(out[0]);
		return r;
	}
	*ret = out[0];
	return pid;
}

/* ---- its end ---- */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Return: 0 or -errno; -ETIMEDOUT at @deadline. */
static int wait_readable(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do {
		int64_t left = deadline - now_ms();

		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : n ? -errno : -ETIMEDOUT;
}

static void reap(pid_t pid, int ms)
{
	int fd = pidfd_open(pid, 0);

	if (fd < 0 || wait_readable(fd, now_ms() + ms)) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);	/* it might not have its group yet */
	}
	if (fd >= 0)
		close(fd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/*
 * What it said ends a moment before it does.  It is not reaped here: its number
 * stays valid for helper_kill().
 */
static void say_how_it_ended(const struct helper *h)
{
	siginfo_t info = { 0 };
	int fd = pidfd_open(h->pid, 0);

	if (fd >= 0) {
		wait_readable(fd, now_ms() + HELPER_END_MS);
		close(fd);
	}
	if (waitid(P_PID, (id_t)h->pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	    !info.si_pid)
		log_error("%s: %s has closed its output", h->device,
			  h->program);
	else if (info.si_code == CLD_EXITED)
		log_error("%s: %s has ended with exit status %d", h->device,
			  h->program, info.si_status);
	else
		log_error("%s: %s was killed by signal %d", h->device,
			  h->program, info.si_status);
}

/* ---- its words ---- */

/* Return: whether @c ends a line, which then is in h->line until the next @c. */
static bool add(struct helper *h, char c)
{
	if (c == '\n') {
		bool any = h->len;

		h->len = 0;
		return any;
	}
	if (h->len == sizeof(h->line) - 1)
		return false;
	/* file names of a guest may be in it, and this may be a terminal */
	h->line[h->len++] = c >= ' ' && c <= '~' ? c : '?';
	h->line[h->len] = '\0';
	return false;
}

/* Return: false at the end of all it will say. */
static bool hear(struct helper *h, bool pass_on)
{
	char buf[1024];
	ssize_t i, n;

	while ((n = read(h->words, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++) {
			if (add(h, buf[i]) && pass_on)
				log_guest(&h->said, "%s: %s: %s", h->device,
					  h->program, h->line);
		}
	}
	return n < 0;
}

static void on_words(struct worker_source *src, uint32_t events)
{
	struct helper *h = container_of(src, struct helper, source);

	(void)events;
	if (hear(h, true))
		return;
	worker_unwatch(h->worker, src);
	say_how_it_ended(h);
}

static void watch_here(void *arg)
{
	struct helper *h = arg;

	h->source = (struct worker_source){ .fd = h->words, .fn = on_words };
	h->watched = !worker_watch(h->worker, &h->source, EPOLLIN);
	if (!h->watched)
		log_error("%s: cannot listen to what %s says", h->device,
			  h->program);
}

void helper_watch(struct helper *h, struct worker *worker)
{
	if (h->watched || !h->pid)
		return;
	h->worker = worker;
	worker_call(worker, watch_here, h);
}

const char *helper_last(struct helper *h)
{
	hear(h, false);
	return h->line;
}

/* ---- life ---- */

int helper_start(struct helper *h, const char *device, const char *program,
		 const struct helper_how *how, struct err *e)
{
	int words;
	pid_t pid = spawn(how, &words);

	*h = (struct helper){ 0 };
	if (pid < 0)
		return err_fault(e, pid, "%s: cannot start %s", device,
				 program);
	fcntl(words, F_SETFL, O_NONBLOCK);
	*h = (struct helper){
		.device = device, .program = program,
		.pid = pid, .words = words,
	};
	return 0;
}

void helper_kill(const struct helper *h)
{
	if (h->pid)
		kill(-h->pid, SIGKILL);
}

void helper_fini(struct helper *h)
{
	if (!h->pid)
		return;
	close(h->words);
	reap(h->pid, HELPER_END_MS);
	*h = (struct helper){ 0 };
}

static int read_all(int fd, char *ret, size_t len)
{
	int64_t deadline = now_ms() + HELPER_OUTPUT_MS;
	char rest[256];
	size_t have = 0;

	for (;;) {
		bool room = have < len - 1;
		int r = wait_readable(fd, deadline);
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

int helper_output(const char *path, const char *const *argv, char *ret,
		  size_t len)
{
	const struct helper_how how = { .path = path, .argv = argv, .fd = -1 };
	int out, r;
	pid_t pid = spawn(&how, &out);

	if (pid < 0)
		return pid;
	r = read_all(out, ret, len);
	close(out);
	reap(pid, r ? 0 : HELPER_END_MS);
	return r;
}
