/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log - messages for the person who started the VM, on stderr
 *
 * The guest's console is stdout; nothing here writes there.  Each call makes
 * one write(2) of at most LOG_LINE_MAX bytes, so lines of several threads do
 * not mix.  While the terminal is raw a carriage return is added.  May be
 * called from any thread, not from a signal handler.
 */
#ifndef INCLUDE_LOG_H
#define INCLUDE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_LINE_MAX 1024

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG,
	LOG_LEVEL_NUM
};

/** log_set_level() - drop messages above @level; the start value is LOG_INFO */
void log_set_level(enum log_level level);

/** log_enabled() - whether a message of @level would be written */
bool log_enabled(enum log_level level);

/** log_set_raw() - whether the terminal needs "\r\n" at line ends */
void log_set_raw(bool raw);

/** log_msg() - write "tallyvm: " and the text as one line */
void log_msg(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...)	log_msg(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)	log_msg(LOG_WARNING, __VA_ARGS__)
#define log_info(...)	log_msg(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	log_msg(LOG_DEBUG, __VA_ARGS__)

/*
 * struct log_limit - a class of messages that a guest can cause
 *
 * A guest must not be able to fill the host's logs.  The first LOG_LIMIT_BURST
 * messages of a class are written, after that one in each power of two, with
 * the number so far.  Zero-initialised; atomic, any thread.
 */
#define LOG_LIMIT_BURST 8

struct log_limit {
	_Atomic uint64_t count;
};

/** log_guest() - a rate-limited warning about something the guest did */
void log_guest(struct log_limit *limit, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* INCLUDE_LOG_H */
