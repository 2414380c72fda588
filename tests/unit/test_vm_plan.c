// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_vm_plan - from options to a plan, several VMs on one host, and what
 * "tallyvm pmu plan" says of them
 */
#include "vmm/vm_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_t.h"
#include "sysfs_tree.h"
#include "t.h"
#include "util.h"
#include "vmm/pmu_plan.h"

static struct tree tree;
static struct plan_report report;

static void setup(const char *name)
{
	struct cpuset all;
	struct err e;

	memset(&all, 0xff, sizeof(all));
	memset(&report, 0, sizeof(report));
	tree_load(&tree, name);
	ck_assert_msg(!pmu_host_probe(tree.root, &all, &report.host, &e), "%s",
		      e.text);
	report.vms = calloc(4, sizeof(*report.vms));
}

static void teardown(void)
{
	plan_report_fini(&report);
	tree_fini(&tree);
}

/* Plan one more VM; its error is in the report. */
static struct plan_vm *add(struct vm_planning *p, const char *name, int argc,
			   const char *const *argv)
{
	struct plan_vm *vm = &report.vms[report.nr++];
	struct err e;

	snprintf(vm->label, sizeof(vm->label), "%s", name);
	ck_assert_msg(!config_parse(argc, (char **)argv, &vm->cfg, &e), "%s",
		      e.text);
	if (!vm_plan_needed(&vm->cfg))
		return vm;
	vm->err = vm_plan_make(p, &vm->cfg, &vm->plan, &vm->e);
	if (!vm->err)
		ck_assert_int_eq(vm_plan_claim(p, name, vm->plan, &e), 0);
	return vm;
}

#define ADD(p, name, ...)						\
	add(p, name,							\
	    sizeof((const char *[]){ "I", __VA_ARGS__ }) / sizeof(char *), \
	    (const char *const[]){ "I", __VA_ARGS__ })

static bool on(const struct plan_vm *vm, const char *list)
{
	struct cpuset cpus = vm_plan_cpus(vm->plan);
	char text[64];

	return !strcmp(cpuset_format(&cpus, text, sizeof(text)), list);
}

static char *shown(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(plan_report_print(&report, out), 0);
	fclose(out);
	return text;
}

static void shows(const char *what, bool yes)
{
	char *text = shown();

	ck_assert_msg(!!strstr(text, what) == yes, "%s: %s", what, text);
	free(text);
}

START_TEST(together)
{
	struct vm_planning p = { .host = &report.host, .alone = true };
	struct plan_vm *vm;

	setup("rk3399");
	p.sysfs = tree.root;
	ck_assert(on(ADD(&p, "one", "-c2", "--pmu-cluster=auto"), "4-5"));
	ck_assert(on(ADD(&p, "two", "-c2", "--pmu-cluster=auto"), "0-1"));
	shows("collide", false);
	vm = ADD(&p, "three", "-c2", "--pmu", "--vcpu-affinity=1-2");
	ck_assert(on(vm, "1-2"));
	shows("two and three collide: they take turns on CPU 1\n", true);
	shows("one and", false);
	vm = ADD(&p, "four", "-c1");
	ck_assert_ptr_null(vm->plan);
	shows("four: no PMU and no affinity: any CPU", true);
	vm_plan_fini(&p);
	vm_plan_fini(&p);
	teardown();
}
END_TEST

/* What one VM leaves to the host is taken by another on the same CPU. */
START_TEST(reserves)
{
	struct vm_planning p = { .host = &report.host, .alone = true };
	struct plan_vm *vm;
	json_t *root;
	char *text;

	setup("rk3399");
	p.sysfs = tree.root;
	p.max[0] = p.max[1] = report.max[0] = report.max[1] = 6;
	vm = ADD(&p, "one", "--pmu-partition=2", "--pmu-host-reserve=3",
		 "--vcpu-affinity=4");
	ck_assert_int_eq(vm->err, 0);
	ck_assert_uint_eq(vm->plan->host_reserve, 3);
	ADD(&p, "two", "--pmu-partition=5", "--pmu-host-reserve=1",
	    "--vcpu-affinity=4-5");
	shows("one and two collide: they take turns on CPU 4; while two runs "
	      "the host has 1 of 6 counters there, fewer than the 3 that one "
	      "leaves it", true);
	shows("while one runs", false);
	shows("partitioned         2           4  armv8", true);
	vm = ADD(&p, "three", "--pmu-partition=4", "--pmu-host-reserve=3");
	ck_assert_int_eq(vm->err, -ERANGE);
	ck_assert_msg(strstr(vm->e.text, "= 7, and armv8_cortex_a72 has 6: 1 "
			     "too many") != NULL, "%s", vm->e.text);
	shows("three: refused", true);
	root = plan_report_json(&report);
	text = json_dumps(root, JSON_COMPACT);
	ck_assert_msg(strstr(text, "\"host_keeps\":4") &&
		      strstr(text, "\"between\":[\"one\",\"two\"]") &&
		      strstr(text, "\"refused\":\"4 event counters"), "%s",
		      text);
	free(text);
	json_decref(root);
	vm_plan_fini(&p);
	teardown();
}
END_TEST

/* VMs that run are kept clear of, and shown. */
START_TEST(beside_running)
{
	char dir[] = "/tmp/tallyvm-plan-XXXXXX", command[64];
	struct vm_planning p = { .host = &report.host };
	struct registry r = { .added = false };
	struct vm_config running = { .name = "old", .cpus = 2 };
	struct plan_vm *vm;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	setenv("XDG_RUNTIME_DIR", dir, 1);
	setup("rk3399");
	p.sysfs = tree.root;
	/* planned before anybody has to know about others */
	vm = ADD(&p, "one", "-c2", "--pmu", "--vcpu-affinity=4-5");
	registry_add(&r, &running, vm->plan);
	ck_assert(r.added);
	ck_assert(on(ADD(&p, "two", "-c2", "--pmu-cluster=auto"), "0-1"));
	ck_assert_uint_eq(p.nr_claims, 3);
	ck_assert_int_eq(registry_list("/nonexistent", &report.running,
				       &report.nr_running, NULL), 0);
	ck_assert_uint_eq(report.nr_running, 0);
	snprintf(command, sizeof(command), "%s/tallyvm", dir);
	ck_assert_int_eq(registry_list(command, &report.running,
				       &report.nr_running, NULL), 0);
	shows("\nold ", true);
	shows("one and old collide: they take turns on CPUs 4-5", true);
	registry_remove(&r);
	ck_assert_int_eq(rmdir(command), 0);
	ck_assert_int_eq(rmdir(dir), 0);
	unsetenv("XDG_RUNTIME_DIR");
	vm_plan_fini(&p);
	teardown();
}
END_TEST

/* The options themselves. */
START_TEST(options)
{
	struct vm_config cfg;

	cfg_ok(WORDS("I", "--pmu-cluster=big"), &cfg);
	ck_assert(cfg.pmu);
	ck_assert_str_eq(cfg.pmu_cluster, "big");
	ck_assert_int_eq(cfg.pmu_host_reserve, -1);
	config_fini(&cfg);
	cfg_ok(WORDS("I", "--pmu-partition=2", "--pmu-host-reserve=0"), &cfg);
	ck_assert_int_eq(cfg.pmu_host_reserve, 0);
	config_fini(&cfg);
	cfg_bad(WORDS("I", "--pmu-host-reserve=1"),
		"only with --pmu-partition");
	cfg_bad(WORDS("I", "--pmu-partition=1", "--pmu-host-reserve=32"),
		"an integer 0 to 31");
	cfg_bad(WORDS("I", "--no-pmu", "--pmu-cluster=auto"),
		"pmu (--pmu) and pmu-cluster");
}
END_TEST

T_MAIN("vm_plan", together, reserves, beside_running, options)
