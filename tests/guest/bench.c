// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench: the guest of "tallyvm pmu bench"; it is part of the tallyvm binary.
 *
 * Boot arguments: op=NAME what to do (below); turns=N how often, in each of
 * ROUNDS rounds; turns=0 for nothing.
 *
 * Says how many ticks the best round took (ticks, of turns operations), how
 * many an empty loop takes, the frequency of the ticks, and how many operations
 * were made in all.  An overflow is one turn: what is timed is from the software
 * increment that causes it to the first instruction of the handler.
 */
#include "pmu.h"

#define PMU_INTID	23	/* PPI 7 */
#define CYCLE_COUNTER	31
#define EVENT_SW_INCR	0x00
#define EVENT_CYCLES	0x11
#define PMCR_E		BIT(0)
#define PMCR_LC		BIT(6)
#define ALL_BITS	UINT64_C(0xffffffff)
#define ROUNDS		3

static volatile uint64_t handled_at;
static uint64_t turns, best, ops;

void irq_handler(unsigned int intid)
{
	uint64_t now = read_sysreg(cntvct_el0);

	if (intid != PMU_INTID)
		check(false, "intid", "interrupt %u", intid);
	write_sysreg(BIT(0), pmovsclr_el0);
	isb();
	handled_at = now;
}

static bool op_is(const char *value)
{
	const char *arg = arg_str("op");
	size_t len = strlen(value);

	return arg && !strncmp(arg, value, len) &&
		(!arg[len] || arg[len] == ' ');
}

static uint64_t now_after(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

static void keep_best(uint64_t ticks)
{
	if (ticks < best)
		best = ticks;
}

/* The loop is a decrement and a branch around @op. */
#define ROUND(op) do {							\
	uint64_t i_, start_ = now_after();				\
	for (i_ = turns; i_; i_--) {					\
		op;							\
		asm volatile("" : "+r" (i_) : : "memory");		\
	}								\
	keep_best(now_after() - start_);				\
	ops += turns;							\
} while (0)

#define OP(name, op) do {						\
	if (op_is(name))						\
		ROUND(op);						\
} while (0)

/* All that the guest owns: registers are unknown at reset. */
static void pmu_reset(void)
{
	unsigned int nr = read_sysreg(pmcr_el0) >> 11 & 0x1f;
	uint64_t own = BIT(CYCLE_COUNTER) | (BIT(nr) - 1);

	write_sysreg(own, pmcntenclr_el0);
	write_sysreg(own, pmintenclr_el1);
	write_sysreg(own, pmovsclr_el0);
	write_sysreg(0, pmccfiltr_el0);
	write_sysreg(PMCR_E | PMCR_LC, pmcr_el0);
	isb();
	if (nr)
		write_sysreg(EVENT_SW_INCR, pmevtyper0_el0);
	write_sysreg(BIT(CYCLE_COUNTER) | (nr ? BIT(0) : 0), pmcntenset_el0);
	isb();
}

static void round_of_accesses(void)
{
	OP("pmccntr-read", (void)read_sysreg(pmccntr_el0));
	OP("pmevcntr-read", (void)read_sysreg(pmevcntr0_el0));
	OP("pmevcntr-write", write_sysreg(1, pmevcntr0_el0));
	OP("pmevtyper-write", write_sysreg(EVENT_CYCLES, pmevtyper0_el0));
	OP("pmcntenset-write", write_sysreg(BIT(0), pmcntenset_el0));
	OP("pmovsclr-write", write_sysreg(BIT(0), pmovsclr_el0));
	OP("pmswinc-write", write_sysreg(BIT(0), pmswinc_el0));
}

static void overflow_once(void)
{
	uint64_t start;

	handled_at = 0;
	write_sysreg(ALL_BITS, pmevcntr0_el0);
	start = now_after();
	write_sysreg(BIT(0), pmswinc_el0);
	isb();
	while (!handled_at)
		;
	keep_best(handled_at - start);
	ops++;
}

static void bench_overflow(void)
{
	uint64_t i;

	write_sysreg(BIT(0), pmintenset_el1);
	isb();
	irq_enable();
	for (i = 0; i < turns; i++)
		overflow_once();
	irq_disable();
	printf("INFO ticks=%lu\nINFO turns=1\nINFO empty=0\n", best);
}

static void bench_access(void)
{
	uint64_t empty;
	unsigned int round;

	for (round = 0; round < ROUNDS; round++)
		ROUND();
	empty = best;
	best = UINT64_MAX;
	ops = 0;
	for (round = 0; round < ROUNDS; round++)
		round_of_accesses();
	printf("INFO ticks=%lu\nINFO turns=%lu\nINFO empty=%lu\n", best, turns,
	       empty);
}

void guest_test(void)
{
	turns = arg_u64("turns", 0);
	best = UINT64_MAX;
	gic_cpu_init();
	gic_enable(PMU_INTID);
	pmu_reset();
	if (op_is("overflow"))
		bench_overflow();
	else
		bench_access();
	printf("INFO freq=%lu\nINFO ops=%lu\n", read_sysreg(cntfrq_el0), ops);
	pmu_reset();
}
