// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_cmds - "tallyvm pmu list" and "pmu doctor" on recorded hosts, and on
 * a stand-in for KVM
 */
#include "t.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fake_kvm.h"
#include "sysfs_tree.h"
#include "util.h"
#include "vmm/cmd.h"
#include "vmm/json.h"
#include "vmm/pmu_facts.h"

/* What a command writes to stdout, and its exit status. */
static char *run(int (*cmd)(int argc, char **argv), int *status,
		 const char *const *args)
{
	char *argv[8], *text = calloc(1, 65536);
	FILE *tmp = tmpfile();
	int argc = 0, before = dup(STDOUT_FILENO);

	for (; args[argc]; argc++)
		argv[argc] = strdup(args[argc]);
	fflush(stdout);
	dup2(fileno(tmp), STDOUT_FILENO);
	*status = cmd(argc, argv);
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	rewind(tmp);
	ck_assert_uint_lt(fread(text, 1, 65535, tmp), 65535);
	fclose(tmp);
	while (argc)
		free(argv[--argc]);
	return text;
}

#define RUN(cmd, status, ...) \
	run(cmd, status, (const char *const[]){ __VA_ARGS__, NULL })

static void has(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "no \"%s\" in: %s", what,
		      text);
}

START_TEST(list_recorded)
{
	struct tree tree;
	char *text;
	int status;

	tree_load(&tree, "rk3399");
	tree_add(&tree, "bus/event_source/devices/armv8_cortex_a72/events/"
		 "cpu_cycles=event=0x0011");
	text = RUN(cmd_pmu_list, &status, "--sysfs", tree.root);
	ck_assert_int_eq(status, 0);
	has(text, "armv8_cortex_a53     9  0-3   Arm Cortex-A53");
	has(text, "armv8_cortex_a72     8  4-5   Arm Cortex-A72");
	has(text, "unknown  event filter (FILTER)");
	has(text, "a recorded host");
	has(text, "  cpu_cycles=0x11\n");
	ck_assert_ptr_null(strstr(text, "watchdog"));
	free(text);
	tree_fini(&tree);
}
END_TEST

START_TEST(list_json)
{
	struct tree tree;
	json_t *root, *pmu;
	char *text;
	int status;

	tree_load(&tree, "rk3399");
	text = RUN(cmd_pmu_list, &status, "--json", "--sysfs", tree.root);
	ck_assert_int_eq(status, 0);
	root = json_loads(text, 0, NULL);
	ck_assert_msg(root != NULL, "%s", text);
	pmu = json_array_get(json_object_get(root, "pmus"), 1);
	ck_assert_str_eq(json_string_value(json_object_get(pmu, "cpus")),
			 "4-5");
	ck_assert(json_is_null(json_object_get(pmu, "counters")));
	ck_assert_int_eq(json_integer_value(json_object_get(pmu, "capacity")),
			 1024);
	json_decref(root);
	free(text);
	tree_fini(&tree);

	tree_load(&tree, "no_pmu");
	text = RUN(cmd_pmu_list, &status, "--sysfs", tree.root);
	ck_assert_int_eq(status, 0);
	has(text, "This host has no core PMU.\n");
	free(text);
	tree_fini(&tree);
}
END_TEST

START_TEST(doctor)
{
	struct tree tree;
	json_t *root;
	char *text;
	int status;

	tree_load(&tree, "no_pmu");
	text = RUN(cmd_pmu_doctor, &status, "--sysfs", tree.root);
	ck_assert_int_eq(status, EXIT_HOST);
	has(text, "this host has no core PMU");
	has(text, "Not ready");
	free(text);
	text = RUN(cmd_pmu_doctor, &status, "--json", "--counters=4",
		   "--sysfs", tree.root);
	ck_assert_int_eq(status, EXIT_HOST);
	root = json_loads(text, 0, NULL);
	ck_assert_msg(root != NULL, "%s", text);
	ck_assert(json_is_false(json_object_get(root, "ready")));
	ck_assert_uint_eq(json_array_size(json_object_get(root,
							 "requirements")),
			  PMU_REQ_NUM);
	json_decref(root);
	free(text);
	tree_fini(&tree);
}
END_TEST

/* On an arm64 KVM of Linux 6.12, with the PMU on CPUs of this machine. */
START_TEST(facts_of_a_host)
{
	_cleanup_free_ struct pmu_facts *f = calloc(1, sizeof(*f));
	struct pmu_args args = { .dev = "/dev/kvm", .proc = "/nonexistent" };
	enum pmu_req_state states[PMU_REQ_NUM];
	struct pmu_req_facts facts;
	struct tree tree;
	struct err e;

	fake_reset();
	tree_init(&tree);
	tree_add(&tree, "devices/system/cpu/online=0-63");
	tree_add(&tree, "bus/event_source/devices/armv8_pmuv3_0/cpus=0-63");
	tree_add(&tree, "bus/event_source/devices/armv8_pmuv3_0/type=8");
	args.sysfs = tree.root;
	ck_assert_msg(pmu_facts_probe(&args, f, &e) == 0, "%s", e.text);
	ck_assert_int_eq(f->no_kvm.kind, ERR_NONE);
	ck_assert_uint_eq(f->scratch.n[0], FAKE_COUNTERS);
	ck_assert(f->scratch.can.set_pmu && f->scratch.can.pmcr);
	ck_assert_int_eq(f->scratch.can.nr_counters, false);
	ck_assert_uint_eq(pmu_facts_best(f), 0);
	facts = pmu_facts_require(f, 0, 4);
	ck_assert_uint_eq(facts.max, FAKE_COUNTERS);
	pmu_require_check(&facts, states);
	ck_assert_int_eq(states[PMU_REQ_KVM], PMU_REQ_MET);
	ck_assert_int_eq(states[PMU_REQ_GUEST_PMU], PMU_REQ_MET);
	ck_assert_int_eq(states[PMU_REQ_COUNTERS], PMU_REQ_MET);
	pmu_facts_fini(f);
	pmu_facts_fini(f);

	fake_reset();
	fake.no_pmu = true;
	ck_assert_int_eq(pmu_facts_probe(&args, f, &e), 0);
	facts = pmu_facts_require(f, 0, 4);
	pmu_require_check(&facts, states);
	ck_assert_int_eq(states[PMU_REQ_GUEST_PMU], PMU_REQ_MISSING);
	pmu_facts_fini(f);
	tree_add(&tree, "bus/event_source/devices/armv8_pmuv3_0/cpus=x");
	ck_assert_int_eq(pmu_facts_probe(&args, f, &e), -EINVAL);
	pmu_facts_fini(f);
	tree_fini(&tree);
}
END_TEST

/* The words stay alive, since pmu_args keeps them. */
static int parse(struct pmu_args *a, struct err *e, const char *one,
		 const char *two)
{
	static char word[2][32];
	char *argv[] = { word[0], word[1] };

	snprintf(word[0], sizeof(word[0]), "%s", one);
	snprintf(word[1], sizeof(word[1]), "%s", two ? two : "");
	return pmu_args_parse(two ? 2 : 1, argv, a, e);
}

START_TEST(arguments)
{
	struct pmu_args a;
	struct err e;

	ck_assert_int_eq(pmu_args_parse(0, NULL, &a, &e), 0);
	ck_assert(!a.json && !a.recorded && a.counters == 1);
	ck_assert_str_eq(a.sysfs, "/sys");
	ck_assert_int_eq(parse(&a, &e, "--json", "--dev=/dev/x"), 0);
	ck_assert(a.json);
	ck_assert_str_eq(a.dev, "/dev/x");
	ck_assert_int_eq(parse(&a, &e, "--counters", "31"), 0);
	ck_assert_uint_eq(a.counters, 31);
	ck_assert_int_eq(parse(&a, &e, "--help", "--nonsense"), 1);
	ck_assert_int_eq(parse(&a, &e, "--counters", "32"), -EINVAL);
	ck_assert_int_eq(parse(&a, &e, "--counters", "+1"), -EINVAL);
	ck_assert_int_eq(parse(&a, &e, "--counters=", NULL), -EINVAL);
	ck_assert_int_eq(parse(&a, &e, "--dev", NULL), -EINVAL);
	ck_assert_int_eq(parse(&a, &e, "--sys", "x"), -EINVAL);
	has(e.text, "\"--sys\" is not an option");
	ck_assert_int_eq(e.kind, ERR_CONFIG);
}
END_TEST

T_MAIN("pmu_cmds", list_recorded, list_json, doctor, facts_of_a_host,
       arguments)
