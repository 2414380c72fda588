// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * helper - another program that does a part of a device's work
 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "util.h"

/* ---- its end ---- */

/*
 * What it said ends a moment before it does.  It is not reaped here: its number
 * stays valid for helper_kill().
 */
static void say_how_it_ended(struct helper *h)
{
	siginfo_t info = { 0 };
	int fd = pidfd_open(h->pid, 0);

	h->ended = true;
	if (fd >= 0) {
		child_wait(fd, HELPER_END_MS);
		close(fd);
	}
	if (waitid(P_PID, (id_t)h->pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	    !info.si_pid)
		log_guest(&h->ends, "%s: %s has closed its output", h->device,
			  h->program);
	else if (info.si_code == CLD_EXITED)
		log_guest(&h->ends, "%s: %s has ended with exit status %d",
			  h->device, h->program, info.si_status);
	else
		log_guest(&h->ends, "%s: %s was killed by signal %d",
			  h->device, h->program, info.si_status);
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

static void take_line(struct helper *h)
{
	log_guest(&h->said, "%s: %s: %s", h->device, h->program, h->line);
	if (h->fatal && strstr(h->line, h->fatal))
		child_kill(h->pid);
}

/* Return: false at the end of all it will say. */
static bool hear(struct helper *h, bool pass_on)
{
	char buf[1024];
	ssize_t i, n;

	while ((n = read(h->words, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++) {
			if (add(h, buf[i]) && pass_on)
				take_line(h);
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
	if (worker_watch(h->worker, &h->source, EPOLLIN))
		log_error("%s: cannot listen to what %s says", h->device,
			  h->program);
}

static void last_words_here(void *arg)
{
	struct helper *h = arg;

	worker_unwatch(h->worker, &h->source);
	if (h->ended)
		return;
	hear(h, true);
	say_how_it_ended(h);
}

void helper_watch(struct helper *h, struct worker *worker)
{
	if (h->watched || !h->pid)
		return;
	h->worker = worker;
	h->watched = true;
	worker_call(worker, watch_here, h);
}

const char *helper_last(struct helper *h)
{
	hear(h, false);
	return h->line;
}

/* ---- life ---- */

static int start(struct helper *h, int *ret_fd)
{
	struct keeper_started it;
	int r = keeper_ask(&h->keeper, &it);

	if (r)
		return r;
	fcntl(it.words, F_SETFL, O_NONBLOCK);
	h->pid = it.pid;
	h->words = it.words;
	h->ended = false;
	h->len = 0;
	if (ret_fd)
		*ret_fd = it.fd;
	return 0;
}

int helper_start(struct helper *h, const char *device, const char *program,
		 const struct child_how *how, int *ret_fd, struct err *e)
{
	int r;

	*h = (struct helper){ .device = device, .program = program };
	r = keeper_start(&h->keeper, how);
	if (!r)
		r = start(h, ret_fd);
	if (!r)
		return 0;
	keeper_stop(&h->keeper);
	*h = (struct helper){ 0 };
	return err_fault(e, r, "%s: cannot start %s", device, program);
}

/* Between its end and its next start there is none to be killed. */
static int end(struct helper *h)
{
	int r;

	if (!h->pid)
		return 0;
	helper_kill(h);
	if (h->watched)
		worker_call(h->worker, last_words_here, h);
	r = child_reap(h->pid, 0);
	if (r)
		return r;
	close(h->words);
	h->pid = 0;
	return 0;
}

int helper_again(struct helper *h, int *ret_fd)
{
	int r = -EBUSY;

	if (!allowance_take(&h->starts, HELPER_BURST, HELPER_EACH_MS)) {
		log_guest(&h->refusals, "%s: %s has ended too often, and is not started again for a second",
			  h->device, h->program);
		return r;
	}
	r = end(h);
	if (!r)
		r = start(h, ret_fd);
	if (!r && h->watched)
		worker_call(h->worker, watch_here, h);
	if (r)
		log_guest(&h->refusals, "%s: %s cannot be started again: %s",
			  h->device, h->program, err_name(r));
	return r;
}

/* All that it has started have the pipe for words, too, if they are not gone. */
void helper_kill(const struct helper *h)
{
	struct pollfd p = { .fd = h->words, .events = 0 };

	if (!h->pid)
		return;
	child_kill(h->pid);
	while (poll(&p, 1, HELPER_END_MS) < 0 && errno == EINTR)
		;
}

void helper_fini(struct helper *h)
{
	keeper_stop(&h->keeper);
	if (h->pid) {
		close(h->words);
		child_reap(h->pid, HELPER_END_MS);
	}
	*h = (struct helper){ 0 };
}
