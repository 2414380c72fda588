/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util - ownership by scope, and the few macros that every file wants
 *
 * _cleanup_fd_ and _cleanup_free_ are for set-up code: define and assign in
 * one statement, hand over with steal_fd() or steal_ptr().  Never mix them
 * with goto in one function.
 */
#ifndef INCLUDE_UTIL_H
#define INCLUDE_UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define STR_(x)		#x
#define STR(x)		STR_(x)	/* of a macro, what it stands for */
#define BIT(n)		(UINT64_C(1) << (n))
#define ALIGN_UP(x, a)	(((x) + ((a) - 1)) & ~((a) - 1))
#define ALIGN_DOWN(x, a) ((x) & ~((a) - 1))

#define SZ_4K	UINT64_C(0x1000)
#define SZ_64K	UINT64_C(0x10000)
#define SZ_2M	UINT64_C(0x200000)
#define SZ_512M	UINT64_C(0x20000000)

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

static inline void cleanup_free_(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fd_(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_free_ __attribute__((cleanup(cleanup_free_)))
#define _cleanup_fd_ __attribute__((cleanup(cleanup_fd_)))

/** steal_fd() - give up ownership: returns the descriptor, leaves -1 */
static inline int steal_fd(int *fd)
{
	int ret = *fd;

	*fd = -1;
	return ret;
}

static inline void *steal_ptr_(void *p)
{
	void *ret = *(void **)p;

	*(void **)p = NULL;
	return ret;
}

/** steal_ptr() - give up ownership: returns the pointer, leaves NULL */
#define steal_ptr(p) ((__typeof__(*(p)))steal_ptr_(p))

#endif /* INCLUDE_UTIL_H */
