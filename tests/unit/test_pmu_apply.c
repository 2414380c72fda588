// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_apply - the PMU set-up against models of many host kernels
 */
#include "pmu_model.h"

/* Every host has 6 event counters. */
static const struct row rows[] = {
	/* --pmu alone costs four calls and one for each further vCPU's part */
	{ .k = &k6_1, EMU, ALL, .nr = 1, .got = EMU, .n = 6,
	  .log = "0:pmu 0:irq 0:init 0:get" },
	{ .k = &k6_18, EMU, ALL, .nr = 2, .got = EMU, .n = 6,
	  .log = "0:pmu 0:irq 0:init 1:irq 1:init 0:get 1:get" },
	{ .k = &k5_15, EMU, ALL, .nr = 1, .got = EMU, .n = 6,
	  .says = { "no SET_PMU", "armv8_pmuv3_0" },
	  .log = "0:pmu 0:has 0:irq 0:init 0:get" },
	/* a count */
	{ .k = &k6_1, EMU, 4, .nr = 1, .err = -EOPNOTSUPP, .kind = ERR_HOST,
	  .says = { "asked for 4 of 6", "6.7", "6.16" },
	  .log = "0:pmu 0:get 0:nr 0:get 0:set 0:get 0:set" },
	{ .k = &k6_1, EMU, 6, .nr = 1, .got = EMU, .n = 6,
	  .log = "0:pmu 0:get 0:irq 0:init 0:get" },
	{ .k = &k6_12, EMU, 4, .nr = 2, .got = EMU, .n = 4,
	  .count_way = PMU_WAY_PMCR, .log = "0:pmu 0:get 0:nr 0:get 0:set "
	  "0:get 0:set 0:get 0:irq 0:init 1:irq 1:init 0:get 1:get" },
	{ .k = &k6_12, EMU, 0, .nr = 1, .got = EMU, .n = 0,
	  .count_way = PMU_WAY_PMCR },
	{ .k = &k6_18, EMU, 4, .nr = 1, .got = EMU, .n = 4,
	  .count_way = PMU_WAY_NR_COUNTERS,
	  .log = "0:pmu 0:get 0:nr 0:irq 0:init 0:get" },
	{ .k = &k7_3_strict, EMU, 1, .nr = 8, .got = EMU, .n = 1,
	  .count_way = PMU_WAY_NR_COUNTERS },
	{ .k = &frozen, EMU, 4, .nr = 1, .err = -EOPNOTSUPP, .kind = ERR_HOST,
	  .says = { "cannot set the number" } },
	{ .k = &k6_18, EMU, 7, .nr = 1, .err = -ERANGE, .kind = ERR_CONFIG,
	  .says = { "asked for 7 event counters, armv8_pmuv3_0 has 6" },
	  .log = "0:pmu 0:get" },
	{ .k = &k6_12, PART, 31, .fallback = true, .nr = 1, .err = -ERANGE,
	  .kind = ERR_CONFIG, .says = { "asked for 31", "has 6" } },
	/* partition by attribute */
	{ .k = &v8, PART, 4, .nr = 2, .got = PART, .n = 4,
	  .partition_way = PMU_WAY_ATTR, .count_way = PMU_WAY_NR_COUNTERS,
	  .log = "0:pmu 0:get 0:part 0:part 0:get 0:nr 0:irq 0:init 1:irq "
	  "1:init 0:get 1:get" },
	{ .k = &v8, PART, 0, .nr = 1, .got = PART, .n = 0,
	  .partition_way = PMU_WAY_ATTR, .count_way = PMU_WAY_NR_COUNTERS },
	{ .k = &v8_small, PART, 2, .nr = 1, .got = PART, .n = 2,
	  .partition_way = PMU_WAY_ATTR },
	{ .k = &v8_small, PART, 3, .nr = 1, .err = -ERANGE, .kind = ERR_CONFIG,
	  .says = { "asked for 3", "gives a guest fewer of the 6" } },
	{ .k = &v8_denied, PART, 4, .nr = 1, .err = -EOPNOTSUPP,
	  .kind = ERR_HOST, .says = { "missing is a partitioned host PMU driver",
	  "arm_pmuv3.reserved_host_counters", "--pmu-fallback=emulate" } },
	{ .k = &v8_denied, PART, 4, .fallback = true, .nr = 1, .got = EMU,
	  .n = 4, .count_way = PMU_WAY_NR_COUNTERS,
	  .says = { "want of a partitioned host PMU driver", "same 4 counters" },
	  .log = "0:pmu 0:get 0:part 0:part 0:nr 0:irq 0:init 0:get" },
	{ .k = &v8_early, PART, 4, .nr = 1, .err = -EOPNOTSUPP,
	  .kind = ERR_HOST, .says = { "a partitioned host PMU driver" },
	  .log = "0:pmu 0:get 0:part" },
	/* no partition at all */
	{ .k = &k6_12, PART, 4, .nr = 1, .err = -EOPNOTSUPP, .kind = ERR_HOST,
	  .says = { "give the guest 4 counters of its own: missing is a kernel "
	  "interface for counter partitions" },
	  .log = "0:pmu 0:get 0:part 0:ioctl" },
	{ .k = &notty, PART, 1, .nr = 1, .err = -EOPNOTSUPP, .kind = ERR_HOST,
	  .says = { "1 counter of its own", "a kernel interface" } },
	{ .k = &k6_12, PART, 4, .fallback = true, .nr = 1, .got = EMU, .n = 4,
	  .count_way = PMU_WAY_PMCR, .says = { "want of a kernel interface" } },
	{ .k = &k6_1, PART, 4, .fallback = true, .nr = 1, .err = -EOPNOTSUPP,
	  .kind = ERR_HOST, .says = { "cannot set the number" } },
	{ .k = &k6_12, PART, 6, .nr = 1, .err = -EOPNOTSUPP, .kind = ERR_HOST,
	  .says = { "a counter left for the host (ask for fewer)",
	  "not known are a kernel interface" }, .log = "0:pmu 0:get 0:part" },
	/* partition by ioctl */
	{ .k = &v1, PART, 4, .nr = 2, .got = PART, .n = 4,
	  .partition_way = PMU_WAY_IOCTL,
	  .log = "0:pmu 0:get 0:part 0:ioctl 0:get 0:irq 0:init 1:irq 1:init "
	  "0:get 1:get" },
	{ .k = &v1_denied, PART, 4, .nr = 1, .err = -EOPNOTSUPP,
	  .kind = ERR_HOST, .says = { "a partitioned host PMU driver" } },
	{ .k = &v2, PART, 3, .nr = 2, .got = PART, .n = 3,
	  .partition_way = PMU_WAY_IOCTL },
	{ .k = &v2, PART, 4, .nr = 1, .err = -ERANGE, .kind = ERR_CONFIG,
	  .says = { "asked for 4" } },
	{ .k = &v4, PART, 3, .nr = 2, .err = -EPROTO, .kind = ERR_HOST,
	  .says = { "vCPU 1's PMCR_EL0 shows 6 event counters where 3 were "
	  "promised (KVM_ARM_PARTITION_PMU)" } },
	/* the other series' attribute 5 */
	{ .k = &fixed, PART, 4, .nr = 1, .err = -ESTALE, .kind = ERR_FAULT,
	  .says = { "attribute 5" }, .log = "0:pmu 0:get 0:part" },
	{ .k = &fixed_busy, PART, 4, .nr = 1, .err = -ESTALE,
	  .kind = ERR_FAULT },
	/* no PMU: no call */
	{ .k = &k6_12, PMU_MODE_OFF, 0, .nr = 3, .got = PMU_MODE_OFF,
	  .log = "" },
};

START_TEST(every_kernel)
{
	run_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

/* After -ESTALE the second VM does not touch attribute 5 again. */
START_TEST(stale_rebuild)
{
	struct pmu_plan *plan = make_plan(PART, 4, true, 1);
	struct pmu_vm pv = { .state = PMU_ST_NEW };
	struct err e;

	model_start(&fixed, 6);
	ck_assert_int_eq(apply(&pv, plan, &e), -ESTALE);
	ck_assert(pv.attr5_is_foreign);
	model_start(&fixed, 6);
	ck_assert_int_eq(apply(&pv, plan, &e), 0);
	ck_assert(pv.attr5_is_foreign);
	ck_assert_int_eq(pv.mode, EMU);
	ck_assert_uint_eq(pv.n, 4);
	ck_assert_ptr_null(strstr(model.log, "part"));
	pmu_vm_fini(&pv);
	pmu_plan_free(plan);
}
END_TEST

/* With all 31 counters there is no impossible count to test with. */
START_TEST(all_31_counters)
{
	struct pmu_plan *plan = make_plan(EMU, 30, false, 2);
	struct pmu_vm pv = { .state = PMU_ST_NEW };
	struct err e;

	model_start(&k6_12, 31);
	ck_assert_int_eq(apply(&pv, plan, &e), 0);
	ck_assert_uint_eq(pv.n, 30);
	ck_assert_str_eq(model.log, "0:pmu 0:get 0:nr 0:get 0:set 0:get 0:irq "
			 "0:init 1:irq 1:init 0:get 1:get");
	/* where a write holds for one vCPU only, the read-back finds it */
	model_start(&k6_1, 31);
	ck_assert_int_eq(apply(&pv, plan, &e), -EPROTO);
	pmu_vm_fini(&pv);
	pmu_plan_free(plan);
}
END_TEST

START_TEST(two_pmus_need_set_pmu)
{
	struct pmu_plan *plan = make_plan(EMU, ALL, false, 1);
	struct pmu_vm pv = { .state = PMU_ST_NEW };
	struct err e;

	plan->nr_pmus = 2;
	model_start(&k5_15, 6);
	ck_assert_int_eq(apply(&pv, plan, &e), -EOPNOTSUPP);
	ck_assert_int_eq(e.kind, ERR_HOST);
	ck_assert_msg(!!strstr(e.text, "5.18"), "%s", e.text);
	/* the attribute is there, the PMU is not */
	model_start(&k6_12, 6);
	model.no_type = true;
	ck_assert_int_eq(apply(&pv, plan, &e), -EOPNOTSUPP);
	ck_assert_int_eq(e.kind, ERR_HOST);
	ck_assert_msg(!!strstr(e.text, "armv8_pmuv3_0 (type 8)"), "%s", e.text);
	pmu_vm_fini(&pv);
	pmu_plan_free(plan);
}
END_TEST

/* Whichever call fails: one clear error, state FAILED, nothing runs after. */
START_TEST(each_call_fails)
{
	static const struct {
		enum pmu_mode mode;
		int counters;
		bool fallback;
	} plans[] = {
		{ EMU, ALL, false }, { EMU, 4, false }, { PART, 3, false },
		{ PART, 4, true },
	};
	struct pmu_vm pv = { .state = PMU_ST_NEW };
	struct pmu_plan *plan;
	unsigned int p, k, at, calls;
	struct err e;

	for (p = 0; p < ARRAY_SIZE(plans); p++) {
		plan = make_plan(plans[p].mode, plans[p].counters,
				 plans[p].fallback, 2);
		for (k = 0; k < ARRAY_SIZE(kernels); k++) {
			model_start(kernels[k], 6);
			pv.attr5_is_foreign = false;
			apply(&pv, plan, &e);
			calls = model.nr_calls;
			ck_assert_uint_gt(calls, 1);
			for (at = 1; at <= calls; at++) {
				model_start(kernels[k], 6);
				model.fail_at = at;
				pv.attr5_is_foreign = false;
				ck_assert_int_eq(apply(&pv, plan, &e), -EIO);
				ck_assert_int_eq(pv.state, PMU_ST_FAILED);
				ck_assert_int_eq(e.kind, ERR_FAULT);
				ck_assert_uint_gt(strlen(e.text), 20);
				ck_assert_uint_eq(model.nr_calls, at);
			}
		}
		pmu_plan_free(plan);
	}
	pmu_vm_fini(&pv);
}
END_TEST

static int add_one(struct pmu_vm *pv, struct err *e)
{
	(void)e;
	return pmu_vm_add_vcpu(pv, FD0);
}

/* every call that changes the state, and the one state it is legal in */
static const struct {
	int (*call)(struct pmu_vm *pv, struct err *e);
	int legal;
} calls[] = {
	{ add_one, -1 },	/* all vCPUs are there already */
	{ pmu_vm_select, PMU_ST_NEW },
	{ pmu_vm_size, PMU_ST_SELECTED },
	{ pmu_vm_enable, PMU_ST_SIZED },
	{ pmu_vm_verify, PMU_ST_ENABLED },
	{ pmu_vm_apply, PMU_ST_NEW },
};

/* A VM in @state, by the legal way. */
static void reach(struct pmu_vm *pv, const struct pmu_plan *plan,
		  enum pmu_state state)
{
	unsigned int i;

	model_start(&k6_18, 6);
	ck_assert_int_eq(pmu_vm_init(pv, plan), 0);
	add_vcpus(pv);
	if (state == PMU_ST_FAILED) {
		model.fail_at = 1;
		ck_assert_int_eq(pmu_vm_select(pv, NULL), -EIO);
		return;
	}
	for (i = PMU_ST_NEW; i < state; i++)
		ck_assert_int_eq(calls[1 + i].call(pv, NULL), 0);
	ck_assert_int_eq(pv->state, state);
}

static void check_same(const struct pmu_vm *a, const struct pmu_vm *b)
{
	ck_assert_int_eq(a->state, b->state);
	ck_assert_ptr_eq(a->plan, b->plan);
	ck_assert_uint_eq(a->nr, b->nr);
	ck_assert_ptr_eq(a->fds, b->fds);
	ck_assert_int_eq(a->mode, b->mode);
	ck_assert_int_eq(a->partition_way, b->partition_way);
	ck_assert_int_eq(a->count_way, b->count_way);
	ck_assert_uint_eq(a->max, b->max);
	ck_assert_uint_eq(a->n, b->n);
	ck_assert_str_eq(a->note, b->note);
}

static void check_illegal(struct pmu_vm *pv, unsigned int c)
{
	unsigned int before = model.nr_calls;
	struct pmu_vm copy = *pv;
	struct err e;

	ck_assert_int_eq(calls[c].call(pv, &e), -EBADFD);
	check_same(&copy, pv);
	ck_assert_uint_eq(model.nr_calls, before);
}

START_TEST(wrong_order)
{
	struct pmu_plan *plan = make_plan(EMU, 4, false, 2);
	struct pmu_vm pv = { .state = PMU_ST_NEW };
	unsigned int state, c;

	for (state = PMU_ST_NEW; state < PMU_ST_NUM; state++) {
		reach(&pv, plan, state);
		for (c = 0; c < ARRAY_SIZE(calls); c++) {
			if (calls[c].legal != (int)state)
				check_illegal(&pv, c);
		}
	}
	pmu_vm_fini(&pv);
	pmu_plan_free(plan);
}
END_TEST

/* With a vCPU missing, before init and after fini, no step is legal. */
START_TEST(too_early_too_late)
{
	struct pmu_plan *plan = make_plan(EMU, ALL, false, 2);
	struct pmu_vm pv = { .state = PMU_ST_NEW };
	unsigned int c;

	model_start(&k6_18, 6);
	for (c = 0; c < ARRAY_SIZE(calls); c++)
		check_illegal(&pv, c);
	ck_assert_int_eq(pmu_vm_init(&pv, plan), 0);
	ck_assert_int_eq(pmu_vm_add_vcpu(&pv, FD0), 0);
	for (c = 1; c < ARRAY_SIZE(calls); c++)
		check_illegal(&pv, c);
	pmu_vm_fini(&pv);
	pmu_vm_fini(&pv);
	pmu_vm_fini(NULL);
	for (c = 0; c < ARRAY_SIZE(calls); c++)
		check_illegal(&pv, c);
	pmu_plan_free(plan);
}
END_TEST

/* A failed VM can be started over. */
START_TEST(start_over)
{
	struct pmu_plan *plan = make_plan(EMU, ALL, false, 2);
	struct pmu_vm pv = { .state = PMU_ST_NEW };
	struct err e;

	reach(&pv, plan, PMU_ST_FAILED);
	model_start(&k6_18, 6);
	ck_assert_int_eq(apply(&pv, plan, &e), 0);
	ck_assert_int_eq(pv.state, PMU_ST_VERIFIED);
	pmu_vm_fini(&pv);
	pmu_plan_free(plan);
}
END_TEST

START_TEST(way_names)
{
	unsigned int way;

	for (way = 0; way < PMU_WAY_NUM; way++)
		ck_assert_uint_gt(strlen(pmu_way_name(way)), 0);
}
END_TEST

T_MAIN("pmu_apply", every_kernel, stale_rebuild, all_31_counters,
       two_pmus_need_set_pmu, each_call_fails, wrong_order,
       too_early_too_late, start_over, way_names)
