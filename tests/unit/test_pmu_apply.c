// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_apply - the PMU set-up against models of many host kernels
 *
 * Each model answers as that kernel's pmu-emul.c does, including its refusals
 * of a wrong order and what it accepts without effect.  The models take the
 * place of include/kvm.h for the three files that talk to the kernel, whatever
 * stand-in the rest of the test library brings along: hence the renaming and
 * the inclusion of sources below.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define kvm_ioctl	model_ioctl
#define kvm_has_attr	model_has_attr
#define kvm_set_attr	model_set_attr
#define kvm_get_reg	model_get_reg
#define kvm_set_reg	model_set_reg

#include "kvm.h"

#include "pmu/apply.c"
#include "pmu/count.c"
#include "pmu/partition.c"

#include "sysfs_tree.h"
#include "t.h"

#define VCPUS_MAX 8
#define FD0 100			/* descriptor of vCPU 0 */
#define PMU_TYPE 8

enum model_pmcr {
	PMCR_CHECKED,		/* from 6.7 on */
	PMCR_RAW,		/* before 6.7: stored for one vCPU, unchecked */
	PMCR_IGNORED,		/* v1 and v6 on; also STRICT */
};

enum model_attr5 {
	ATTR5_NONE,
	ATTR5_READY,		/* partition series v6 to v8 */
	ATTR5_DENIED,		/* the same, driver not partitioned */
	ATTR5_DENIED_EARLY,	/* the same, before it reads the value */
	ATTR5_FIXED,		/* FIXED_COUNTERS_ONLY, before July */
	ATTR5_FIXED_BUSY,	/* the same after July: SET_PMU was first */
};

enum model_ioctl_kind {
	IOCTL_NONE,		/* -EINVAL, as kvm_arch_vcpu_ioctl() */
	IOCTL_NOTTY,
	IOCTL_V1,		/* byte: counters of the host */
	IOCTL_V1_DENIED,
	IOCTL_V2,		/* byte: enable, for the VM */
	IOCTL_V4,		/* byte: enable, for this vCPU */
};

struct kernel {
	const char *name;
	bool no_set_pmu;	/* before 5.18 */
	bool nr_counters;	/* SET_NR_COUNTERS */
	enum model_pmcr pmcr;
	enum model_attr5 attr5;
	enum model_ioctl_kind ioctl;
	unsigned int guest_max;	/* of a partition; 0: all */
};

static const struct kernel k5_15 = { "5.15", .no_set_pmu = true,
				     .pmcr = PMCR_RAW };
static const struct kernel k6_1 = { "6.1", .pmcr = PMCR_RAW };
static const struct kernel k6_12 = { .name = "6.12" };
static const struct kernel k6_18 = { "6.18", .nr_counters = true };
static const struct kernel k7_3_strict = { "7.3 strict", .nr_counters = true,
					   .pmcr = PMCR_IGNORED };
static const struct kernel frozen = { "no way to N", .pmcr = PMCR_IGNORED };
static const struct kernel v8 = { "v8", .nr_counters = true,
				  .pmcr = PMCR_IGNORED, .attr5 = ATTR5_READY };
static const struct kernel v8_small = { "v8, 4 host counters",
	.nr_counters = true, .pmcr = PMCR_IGNORED, .attr5 = ATTR5_READY,
	.guest_max = 2 };
static const struct kernel v8_denied = { "v8, driver not partitioned",
	.nr_counters = true, .attr5 = ATTR5_DENIED };
static const struct kernel v8_early = { "v8, refuses at once",
	.nr_counters = true, .attr5 = ATTR5_DENIED_EARLY };
static const struct kernel fixed = { "FIXED_COUNTERS_ONLY",
	.nr_counters = true, .attr5 = ATTR5_FIXED };
static const struct kernel fixed_busy = { "FIXED_COUNTERS_ONLY, busy",
	.nr_counters = true, .attr5 = ATTR5_FIXED_BUSY };
static const struct kernel v1 = { "v1", .pmcr = PMCR_IGNORED,
				  .ioctl = IOCTL_V1 };
static const struct kernel v1_denied = { "v1, no VHE",
					 .ioctl = IOCTL_V1_DENIED };
static const struct kernel v2 = { "v2", .ioctl = IOCTL_V2, .guest_max = 3 };
static const struct kernel v4 = { "v4", .ioctl = IOCTL_V4, .guest_max = 3 };
static const struct kernel notty = { "ENOTTY", .ioctl = IOCTL_NOTTY };

static const struct kernel *const kernels[] = {
	&k5_15, &k6_1, &k6_12, &k6_18, &k7_3_strict, &frozen, &v8, &v8_small,
	&v8_denied, &v8_early, &fixed, &fixed_busy, &v1, &v1_denied, &v2, &v4,
	&notty,
};

/* The running model: one VM on one kernel. */
static struct {
	const struct kernel *k;
	unsigned int max;		/* counters of the hardware */
	unsigned int n[VCPUS_MAX];	/* PMCR_EL0.N of each vCPU */
	bool pmu_set, irq_set[VCPUS_MAX], inited[VCPUS_MAX];
	bool no_type;			/* KVM does not know the PMU */
	unsigned int nr_calls, fail_at;
	char log[1024];			/* "0:pmu 0:get ..." */
} model;

static void model_start(const struct kernel *k, unsigned int max)
{
	unsigned int i;

	memset(&model, 0, sizeof(model));
	model.k = k;
	model.max = max;
	for (i = 0; i < VCPUS_MAX; i++)
		model.n[i] = max;
}

/* Note the call; -EIO if it is the one that is to fail. */
static int model_call(int fd, const char *what)
{
	size_t used = strlen(model.log);

	ck_assert_int_ge(fd, FD0);
	ck_assert_int_lt(fd, FD0 + VCPUS_MAX);
	snprintf(model.log + used, sizeof(model.log) - used, "%s%d:%s",
		 used ? " " : "", fd - FD0, what);
	return ++model.nr_calls == model.fail_at ? -EIO : 0;
}

static void set_all_n(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < VCPUS_MAX; i++)
		model.n[i] = n;
}

static unsigned int guest_max(void)
{
	return model.k->guest_max ? model.k->guest_max : model.max;
}

static int set_pmu(const int *type)
{
	if (model.k->no_set_pmu || model.no_type)
		return -ENXIO;
	ck_assert_int_eq(*type, PMU_TYPE);
	model.pmu_set = true;
	set_all_n(model.max);
	return 0;
}

static int set_nr_counters(const unsigned int *n)
{
	if (!model.k->nr_counters)
		return -ENXIO;
	ck_assert(model.pmu_set);
	if (*n > guest_max())
		return -EINVAL;
	set_all_n(*n);
	return 0;
}

static int enable_partition(const uint64_t *addr)
{
	bool readable = (intptr_t)addr > 0;

	switch (model.k->attr5) {
	case ATTR5_FIXED:
		set_all_n(0);
		return 0;
	case ATTR5_FIXED_BUSY:
		return model.pmu_set ? -EBUSY : 0;
	case ATTR5_DENIED_EARLY:
		return -EPERM;
	case ATTR5_DENIED:
		return readable ? -EPERM : -EFAULT;
	case ATTR5_READY:
		if (!readable)
			return -EFAULT;
		/* four bytes or one: both must say yes, and nothing else */
		ck_assert_uint_eq(*addr, 1);
		set_all_n(guest_max());
		return 0;
	default:
		return -ENXIO;
	}
}

int model_set_attr(int fd, uint32_t group, uint64_t attr, void *addr)
{
	static const char *const names[] = {
		"irq", "init", "filter", "pmu", "nr", "part",
	};
	unsigned int vcpu = fd - FD0;
	int err;

	ck_assert_uint_eq(group, KVM_ARM_VCPU_PMU_V3_CTRL);
	ck_assert_uint_lt(attr, ARRAY_SIZE(names));
	err = model_call(fd, names[attr]);
	if (err)
		return err;
	if (model.inited[vcpu])
		return -EBUSY;
	switch (attr) {
	case KVM_ARM_VCPU_PMU_V3_IRQ:
		ck_assert_int_eq(*(int *)addr, 23);
		if (model.irq_set[vcpu])
			return -EBUSY;
		model.irq_set[vcpu] = true;
		return 0;
	case KVM_ARM_VCPU_PMU_V3_INIT:
		if (!model.irq_set[vcpu])
			return -ENXIO;
		model.inited[vcpu] = true;
		return 0;
	case KVM_ARM_VCPU_PMU_V3_SET_PMU:
		return set_pmu(addr);
	case KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS:
		return set_nr_counters(addr);
	case 5:
		return enable_partition(addr);
	default:
		return -ENXIO;
	}
}

int model_has_attr(int fd, uint32_t group, uint64_t attr)
{
	int err = model_call(fd, "has");

	ck_assert_uint_eq(group, KVM_ARM_VCPU_PMU_V3_CTRL);
	ck_assert_uint_eq(attr, KVM_ARM_VCPU_PMU_V3_SET_PMU);
	if (err)
		return err;
	return model.k->no_set_pmu ? -ENXIO : 0;
}

int model_get_reg(int fd, uint64_t id, uint64_t *ret)
{
	int err = model_call(fd, "get");

	ck_assert_uint_eq(id, UINT64_C(0x603000000013dce0));
	if (!err)
		*ret = UINT64_C(0x41000041) | (uint64_t)model.n[fd - FD0] << 11;
	return err;
}

int model_set_reg(int fd, uint64_t id, uint64_t value)
{
	unsigned int n = value >> 11 & 31;
	int err = model_call(fd, "set");

	ck_assert_uint_eq(id, UINT64_C(0x603000000013dce0));
	/* all but N is as it was read */
	ck_assert_uint_eq(value & ~UINT64_C(0xf800), 0x41000041);
	if (err)
		return err;
	if (model.k->pmcr == PMCR_RAW)
		model.n[fd - FD0] = n;
	else if (model.k->pmcr == PMCR_CHECKED && n <= model.max)
		set_all_n(n);
	return 0;
}

int model_ioctl(int fd, unsigned long req, void *arg)
{
	const uint8_t *byte = arg;
	int err = model_call(fd, "ioctl");

	ck_assert_uint_eq(req, 0xc001aece);
	/* zero would take the partition away from every guest of the host */
	ck_assert_uint_ne(*byte, 0);
	if (err)
		return err;
	switch (model.k->ioctl) {
	case IOCTL_V1:
		set_all_n(model.max - *byte);
		return 0;
	case IOCTL_V1_DENIED:
		return -EPERM;
	case IOCTL_V2:
		set_all_n(guest_max());
		return 0;
	case IOCTL_V4:
		model.n[fd - FD0] = guest_max();
		return 0;
	case IOCTL_NOTTY:
		return -ENOTTY;
	default:
		return -EINVAL;
	}
}

static const struct pmu_dev dev = { .name = "armv8_pmuv3_0", .type = PMU_TYPE };

/* A plan as pmu_plan_make() would make it. */
static struct pmu_plan *make_plan(enum pmu_mode mode, int counters,
				  bool fallback, unsigned int nr)
{
	struct pmu_plan *plan = calloc(1, sizeof(*plan) +
				       nr * sizeof(plan->vcpu[0]));
	unsigned int i;

	ck_assert_ptr_nonnull(plan);
	plan->nr = nr;
	plan->nr_pmus = 1;
	plan->fallback = fallback;
	for (i = 0; i < nr; i++) {
		plan->vcpu[i].mode = mode;
		plan->vcpu[i].counters = counters;
		plan->vcpu[i].dev = mode == PMU_MODE_OFF ? NULL : &dev;
	}
	return plan;
}

static void add_vcpus(struct pmu_vm *pv)
{
	unsigned int i;

	for (i = 0; i < pv->plan->nr; i++)
		ck_assert_int_eq(pmu_vm_add_vcpu(pv, FD0 + i), 0);
}

static int apply(struct pmu_vm *pv, const struct pmu_plan *plan, struct err *e)
{
	*e = (struct err){ ERR_NONE, "" };
	ck_assert_int_eq(pmu_vm_init(pv, plan), 0);
	add_vcpus(pv);
	return pmu_vm_apply(pv, e);
}

#define EMU	PMU_MODE_EMULATED
#define PART	PMU_MODE_PARTITIONED
#define ALL	PMU_COUNTERS_ALL

/* Every host has 6 event counters. */
static const struct row {
	const struct kernel *k;
	enum pmu_mode mode;
	int counters;
	bool fallback;
	unsigned int nr;
	int err;
	enum err_kind kind;
	enum pmu_mode got;		/* mode in effect */
	unsigned int n;
	enum pmu_way partition_way, count_way;
	const char *says[3];		/* in the error, else in the note */
	const char *log;		/* NULL: not looked at */
} rows[] = {
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
	  .count_way = PMU_WAY_PMCR, .log = "0:pmu 0:get 0:nr 0:get 0:set 0:get "
	  "0:set 0:get 0:irq 0:init 1:irq 1:init 0:get 1:get" },
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

static void check_result(const struct row *row, const struct pmu_vm *pv,
			 const struct err *e)
{
	const char *text = row->err ? e->text : pv->note;
	size_t i;

	ck_assert_int_eq(e->kind, row->kind);
	ck_assert_int_eq(pv->state,
			 row->err ? PMU_ST_FAILED : PMU_ST_VERIFIED);
	if (!row->err) {
		ck_assert_int_eq(pv->mode, row->got);
		ck_assert_uint_eq(pv->n, row->n);
		ck_assert_int_eq(pv->partition_way, row->partition_way);
		ck_assert_int_eq(pv->count_way, row->count_way);
		ck_assert_int_eq(!*pv->note, !row->says[0]);
	}
	for (i = 0; i < ARRAY_SIZE(row->says) && row->says[i]; i++)
		ck_assert_msg(!!strstr(text, row->says[i]), "%s: %s",
			      row->k->name, text);
	ck_assert_uint_lt(strlen(text), row->err ? ERR_TEXT_MAX - 1 :
			  PMU_REASON_MAX - 1);
	ck_assert_ptr_null(strchr(text, '\n'));
}

START_TEST(every_kernel)
{
	struct pmu_vm pv = { .state = PMU_ST_NEW };
	struct pmu_plan *plan;
	struct tree proc;
	struct err e;
	size_t i;
	int err;

	tree_init(&proc);
	tree_add(&proc, "cmdline=root=/dev/vda1 quiet");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		plan = make_plan(rows[i].mode, rows[i].counters,
				 rows[i].fallback, rows[i].nr);
		model_start(rows[i].k, 6);
		pv.proc = proc.root;
		pv.attr5_is_foreign = false;
		err = apply(&pv, plan, &e);
		ck_assert_msg(err == rows[i].err, "row %zu, %s: %d, %s", i,
			      rows[i].k->name, err, e.text);
		check_result(&rows[i], &pv, &e);
		if (rows[i].log)
			ck_assert_str_eq(model.log, rows[i].log);
		pmu_vm_fini(&pv);
		pmu_plan_free(plan);
	}
	tree_fini(&proc);
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

static void check_illegal(struct pmu_vm *pv, unsigned int c)
{
	unsigned int before = model.nr_calls;
	struct pmu_vm copy;
	struct err e;

	memcpy(&copy, pv, sizeof(copy));
	ck_assert_int_eq(calls[c].call(pv, &e), -EBADFD);
	ck_assert_int_eq(memcmp(&copy, pv, sizeof(copy)), 0);
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

/* ---- the table of requirements ---- */

#define MET	PMU_REQ_MET
#define MISS	PMU_REQ_MISSING
#define UNKN	PMU_REQ_UNKNOWN

static const struct {
	struct pmu_req_facts facts;
	enum pmu_req_state want[PMU_REQ_NUM];
	enum pmu_req culprit;
} req_rows[] = {
	/* interface, VHE, FGT, HPMN0, driver, counters */
	{ { { -ENXIO, -EINVAL }, 4, 6, "quiet" },
	  { MISS, UNKN, UNKN, MET, UNKN, MET }, PMU_REQ_INTERFACE },
	{ { { 0, PMU_NOT_ASKED }, 4, 6, "quiet" },
	  { MET, MET, UNKN, MET, MET, MET }, PMU_REQ_INTERFACE },
	{ { { -EPERM, PMU_NOT_ASKED }, 4, 6, "quiet" },
	  { MET, UNKN, UNKN, MET, MISS, MET }, PMU_REQ_DRIVER },
	{ { { -EPERM, PMU_NOT_ASKED }, 4, 6,
	    "quiet arm_pmuv3.reserved_host_counters=2" },
	  { MET, UNKN, UNKN, MET, MET, MET }, PMU_REQ_VHE },
	{ { { -EPERM, PMU_NOT_ASKED }, 0, 6,
	    "arm_pmuv3.reserved_host_counters=-1 kvm-arm.mode=nvhe" },
	  { MET, MISS, UNKN, UNKN, MISS, MET }, PMU_REQ_VHE },
	{ { { -EPERM, PMU_NOT_ASKED }, 4, 6,
	    "xarm_pmuv3.reserved_host_counters=2 kvm-arm.mode=protected" },
	  { MET, MISS, UNKN, MET, MISS, MET }, PMU_REQ_VHE },
	{ { { -ENXIO, -EPERM }, 6, 6, "kvm.reserved_host_counters=2" },
	  { MET, UNKN, UNKN, MET, MET, MISS }, PMU_REQ_COUNTERS },
	/* without a command line the driver's state is not known */
	{ { { -ENXIO, -EPERM }, 4, 6, "" },
	  { MET, UNKN, UNKN, MET, UNKN, MET }, PMU_REQ_VHE },
	{ { { -ENXIO, PMU_NOT_ASKED }, 6, 6, "kvm-arm.mode=none" },
	  { UNKN, UNKN, UNKN, MET, UNKN, MISS }, PMU_REQ_COUNTERS },
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

T_MAIN("pmu_apply", every_kernel, stale_rebuild, all_31_counters,
       two_pmus_need_set_pmu, each_call_fails, wrong_order,
       too_early_too_late, start_over, way_names, requirements_table, cmdline)
