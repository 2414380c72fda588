// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * err - what went wrong, in one line a person can act on
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

static void fill(struct err *e, enum err_kind kind, const char *fmt, va_list ap)
{
	e->kind = kind;
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
}

/* ": " and @tail behind the text, as far as there is room */
static void append(struct err *e, const char *tail)
{
	size_t len = strlen(e->text);

	snprintf(e->text + len, sizeof(e->text) - len, ": %s", tail);
}

int err_config(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		va_start(ap, fmt);
		fill(e, ERR_CONFIG, fmt, ap);
		va_end(ap);
	}
	return -EINVAL;
}

int err_host(struct err *e, int errnum, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		va_start(ap, fmt);
		fill(e, ERR_HOST, fmt, ap);
		va_end(ap);
	}
	return errnum;
}

int err_fault(struct err *e, int errnum, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		va_start(ap, fmt);
		fill(e, ERR_FAULT, fmt, ap);
		va_end(ap);
		if (errnum)
			append(e, err_name(errnum));
	}
	return errnum;
}

int err_wrap(struct err *e, int errnum, const char *fmt, ...)
{
	struct err inner;
	va_list ap;

	if (!e)
		return errnum;
	inner = *e;
	va_start(ap, fmt);
	fill(e, inner.kind ? inner.kind : ERR_FAULT, fmt, ap);
	va_end(ap);
	append(e, inner.kind ? inner.text : err_name(errnum));
	return errnum;
}

const char *err_name(int errnum)
{
	const char *name;

	if (errnum < 0 && errnum > INT_MIN)
		errnum = -errnum;
	name = strerrordesc_np(errnum);
	return name ? name : "unknown error";
}
