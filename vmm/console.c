// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * console - the host's side of the guest's consoles
 */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "log.h"
#include "util.h"

#define ESCAPE_KEY	('a' & 0x1f)
#define QUIT_KEY	'x'
#define CONSOLE_PIECES	16	/* write(2) calls in one go */
#define CONSOLE_INPUT	4096	/* bytes of one read(2) */

/*
 * The only state that is not passed down: a handler of a fatal signal has no
 * argument.  Written on the main thread while such signals cannot come from
 * this code.
 */
static struct {
	volatile bool valid;
	struct termios modes;
} console_saved;

/* A terminal that another job owns would stop us when touched (SIGTTOU), and
 * its modes are that job's. */
static bool console_owns_tty(int fd)
{
	return tcgetpgrp(fd) == getpgrp();
}

void console_restore(void)
{
	if (console_saved.valid && console_owns_tty(STDIN_FILENO))
		tcsetattr(STDIN_FILENO, TCSANOW, &console_saved.modes);
}

/* SA_RESETHAND: the signal that is raised again ends the process as usual. */
static void console_on_fatal(int signal)
{
	console_restore();
	raise(signal);
}

/* Whatever ends a process by default and is not handled by the event loop. */
static void console_catch_fatal(void)
{
	static const int fatal[] = {
		SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT, SIGTRAP,
		SIGSYS, SIGXCPU, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR2, SIGPOLL,
	};
	const struct sigaction action = {
		.sa_handler = console_on_fatal,
		.sa_flags = (int)SA_RESETHAND | SA_NODEFER,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		sigaction(fatal[i], &action, NULL);
}

static void console_raw(struct console *c)
{
	struct termios raw = c->saved;

	cfmakeraw(&raw);
	/* log lines of this process still want their line ends */
	raw.c_oflag = c->saved.c_oflag;
	if (tcsetattr(c->in_fd, TCSANOW, &raw))
		return;
	c->raw = true;
	log_set_raw(!(raw.c_oflag & OPOST));
}

static void console_open_in(struct console *c)
{
	c->in_fd = STDIN_FILENO;
	if (!isatty(c->in_fd))
		return;
	if (!console_owns_tty(c->in_fd) || tcgetattr(c->in_fd, &c->saved)) {
		c->in_fd = -1;
		return;
	}
	c->in_tty = true;
	console_saved.modes = c->saved;
	console_saved.valid = true;
	console_catch_fatal();
	console_raw(c);
}

static void console_open_out(struct console *c)
{
	char path[32];
	struct stat st;
	int fd;

	c->out_fd = STDOUT_FILENO;
	if (fstat(STDOUT_FILENO, &st))
		return;
	/* a file never blocks, and opened again would lose the shared offset */
	c->out_file = S_ISREG(st.st_mode);
	if (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode))
		return;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", STDOUT_FILENO);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0)
		c->out_fd = fd;
	else
		c->out_blocked = true;
}

void console_open(struct console *c, const char *panic_text)
{
	*c = (struct console){ .in_fd = -1, .out_fd = -1 };
	tripwire_init(&c->panic, panic_text);
	console_open_in(c);
	console_open_out(c);
}

void console_close(struct console *c)
{
	if (c->raw) {
		console_restore();
		console_saved.valid = false;
		log_set_raw(false);
	}
	if (c->out_fd > STDERR_FILENO)
		close(c->out_fd);
	*c = (struct console){ .in_fd = -1, .out_fd = -1 };
}

void console_resume(struct console *c)
{
	if (c->in_tty && console_owns_tty(STDIN_FILENO))
		console_raw(c);
}

void console_add_line(struct console *c, const struct line_ops *ops, void *dev)
{
	c->line[c->nr_lines++] = (struct line){ .ops = ops, .dev = dev };
}

int console_tick(struct console *c, int64_t now)
{
	unsigned int i;
	int ms = -1;

	for (i = 0; i < c->nr_lines; i++) {
		int next = c->line[i].ops->tick(c->line[i].dev, now);

		if (next >= 0 && (ms < 0 || next < ms))
			ms = next;
	}
	return ms;
}

/* The first line with output, or NULL. */
static const struct line *console_next(const struct console *c,
				       const uint8_t **ret, size_t *n)
{
	unsigned int i;

	for (i = 0; i < c->nr_lines; i++) {
		*n = c->line[i].ops->tx_peek(c->line[i].dev, ret);
		if (*n)
			return &c->line[i];
	}
	return NULL;
}

bool console_pending(const struct console *c)
{
	const uint8_t *data;
	size_t n;

	return console_next(c, &data, &n);
}

static size_t console_room(const struct console *c)
{
	const struct line *l;
	size_t room;

	if (!c->nr_lines)
		return 0;
	l = &c->line[c->nr_lines - 1];
	room = l->ops->rx_room(l->dev);
	return room < CONSOLE_INPUT ? room : CONSOLE_INPUT;
}

void console_poll(struct console *c, struct pollfd fds[2])
{
	fds[0] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = -1, .events = POLLOUT };
	if (c->in_fd >= 0 && console_room(c))
		fds[0].fd = c->in_fd;
	if (c->out_blocked && console_pending(c))
		fds[1].fd = c->out_fd;
}

/*
 * Take the escape sequences out of @len bytes at @buf, in place; a Ctrl-A at
 * the end waits for its second key.
 *
 * Return: bytes left, or -1 for Ctrl-A x.
 */
static ssize_t console_escape(struct console *c, uint8_t *buf, size_t len)
{
	size_t in, out = 0;

	for (in = 0; in < len; in++) {
		uint8_t key = buf[in];

		if (!c->escape && key == ESCAPE_KEY) {
			c->escape = true;
			continue;
		}
		if (c->escape && key == QUIT_KEY)
			return -1;
		/* any other key after Ctrl-A is passed on as it is */
		c->escape = false;
		buf[out++] = key;
	}
	return (ssize_t)out;
}

enum console_event console_input(struct console *c)
{
	uint8_t buf[CONSOLE_INPUT];
	size_t room = console_room(c);
	const struct line *l;
	ssize_t n;

	if (!room)
		return CONSOLE_OK;
	n = read(c->in_fd, buf, room);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return CONSOLE_OK;
	if (n <= 0) {
		c->in_fd = -1;		/* end of input is not an end of the VM */
		return CONSOLE_OK;
	}

	if (c->in_tty)
		n = console_escape(c, buf, (size_t)n);
	if (n < 0)
		return CONSOLE_QUIT;
	l = &c->line[c->nr_lines - 1];
	l->ops->rx_put(l->dev, buf, (size_t)n);
	return CONSOLE_OK;
}

/* With a descriptor that may block, poll(2) promises room for this much. */
static size_t console_write_max(const struct console *c, size_t n)
{
	if (c->out_fd != STDOUT_FILENO || c->out_file || n <= PIPE_BUF)
		return n;
	return PIPE_BUF;
}

static bool console_may_write(const struct console *c)
{
	struct pollfd fd = { .fd = c->out_fd, .events = POLLOUT };

	if (c->out_fd != STDOUT_FILENO || c->out_file)
		return true;
	return poll(&fd, 1, 0) > 0;
}

/* Output that cannot be written, a full disk for example, is given up. */
static enum console_event console_lost(struct console *c,
				       const struct line *l, size_t n)
{
	int error = errno;

	l->ops->tx_done(l->dev, n);
	if (error == EPIPE)
		return CONSOLE_GONE;
	if (!c->out_failed)
		log_error("guest console output is lost: writing to stdout: %s",
			  err_name(error));
	c->out_failed = true;
	return CONSOLE_OK;
}

enum console_event console_output(struct console *c)
{
	const struct line *l;
	const uint8_t *data;
	int pieces;
	size_t n;

	/* bounded: a guest that keeps writing must not keep the loop here */
	c->out_blocked = false;
	for (pieces = 0; pieces < CONSOLE_PIECES; pieces++) {
		ssize_t done = -1;

		l = console_next(c, &data, &n);
		if (!l)
			break;
		errno = EAGAIN;
		if (console_may_write(c))
			done = write(c->out_fd, data, console_write_max(c, n));
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EAGAIN) {
			c->out_blocked = true;
			break;
		}
		if (done < 0)
			return console_lost(c, l, n);
		if (tripwire_feed(&c->panic, data, (size_t)done))
			c->panicked = true;
		l->ops->tx_done(l->dev, (size_t)done);
	}
	return CONSOLE_OK;
}
