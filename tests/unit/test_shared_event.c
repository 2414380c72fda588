// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shared_event: eventfds whose other owner wants us to wait
 */
#include "virtio/shared_event.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "t.h"

START_TEST(what_is_rung_is_taken_once)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	ck_assert(!shared_event_take(fd));
	shared_event_ring(fd);
	shared_event_ring(fd);
	ck_assert(shared_event_take(fd));
	ck_assert(!shared_event_take(fd));
	close(fd);
}
END_TEST

/* Without O_NONBLOCK, an empty one is no reason to wait. */
START_TEST(an_empty_one_that_would_wait)
{
	int fd = eventfd(0, 0);

	ck_assert(!shared_event_take(fd));
	close(fd);
}
END_TEST

/* Nor is a full one. */
START_TEST(a_full_one_that_would_wait)
{
	int fd = eventfd(0, 0);
	eventfd_t times;

	ck_assert_int_eq(eventfd_write(fd, UINT64_MAX - 1), 0);
	shared_event_ring(fd);
	ck_assert_int_eq(eventfd_read(fd, &times), 0);
	ck_assert_uint_eq(times, UINT64_MAX - 1);
	close(fd);
}
END_TEST

T_MAIN("shared_event", what_is_rung_is_taken_once,
       an_empty_one_that_would_wait, a_full_one_that_would_wait)
