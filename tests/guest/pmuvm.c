// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmuvm: a VM's PMU as user space sees it, emulated and partitioned by each
 * interface. Not a guest: it runs in the emulated host instead of tallyvm.
 *
 *	pmuvm [N]	the host's PMU has N event counters (6 without)
 *
 * - Registers read and written through ONE_REG while the guest's counters run,
 *   and a VM that goes on in another one.
 * - The order and the errors of KVM_ARM_PARTITION_PMU, of the attributes for a
 *   partition and for the number of counters.
 *
 * Prints PASS and FAIL lines as guests do, and "GUEST DONE" at the end.
 */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostpmu.h"
#include "rawvm.h"

#define ALL		0x3f		/* all event counters of the mask */
#define CYCLES		(UINT64_C(1) << 31)
#define PMCR_E		UINT64_C(1)
#define BIG		(UINT64_C(1) << 40)
#define NOT_EL0		(UINT64_C(1) << 30)
#define BAD_ADDRESS	((void *)8)

/*
 * Counter 0 counts software increments, and the cycle counter runs. What it
 * finds it stores to the door: first the cycles, and after user space has had
 * its way, one register after the other. SHOW counts the stores.
 */
asm(".macro SHOW reg\n"
"	mrs	x0, \\reg\n"
"	str	x0, [x10]\n"
"	.endm\n"
"	.global pmuvm_code, pmuvm_end\n"
"pmuvm_code:\n"
"	mov	x10, #0x0a000000\n"
"	mov	x0, #-1\n"
"	msr	pmcntenclr_el0, x0\n"
"	msr	pmintenclr_el1, x0\n"
"	msr	pmovsclr_el0, x0\n"
"	mov	x0, #0x41\n"		/* E, LC */
"	msr	pmcr_el0, x0\n"
"	msr	pmevtyper0_el0, xzr\n"	/* SW_INCR */
"	msr	pmccfiltr_el0, xzr\n"
"	msr	pmevcntr0_el0, xzr\n"
"	mov	x1, #1\n"
"	movk	x1, #0x8000, lsl #16\n"
"	msr	pmcntenset_el0, x1\n"
"	isb\n"
"	mov	x1, #1\n"
"	.rept	5\n"
"	msr	pmswinc_el0, x1\n"
"	.endr\n"
"	isb\n"
"	SHOW	pmccntr_el0\n"
"	.rept	3\n"
"	msr	pmswinc_el0, x1\n"
"	.endr\n"
"	isb\n"
"	SHOW	pmevcntr0_el0\n"
"	SHOW	pmccntr_el0\n"
"	SHOW	pmcntenset_el0\n"
"	SHOW	pmevtyper0_el0\n"
"	SHOW	pmovsset_el0\n"
"	SHOW	pmintenset_el1\n"
"	SHOW	pmselr_el0\n"
"	SHOW	pmuserenr_el0\n"
"	SHOW	pmcr_el0\n"
"1:	str	x1, [x10]\n"
"	b	1b\n"
"pmuvm_end:\n");

extern const char pmuvm_code[], pmuvm_end[];

enum how { EMULATED, BY_ATTR, BY_IOCTL, HOW_NUM };

static const char *const how_name[HOW_NUM] = {
	[EMULATED] = "emulated",
	[BY_ATTR] = "attribute",
	[BY_IOCTL] = "ioctl",
};

static unsigned int all_counters = 6;
static int pmu_type;

__attribute__((format(printf, 3, 4)))
static void check(bool ok, const char *name, const char *format, ...)
{
	va_list ap;

	printf("%s %s%s", ok ? "PASS" : "FAIL", name, ok ? "" : ": ");
	va_start(ap, format);
	if (!ok)
		vprintf(format, ap);
	va_end(ap);
	printf("\n");
}

static void returns(const char *name, int r, int expected)
{
	check(r == expected, name, "%d, not %d", r, expected);
}

static void new_vm(struct rawvm *v, bool pmu)
{
	rawvm_new(v, pmu, pmuvm_code, (size_t)(pmuvm_end - pmuvm_code));
}

static unsigned int counters(struct rawvm *v)
{
	return rawvm_get(v, RAWVM_PMCR) >> 11 & 0x1f;
}

static int set_pmu(struct rawvm *v)
{
	return rawvm_attr(v, 0, RAWVM_SET_PMU, &pmu_type);
}

static int partition(struct rawvm *v, enum how how, unsigned int nr)
{
	uint8_t host = (uint8_t)(all_counters - nr);
	int r = set_pmu(v);

	if (!r && how == BY_IOCTL)
		r = rawvm_partition(v, 0, &host);
	else if (!r && how == BY_ATTR)
		r = rawvm_attr_u32(v, RAWVM_PARTITION, 1);
	if (!r && how != BY_IOCTL)
		r = rawvm_attr_u32(v, RAWVM_SET_NR_COUNTERS, nr);
	return r;
}

/* What user space finds while the guest's counters run, but not the guest */
static void look(struct rawvm *v, uint64_t cycles, const char *name)
{
	uint64_t now = rawvm_get(v, RAWVM_PMCCNTR), later;
	uint64_t enabled = rawvm_get(v, RAWVM_PMCNTENSET);

	usleep(2000);
	later = rawvm_get(v, RAWVM_PMCCNTR);
	check(rawvm_get(v, RAWVM_PMEVCNTR(0)) == 5, name, "counter 0: %lu",
	      (unsigned long)rawvm_get(v, RAWVM_PMEVCNTR(0)));
	check(now >= cycles && cycles && later == now, name,
	      "cycles: %lu in the guest, then %lu, then %lu",
	      (unsigned long)cycles, (unsigned long)now, (unsigned long)later);
	check(enabled == (CYCLES | 1), name, "enabled: %lx",
	      (unsigned long)enabled);
	check(rawvm_get(v, RAWVM_PMCR) & PMCR_E, name, "PMCR_EL0: %lx",
	      (unsigned long)rawvm_get(v, RAWVM_PMCR));
}

static void change(struct rawvm *v)
{
	rawvm_set(v, RAWVM_PMEVCNTR(0), 1000);
	rawvm_set(v, RAWVM_PMCCNTR, BIG);
	rawvm_set(v, RAWVM_PMCNTENSET, CYCLES | 3);
	rawvm_set(v, RAWVM_PMEVTYPER(0), NOT_EL0);
	rawvm_set(v, RAWVM_PMOVSSET, 2);
	rawvm_set(v, RAWVM_PMINTENSET, 1);
	rawvm_set(v, RAWVM_PMSELR, 1);
	rawvm_set(v, RAWVM_PMUSERENR, 8);
}

/* The guest finds what user space left there. */
static void guest_finds(struct rawvm *v, unsigned int nr, const char *name)
{
	static const struct {
		const char	*reg;
		uint64_t	mask, val;
	} want[] = {
		{ "PMEVCNTR0", UINT32_MAX, 1003 },
		{ "PMCCNTR", BIG, BIG },
		{ "PMCNTENSET", CYCLES | ALL, CYCLES | 3 },
		{ "PMEVTYPER0", UINT32_MAX, NOT_EL0 },
		{ "PMOVSSET", CYCLES | ALL, 2 },
		{ "PMINTENSET", CYCLES | ALL, 1 },
		{ "PMSELR", 0x1f, 1 },
		{ "PMUSERENR", 0xf, 8 },
		{ "PMCR", PMCR_E, PMCR_E },
	};
	uint64_t val, mask;
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		val = rawvm_run(v);
		/* QEMU does not keep bits from the host's counters to itself */
		mask = want[i].mask;
		if ((mask & ALL) == ALL && mask != UINT32_MAX)
			mask = CYCLES | ((1u << nr) - 1);
		check((val & mask) == want[i].val, name, "%s: %lx, not %lx",
		      want[i].reg, (unsigned long)val,
		      (unsigned long)want[i].val);
	}
	check((val >> 11 & 0x1f) == nr, name, "N: %lu", val >> 11 & 0x1f);
}

static void test_registers(enum how how, unsigned int nr, bool elsewhere)
{
	struct rawvm v, copy;
	char name[64];

	snprintf(name, sizeof(name), "%s-%s-%u", elsewhere ? "moved" : "onereg",
		 how_name[how], nr);
	new_vm(&v, true);
	returns(name, partition(&v, how, nr) ?: rawvm_pmu_init(&v, 0), 0);
	look(&v, rawvm_run(&v), name);
	change(&v);
	if (elsewhere) {
		new_vm(&copy, true);
		returns(name, partition(&copy, how, nr) ?:
			      rawvm_pmu_init(&copy, 0), 0);
		rawvm_copy(&copy, &v);
		rawvm_free(&v);
		v = copy;
	}
	guest_finds(&v, nr, name);
	rawvm_free(&v);
}

/* Before there is anything to partition */
static void test_too_early(void)
{
	struct rawvm v;
	uint32_t on = 1;
	uint8_t host = 2;

	rawvm_new_bare(&v);
	returns("ioctl-before-init", rawvm_partition(&v, 0, &host), -ENOEXEC);
	returns("attr-before-init", rawvm_attr(&v, 0, RAWVM_PARTITION, &on),
		-ENODEV);
	rawvm_free(&v);
	new_vm(&v, false);
	returns("ioctl-no-pmu", rawvm_partition(&v, 0, &host), -EPERM);
	returns("attr-no-pmu", rawvm_attr(&v, 0, RAWVM_PARTITION, &on),
		-ENODEV);
	returns("nr-no-pmu", rawvm_attr_u32(&v, RAWVM_SET_NR_COUNTERS, 1),
		-ENODEV);
	rawvm_free(&v);
}

static void test_bad_values(void)
{
	struct rawvm v;
	uint8_t host = (uint8_t)(all_counters + 1);

	new_vm(&v, true);
	returns("ioctl-fault", rawvm_partition(&v, 0, BAD_ADDRESS), -EFAULT);
	returns("attr-fault", rawvm_attr(&v, 0, RAWVM_PARTITION, BAD_ADDRESS),
		-EFAULT);
	returns("nr-fault",
		rawvm_attr(&v, 0, RAWVM_SET_NR_COUNTERS, BAD_ADDRESS), -EFAULT);
	returns("set-pmu", set_pmu(&v), 0);
	returns("ioctl-too-many", rawvm_partition(&v, 0, &host), -EINVAL);
	returns("nr-too-many", rawvm_attr_u32(&v, RAWVM_SET_NR_COUNTERS,
					      all_counters + 1), -EINVAL);
	returns("attr-on", rawvm_attr_u32(&v, RAWVM_PARTITION, 1), 0);
	returns("nr-too-many-partitioned",
		rawvm_attr_u32(&v, RAWVM_SET_NR_COUNTERS, all_counters + 1),
		-EINVAL);
	check(counters(&v) == all_counters, "nr-unchanged", "%u", counters(&v));
	returns("has-attr", rawvm_has_attr(&v, RAWVM_PARTITION), 0);
	returns("get-attr", rawvm_get_attr(&v, RAWVM_PARTITION, &host),
		-ENXIO);
	returns("unknown-attr", rawvm_has_attr(&v, 99), -ENXIO);
	rawvm_free(&v);
}

/* One state behind them all: what one has done another sees, and can undo. */
static void test_together(void)
{
	struct rawvm v, other;
	uint8_t keep = 2, none = 0;

	new_vm(&v, true);
	new_vm(&other, true);
	returns("together-set-pmu", set_pmu(&v), 0);
	returns("attr-then", rawvm_attr_u32(&v, RAWVM_PARTITION, 1), 0);
	returns("nr-then", rawvm_attr_u32(&v, RAWVM_SET_NR_COUNTERS, 3), 0);
	check(counters(&v) == 3, "nr-read-back", "%u", counters(&v));
	returns("attr-again", rawvm_attr_u32(&v, RAWVM_PARTITION, 1), 0);
	check(counters(&v) == 3, "attr-keeps-nr", "%u", counters(&v));
	rawvm_set(&v, RAWVM_PMCR, 1 << 11);
	check(counters(&v) == 3, "pmcr-n-ignored", "%u", counters(&v));
	returns("ioctl-then", rawvm_partition(&v, 1, &keep), 0);
	check(counters(&v) == all_counters - 2, "ioctl-read-back", "%u",
	      counters(&v));
	returns("set-pmu-late", set_pmu(&v), -EBUSY);
	check(counters(&other) == all_counters, "other-vm", "%u",
	      counters(&other));
	returns("ioctl-undo", rawvm_partition(&v, 0, &none), 0);
	check(counters(&v) == all_counters, "undone", "%u", counters(&v));
	returns("set-pmu-after-undo", set_pmu(&v), 0);
	returns("attr-undo", rawvm_attr_u32(&v, RAWVM_PARTITION, 1) ?:
		rawvm_attr_u32(&v, RAWVM_PARTITION, 0), 0);
	check(counters(&v) == all_counters, "attr-undone", "%u", counters(&v));
	rawvm_free(&v);
	rawvm_free(&other);
}

/* Nothing changes any more for a vCPU whose PMU is set up, or any once one ran */
static void test_too_late(void)
{
	struct rawvm v;
	uint32_t on = 1;
	uint8_t host = 2;

	new_vm(&v, true);
	returns("late-init", partition(&v, BY_ATTR, 2) ?:
		rawvm_pmu_init(&v, 0), 0);
	returns("attr-after-init", rawvm_attr(&v, 0, RAWVM_PARTITION, &on),
		-EBUSY);
	returns("nr-after-init",
		rawvm_attr_u32(&v, RAWVM_SET_NR_COUNTERS, 1), -EBUSY);
	returns("ioctl-after-init", rawvm_partition(&v, 0, &host), -EBUSY);
	rawvm_run(&v);
	returns("attr-after-run", rawvm_attr(&v, 1, RAWVM_PARTITION, &on),
		-EBUSY);
	returns("nr-after-run",
		rawvm_attr(&v, 1, RAWVM_SET_NR_COUNTERS, &on), -EBUSY);
	returns("ioctl-after-run", rawvm_partition(&v, 1, &host), -EBUSY);
	check(counters(&v) == 2, "late-unchanged", "%u", counters(&v));
	rawvm_free(&v);
}

/* Without FEAT_HPMN0 a partition has at least one counter. */
static void test_zero(void)
{
	struct rawvm v;
	uint8_t all = (uint8_t)all_counters;
	int r;

	new_vm(&v, true);
	set_pmu(&v);
	r = rawvm_partition(&v, 0, &all);
	check(r == -EINVAL || (r == 0 && counters(&v) == 0), "ioctl-zero",
	      "%d", r);
	returns("nr-zero-alike", rawvm_attr_u32(&v, RAWVM_PARTITION, 1) ?:
		rawvm_attr_u32(&v, RAWVM_SET_NR_COUNTERS, 0), r);
	rawvm_free(&v);
}

int main(int argc, char **argv)
{
	cpu_set_t set;
	int how;

	if (argc > 1)
		all_counters = (unsigned int)atoi(argv[1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
	pmu_type = hostpmu_type(0);
	for (how = 0; how < HOW_NUM; how++) {
		test_registers((enum how)how, 2, false);
		test_registers((enum how)how, all_counters - 1, false);
		test_registers((enum how)how, 3, true);
	}
	test_too_early();
	test_bad_values();
	test_together();
	test_too_late();
	test_zero();
	printf("GUEST DONE\n");
	return 0;
}
