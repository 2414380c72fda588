/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock - time that has passed
 */
#ifndef INCLUDE_CLOCK_H
#define INCLUDE_CLOCK_H

#include <stdint.h>
#include <time.h>

/** now_ms() - milliseconds of CLOCK_MONOTONIC */
static inline int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

#endif /* INCLUDE_CLOCK_H */
