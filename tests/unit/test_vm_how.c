// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_vm_how - from options to KVM's PMU interfaces: filter, shape, strict
 */
#include "t.h"

#include <errno.h>
#include <string.h>

#include "arm64/cpu.h"
#include "config_t.h"
#include "fake_kvm.h"
#include "sysfs_tree.h"
#include "util.h"
#include "vmm/vm_how.h"

#define EVENTS "bus/event_source/devices/armv8_pmuv3_0/events/"

static struct pmu_dev dev = { .name = "armv8_pmuv3_0", .type = 8 };

static struct pmu_plan *make_plan(struct pmu_dev *of)
{
	struct pmu_plan *plan = calloc(1, sizeof(*plan) +
				       sizeof(plan->vcpu[0]));

	plan->nr = 1;
	plan->vcpu[0].dev = of;
	return plan;
}

START_TEST(filter)
{
	_cleanup_free_ struct pmu_plan *plan = make_plan(&dev);
	struct vm_config cfg;
	struct vm_how how;
	struct tree tree;
	struct err e;

	tree_init(&tree);
	tree_add(&tree, EVENTS "vendor_thing=event=0x00c1");
	cfg_ok(WORDS("I", "--pmu-filter=allow:vendor_thing"), &cfg);
	ck_assert_int_eq(vm_how_make(&cfg, tree.root, plan, &how, &e), 0);
	ck_assert_ptr_eq(how.how.filter, &how.filter);
	ck_assert_uint_eq(how.filter.nr, 1);
	ck_assert_uint_eq(how.filter.range[0].base, 0xc1);
	vm_how_fini(&how);
	vm_how_fini(&how);
	/* another PMU does not have this name */
	strcpy(dev.name, "armv8_other");
	ck_assert_int_eq(vm_how_make(&cfg, tree.root, plan, &how, &e),
			 -EINVAL);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(!strncmp(e.text, "--pmu-filter: ", 14), "%s", e.text);
	ck_assert_ptr_null(how.how.filter);
	strcpy(dev.name, "armv8_pmuv3_0");
	/* what cannot be read is named */
	tree_add(&tree, EVENTS "broken/");
	ck_assert_int_eq(vm_how_make(&cfg, tree.root, plan, &how, &e),
			 -EISDIR);
	ck_assert_msg(strstr(e.text, "events/broken") != NULL, "%s", e.text);
	config_fini(&cfg);
	tree_fini(&tree);
}
END_TEST

START_TEST(nothing_settled)
{
	_cleanup_free_ struct pmu_plan *plan = make_plan(NULL);
	struct vm_config cfg;
	struct vm_how how;
	struct err e;

	cfg_ok(WORDS("I"), &cfg);
	ck_assert_int_eq(vm_how_make(&cfg, "/nonexistent", NULL, &how, &e), 0);
	ck_assert_ptr_null(how.how.filter);
	ck_assert_int_eq(how.how.abi, PMU_ABI_AUTO);
	ck_assert_int_eq(vm_how_make(&cfg, "/nonexistent", plan, &how, &e), 0);
	config_fini(&cfg);
	cfg_ok(WORDS("I", "--pmu-partition=2", "--pmu-partition-attr=7",
		     "--pmu-partition-abi=attribute"), &cfg);
	ck_assert_int_eq(vm_how_make(&cfg, "/nonexistent", plan, &how, &e), 0);
	ck_assert_int_eq(how.how.abi, PMU_ABI_ATTRIBUTE);
	ck_assert_uint_eq(how.how.attr, 7);
	config_fini(&cfg);
}
END_TEST

#define PLAIN	(1U << KVM_ARM_VCPU_PMU_V3)
#define BOTH	(PLAIN | 1U << KVM_ARM_VCPU_PMU_V3_STRICT)

static uint32_t pmu_bits(enum cpu_pmu pmu, int want, struct err *e)
{
	struct cpu_features f = { .sve = false };

	fake.nr_calls = 0;
	ck_assert_int_eq(cpu_features(0, false, false, pmu, &f, e), want);
	return f.init.features[0] & BOTH;
}

START_TEST(strict)
{
	struct err e;

	fake_reset();
	ck_assert_uint_eq(pmu_bits(CPU_PMU_NONE, 0, &e), 0);
	ck_assert_uint_eq(pmu_bits(CPU_PMU_PLAIN, 0, &e), PLAIN);
	ck_assert_uint_eq(pmu_bits(CPU_PMU_AUTO, 0, &e), PLAIN);
	ck_assert_uint_eq(pmu_bits(CPU_PMU_STRICT, -EOPNOTSUPP, &e), 0);
	ck_assert_int_eq(e.kind, ERR_HOST);
	ck_assert_msg(strstr(e.text, "7.3") != NULL, "%s", e.text);
	fake.strict = true;
	ck_assert_uint_eq(pmu_bits(CPU_PMU_PLAIN, 0, &e), PLAIN);
	ck_assert_uint_eq(pmu_bits(CPU_PMU_AUTO, 0, &e), BOTH);
	ck_assert_uint_eq(pmu_bits(CPU_PMU_STRICT, 0, &e), BOTH);
	/* the newer kind was asked for, and answers for both */
	ck_assert_uint_eq(fake_count(KVM_CHECK_EXTENSION), 1);
	fake.no_pmu = true;
	ck_assert_uint_eq(pmu_bits(CPU_PMU_AUTO, -ENODEV, &e), 0);
	ck_assert_uint_eq(pmu_bits(CPU_PMU_STRICT, -ENODEV, &e), 0);
}
END_TEST

T_MAIN("vm_how", filter, nothing_settled, strict)
