// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_holders - who holds counters, from a procfs of another machine
 */
#include "t.h"

#include <errno.h>
#include <string.h>

#include "pmu/holders.h"
#include "sysfs_tree.h"

START_TEST(processes)
{
	struct pmu_holders h;
	struct tree proc;
	struct err e;

	tree_init(&proc);
	tree_add(&proc, "sys/kernel/nmi_watchdog=0");
	tree_add(&proc, "40/fd/0 -> /dev/null");
	tree_add(&proc, "40/comm=shell");
	tree_add(&proc, "300/fd/3 -> anon_inode:[perf_event]");
	tree_add(&proc, "300/fd/4 -> anon_inode:[perf_event]");
	tree_add(&proc, "300/comm=a-very-long-command-name");
	tree_add(&proc, "200/fd/5 -> anon_inode:kvm-vcpu:0");
	tree_add(&proc, "200/fd/6 -> anon_inode:kvm-vcpu:1");
	tree_add(&proc, "200/fd/7 -> anon_inode:kvm-vm");
	tree_add(&proc, "41/comm=gone");
	tree_add(&proc, "self/fd/3 -> anon_inode:[perf_event]");
	ck_assert_int_eq(pmu_holders_probe(proc.root, NULL, &h, &e), 0);
	ck_assert_int_eq(h.watchdog, PMU_WATCHDOG_OFF);
	ck_assert_uint_eq(h.hidden, 0);
	ck_assert_uint_eq(h.nr, 2);
	ck_assert_int_eq(h.holder[0].pid, 200);
	ck_assert_uint_eq(h.holder[0].vcpus, 2);
	ck_assert_uint_eq(h.holder[0].events, 0);
	ck_assert_str_eq(h.holder[0].comm, "?");
	ck_assert_uint_eq(h.holder[1].events, 2);
	ck_assert_str_eq(h.holder[1].comm, "a-very-long-com");
	pmu_holders_fini(&h);
	pmu_holders_fini(&h);
	tree_fini(&proc);
}
END_TEST

START_TEST(watchdog)
{
	static const char log[] = "NMI watchdog: Enabled. Permanently consumes "
				  "one hw-PMU counter.";
	struct pmu_holders h;
	struct tree proc;
	struct err e;
	unsigned int i;

	tree_init(&proc);
	ck_assert_int_eq(pmu_holders_probe(proc.root, log, &h, &e), 0);
	ck_assert_int_eq(h.watchdog, PMU_WATCHDOG_UNKNOWN);
	tree_add(&proc, "sys/kernel/nmi_watchdog=1");
	ck_assert_int_eq(pmu_holders_probe(proc.root, log, &h, &e), 0);
	ck_assert_int_eq(h.watchdog, PMU_WATCHDOG_ON);
	ck_assert_int_eq(pmu_holders_probe(proc.root, "", &h, &e), 0);
	ck_assert_int_eq(h.watchdog, PMU_WATCHDOG_MAYBE);
	tree_add(&proc, "sys/kernel/nmi_watchdog=maybe");
	ck_assert_int_eq(pmu_holders_probe(proc.root, NULL, &h, &e), 0);
	ck_assert_int_eq(h.watchdog, PMU_WATCHDOG_UNKNOWN);
	for (i = 0; i < PMU_WATCHDOG_NUM; i++)
		ck_assert_uint_gt(strlen(pmu_watchdog_text(i)), 0);
	tree_fini(&proc);
	ck_assert_int_eq(pmu_holders_probe(proc.root, NULL, &h, &e), -ENOENT);
	ck_assert_uint_eq(h.nr, 0);
	ck_assert_msg(strstr(e.text, proc.root) != NULL, "%s", e.text);
}
END_TEST

T_MAIN("pmu_holders", processes, watchdog)
