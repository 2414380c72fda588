/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * t - the little that every unit test needs around Check
 *
 *	START_TEST(name) { ck_assert_int_eq(...); } END_TEST
 *	T_MAIN("module", name, other_name)
 *
 * CK_FORK=no in the environment keeps all tests in one process, as the
 * sanitizers want it; CK_RUN_CASE and the rest of Check's variables work too.
 */
#ifndef TESTS_UNIT_T_H
#define TESTS_UNIT_T_H

#include <check.h>
#include <stdlib.h>

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

#define T_MAIN(name, ...)						\
	int main(void)							\
	{								\
		const TTest *const tests[] = { __VA_ARGS__ };		\
									\
		return t_run(name, tests, sizeof(tests) / sizeof(*tests)); \
	}

#endif /* TESTS_UNIT_T_H */
