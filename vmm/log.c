// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log - messages for the person who started the VM, on stderr
 *
 * No stdio streams: a line is put together on the stack and leaves in one
 * write(2), so there is no lock to hold and nothing to flush.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define PREFIX	"tallyvm: "
#define CUT_LEN	3	/* dots */

static_assert(LOG_LINE_MAX > sizeof(PREFIX) + CUT_LEN + 2,
	      "a line holds more than its frame");

/*
 * The one piece of state that belongs to the process and not to a VM: there is
 * one stderr.  Nothing else is ordered by these values.
 */
static atomic_int max_level = LOG_INFO;
static atomic_bool raw_tty;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&max_level, level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&max_level,
						  memory_order_relaxed);
}

void log_set_raw(bool raw)
{
	atomic_store_explicit(&raw_tty, raw, memory_order_relaxed);
}

/*
 * A message is one line, whatever a file name or a guest's string in it holds:
 * no control character reaches the terminal.
 */
static void scrub(char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (iscntrl((unsigned char)text[i]))
			text[i] = '?';
}

/* @line holds the prefix and, from @len on, @want more bytes or what fitted */
static void finish(char *line, size_t len, size_t want)
{
	bool raw = atomic_load_explicit(&raw_tty, memory_order_relaxed);
	size_t max = LOG_LINE_MAX - (raw ? 2 : 1);
	size_t end = len + want;
	int saved = errno;
	ssize_t n;

	if (end > max) {
		end = max;
		memset(line + end - CUT_LEN, '.', CUT_LEN);
	}
	scrub(line, end);
	if (raw)
		line[end++] = '\r';
	line[end++] = '\n';
	n = write(STDERR_FILENO, line, end);
	(void)n;	/* there is nowhere left to report it */
	errno = saved;
}

/* @times: 0, or how often this kind of message has come up */
static void emit(uint64_t times, const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX + 1] = PREFIX;
	size_t len = strlen(PREFIX);
	int n;

	if (times) {
		n = snprintf(line + len, sizeof(line) - len,
			     "(%" PRIu64 " times) ", times);
		len += n > 0 ? (size_t)n : 0;
	}
	n = vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	finish(line, len, n > 0 ? (size_t)n : 0);
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	emit(0, fmt, ap);
	va_end(ap);
}

void log_guest(struct log_limit *limit, const char *fmt, ...)
{
	uint64_t nr = 1 + atomic_fetch_add_explicit(&limit->count, 1,
						    memory_order_relaxed);
	va_list ap;

	if (nr > LOG_LIMIT_BURST && (nr & (nr - 1)))
		return;
	if (!log_enabled(LOG_WARNING))
		return;
	va_start(ap, fmt);
	emit(nr > LOG_LIMIT_BURST ? nr : 0, fmt, ap);
	va_end(ap);
}
