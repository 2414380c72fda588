// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_host - the host as sysfs shows it: whole machines, and broken ones
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "pmu/host.h"
#include "util.h"

#include "sysfs_tree.h"
#include "t.h"

static struct cpuset all_cpus(void)
{
	struct cpuset set;

	ck_assert_int_eq(cpuset_parse("0-4095", &set), 0);
	return set;
}

static void probe(const char *name, struct pmu_host *host)
{
	struct cpuset allowed = all_cpus();
	struct tree tree;
	struct err e;

	tree_load(&tree, name);
	ck_assert_msg(!pmu_host_probe(tree.root, &allowed, host, &e), "%s",
		      e.text);
	tree_fini(&tree);
}

static void check_dev(const struct pmu_dev *dev, const char *name,
		      uint32_t type, const char *cpus, uint32_t capacity,
		      const char *core)
{
	char list[64];

	ck_assert_str_eq(dev->name, name);
	ck_assert_uint_eq(dev->type, type);
	ck_assert_str_eq(cpuset_format(&dev->cpus, list, sizeof(list)), cpus);
	ck_assert_uint_eq(dev->capacity, capacity);
	if (core)
		ck_assert_pstr_eq(pmu_core_name(dev->midr), core);
	else
		ck_assert_uint_eq(dev->midr, 0);
}

START_TEST(rk3399)
{
	struct pmu_host host;

	probe("rk3399", &host);
	ck_assert_uint_eq(host.nr, 2);
	check_dev(&host.dev[0], "armv8_cortex_a53", 9, "0-3", 485,
		  "Arm Cortex-A53");
	check_dev(&host.dev[1], "armv8_cortex_a72", 8, "4-5", 1024,
		  "Arm Cortex-A72");
	ck_assert_uint_eq(cpuset_count(&host.online), 6);
	ck_assert_uint_eq(cpuset_count(&host.allowed), CPUSET_MAX);
	ck_assert_ptr_eq(pmu_host_find_cpu(&host, 3), &host.dev[0]);
	ck_assert_ptr_eq(pmu_host_find_cpu(&host, 5), &host.dev[1]);
	ck_assert_ptr_null(pmu_host_find_cpu(&host, 6));
	ck_assert_ptr_null(pmu_host_find_cpu(&host, ~0U));
}
END_TEST

START_TEST(phone)
{
	struct pmu_host host;

	probe("phone4", &host);
	ck_assert_uint_eq(host.nr, 4);
	check_dev(&host.dev[0], "armv9_cortex_a510", 8, "0-2", 326,
		  "Arm Cortex-A510");
	check_dev(&host.dev[1], "armv9_cortex_a715", 10, "3-4", 693,
		  "Arm Cortex-A715");
	check_dev(&host.dev[2], "armv9_cortex_a710", 9, "5-6", 693,
		  "Arm Cortex-A710");
	check_dev(&host.dev[3], "armv9_cortex_x3", 11, "7", 1024,
		  "Arm Cortex-X3");
}
END_TEST

START_TEST(apple)
{
	struct pmu_host host;

	probe("apple_m1", &host);
	ck_assert_uint_eq(host.nr, 2);
	check_dev(&host.dev[0], "apple_icestorm_pmu", 9, "0-3", 459,
		  "Apple Icestorm");
	check_dev(&host.dev[1], "apple_firestorm_pmu", 8, "4-7", 1024,
		  "Apple Firestorm");
}
END_TEST

/* One core PMU among 65 others: no file of a single CPU is read. */
START_TEST(server)
{
	struct pmu_host host;

	probe("server128", &host);
	ck_assert_uint_eq(host.nr, 1);
	check_dev(&host.dev[0], "armv8_pmuv3_0", 8, "0-127", 0, NULL);
}
END_TEST

START_TEST(offline_cpu)
{
	struct pmu_host host;
	char list[64];

	probe("offline", &host);
	ck_assert_uint_eq(host.nr, 2);
	/* "cpus" is kept as sysfs says, offline or not */
	check_dev(&host.dev[0], "armv8_cortex_a53", 8, "0-3", 485, NULL);
	check_dev(&host.dev[1], "armv8_cortex_a72", 9, "4-5", 1024,
		  "Arm Cortex-A72");
	ck_assert_str_eq(cpuset_format(&host.online, list, sizeof(list)),
			 "0-2,4-5");
}
END_TEST

START_TEST(no_pmu)
{
	struct pmu_host host;

	probe("no_pmu", &host);
	ck_assert_uint_eq(host.nr, 0);
	ck_assert_ptr_null(pmu_host_find_cpu(&host, 0));
}
END_TEST

/* A minimal healthy host to which the rows below add their oddity. */
static const char *const base_lines[] = {
	"devices/system/cpu/online=0-3",
	"devices/system/cpu/cpu{0-3}/cpu_capacity=1024",
	"bus/event_source/devices/core/type=8",
	"bus/event_source/devices/core/cpus=0-1",
};

static void base_tree(struct tree *tree)
{
	size_t i;

	tree_init(tree);
	for (i = 0; i < ARRAY_SIZE(base_lines); i++)
		tree_add(tree, base_lines[i]);
}

/* Entries that are not core PMUs, or are of no use, do not disturb. */
START_TEST(passed_over)
{
	static const char *const rows[][2] = {
		{ "bus/event_source/devices/x/type=9" },
		{ "bus/event_source/devices/x/cpumask=0",
		  "bus/event_source/devices/x/type=9" },
		{ "bus/event_source/devices/x -> ../../../devices/gone" },
		{ "bus/event_source/devices/x=a file" },
		{ "bus/event_source/devices/x/" },
		{ "bus/event_source/devices/x/cpus=2-3",
		  "bus/event_source/devices/x/type=5" },
		{ "bus/event_source/devices/x/cpus=2-3",
		  "bus/event_source/devices/x/type=0" },
		{ "bus/event_source/devices/x/cpus=",
		  "bus/event_source/devices/x/type=9" },
		{ "bus/event_source/devices/.x/cpus=junk" },
		{ "devices/system/cpu/cpu0/cpu_capacity=never read" },
	};
	struct cpuset allowed = all_cpus();
	struct pmu_host host;
	struct tree tree;
	struct err e;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		base_tree(&tree);
		for (j = 0; j < 2 && rows[i][j]; j++)
			tree_add(&tree, rows[i][j]);
		ck_assert_msg(!pmu_host_probe(tree.root, &allowed, &host, &e),
			      "%s: %s", rows[i][0], e.text);
		ck_assert_uint_eq(host.nr, 1);
		check_dev(&host.dev[0], "core", 8, "0-1", 0, NULL);
		tree_fini(&tree);
	}
}
END_TEST

/* What cannot be understood stops the start and is named. */
START_TEST(malformed)
{
	static const struct {
		const char *lines[2];
		int err;
		enum err_kind kind;
		const char *says[2];
	} rows[] = {
		{ { "bus/event_source/devices/core/cpus=zero" }, -EINVAL,
		  ERR_FAULT, { "/core/cpus: \"zero\"", "a list of CPUs" } },
		{ { "bus/event_source/devices/core/cpus=0-" }, -EINVAL,
		  ERR_FAULT, { "/core/cpus", "a list of CPUs" } },
		{ { "bus/event_source/devices/core/cpus=\x1b[2J" }, -EINVAL,
		  ERR_FAULT, { "\"?[2J\"", "/core/cpus" } },
		{ { "bus/event_source/devices/core/cpus=0-4096" }, -EINVAL,
		  ERR_FAULT, { "below 4096", "/core/cpus" } },
		{ { "bus/event_source/devices/x/cpus=2-3" }, -ENOENT,
		  ERR_FAULT, { "devices/x has \"cpus\", no \"type\"" } },
		{ { "bus/event_source/devices/core/type=" }, -EINVAL,
		  ERR_FAULT, { "/core/type: \"\" is not a number" } },
		{ { "bus/event_source/devices/core/type=8x" }, -EINVAL,
		  ERR_FAULT, { "/core/type: \"8x\" is not a number" } },
		{ { "bus/event_source/devices/core/type=-8" }, -EINVAL,
		  ERR_FAULT, { "/core/type: \"-8\" is not a number" } },
		{ { "bus/event_source/devices/core/type= 8" }, -EINVAL,
		  ERR_FAULT, { "/core/type" } },
		{ { "bus/event_source/devices/core/type=2147483648" }, -EINVAL,
		  ERR_FAULT, { "/core/type", "in range" } },
		{ { "bus/event_source/devices/core/type=99999999999999999999" },
		  -EINVAL, ERR_FAULT, { "/core/type", "a number" } },
		{ { "bus/event_source/devices/x/cpus=1-2",
		    "bus/event_source/devices/x/type=9" }, -EINVAL,
		  ERR_HOST, { "both claim CPU 1", "core" } },
		{ { "bus/event_source/devices/x{10-25}/cpus={10-25}",
		    "bus/event_source/devices/x{10-25}/type={10-25}" }, -E2BIG,
		  ERR_HOST, { "more than 16 core PMUs" } },
		{ { "devices/system/cpu/online=all" }, -EINVAL,
		  ERR_FAULT, { "/cpu/online: \"all\"" } },
		{ { "bus/event_source/devices/loop/cpus -> cpus" }, -ELOOP,
		  ERR_FAULT, { "/loop/cpus", "cannot read" } },
		{ { "bus/event_source/devices/x/cpus/" }, -EISDIR,
		  ERR_FAULT, { "/x/cpus", "cannot read" } },
	};
	struct cpuset allowed = all_cpus();
	struct pmu_host host;
	struct tree tree;
	struct err e;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		base_tree(&tree);
		for (j = 0; j < 2 && rows[i].lines[j]; j++)
			tree_add(&tree, rows[i].lines[j]);
		ck_assert_msg(pmu_host_probe(tree.root, &allowed, &host, &e) ==
			      rows[i].err, "%s: %s", rows[i].lines[0], e.text);
		ck_assert_msg(e.kind == rows[i].kind, "%s", e.text);
		for (j = 0; j < 2 && rows[i].says[j]; j++)
			ck_assert_msg(!!strstr(e.text, rows[i].says[j]), "%s",
				      e.text);
		ck_assert_ptr_null(strchr(e.text, '\n'));
		tree_fini(&tree);
	}
}
END_TEST

/* The files of single CPUs count as soon as there are two PMUs. */
START_TEST(malformed_core)
{
	static const char *const rows[] = {
		"devices/system/cpu/cpu2/cpu_capacity=big",
		"devices/system/cpu/cpu2/cpu_capacity=4294967296",
		"devices/system/cpu/cpu2/regs/identification/midr_el1=0x",
		"devices/system/cpu/cpu2/regs/identification/midr_el1=0xg",
	};
	struct cpuset allowed = all_cpus();
	struct pmu_host host;
	struct tree tree;
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		base_tree(&tree);
		tree_add(&tree, "bus/event_source/devices/x/cpus=2-3");
		tree_add(&tree, "bus/event_source/devices/x/type=9");
		tree_add(&tree, rows[i]);
		ck_assert_int_eq(pmu_host_probe(tree.root, &allowed, &host, &e),
				 -EINVAL);
		ck_assert_msg(!!strstr(e.text, "/cpu2/"), "%s", e.text);
		tree_fini(&tree);
	}
}
END_TEST

START_TEST(huge_and_binary)
{
	static char huge[1 << 16];
	struct cpuset allowed = all_cpus();
	struct pmu_host host;
	struct tree tree;
	struct err e;

	base_tree(&tree);
	memset(huge, '1', sizeof(huge));
	tree_write(&tree, "bus/event_source/devices/core/cpus", huge,
		   sizeof(huge));
	ck_assert_int_eq(pmu_host_probe(tree.root, &allowed, &host, &e),
			 -EINVAL);
	ck_assert_msg(!!strstr(e.text, "/core/cpus is too long"), "%s", e.text);
	tree_write(&tree, "bus/event_source/devices/core/cpus", "0-1\0002", 5);
	ck_assert_int_eq(pmu_host_probe(tree.root, &allowed, &host, &e),
			 -EINVAL);
	ck_assert_msg(!!strstr(e.text, "is not text"), "%s", e.text);
	/* without a final newline, and empty */
	tree_write(&tree, "bus/event_source/devices/core/cpus", "0-1", 3);
	ck_assert_int_eq(pmu_host_probe(tree.root, &allowed, &host, &e), 0);
	ck_assert_uint_eq(host.nr, 1);
	tree_write(&tree, "bus/event_source/devices/core/cpus", "", 0);
	ck_assert_int_eq(pmu_host_probe(tree.root, &allowed, &host, &e), 0);
	ck_assert_uint_eq(host.nr, 0);
	tree_fini(&tree);
}
END_TEST

START_TEST(no_sysfs)
{
	struct cpuset allowed = all_cpus();
	struct pmu_host host;
	struct tree tree;
	struct err e;

	ck_assert_int_eq(pmu_host_probe("/nonexistent", &allowed, &host, &e),
			 -ENOENT);
	ck_assert_int_eq(e.kind, ERR_HOST);
	ck_assert_msg(!!strstr(e.text, "/nonexistent"), "%s", e.text);
	tree_init(&tree);
	tree_add(&tree, "devices/system/cpu/");
	ck_assert_int_eq(pmu_host_probe(tree.root, &allowed, &host, &e),
			 -ENOENT);
	ck_assert_msg(!!strstr(e.text, "online"), "%s", e.text);
	/* CPUs, but a kernel without perf events: a host without PMU */
	tree_add(&tree, "devices/system/cpu/online=0");
	ck_assert_int_eq(pmu_host_probe(tree.root, &allowed, &host, &e), 0);
	ck_assert_uint_eq(host.nr, 0);
	/* the directory is a file */
	tree_add(&tree, "bus/event_source/devices=x");
	ck_assert_int_eq(pmu_host_probe(tree.root, &allowed, &host, &e),
			 -ENOTDIR);
	/* a caller that wants no text gets the same answer */
	ck_assert_int_eq(pmu_host_probe(tree.root, &allowed, &host, NULL),
			 -ENOTDIR);
	tree_fini(&tree);
}
END_TEST

/* As many PMUs as fit, in directory order of their own: sorted, none lost. */
START_TEST(full_house)
{
	struct cpuset allowed = all_cpus();
	struct pmu_host host;
	struct tree tree;
	unsigned int i;

	tree_init(&tree);
	tree_add(&tree, "devices/system/cpu/online=0-99");
	tree_add(&tree, "bus/event_source/devices/p{10-25}/cpus={10-25}");
	tree_add(&tree, "bus/event_source/devices/p{10-25}/type={10-25}");
	ck_assert_int_eq(pmu_host_probe(tree.root, &allowed, &host, NULL), 0);
	ck_assert_uint_eq(host.nr, PMU_HOST_MAX);
	for (i = 0; i < host.nr; i++)
		ck_assert_uint_eq(host.dev[i].type, 10 + i);
	tree_fini(&tree);
}
END_TEST

/* A name that is longer than kept is cut, and its files are still found. */
START_TEST(long_name)
{
	struct cpuset allowed = all_cpus();
	char name[201], line[300];
	struct pmu_host host;
	struct tree tree;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	tree_init(&tree);
	tree_add(&tree, "devices/system/cpu/online=0");
	snprintf(line, sizeof(line), "bus/event_source/devices/%s/cpus=0",
		 name);
	tree_add(&tree, line);
	snprintf(line, sizeof(line), "bus/event_source/devices/%s/type=8",
		 name);
	tree_add(&tree, line);
	ck_assert_int_eq(pmu_host_probe(tree.root, &allowed, &host, NULL), 0);
	ck_assert_uint_eq(host.nr, 1);
	ck_assert_uint_eq(strlen(host.dev[0].name), PMU_NAME_MAX - 1);
	tree_fini(&tree);
}
END_TEST

/* Without a set from the caller the kernel says what is allowed. */
START_TEST(allowed_by_kernel)
{
	struct cpuset one = { { 0 } }, old = { { 0 } };
	struct pmu_host host;
	struct tree tree;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(old.bits),
					   (cpu_set_t *)old.bits), 0);
	cpuset_set(&one, cpuset_next(&old, 0));
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one.bits),
					   (cpu_set_t *)one.bits), 0);
	tree_load(&tree, "rk3399");
	ck_assert_int_eq(pmu_host_probe(tree.root, NULL, &host, NULL), 0);
	ck_assert(cpuset_equal(&host.allowed, &one));
	tree_fini(&tree);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(old.bits),
					   (cpu_set_t *)old.bits), 0);
}
END_TEST

START_TEST(core_names)
{
	ck_assert_pstr_eq(pmu_core_name(0x410fd083), "Arm Cortex-A72");
	/* variant and revision do not matter */
	ck_assert_pstr_eq(pmu_core_name(0x413fd08f), "Arm Cortex-A72");
	ck_assert_ptr_null(pmu_core_name(0));
	ck_assert_ptr_null(pmu_core_name(0x420fd083));
	ck_assert_ptr_null(pmu_core_name(~UINT64_C(0)));
}
END_TEST

T_MAIN("pmu_host", rk3399, phone, apple, server, offline_cpu, no_pmu,
       passed_over, malformed, malformed_core, huge_and_binary, no_sysfs,
       full_house, long_name, allowed_by_kernel, core_names)
