/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * allowance - so many at once, and then so many in a time
 *
 * For what a guest can have the host do, and what costs others something.
 */
#ifndef INCLUDE_ALLOWANCE_H
#define INCLUDE_ALLOWANCE_H

#include <stdbool.h>

#include "clock.h"

/* Zeroes: nothing was taken yet.  One thread at a time. */
struct allowance {
	int64_t paid_ms;	/* until when what was taken is paid for */
};

/**
 * allowance_take() - take one
 * @burst:   so many are there at once, at least 1
 * @each_ms: in which one more comes
 *
 * Return: false when there is none now.
 */
static inline bool allowance_take(struct allowance *a, unsigned int burst,
				  int64_t each_ms)
{
	int64_t now = now_ms();

	if (a->paid_ms < now)
		a->paid_ms = now;
	if (a->paid_ms > now + (burst - 1) * each_ms)
		return false;
	a->paid_ms += each_ms;
	return true;
}

#endif /* INCLUDE_ALLOWANCE_H */
