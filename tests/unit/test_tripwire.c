// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_tripwire - the search of --panic-text
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "t.h"
#include "vmm/tripwire.h"

static bool feed(struct tripwire *t, const char *text)
{
	return tripwire_feed(t, (const uint8_t *)text, strlen(text));
}

START_TEST(in_pieces)
{
	struct tripwire t;

	ck_assert_int_eq(tripwire_init(&t, "panic: x"), 0);
	ck_assert(!feed(&t, "all is well, pan"));
	ck_assert(!feed(&t, ""));
	ck_assert(!feed(&t, "ic:"));
	ck_assert(feed(&t, " x and more"));
	ck_assert(!feed(&t, " x"));
}
END_TEST

START_TEST(text_that_begins_again_inside_itself)
{
	struct tripwire t;

	ck_assert_int_eq(tripwire_init(&t, "aabaaa"), 0);
	ck_assert(!feed(&t, "aabaab"));
	ck_assert(feed(&t, "aaa"));
	ck_assert_int_eq(tripwire_init(&t, "aa"), 0);
	ck_assert(feed(&t, "xaa"));
	ck_assert(feed(&t, "a"));
}
END_TEST

START_TEST(limits)
{
	char text[TRIPWIRE_MAX + 2] = "";
	struct tripwire t;

	ck_assert_int_eq(tripwire_init(&t, ""), -EINVAL);
	ck_assert_int_eq(tripwire_init(&t, NULL), 0);
	ck_assert(!feed(&t, "anything"));
	memset(text, 'q', TRIPWIRE_MAX);
	ck_assert_int_eq(tripwire_init(&t, text), 0);
	ck_assert(feed(&t, text));
	text[TRIPWIRE_MAX] = 'q';
	ck_assert_int_eq(tripwire_init(&t, text), -EINVAL);
}
END_TEST

/* Against strstr() on random texts of two letters, where overlaps abound. */
START_TEST(agrees_with_strstr)
{
	srand(3);
	for (int round = 0; round < 20000; round++) {
		char text[8] = "", hay[40] = "";
		struct tripwire t;

		for (int i = 0; i <= rand() % 6; i++)
			text[i] = (char)('a' + rand() % 2);
		for (size_t i = 0; i < sizeof(hay) - 1; i++)
			hay[i] = (char)('a' + rand() % 2);
		ck_assert_int_eq(tripwire_init(&t, text), 0);
		ck_assert_int_eq(feed(&t, hay), !!strstr(hay, text));
	}
}
END_TEST

T_MAIN("tripwire", in_pieces, text_that_begins_again_inside_itself, limits,
       agrees_with_strstr)
