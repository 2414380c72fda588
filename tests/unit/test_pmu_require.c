// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_require - what a partition needs: each answer of a kernel, and what
 * the refusal then says
 */
#include <errno.h>
#include <string.h>

#include "pmu/require.h"
#include "util.h"

#include "sysfs_tree.h"
#include "t.h"

#define MET	PMU_REQ_MET
#define MISS	PMU_REQ_MISSING
#define UNKN	PMU_REQ_UNKNOWN

#define FACTS(attr_, ioctl_, n_, max_, cmdline_, ...)		\
	{ .offer = { attr_, ioctl_ }, .n = n_, .max = max_,	\
	  .cmdline = cmdline_, __VA_ARGS__ }

static const struct {
	struct pmu_req_facts facts;
	enum pmu_req_state want[PMU_REQ_NUM];
	enum pmu_req culprit;
} req_rows[] = {
	/* KVM, guest PMU, interface, VHE, FGT, HPMN0, driver, counters */
	{ FACTS(-ENXIO, -EINVAL, 4, 6, "quiet"),
	  { MET, MET, MISS, UNKN, UNKN, MET, UNKN, MET }, PMU_REQ_INTERFACE },
	{ FACTS(0, PMU_NOT_ASKED, 4, 6, "quiet"),
	  { MET, MET, MET, MET, UNKN, MET, MET, MET }, PMU_REQ_INTERFACE },
	{ FACTS(-EPERM, PMU_NOT_ASKED, 4, 6, "quiet"),
	  { MET, MET, MET, UNKN, UNKN, MET, MISS, MET }, PMU_REQ_DRIVER },
	{ FACTS(-EPERM, PMU_NOT_ASKED, 4, 6,
		"quiet arm_pmuv3.reserved_host_counters=2"),
	  { MET, MET, MET, UNKN, UNKN, MET, MET, MET }, PMU_REQ_VHE },
	{ FACTS(-EPERM, PMU_NOT_ASKED, 0, 6,
		"arm_pmuv3.reserved_host_counters=-1 kvm-arm.mode=nvhe"),
	  { MET, MET, MET, MISS, UNKN, UNKN, MISS, MET }, PMU_REQ_VHE },
	{ FACTS(-EPERM, PMU_NOT_ASKED, 4, 6,
		"xarm_pmuv3.reserved_host_counters=2 kvm-arm.mode=protected"),
	  { MET, MET, MET, MISS, UNKN, MET, MISS, MET }, PMU_REQ_VHE },
	{ FACTS(-ENXIO, -EPERM, 6, 6, "kvm.reserved_host_counters=2"),
	  { MET, MET, MET, UNKN, UNKN, MET, MET, MISS }, PMU_REQ_COUNTERS },
	/* without a command line the driver's state is not known */
	{ FACTS(-ENXIO, -EPERM, 4, 6, ""),
	  { MET, MET, MET, UNKN, UNKN, MET, UNKN, MET }, PMU_REQ_VHE },
	{ FACTS(-ENXIO, PMU_NOT_ASKED, 6, 6, "kvm-arm.mode=none"),
	  { MET, MET, UNKN, UNKN, UNKN, MET, UNKN, MISS }, PMU_REQ_COUNTERS },
	/* what the kernel's messages tell */
	{ FACTS(-ENXIO, -EINVAL, 4, 6, "quiet",
		.log = "kvm [1]: VHE mode initialized successfully\n"
		"CPU features: detected: Fine Grained Traps"),
	  { MET, MET, MISS, MET, MET, MET, UNKN, MET }, PMU_REQ_INTERFACE },
	{ FACTS(-EPERM, PMU_NOT_ASKED, 4, 6, "quiet",
		.log = "kvm [1]: Hyp nVHE mode initialized successfully"),
	  { MET, MET, MET, MISS, UNKN, MET, MISS, MET }, PMU_REQ_VHE },
	{ FACTS(-EPERM, PMU_NOT_ASKED, 4, 6, "",
		.log = "kvm [1]: Protected hVHE mode initialized successfully\n"
		"Partitioned PMU with 2 host counters -> 4 guest counters"),
	  { MET, MET, MET, MISS, UNKN, MET, MET, MET }, PMU_REQ_VHE },
	{ FACTS(-EPERM, PMU_NOT_ASKED, 4, 6, "kvm.reserved_host_counters=2",
		.log = "PMU partition is not supported"),
	  { MET, MET, MET, UNKN, UNKN, MET, MISS, MET }, PMU_REQ_DRIVER },
	/* no KVM to ask; a PMU of unknown size */
	{ FACTS(PMU_NOT_ASKED, PMU_NOT_ASKED, 1, 0, "", .kvm = MISS),
	  { MISS, UNKN, UNKN, UNKN, UNKN, MET, UNKN, UNKN }, PMU_REQ_KVM },
	{ FACTS(PMU_NOT_ASKED, PMU_NOT_ASKED, 1, 0, "", .guest_pmu = MISS),
	  { MET, MISS, UNKN, UNKN, UNKN, MET, UNKN, UNKN }, PMU_REQ_GUEST_PMU },
};

START_TEST(requirements_table)
{
	enum pmu_req_state got[PMU_REQ_NUM];
	struct err e;
	size_t i;
	unsigned int r;

	for (i = 0; i < ARRAY_SIZE(req_rows); i++) {
		pmu_require_check(&req_rows[i].facts, got);
		for (r = 0; r < PMU_REQ_NUM; r++)
			ck_assert_msg(got[r] == req_rows[i].want[r],
				      "row %zu, %s: %d", i,
				      pmu_require_name(r), got[r]);
		ck_assert_int_eq(pmu_require_culprit(&req_rows[i].facts),
				 req_rows[i].culprit);
		ck_assert_int_eq(pmu_require_refuse(&req_rows[i].facts, &e),
				 -EOPNOTSUPP);
		ck_assert_int_eq(e.kind, ERR_HOST);
		ck_assert_uint_lt(strlen(e.text), ERR_TEXT_MAX - 1);
		for (r = 0; r < PMU_REQ_NUM; r++) {
			if (got[r] == MISS)
				ck_assert_msg(strstr(e.text,
						     pmu_require_remedy(r)),
					      "%s", e.text);
		}
		/* optional: never the reason */
		ck_assert_ptr_null(strstr(e.text, "FEAT_FGT"));
	}
}
END_TEST

START_TEST(cmdline)
{
	char buf[PMU_CMDLINE_MAX];
	static char huge[2 * PMU_CMDLINE_MAX];
	struct tree proc;

	ck_assert_str_eq(pmu_require_cmdline("/nonexistent", buf), "");
	tree_init(&proc);
	ck_assert_str_eq(pmu_require_cmdline(proc.root, buf), "");
	tree_add(&proc, "cmdline=a b=c");
	ck_assert_str_eq(pmu_require_cmdline(proc.root, buf), "a b=c");
	memset(huge, 'x', sizeof(huge));
	tree_write(&proc, "cmdline", huge, sizeof(huge));
	ck_assert_str_eq(pmu_require_cmdline(proc.root, buf), "");
	tree_fini(&proc);
}
END_TEST

T_MAIN("pmu_require", requirements_table, cmdline)
