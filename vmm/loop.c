// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loop - the main thread while the guest runs
 *
 * One ppoll(2) over stdin, stdout and the wake-up eventfd.  Signals are
 * blocked everywhere except inside that call, so none is lost and none
 * interrupts anything else.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "util.h"
#include "vcpu.h"
#include "vm.h"

/* After a stop by a signal: how long output may still take. */
#define LOOP_FLUSH_MS 1000

static const int end_signals[] = { SIGTERM, SIGINT, SIGHUP };
static const int fatal_signals[] = {
	SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT,
};

/* Set by handlers inside ppoll(2) only, read right after it. */
static volatile sig_atomic_t loop_signal;

static void loop_on_signal(int signal)
{
	loop_signal = signal;
}

/* SA_RESETHAND: the signal that is raised again ends the process as usual. */
static void loop_on_fatal(int signal)
{
	console_restore();
	raise(signal);
}

void loop_signals(void)
{
	const struct sigaction end = { .sa_handler = loop_on_signal };
	const struct sigaction fatal = {
		.sa_handler = loop_on_fatal,
		.sa_flags = (int)SA_RESETHAND | SA_NODEFER,
	};
	struct sigaction old;
	sigset_t block;
	size_t i;

	sigemptyset(&block);
	for (i = 0; i < ARRAY_SIZE(end_signals); i++) {
		sigaction(end_signals[i], &end, &old);
		sigaddset(&block, end_signals[i]);
		/* what nohup(1) has ignored stays ignored */
		if (end_signals[i] == SIGHUP && old.sa_handler == SIG_IGN)
			signal(SIGHUP, SIG_IGN);
	}
	sigaction(SIGCONT, &end, NULL);
	sigaddset(&block, SIGCONT);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < ARRAY_SIZE(fatal_signals); i++)
		sigaction(fatal_signals[i], &fatal, NULL);
	pthread_sigmask(SIG_BLOCK, &block, NULL);
}

static int loop_timeout(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* Wait, with signals open; @ms < 0 waits for ever. */
static void loop_wait(struct vm *vm, struct pollfd *fds, nfds_t nr, int ms)
{
	struct timespec ts = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};
	sigset_t none;

	sigemptyset(&none);
	loop_signal = 0;
	if (ppoll(fds, nr, ms < 0 ? NULL : &ts, &none) < 0)
		for (nfds_t i = 0; i < nr; i++)
			fds[i].revents = 0;

	if (loop_signal == SIGCONT)
		console_resume(&vm->session->console);
	else if (loop_signal)
		stop_post_signal(&vm->stop, loop_signal);
}

static void loop_event(struct vm *vm, enum console_event event)
{
	if (event == CONSOLE_QUIT)
		stop_post_signal(&vm->stop, SIGINT);
	else if (event == CONSOLE_GONE)
		stop_post_signal(&vm->stop, SIGPIPE);
}

static void loop_once(struct vm *vm)
{
	struct vm_session *s = vm->session;
	struct pollfd fds[4];
	uint64_t count;
	int ms;

	ms = serial_tick(&s->serial);
	if (!s->console.out_blocked)
		loop_event(vm, console_output(&s->console, &s->serial));
	if (s->cfg->rtc)
		ms = loop_timeout(ms, pl031_poll(&vm->rtc));
	ms = loop_timeout(ms, watch_tick(vm));
	console_poll(&s->console, &s->serial, fds);
	control_poll(&s->control, &fds[3]);
	fds[2] = (struct pollfd){ .fd = s->wake_fd, .events = POLLIN };

	loop_wait(vm, fds, ARRAY_SIZE(fds), ms);
	if (fds[2].revents)
		(void)!read(s->wake_fd, &count, sizeof(count));
	control_serve(vm, fds[3].revents);
	if (fds[0].revents)
		loop_event(vm, console_input(&s->console, &s->serial));
	if (fds[1].revents)
		loop_event(vm, console_output(&s->console, &s->serial));
}

void loop_run(struct vm *vm)
{
	while (stop_outcome(&vm->stop) == OUTCOME_NONE)
		loop_once(vm);
}

/*
 * A reader that is slow gets everything; one that has stopped reading holds us
 * until a signal comes, or for LOOP_FLUSH_MS if a signal has come already.
 */
void loop_flush(struct vm *vm)
{
	struct vm_session *s = vm->session;
	const uint8_t *data;
	bool signalled = stop_outcome(&vm->stop) == OUTCOME_SIGNAL;

	for (;;) {
		struct pollfd fds[2];

		serial_tick(&s->serial);
		if (console_output(&s->console, &s->serial) != CONSOLE_OK ||
		    !serial_tx_peek(&s->serial, &data))
			return;
		console_poll(&s->console, &s->serial, fds);
		fds[0].fd = -1;
		loop_wait(vm, fds, ARRAY_SIZE(fds),
			  signalled ? LOOP_FLUSH_MS : -1);
		if ((signalled && !fds[1].revents) ||
		    (loop_signal && loop_signal != SIGCONT))
			return;
	}
}
