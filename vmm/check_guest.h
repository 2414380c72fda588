/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_guest - the bare-metal guests that are part of the tallyvm binary
 *
 * Built from tests/guest/check.c and tests/guest/bench.c, for arm64 only: a
 * tallyvm for another architecture has none.
 */
#ifndef VMM_CHECK_GUEST_H
#define VMM_CHECK_GUEST_H

#include "err.h"

enum check_guest {
	CHECK_GUEST_CHECK,
	CHECK_GUEST_BENCH,
};

/* for messages, in place of a path */
#define CHECK_GUEST_NAME "built-in check guest"

/**
 * check_guest_open() - a guest as a file that boot_load() can read
 *
 * Return: a new descriptor; -EOPNOTSUPP with ERR_HOST when this tallyvm has
 * no guests; other -errno with ERR_FAULT.
 */
int check_guest_open(enum check_guest which, struct err *e);

#endif /* VMM_CHECK_GUEST_H */
