/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * t - the little that every unit test needs around Check
 *
 *	START_TEST(name) { ck_assert_int_eq(...); } END_TEST
 *	T_MAIN("module", name, other_name)
 *
 * CK_FORK=no in the environment keeps all tests in one process, as the
 * sanitizers want it; CK_RUN_CASE and the rest of Check's variables work too.
 *
 * A test that cannot show all of what it is there for, on this machine, says so
 * by T_SKIP("no /dev/net/tun").  scripts/check.sh then counts it as skipped;
 * Check, which does not know of that, as passed.
 */
#ifndef TESTS_UNIT_T_H
#define TESTS_UNIT_T_H

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline int t_run(const char *name, const TTest *const *tests, size_t nr)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *sr;
	size_t i;
	int failed;

	tcase_set_timeout(tc, 60);
	for (i = 0; i < nr; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define T_SKIP(...) t_skip(__func__, __VA_ARGS__)

/** t_skip() - as T_SKIP(), from a function that a test calls: @test is the
 * test's __func__ */
static inline void t_skip(const char *test, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline void t_skip(const char *test, const char *fmt, ...)
{
	size_t len = strlen(test);
	char why[256];
	va_list ap;

	/* START_TEST() adds "_fn" */
	if (len > 3 && !strcmp(test + len - 3, "_fn"))
		len -= 3;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	/* past the buffer of stdio: a fork of Check may end in _exit() */
	dprintf(STDOUT_FILENO, "skipped: %.*s: %s\n", (int)len, test, why);
}

#define T_MAIN(name, ...)						\
	int main(void)							\
	{								\
		const TTest *const tests[] = { __VA_ARGS__ };		\
									\
		return t_run(name, tests, sizeof(tests) / sizeof(*tests)); \
	}

#endif /* TESTS_UNIT_T_H */
