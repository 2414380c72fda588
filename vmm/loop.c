// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loop - the main thread while the guest runs
 *
 * One poll(2) over signals, stdin, stdout, the wake-up eventfd and the control
 * socket.  Signals are blocked everywhere and read from a descriptor: none is
 * lost, none interrupts anything, and none waits behind a guest that keeps
 * another descriptor ready.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "util.h"
#include "vcpu.h"
#include "virtio/console.h"
#include "vm.h"

/* After a stop by a signal: how long the rest of the output may take. */
#define LOOP_FLUSH_MS 800
#define LOOP_PANIC_MS 500

enum loop_fd {
	LOOP_INPUT,		/* these two are console_poll()'s */
	LOOP_OUTPUT,
	LOOP_WAKE,
	LOOP_SIGNAL,
	LOOP_CONTROL,
	LOOP_FD_NUM
};

int loop_signals(void)
{
	static const int handled[] = {
		SIGTERM, SIGINT, SIGHUP, SIGCONT, SIGWINCH,
	};
	struct sigaction old;
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(handled); i++)
		sigaddset(&set, handled[i]);
	/* what nohup(1) has ignored stays ignored */
	sigaction(SIGHUP, NULL, &old);
	if (old.sa_handler == SIG_IGN)
		sigdelset(&set, SIGHUP);
	/* these become errors of write(2): EPIPE, EFBIG */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	/* ignored, children would be gone, and their numbers somebody else's */
	signal(SIGCHLD, SIG_DFL);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int loop_timeout(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int64_t loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

void loop_resize(struct vm_session *s)
{
	struct winsize size;

	if (s->devices.console && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		vcon_resize(s->devices.console, size.ws_col, size.ws_row);
}

static void loop_on_signals(struct vm *vm)
{
	struct signalfd_siginfo info;

	while (read(vm->session->signal_fd, &info, sizeof(info)) ==
	       sizeof(info)) {
		if (info.ssi_signo == SIGCONT)
			console_resume(&vm->session->console);
		else if (info.ssi_signo == SIGWINCH)
			loop_resize(vm->session);
		else
			stop_post_signal(&vm->stop, (int)info.ssi_signo);
	}
}

static void loop_event(struct vm *vm, enum console_event event)
{
	if (event == CONSOLE_QUIT)
		stop_post_signal(&vm->stop, SIGINT);
	else if (event == CONSOLE_GONE)
		stop_post_signal(&vm->stop, SIGPIPE);
}

/*
 * A panic that was seen on the console: the guest has a moment to say more, a
 * backtrace above all.  Return: ms until that is over, -1 without a panic.
 */
static int loop_panic(struct vm *vm, int64_t now)
{
	if (!vm->session->console.panicked)
		return -1;
	if (!vm->panic_until)
		vm->panic_until = now + LOOP_PANIC_MS;
	if (now >= vm->panic_until)
		stop_post(&vm->stop, OUTCOME_PANIC);
	return now >= vm->panic_until ? 0 : (int)(vm->panic_until - now);
}

/* Write what there is.  Return: ms to wait before the next try, -1 for ever. */
static int loop_output(struct vm *vm)
{
	struct vm_session *s = vm->session;

	if (!s->console.out_blocked)
		loop_event(vm, console_output(&s->console));
	if (s->console.out_blocked || !console_pending(&s->console))
		return -1;
	return 0;
}

/* Wait for @fds, of which LOOP_INPUT and LOOP_OUTPUT are filled in here. */
static void loop_wait(struct vm *vm, struct pollfd *fds, int ms)
{
	struct vm_session *s = vm->session;
	uint64_t count;

	console_poll(&s->console, fds);
	fds[LOOP_WAKE] = (struct pollfd){ .fd = s->wake_fd, .events = POLLIN };
	fds[LOOP_SIGNAL] = (struct pollfd){
		.fd = s->signal_fd, .events = POLLIN,
	};
	if (poll(fds, LOOP_FD_NUM, ms) < 0)
		return;
	if (fds[LOOP_WAKE].revents)
		(void)!read(s->wake_fd, &count, sizeof(count));
	if (fds[LOOP_SIGNAL].revents)
		loop_on_signals(vm);
	if (fds[LOOP_INPUT].revents)
		loop_event(vm, console_input(&s->console));
	if (fds[LOOP_OUTPUT].revents)
		s->console.out_blocked = false;
}

static void loop_once(struct vm *vm)
{
	struct vm_session *s = vm->session;
	struct pollfd fds[LOOP_FD_NUM] = { 0 };
	int64_t now = loop_now();
	int ms;

	ms = console_tick(&s->console, now);
	ms = loop_timeout(ms, loop_output(vm));
	ms = loop_timeout(ms, loop_panic(vm, now));
	if (s->cfg->rtc)
		ms = loop_timeout(ms, pl031_poll(&vm->rtc));
	ms = loop_timeout(ms, watch_tick(vm));
	control_poll(&s->control, &fds[LOOP_CONTROL]);
	loop_wait(vm, fds, ms);
	control_serve(vm, fds[LOOP_CONTROL].revents);
}

void loop_run(struct vm *vm)
{
	while (stop_outcome(&vm->stop) == OUTCOME_NONE)
		loop_once(vm);
}

/*
 * A reader that is slow gets everything.  One that has stopped reading holds us
 * until a signal comes or Ctrl-A x is typed, and for LOOP_FLUSH_MS in all once
 * one has.
 */
void loop_flush(struct vm *vm)
{
	struct vm_session *s = vm->session;
	struct pollfd fds[LOOP_FD_NUM];
	int64_t until = 0;

	for (;;) {
		int ms = -1;

		console_tick(&s->console, loop_now());
		if (!console_pending(&s->console))
			return;
		if (stop_was_wanted(&vm->stop)) {
			until = until ? until : loop_now() + LOOP_FLUSH_MS;
			ms = (int)(until - loop_now());
			if (ms <= 0)
				return;
		}
		loop_output(vm);
		/* nobody adds to it any more: what does not block comes to an end */
		if (!s->console.out_blocked)
			continue;
		fds[LOOP_CONTROL].fd = -1;
		loop_wait(vm, fds, ms);
	}
}
