// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmubench: what an access to the PMU costs a guest, in ticks of the generic
 * timer, which on a host emulated with -icount are instructions.
 *
 * Prints "COST name ticks" for each, the three instructions of the loop
 * included: the mean of turns=N (10,000 by default) repetitions, with a
 * fraction of two digits, or for what involves an interrupt the least of 100.
 */
#include "pmu.h"

#define PMU_INTID	23	/* PPI 7 */
#define CYCLE_COUNTER	31
#define EVENT_SW_INCR	0
#define EVENT_CYCLES	0x11
#define PMCR_E		BIT(0)
#define PMCR_LC		BIT(6)
#define PSCI_VERSION	UINT64_C(0x84000000)
#define ALL_BITS	UINT64_C(0xffffffff)
#define OVERFLOWS	100
#define SOON		500

static volatile uint64_t handled_at;

void irq_handler(unsigned int intid)
{
	uint64_t now = read_sysreg(cntvct_el0);
	uint64_t ovs = read_sysreg(pmovsclr_el0);

	if (intid != PMU_INTID)
		check(false, "intid", "interrupt %u", intid);
	write_sysreg(ovs, pmovsclr_el0);
	isb();
	handled_at = now;
}

static void report(const char *name, uint64_t ticks, uint64_t turns)
{
	printf("COST %s %lu.%lu%lu\n", name, ticks / turns,
	       ticks * 10 / turns % 10, ticks * 100 / turns % 10);
}

/* The loop is a compare, a branch and a decrement around @op. */
#define COST(name, op) do {						\
	uint64_t turns = arg_u64("turns", 10000), i, start, end;	\
	isb();								\
	start = read_sysreg(cntvct_el0);				\
	for (i = turns; i; i--) {					\
		op;							\
		asm volatile("" : "+r" (i) : : "memory");		\
	}								\
	isb();								\
	end = read_sysreg(cntvct_el0);					\
	report(name, end - start, turns);				\
} while (0)

static void reset(void)
{
	write_sysreg(ALL_BITS, pmcntenclr_el0);
	write_sysreg(ALL_BITS, pmintenclr_el1);
	write_sysreg(ALL_BITS, pmovsclr_el0);
	write_sysreg(0, pmccfiltr_el0);
	write_sysreg(PMCR_E | PMCR_LC, pmcr_el0);
	write_sysreg(0, pmselr_el0);
	isb();
}

/* A call that KVM answers itself, and that has nothing to do with the PMU */
static void psci_version(void)
{
	register uint64_t x0 asm("x0") = PSCI_VERSION;

	asm volatile("hvc #0" : "+r" (x0) : : "x1", "x2", "x3", "memory");
}

/* What a driver does to take an event off a counter and put another on. */
static void reschedule(void)
{
	write_sysreg(PMCR_LC, pmcr_el0);
	write_sysreg(1, pmcntenclr_el0);
	isb();
	write_sysreg(1, pmintenclr_el1);
	isb();
	write_sysreg(1, pmovsclr_el0);
	isb();
	(void)read_sysreg(pmevcntr0_el0);
	write_sysreg(EVENT_CYCLES, pmevtyper0_el0);
	write_sysreg(5, pmevcntr0_el0);
	write_sysreg(1, pmintenset_el1);
	isb();
	write_sysreg(1, pmcntenset_el0);
	write_sysreg(PMCR_E | PMCR_LC, pmcr_el0);
}

static void bench_accesses(void)
{
	reset();
	write_sysreg(BIT(CYCLE_COUNTER), pmcntenset_el0);
	COST("loop", );
	COST("hvc", psci_version());
	COST("pmccntr-read", (void)read_sysreg(pmccntr_el0));
	COST("pmevcntr-read", (void)read_sysreg(pmevcntr0_el0));
	COST("pmevcntr-write", write_sysreg(i, pmevcntr0_el0));
	COST("pmevtyper-write", write_sysreg(EVENT_CYCLES, pmevtyper0_el0));
	COST("pmcntenset-write", write_sysreg(BIT(31), pmcntenset_el0));
	COST("pmcnten-set-and-clear", do {
		write_sysreg(1, pmcntenset_el0);
		write_sysreg(1, pmcntenclr_el0);
	} while (0));
	COST("pmintenset-write", write_sysreg(0, pmintenset_el1));
	COST("pmcr-read", (void)read_sysreg(pmcr_el0));
	COST("pmcr-write", write_sysreg(PMCR_E | PMCR_LC, pmcr_el0));
	COST("pmswinc-write", write_sysreg(1, pmswinc_el0));
	COST("pmselr-write", write_sysreg(0, pmselr_el0));
	COST("pmovsclr-read", (void)read_sysreg(pmovsclr_el0));
	COST("pmovsclr-write", write_sysreg(1, pmovsclr_el0));
	COST("reschedule", reschedule());
	reset();
}

static uint64_t overflow_once(bool cycles)
{
	uint64_t start;

	handled_at = 0;
	if (cycles)
		write_sysreg(-(uint64_t)SOON, pmccntr_el0);
	else
		write_sysreg(ALL_BITS, pmevcntr0_el0);
	isb();
	start = read_sysreg(cntvct_el0);
	if (!cycles)
		write_sysreg(1, pmswinc_el0);
	isb();
	while (!handled_at)
		;
	return handled_at - start - (cycles ? SOON : 0);
}

static void bench_overflow(const char *name, bool cycles)
{
	uint64_t least = UINT64_MAX, cost;
	unsigned int i, n = cycles ? CYCLE_COUNTER : 0;

	reset();
	write_sysreg(EVENT_SW_INCR, pmevtyper0_el0);
	write_sysreg(BIT(n), pmintenset_el1);
	write_sysreg(BIT(n), pmcntenset_el0);
	isb();
	irq_enable();
	for (i = 0; i < OVERFLOWS; i++) {
		cost = overflow_once(cycles);
		if (cost < least)
			least = cost;
	}
	irq_disable();
	report(name, least, 1);
	reset();
}

void guest_test(void)
{
	gic_cpu_init();
	gic_enable(PMU_INTID);
	bench_accesses();
	bench_overflow("cycle-overflow", true);
	bench_overflow("swinc-overflow", false);
}
