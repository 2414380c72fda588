// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_event - events by name and number, and what the kernel names
 */
#include "t.h"

#include <errno.h>
#include <string.h>

#include "near.h"
#include "pmu/event.h"
#include "pmu/event_table.h"
#include "sysfs_tree.h"

#define PMU "bus/event_source/devices/armv8_pmuv3_0/"

START_TEST(table_is_sorted)
{
	size_t i;

	ck_assert_uint_gt(pmu_event_table_nr, 200);
	for (i = 0; i < pmu_event_table_nr; i++) {
		const struct pmu_event_row *row = &pmu_event_table[i];
		uint32_t number = 0;

		if (i)
			ck_assert_uint_gt(row->number, row[-1].number);
		ck_assert_uint_lt(strlen(row->name), PMU_EVENT_NAME_MAX);
		ck_assert_int_eq(pmu_event_find(row->name, strlen(row->name),
						NULL, &number, NULL), 0);
		ck_assert_uint_eq(number, row->number);
		ck_assert_str_eq(pmu_event_name(row->number), row->name);
	}
	ck_assert_ptr_null(pmu_event_name(0x49));
	ck_assert_ptr_null(pmu_event_name(PMU_EVENT_MAX));
}
END_TEST

static int find(const char *text, uint32_t *ret, struct err *e)
{
	return pmu_event_find(text, strlen(text), NULL, ret, e);
}

START_TEST(numbers_and_names)
{
	static const struct {
		const char *text;
		uint32_t number;
	} good[] = {
		{ "SW_INCR", 0 }, { "sw_incr", 0 }, { "Cpu_Cycles", 0x11 },
		{ "0x11", 0x11 }, { "0X1f", 0x1f }, { "17", 17 },
		{ "0xffff", 0xffff }, { "65535", 0xffff }, { "0", 0 },
		{ "STALL_SLOT", 0x3f }, { "CNT_CYCLES", 0x4004 },
		{ "SVE_INST_RETIRED", 0x8002 },
	};
	uint32_t number;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_int_eq(find(good[i].text, &number, &e), 0);
		ck_assert_uint_eq(number, good[i].number);
	}
}
END_TEST

START_TEST(bad_events)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "", "missing" },
		{ "CPU_CYCELS", "did you mean CPU_CYCLES" },
		{ "inst_retird", "did you mean INST_RETIRED" },
		{ "zzz", "there is no event \"zzz\": take a name" },
		{ "0x10000", "too large" }, { "65536", "too large" },
		{ "0x", "not a number" }, { "12z", "not a number" },
		{ "0x-1", "not a number" }, { "1 ", "not a number" },
		{ "0xffffffffffffffffffff", "too large" },
		{ "CPU_CYCLESCPU_CYCLESCPU_CYCLESCPU_CYCLESCPU_CYCLESCPU",
		  "there is no event" },
		{ "000000000000000000000000000000000000000000000000000000011",
		  "there is no event" },
	};
	uint32_t number = 42;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(find(bad[i].text, &number, &e), -EINVAL);
		ck_assert_int_eq(e.kind, ERR_CONFIG);
		ck_assert_msg(strstr(e.text, bad[i].says) != NULL, "%s",
			      e.text);
		ck_assert_uint_eq(number, 42);
	}
	/* not terminated where the event ends */
	ck_assert_int_eq(pmu_event_find("0x11,0x12", 4, NULL, &number, &e), 0);
	ck_assert_uint_eq(number, 0x11);
}
END_TEST

START_TEST(kernel_names)
{
	struct pmu_event_list list;
	struct tree tree;
	uint32_t number;
	struct err e;

	tree_init(&tree);
	tree_add(&tree, PMU "events/vendor-thing=event=0x00c1");
	tree_add(&tree, PMU "events/cpu_cycles=event=0x0011");
	tree_add(&tree, PMU "events/also_cycles=event=0x0011");
	tree_add(&tree, PMU "events/two_fields=event=0x1,rdpmc=1");
	tree_add(&tree, PMU "events/too_large=event=0x10000");
	tree_add(&tree, PMU "events/cpu_cycles.scale=1.0");
	tree_add(&tree, PMU "events/a_directory/");
	ck_assert_int_eq(pmu_event_list_probe(tree.root, "armv8_pmuv3_0",
					      &list, &e), -EISDIR);
	ck_assert_uint_eq(list.nr, 0);
	tree_fini(&tree);

	tree_init(&tree);
	tree_add(&tree, PMU "events/vendor-thing=event=0x00c1");
	tree_add(&tree, PMU "events/cpu_cycles=event=0x0011");
	tree_add(&tree, PMU "events/also_cycles=event=0x0011");
	tree_add(&tree, PMU "events/two_fields=event=0x1,rdpmc=1");
	tree_add(&tree, PMU "events/too_large=event=0x10000");
	tree_add(&tree, PMU "events/cpu_cycles.scale=1.0");
	ck_assert_int_eq(pmu_event_list_probe(tree.root, "armv8_pmuv3_0",
					      &list, &e), 0);
	ck_assert_uint_eq(list.nr, 3);
	ck_assert_str_eq(list.event[0].name, "also_cycles");
	ck_assert_str_eq(list.event[1].name, "cpu_cycles");
	ck_assert_uint_eq(list.event[2].number, 0xc1);
	ck_assert_int_eq(pmu_event_find("VENDOR-thing", 12, &list, &number,
					&e), 0);
	ck_assert_uint_eq(number, 0xc1);
	ck_assert_int_eq(pmu_event_find("vendor-thin", 11, &list, &number, &e),
			 -EINVAL);
	ck_assert_msg(strstr(e.text, "vendor-thing?") != NULL, "%s", e.text);
	pmu_event_list_fini(&list);
	pmu_event_list_fini(&list);
	ck_assert_int_eq(pmu_event_list_probe(tree.root, "no_such_pmu", &list,
					      &e), 0);
	ck_assert_uint_eq(list.nr, 0);
	tree_fini(&tree);
}
END_TEST

START_TEST(distance)
{
	ck_assert_uint_eq(near_distance("", ""), 0);
	ck_assert_uint_eq(near_distance("abc", "ABC"), 0);
	ck_assert_uint_eq(near_distance("", "abc"), 3);
	ck_assert_uint_eq(near_distance("kitten", "sitting"), 3);
	ck_assert_uint_eq(near_distance("ab", "ba"), 2);
	ck_assert_uint_eq(near_distance("a", "0123456789012345678901234567890"
					"123456789012345678"), NEAR_WORD_MAX);
}
END_TEST

T_MAIN("pmu_event", table_is_sorted, numbers_and_names, bad_events,
       kernel_names, distance)
