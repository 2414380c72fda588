/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu_model - models of many host kernels, for the tests of the PMU set-up
 *
 * Each model answers as that kernel's pmu-emul.c does, including its refusals
 * of a wrong order and what it accepts without effect.  The models take the
 * place of include/kvm.h for the files that talk to the kernel, whatever
 * stand-in the rest of the test library brings along: hence the renaming and
 * the inclusion of sources, which makes this a header for test programs only.
 */
#ifndef TESTS_UNIT_PMU_MODEL_H
#define TESTS_UNIT_PMU_MODEL_H

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
#include "pmu/filter.c"
#include "pmu/partition.c"

#include "sysfs_tree.h"
#include "t.h"

#define VCPUS_MAX 8
#define VM_FD 99
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

enum model_cap {
	CAP_NONE,		/* -EINVAL */
	CAP_READY,		/* v5, or another capability of that number */
	CAP_DENIED,
};

struct kernel {
	const char *name;
	bool no_set_pmu;	/* before 5.18 */
	bool nr_counters;	/* SET_NR_COUNTERS */
	enum model_pmcr pmcr;
	enum model_attr5 attr5;
	enum model_ioctl_kind ioctl;
	unsigned int guest_max;	/* of a partition; 0: all */
	enum model_cap cap;
	unsigned int attr;	/* number of the partition, 0: 5 */
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
static const struct kernel v5 = { .name = "v5", .cap = CAP_READY };
static const struct kernel v5_denied = { .name = "v5, not ready",
					 .cap = CAP_DENIED };
static const struct kernel moved = { "attribute 9", .nr_counters = true,
				     .pmcr = PMCR_IGNORED,
				     .attr5 = ATTR5_READY, .attr = 9 };
static const struct kernel notty = { "ENOTTY", .ioctl = IOCTL_NOTTY };

static const struct kernel *const kernels[] = {
	&k5_15, &k6_1, &k6_12, &k6_18, &k7_3_strict, &frozen, &v8, &v8_small,
	&v8_denied, &v8_early, &fixed, &fixed_busy, &v1, &v1_denied, &v2, &v4,
	&v5, &v5_denied, &moved, &notty,
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

	ck_assert_int_ge(fd, VM_FD);
	ck_assert_int_lt(fd, FD0 + VCPUS_MAX);
	if (fd == VM_FD)
		snprintf(model.log + used, sizeof(model.log) - used, "vm:%s",
			 what);
	else
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
		"irq", "init", "filter", "pmu", "nr",
	};
	unsigned int vcpu = fd - FD0;
	unsigned int part = model.k->attr ? model.k->attr : 5;
	int err;

	ck_assert_uint_eq(group, KVM_ARM_VCPU_PMU_V3_CTRL);
	err = model_call(fd, attr < ARRAY_SIZE(names) ? names[attr] : "part");
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
	case KVM_ARM_VCPU_PMU_V3_FILTER:
		/* after SET_PMU and the number, or they would be refused */
		ck_assert(model.pmu_set);
		return 0;
	default:
		return attr == part ? enable_partition(addr) : -ENXIO;
	}
}

int model_has_attr(int fd, uint32_t group, uint64_t attr)
{
	int err = model_call(fd, "has");

	ck_assert_uint_eq(group, KVM_ARM_VCPU_PMU_V3_CTRL);
	if (err)
		return err;
	switch (attr) {
	case KVM_ARM_VCPU_PMU_V3_SET_PMU:
		return model.k->no_set_pmu ? -ENXIO : 0;
	case KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS:
		return model.k->nr_counters ? 0 : -ENXIO;
	default:
		ck_assert_uint_eq(attr, KVM_ARM_VCPU_PMU_V3_FILTER);
		return 0;
	}
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

static int model_enable_cap(int fd, const struct kvm_enable_cap *cap)
{
	int err = model_call(fd, "cap");

	ck_assert_int_eq(fd, VM_FD);
	ck_assert_uint_eq(cap->cap, 245);
	ck_assert_uint_eq(cap->flags, 0);
	ck_assert_uint_eq(cap->args[0], 1);
	if (err)
		return err;
	if (model.k->cap == CAP_NONE)
		return -EINVAL;
	return model.k->cap == CAP_READY ? 0 : -EPERM;
}

int model_ioctl(int fd, unsigned long req, void *arg)
{
	const uint8_t *byte = arg;
	int err;

	if (req == KVM_ENABLE_CAP)
		return model_enable_cap(fd, arg);
	err = model_call(fd, "ioctl");
	ck_assert_uint_eq(req, 0xc001aece);
	if (err)
		return err;
	/* every version looks at the host before it reads the byte */
	if ((intptr_t)arg < 0 && model.k->ioctl >= IOCTL_V1 &&
	    model.k->ioctl != IOCTL_V1_DENIED)
		return -EFAULT;
	/* zero would take the partition away from every guest of the host */
	ck_assert((intptr_t)arg < 0 || *byte);
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

static const struct pmu_dev model_dev = {
	.name = "armv8_pmuv3_0", .type = PMU_TYPE,
};

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
		plan->vcpu[i].dev = mode == PMU_MODE_OFF ? NULL : &model_dev;
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
	if (pmu_vm_prepare(pv, VM_FD, e))
		return -EIO;
	add_vcpus(pv);
	return pmu_vm_apply(pv, e);
}

#define EMU	PMU_MODE_EMULATED
#define PART	PMU_MODE_PARTITIONED
#define ALL	PMU_COUNTERS_ALL

/* One VM: what is asked for, and what must come of it.  Hosts have 6 event
 * counters. */
struct row {
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
	enum pmu_abi abi;
	unsigned int attr;
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

/* Every row on its own VM. */
static inline void run_rows(const struct row *rows, size_t nr)
{
	struct pmu_vm pv = { .state = PMU_ST_NEW };
	struct pmu_plan *plan;
	struct tree proc;
	struct err e;
	size_t i;
	int err;

	tree_init(&proc);
	tree_add(&proc, "cmdline=root=/dev/vda1 quiet");
	for (i = 0; i < nr; i++) {
		plan = make_plan(rows[i].mode, rows[i].counters,
				 rows[i].fallback, rows[i].nr);
		model_start(rows[i].k, 6);
		pv.proc = proc.root;
		pv.how = (struct pmu_how){ rows[i].abi, rows[i].attr, NULL };
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

#endif /* TESTS_UNIT_PMU_MODEL_H */
