// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_report - tables for people and JSON for scripts
 */
#include "t.h"

#include <errno.h>
#include <string.h>

#include "vmm/json.h"
#include "vmm/table.h"

static const char *const heads[] = { "NAME", "N", "WHY" };

static char *printed(const struct table *t, int want)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_int_eq(table_print(t, f), want);
	fclose(f);
	return text;
}

START_TEST(columns)
{
	struct table t;
	char *text;

	table_init(&t, heads, 3);
	table_add(&t, "armv8");
	table_add(&t, "%d", 6);
	table_add(&t, "it is so");
	table_add(&t, "x");
	table_add(&t, "%d", 10);
	table_add(&t, "%s", "");
	table_add(&t, "last");
	text = printed(&t, 0);
	ck_assert_str_eq(text, "NAME    N  WHY\n"
			       "armv8   6  it is so\n"
			       "x      10  -\n"
			       "last    -  -\n");
	free(text);
	table_fini(&t);
	table_fini(&t);
}
END_TEST

START_TEST(many_and_none)
{
	struct table t;
	unsigned int i;
	char *text;

	table_init(&t, heads, 3);
	text = printed(&t, 0);
	ck_assert_str_eq(text, "NAME  N  WHY\n");
	free(text);
	for (i = 0; i < 3000; i++)
		table_add(&t, "%u", i);
	text = printed(&t, 0);
	ck_assert_ptr_nonnull(strstr(text, "2997  2998  2999\n"));
	free(text);
	t.failed = true;
	text = printed(&t, -ENOMEM);
	ck_assert_str_eq(text, "");
	free(text);
	table_fini(&t);
}
END_TEST

START_TEST(json)
{
	struct cpuset cpus = { { 0 } };
	struct err e;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len), *full;

	cpuset_set(&cpus, 0);
	cpuset_set(&cpus, 1);
	cpuset_set(&cpus, 5);
	ck_assert_int_eq(json_out_print(json_pack("{so,so,so}", "b",
				json_out_cpus(&cpus), "a", json_out_text(""),
				"c", json_out_text("x")), f, &e), 0);
	fclose(f);
	ck_assert_str_eq(text, "{\n  \"b\": \"0-1,5\",\n  \"a\": null,\n"
			       "  \"c\": \"x\"\n}\n");
	free(text);
	ck_assert_int_eq(json_out_print(NULL, stdout, &e), -ENOMEM);
	full = fopen("/dev/full", "w");
	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(json_out_print(json_object(), full, &e), -EIO);
	fclose(full);
}
END_TEST

T_MAIN("report", columns, many_and_none, json)
