// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_shapes - every shape of the partition interface by name, its probe,
 * and the event filter in its place among the other calls
 */
#include "pmu_model.h"

static const struct row rows[] = {
	/* a shape by name, whatever else the kernel has */
	{ .k = &v8, PART, 4, .nr = 1, .got = PART, .n = 4,
	  .abi = PMU_ABI_ATTRIBUTE, .partition_way = PMU_WAY_ATTR,
	  .count_way = PMU_WAY_NR_COUNTERS },
	{ .k = &v8, PART, 4, .nr = 1, .abi = PMU_ABI_IOCTL_COUNT,
	  .err = -EOPNOTSUPP, .kind = ERR_HOST,
	  .says = { "missing is a kernel interface" },
	  .log = "0:pmu 0:get 0:ioctl" },
	{ .k = &v1, PART, 4, .nr = 1, .abi = PMU_ABI_ATTRIBUTE,
	  .err = -EOPNOTSUPP, .kind = ERR_HOST, .log = "0:pmu 0:get 0:part" },
	{ .k = &v1, PART, 4, .nr = 1, .got = PART, .n = 4,
	  .abi = PMU_ABI_IOCTL_COUNT, .partition_way = PMU_WAY_IOCTL,
	  .log = "0:pmu 0:get 0:ioctl 0:get 0:irq 0:init 0:get" },
	{ .k = &v2, PART, 3, .nr = 1, .got = PART, .n = 3,
	  .abi = PMU_ABI_IOCTL_ENABLE, .partition_way = PMU_WAY_IOCTL_ENABLE,
	  .says = { "KVM_ARM_PARTITION_PMU (yes or no)",
	  "--pmu-partition-abi" } },
	{ .k = &v4, PART, 3, .nr = 2, .got = PART, .n = 3,
	  .abi = PMU_ABI_IOCTL_ENABLE, .partition_way = PMU_WAY_IOCTL_ENABLE,
	  .says = { "--pmu-partition-abi" },
	  .log = "0:pmu 0:get 0:ioctl 1:ioctl 0:get 0:irq 0:init 1:irq 1:init "
	  "0:get 1:get" },
	{ .k = &v1_denied, PART, 4, .fallback = true, .nr = 1, .got = EMU,
	  .n = 4, .abi = PMU_ABI_IOCTL_ENABLE, .count_way = PMU_WAY_PMCR,
	  .says = { "want of a partitioned host PMU driver" } },
	/* the capability, before the first vCPU and only by name */
	{ .k = &v5, PART, 4, .nr = 1, .err = -EOPNOTSUPP, .kind = ERR_HOST,
	  .log = "0:pmu 0:get 0:part 0:ioctl" },
	{ .k = &v5, PART, 4, .nr = 1, .got = PART, .n = 4,
	  .abi = PMU_ABI_CAPABILITY, .partition_way = PMU_WAY_CAPABILITY,
	  .count_way = PMU_WAY_PMCR,
	  .says = { "KVM_CAP_ARM_PARTITION_PMU because --pmu-partition-abi" },
	  .log = "vm:cap 0:pmu 0:get 0:get 0:nr 0:get 0:set 0:get 0:set 0:get "
	  "0:irq 0:init 0:get" },
	{ .k = &v5_denied, PART, 4, .nr = 1, .abi = PMU_ABI_CAPABILITY,
	  .err = -EOPNOTSUPP, .kind = ERR_HOST,
	  .says = { "a partitioned host PMU driver" },
	  .log = "vm:cap 0:pmu 0:get" },
	{ .k = &k6_12, PART, 4, .fallback = true, .nr = 1, .got = EMU, .n = 4,
	  .abi = PMU_ABI_CAPABILITY, .count_way = PMU_WAY_PMCR,
	  .says = { "want of a kernel interface" } },
	{ .k = &v5, EMU, 6, .nr = 1, .got = EMU, .n = 6,
	  .abi = PMU_ABI_CAPABILITY, .log = "0:pmu 0:get 0:irq 0:init 0:get" },
	/* a later version's number */
	{ .k = &moved, PART, 4, .nr = 1, .err = -EOPNOTSUPP,
	  .kind = ERR_HOST, .says = { "a kernel interface" } },
	{ .k = &moved, PART, 4, .nr = 1, .got = PART, .n = 4, .attr = 9,
	  .partition_way = PMU_WAY_ATTR, .count_way = PMU_WAY_NR_COUNTERS },
};

START_TEST(by_name)
{
	run_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

/* The filter comes after the number of counters, and only if there is one. */
START_TEST(filter_order)
{
	struct pmu_plan *plan = make_plan(EMU, 4, false, 2);
	struct pmu_vm pv = { .state = PMU_ST_NEW };
	struct pmu_filter filter;
	struct err e;

	ck_assert_int_eq(pmu_filter_parse("allow:1,CPU_CYCLES", NULL, &filter,
					  &e), 0);
	pv.how.filter = &filter;
	model_start(&k6_18, 6);
	ck_assert_int_eq(apply(&pv, plan, &e), 0);
	ck_assert_str_eq(model.log, "0:pmu 0:get 0:nr 0:filter 0:filter 0:irq "
			 "0:init 1:irq 1:init 0:get 1:get");
	model_start(&k6_18, 6);
	model.fail_at = 5;
	ck_assert_int_eq(apply(&pv, plan, &e), -EIO);
	ck_assert_int_eq(pv.state, PMU_ST_FAILED);
	/* without a number of counters too */
	plan->vcpu[0].counters = plan->vcpu[1].counters = ALL;
	model_start(&k6_18, 6);
	ck_assert_int_eq(apply(&pv, plan, &e), 0);
	ck_assert_str_eq(model.log, "0:pmu 0:filter 0:filter 0:irq 0:init "
			 "1:irq 1:init 0:get 1:get");
	pmu_vm_fini(&pv);
	pmu_filter_fini(&filter);
	pmu_plan_free(plan);
}
END_TEST

/* Nothing of the host is changed by asking. */
START_TEST(probe_families)
{
	static const struct {
		const struct kernel *k;
		enum pmu_family family;
		int attr, ioctl;
	} kinds[] = {
		{ &k6_12, PMU_FAMILY_NONE, -ENXIO, -EINVAL },
		{ &v8, PMU_FAMILY_ATTR, 0, -EINVAL },
		{ &v8_denied, PMU_FAMILY_ATTR_DENIED, -EPERM, -EINVAL },
		{ &v8_early, PMU_FAMILY_ATTR_DENIED, -EPERM, -EINVAL },
		{ &v1, PMU_FAMILY_IOCTL, -ENXIO, 0 },
		{ &v2, PMU_FAMILY_IOCTL, -ENXIO, 0 },
		{ &v1_denied, PMU_FAMILY_IOCTL_DENIED, -ENXIO, -EPERM },
		{ &fixed, PMU_FAMILY_FOREIGN, -ENXIO, -EINVAL },
		{ &notty, PMU_FAMILY_NONE, -ENXIO, -ENOTTY },
		{ &moved, PMU_FAMILY_NONE, -ENXIO, -EINVAL },
	};
	struct pmu_offer offer;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		model_start(kinds[i].k, 6);
		model.pmu_set = true;
		ck_assert_int_eq(pmu_partition_probe(FD0, 0, &offer),
				 kinds[i].family);
		ck_assert_int_eq(offer.attr, kinds[i].attr);
		ck_assert_int_eq(offer.ioctl, kinds[i].ioctl);
		ck_assert_uint_gt(strlen(pmu_family_name(kinds[i].family)), 0);
		/* the counters of the ioctl were not touched */
		if (kinds[i].family == PMU_FAMILY_IOCTL)
			ck_assert_uint_eq(model.n[0], 6);
	}
	model_start(&moved, 6);
	ck_assert_int_eq(pmu_partition_probe(FD0, 9, &offer), PMU_FAMILY_ATTR);
}
END_TEST

START_TEST(prepare_is_early)
{
	struct pmu_plan *plan = make_plan(PART, 4, false, 1);
	struct pmu_vm pv = { .state = PMU_ST_NEW };
	struct err e;

	model_start(&v5, 6);
	ck_assert_int_eq(pmu_vm_prepare(&pv, VM_FD, &e), -EBADFD);
	pv.how.abi = PMU_ABI_CAPABILITY;
	ck_assert_int_eq(pmu_vm_init(&pv, plan), 0);
	add_vcpus(&pv);
	ck_assert_int_eq(pmu_vm_prepare(&pv, VM_FD, &e), -EBADFD);
	ck_assert_str_eq(model.log, "");
	model.fail_at = 1;
	ck_assert_int_eq(pmu_vm_init(&pv, plan), 0);
	ck_assert_int_eq(pmu_vm_prepare(&pv, VM_FD, &e), -EIO);
	ck_assert_int_eq(pv.state, PMU_ST_FAILED);
	ck_assert_int_eq(e.kind, ERR_FAULT);
	/* the shape is configured, and nobody has prepared it */
	model_start(&v5, 6);
	ck_assert_int_eq(pmu_vm_init(&pv, plan), 0);
	add_vcpus(&pv);
	ck_assert_int_eq(pmu_vm_apply(&pv, &e), -EOPNOTSUPP);
	pmu_vm_fini(&pv);
	pmu_plan_free(plan);
}
END_TEST

T_MAIN("pmu_shapes", by_name, filter_order, probe_families, prepare_is_early)
