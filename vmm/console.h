/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console - the host's side of the guest's consoles
 *
 * stdin and stdout, whatever they are: a terminal, pipes, files, /dev/null.
 * The guest has a serial port, and perhaps a virtio console beside it: what it
 * writes to either goes to stdout, what comes from stdin goes to the last one.
 * Used by the event loop alone, but for console_restore().
 *
 * A terminal on stdin is put into raw mode when it is ours (we are in its
 * foreground process group) and restored on every way out, fatal signals
 * included.  Ctrl-A x ends the VM, Ctrl-A Ctrl-A sends Ctrl-A; only a
 * terminal has this escape, a pipe is passed on byte by byte.
 *
 * Output does not block the event loop: a pipe or a terminal is opened again
 * through /proc/self/fd, which gives an own O_NONBLOCK without changing what
 * other processes share.  Where that is not possible (a socket, a terminal of
 * another user) the loop writes only after poll(2) said there is room, and at
 * most PIPE_BUF bytes.
 */
#ifndef VMM_CONSOLE_H
#define VMM_CONSOLE_H

#include <poll.h>
#include <stdbool.h>
#include <termios.h>

#include "line.h"
#include "tripwire.h"

#define CONSOLE_LINES 2

struct console {
	struct line line[CONSOLE_LINES];
	unsigned int nr_lines;
	int in_fd;		/* not owned; -1 after the end of input */
	int out_fd;		/* owned if it is not STDOUT_FILENO */
	bool out_file;		/* a regular file: always ready */
	bool out_blocked;	/* wait for POLLOUT before the next write */
	bool out_failed;	/* a write failed, and that was said */
	bool in_tty;
	bool escape;		/* Ctrl-A was typed */
	struct tripwire panic;	/* --panic-text */
	bool panicked;		/* the text was written */
	struct termios saved;	/* valid while raw */
	bool raw;
};

enum console_event {
	CONSOLE_OK,
	CONSOLE_QUIT,		/* Ctrl-A x */
	CONSOLE_GONE,		/* nobody reads the output any more */
};

/**
 * console_open() - take over stdin and stdout, without a line; never fails
 * @panic_text: text that makes console->panicked true once the guest has
 *              written it, or NULL
 */
void console_open(struct console *c, const char *panic_text);

/** console_close() - give them back; legal on a zeroed object and twice */
void console_close(struct console *c);

/** console_resume() - raw mode again, after SIGCONT */
void console_resume(struct console *c);

/** console_add_line() - one more source of output, and where input goes now;
 * at most CONSOLE_LINES */
void console_add_line(struct console *c, const struct line_ops *ops, void *dev);

/** console_tick() - line_ops.tick() of all.  Return: the soonest, or -1 */
int console_tick(struct console *c, int64_t now);

/** console_pending() - whether there is output to be written */
bool console_pending(const struct console *c);

/**
 * console_poll() - what to wait for
 * @fds: two entries, filled: input, output; .fd is -1 when there is nothing
 *       to wait for
 */
void console_poll(struct console *c, struct pollfd fds[2]);

/** console_input() - read once and give it to the guest */
enum console_event console_input(struct console *c);

/** console_output() - write what the guest has sent, as far as it goes in a
 * bounded number of writes; more may be left although nothing blocks */
enum console_event console_output(struct console *c);

/** console_restore() - terminal modes only, if the terminal is still ours;
 * async-signal-safe */
void console_restore(void);

#endif /* VMM_CONSOLE_H */
