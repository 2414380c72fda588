// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_cpuset - sets of CPUs, and the kernel's lists read and written
 */
#include <errno.h>
#include <string.h>

#include "cpuset.h"
#include "util.h"

#include "t.h"

static struct cpuset parse(const char *text)
{
	struct cpuset set;

	ck_assert_msg(!cpuset_parse(text, &set), "%s", text);
	return set;
}

START_TEST(parse_good)
{
	static const struct {
		const char *text, *canonical;
		unsigned int count;
	} rows[] = {
		{ "", "", 0 },
		{ "\n", "", 0 },
		{ "0", "0", 1 },
		{ "0-3", "0-3", 4 },
		{ "0-3,5\n", "0-3,5", 5 },
		{ " \t7 \n", "7", 1 },
		{ "3,2,1,0", "0-3", 4 },
		{ "0-3,2-5", "0-5", 6 },
		{ "8-11:2", "8,10", 2 },
		{ "0-12:4", "0,4,8,12", 4 },
		{ "5-5", "5", 1 },
		{ "5-5:4095", "5", 1 },
		{ "007", "7", 1 },
		{ "63-64,127-128", "63-64,127-128", 4 },
		{ "4095", "4095", 1 },
		{ "0-4095", "0-4095", 4096 },
	};
	char buf[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cpuset set = parse(rows[i].text);

		ck_assert_str_eq(cpuset_format(&set, buf, sizeof(buf)),
				 rows[i].canonical);
		ck_assert_uint_eq(cpuset_count(&set), rows[i].count);
	}
}
END_TEST

START_TEST(parse_bad)
{
	static const struct {
		const char *text;
		int err;
	} rows[] = {
		{ "x", -EINVAL },	{ "1,", -EINVAL },
		{ ",", -EINVAL },	{ ",1", -EINVAL },
		{ "1,,2", -EINVAL },	{ "1,\n", -EINVAL },
		{ "-1", -EINVAL },	{ "1-", -EINVAL },
		{ "3-1", -EINVAL },	{ "1-3:", -EINVAL },
		{ "1-3:0", -EINVAL },	{ "1:2", -EINVAL },
		{ "1-2-3", -EINVAL },	{ "1 2", -EINVAL },
		{ "1, 2", -EINVAL },	{ "+1", -EINVAL },
		{ "0x1", -EINVAL },	{ "1-3x", -EINVAL },
		{ "4096", -ERANGE },	{ "0-4096", -ERANGE },
		{ "4294967296", -ERANGE },
		{ "18446744073709551616", -ERANGE },
		{ "1-3:4096", -ERANGE },
	};
	struct cpuset set, before = parse("1,3");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		set = before;
		ck_assert_msg(cpuset_parse(rows[i].text, &set) == rows[i].err,
			      "\"%s\"", rows[i].text);
		ck_assert(cpuset_equal(&set, &before));
	}
}
END_TEST

START_TEST(members)
{
	struct cpuset set = { { 0 } };

	ck_assert(cpuset_empty(&set));
	cpuset_set(&set, 0);
	cpuset_set(&set, 64);
	cpuset_set(&set, CPUSET_MAX - 1);
	cpuset_set(&set, CPUSET_MAX);
	cpuset_set(&set, ~0U);
	ck_assert_uint_eq(cpuset_count(&set), 3);
	ck_assert(cpuset_has(&set, 0));
	ck_assert(!cpuset_has(&set, 1));
	ck_assert(cpuset_has(&set, CPUSET_MAX - 1));
	ck_assert(!cpuset_has(&set, CPUSET_MAX));
	ck_assert(!cpuset_has(&set, ~0U));
	ck_assert(!cpuset_empty(&set));
}
END_TEST

START_TEST(next)
{
	struct cpuset set = parse("0,63-64,4095"), none = { { 0 } };

	ck_assert_uint_eq(cpuset_next(&set, 0), 0);
	ck_assert_uint_eq(cpuset_next(&set, 1), 63);
	ck_assert_uint_eq(cpuset_next(&set, 64), 64);
	ck_assert_uint_eq(cpuset_next(&set, 65), 4095);
	ck_assert_uint_eq(cpuset_next(&set, 4096), CPUSET_MAX);
	ck_assert_uint_eq(cpuset_next(&set, ~0U), CPUSET_MAX);
	ck_assert_uint_eq(cpuset_next(&none, 0), CPUSET_MAX);
}
END_TEST

START_TEST(algebra)
{
	struct cpuset a = parse("0-70"), b = parse("60-100"), none = parse("");
	struct cpuset both = parse("60-70"), either = parse("0-100");
	struct cpuset rest = parse("0-59"), r;

	r = cpuset_and(&a, &b);
	ck_assert(cpuset_equal(&r, &both));
	r = cpuset_or(&a, &b);
	ck_assert(cpuset_equal(&r, &either));
	r = cpuset_andnot(&a, &b);
	ck_assert(cpuset_equal(&r, &rest));
	ck_assert(!cpuset_equal(&a, &b));
	ck_assert(cpuset_subset(&both, &a));
	ck_assert(!cpuset_subset(&a, &both));
	ck_assert(cpuset_subset(&a, &a));
	ck_assert(cpuset_subset(&none, &a));
}
END_TEST

/* Whatever the room: terminated, never beyond, and cut only with dots. */
START_TEST(format_room)
{
	struct cpuset set = parse("0-1,3,5,4094-4095");
	char whole[64], buf[64];
	size_t len, full;

	full = strlen(cpuset_format(&set, whole, sizeof(whole)));
	ck_assert_str_eq(whole, "0-1,3,5,4094-4095");
	for (len = 1; len < sizeof(buf); len++) {
		memset(buf, '#', sizeof(buf));
		ck_assert_ptr_eq(cpuset_format(&set, buf, len), buf);
		ck_assert_uint_lt(strlen(buf), len);
		if (len < sizeof(buf) - 1)
			ck_assert_int_eq(buf[len], '#');
		if (len > full)
			ck_assert_str_eq(buf, whole);
		else if (len >= sizeof("..."))
			ck_assert_str_eq(buf + strlen(buf) - 3, "...");
	}
	ck_assert_str_eq(cpuset_format(&set, buf, 12), "0-1,3,5,...");
	ck_assert_str_eq(cpuset_format(&set, buf, 11), "0-1,3,...");
	buf[0] = '#';
	ck_assert_ptr_eq(cpuset_format(&set, buf, 0), buf);
	ck_assert_int_eq(buf[0], '#');
}
END_TEST

/* What is written can be read again. */
START_TEST(round_trip)
{
	struct cpuset set, again;
	char buf[8192];
	unsigned int seed = 1, i, round;

	for (round = 0; round < 200; round++) {
		memset(&set, 0, sizeof(set));
		for (i = 0; i < round * 5; i++)
			cpuset_set(&set, rand_r(&seed) % CPUSET_MAX);
		cpuset_format(&set, buf, sizeof(buf));
		again = parse(buf);
		ck_assert(cpuset_equal(&set, &again));
	}
}
END_TEST

T_MAIN("cpuset", parse_good, parse_bad, members, next, algebra, format_room,
       round_trip)
