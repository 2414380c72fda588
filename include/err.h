/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * err - what went wrong, in one line a person can act on
 *
 * Inner functions return -errno and nothing else.  A function that can name
 * the cause to a person also fills a struct err: *what*, *where*, *why* and
 * *what to do*, in one line without a trailing newline.  The layer that knows
 * the meaning fills it once; layers above only pass it on, or put the place in
 * front with err_wrap().  main() prints it and turns the kind into the exit
 * status.
 *
 * A struct err belongs to its caller and needs no cleaning.  None of these
 * functions allocates, and each may be called from any thread on an object of
 * its own.
 */
#ifndef INCLUDE_ERR_H
#define INCLUDE_ERR_H

#define ERR_TEXT_MAX 640

enum err_kind {
	ERR_NONE,
	ERR_CONFIG,	/* the request is wrong: option, key, file content */
	ERR_HOST,	/* the request is right, this host or kernel cannot */
	ERR_FAULT,	/* tallyvm or the kernel failed where it should not */
	ERR_KIND_NUM
};

struct err {
	enum err_kind kind;
	char text[ERR_TEXT_MAX];
};

/**
 * err_config() - the request is wrong
 * @e:   filled, may be NULL
 * @fmt: one line, no newline; a longer text is cut at ERR_TEXT_MAX - 1
 *
 * Return: -EINVAL, so that a caller can write "return err_config(...)".
 */
int err_config(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * err_host() - this host or kernel cannot do what was asked
 * @e:      filled, may be NULL
 * @errnum: the negative errno that the caller returns
 * @fmt:    one line: what is missing and what would satisfy it
 *
 * Return: @errnum.
 */
int err_host(struct err *e, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * err_fault() - something failed that should not have
 * @e:      filled, may be NULL; ": " and the text of @errnum are appended
 * @errnum: the negative errno that the caller returns; 0 where no errno tells
 *          anything
 * @fmt:    one line: what was being done
 *
 * Return: @errnum.
 */
int err_fault(struct err *e, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * err_wrap() - put the place in front of a text already set
 * @e:      as filled by one of the above, may be NULL; where none of them was
 *          called it becomes an ERR_FAULT with the text of @errnum
 * @errnum: passed through
 * @fmt:    the place, for example "guest.toml:3:7"; ": " is added after it
 *
 * Return: @errnum.
 */
int err_wrap(struct err *e, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * err_name() - text of an errno value, without locale and without allocation
 * @errnum: positive or negative errno
 *
 * Return: a constant string, never NULL.  (strerror() may load locale files,
 * which is not possible once the process is confined.)
 */
const char *err_name(int errnum);

#endif /* INCLUDE_ERR_H */
