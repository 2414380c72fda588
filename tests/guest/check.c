// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check: the guest of "tallyvm pmu check"; it is part of the tallyvm binary.
 *
 * Boot arguments:
 *	test=basic	what a PMU that nobody disturbs must do
 *	test=keep	values last while the host takes the CPU away
 *	test=filter	CPU_CYCLES is denied by the VM's event filter
 *	n=N		event counters that were asked for
 *	beyond		try what lies beyond them, too
 *	ms=N		how long to keep
 *
 * One verdict for each thing proven; vmm/check_words.h has the names.  Only
 * what the guest owns is touched, "beyond" excepted: on a host that does not
 * confine a partitioned guest it must not do harm.
 */
#include "pmu.h"

#define PMU_INTID	23	/* PPI 7 */
#define CYCLE_COUNTER	31
#define EVENT_SW_INCR	0x00
#define EVENT_INST	0x08	/* INST_RETIRED */
#define EVENT_CYCLES	0x11	/* CPU_CYCLES */

#define PMCR_E		BIT(0)
#define PMCR_C		BIT(2)
#define PMCR_LC		BIT(6)
#define ALL_BITS	UINT64_C(0xffffffff)

#define SW_INCREMENTS	37
#define SOON		20000	/* cycles before an overflow */
#define TIMEOUT_MS	5000
#define TURNS_MIN	1000
#define LOOP_TURNS	100000
#define LOOP_INSNS	2	/* of each turn */
/* without caches, as here, an instruction may take a hundred cycles */
#define CYCLES_PER_INSN_MAX 1000
#define INSNS_PER_CYCLE_MAX 16

static volatile unsigned int nr_irqs;
static volatile uint64_t overflows;
static unsigned int nr;		/* event counters */

void irq_handler(unsigned int intid)
{
	uint64_t ovs = read_sysreg(pmovsclr_el0);

	if (intid != PMU_INTID)
		check(false, "intid", "interrupt %u", intid);
	nr_irqs++;
	overflows |= ovs;
	write_sysreg(ovs, pmovsclr_el0);
	isb();
}

static bool arg_is(const char *name, const char *value)
{
	const char *arg = arg_str(name);
	size_t len = strlen(value);

	return arg && !strncmp(arg, value, len) &&
		(!arg[len] || arg[len] == ' ');
}

static void skip(const char *name, const char *why)
{
	printf("SKIP cpu%u %s: %s\n", cpu_id(), name, why);
}

static uint64_t own_counters(void)
{
	return BIT(CYCLE_COUNTER) | (BIT(nr) - 1);
}

static void select_counter(unsigned int i)
{
	write_sysreg(i, pmselr_el0);
	isb();
}

static uint64_t counter_read(unsigned int i)
{
	select_counter(i);
	return read_sysreg(pmxevcntr_el0);
}

/* Counter @i holds @start and counts @event, when it is enabled. */
static void counter_set(unsigned int i, uint64_t event, uint64_t start)
{
	select_counter(i);
	write_sysreg(event, pmxevtyper_el0);
	write_sysreg(start, pmxevcntr_el0);
	isb();
}

/* Without PMCR_EL0.P, which an emulated host does not confine. */
static void pmu_reset(void)
{
	unsigned int i;

	write_sysreg(own_counters(), pmcntenclr_el0);
	write_sysreg(own_counters(), pmintenclr_el1);
	write_sysreg(own_counters(), pmovsclr_el0);
	write_sysreg(0, pmccfiltr_el0);
	for (i = 0; i < nr; i++)
		counter_set(i, EVENT_SW_INCR, 0);
	write_sysreg(PMCR_E | PMCR_C | PMCR_LC, pmcr_el0);
	isb();
}

static void enable(uint64_t counters)
{
	write_sysreg(counters, pmcntenset_el0);
	isb();
}

static void disable(uint64_t counters)
{
	write_sysreg(counters, pmcntenclr_el0);
	isb();
}

static void sw_incr(uint64_t counters, unsigned int times)
{
	while (times--) {
		write_sysreg(counters, pmswinc_el0);
		isb();
	}
}

/* --- test=basic --- */

static void test_n(void)
{
	uint64_t want = arg_u64("n", nr);

	check(nr == want, "n", "PMCR_EL0.N is %u, not %lu", nr, want);
}

/* Which of the enabled counters stand still while cycles pass. */
static uint64_t idle_counters(uint64_t enabled)
{
	uint64_t idle = 0;
	unsigned int i;

	pmu_reset();
	for (i = 0; i < nr; i++)
		counter_set(i, EVENT_CYCLES, 0);
	enable(enabled);
	delay_ms(2);
	disable(enabled);
	if (enabled & BIT(CYCLE_COUNTER) && !read_sysreg(pmccntr_el0))
		idle |= BIT(CYCLE_COUNTER);
	for (i = 0; i < nr; i++)
		if (enabled & BIT(i) && !counter_read(i))
			idle |= BIT(i);
	return idle;
}

static void test_counting(void)
{
	uint64_t idle = idle_counters(own_counters());
	uint64_t alone = 0;
	unsigned int i;

	for (i = 0; i <= CYCLE_COUNTER; i++)
		if (idle & BIT(i))
			alone |= idle_counters(BIT(i));
	check(!idle, "counting", "counters 0x%lx stand still%s", idle,
	      alone == idle ? "" :
	      ", some of them only while the others count: the host uses counters");
}

static void test_cycles(void)
{
	uint64_t first, last, now;
	unsigned int i, back = 0;

	pmu_reset();
	enable(BIT(CYCLE_COUNTER));
	first = last = read_sysreg(pmccntr_el0);
	for (i = 0; i < 1000; i++) {
		isb();
		now = read_sysreg(pmccntr_el0);
		back += now < last;
		last = now;
	}
	disable(BIT(CYCLE_COUNTER));
	first = last - first;
	last = read_sysreg(pmccntr_el0);
	delay_ms(1);
	now = read_sysreg(pmccntr_el0);
	check(first && !back && now == last, "cycles",
	      "%lu cycles in 1000 readings, %u of them lower than the one before, %lu while disabled",
	      first, back, now - last);
}

static void known_loop(uint64_t turns)
{
	asm volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r" (turns) : : "cc");
}

static void test_ratio(void)
{
	const uint64_t known = LOOP_TURNS * LOOP_INSNS;
	uint64_t insns, cycles;

	if (!nr || !(read_sysreg(pmceid0_el0) >> EVENT_INST & 1)) {
		skip("ratio", nr ?
		     "this PMU does not count instructions (INST_RETIRED)" :
		     "there is no event counter");
		return;
	}
	pmu_reset();
	counter_set(0, EVENT_INST, 0);
	enable(BIT(CYCLE_COUNTER) | BIT(0));
	known_loop(LOOP_TURNS);
	disable(BIT(CYCLE_COUNTER) | BIT(0));
	insns = counter_read(0);
	cycles = read_sysreg(pmccntr_el0);
	check(insns >= known && insns < known + known / 10 &&
	      cycles * INSNS_PER_CYCLE_MAX > insns &&
	      cycles < insns * CYCLES_PER_INSN_MAX, "ratio",
	      "%lu cycles and %lu instructions for a loop of %lu", cycles,
	      insns, known);
}

static void test_swinc(void)
{
	unsigned int i, wrong = 0;
	uint64_t seen = 0;

	if (!nr) {
		skip("swinc", "there is no event counter");
		return;
	}
	pmu_reset();
	enable(BIT(nr) - 1);
	for (i = 0; i < nr; i++)
		sw_incr(BIT(i), SW_INCREMENTS + i);
	for (i = 0; i < nr; i++) {
		if (counter_read(i) == SW_INCREMENTS + i)
			continue;
		wrong++;
		seen = counter_read(i);
	}
	check(!wrong, "swinc", "%u of %u counters are wrong, the last has %lu",
	      wrong, nr, seen);
}

/* Counter @i is about to overflow by @event from @start: exactly once? */
static bool overflow_once(unsigned int i, uint64_t start)
{
	uint64_t begun;

	pmu_reset();
	nr_irqs = 0;
	overflows = 0;
	if (i == CYCLE_COUNTER)
		write_sysreg(start, pmccntr_el0);
	else
		counter_set(i, EVENT_SW_INCR, start);
	write_sysreg(BIT(i), pmintenset_el1);
	isb();
	irq_enable();
	enable(BIT(i));
	if (i != CYCLE_COUNTER)
		sw_incr(BIT(i), 1);
	begun = time_now();
	while (!nr_irqs && time_now() - begun < time_ms(TIMEOUT_MS))
		;
	delay_ms(2);
	irq_disable();
	return nr_irqs == 1 && overflows == BIT(i);
}

static void test_overflow(void)
{
	bool ok = overflow_once(CYCLE_COUNTER, -(uint64_t)SOON);
	unsigned int i, at = CYCLE_COUNTER;

	for (i = 0; ok && i < nr; i++) {
		at = i;
		ok = overflow_once(i, ALL_BITS);
	}
	check(ok, "overflow", "counter %u: %u interrupts, overflow bits 0x%lx",
	      at, nr_irqs, overflows);
	pmu_reset();
}

/*
 * What an access to a counter at or above N does is up to the CPU, within
 * limits (Arm ARM, PMXEVCNTR_EL0): it may be undefined or ignored, but no value
 * can be kept there.
 */
static bool keeps_value(unsigned int i)
{
	uint64_t val;

	if (i >= CYCLE_COUNTER)
		return false;
	select_counter(i);
	fault_expect();
	write_sysreg(0x5a5a, pmxevcntr_el0);
	val = read_sysreg(pmxevcntr_el0);
	return fault_none() && val == 0x5a5a;
}

static void test_beyond(void)
{
	uint64_t en, inten;
	bool kept;

	pmu_reset();
	write_sysreg(ALL_BITS, pmcntenset_el0);
	en = read_sysreg(pmcntenset_el0);
	write_sysreg(ALL_BITS, pmcntenclr_el0);
	write_sysreg(ALL_BITS, pmintenset_el1);
	inten = read_sysreg(pmintenset_el1);
	write_sysreg(ALL_BITS, pmintenclr_el1);
	kept = keeps_value(nr);
	check(en == own_counters() && inten == own_counters() && !kept,
	      "beyond", "PMCNTENSET 0x%lx, PMINTENSET 0x%lx, not 0x%lx%s", en, inten,
	      own_counters(), kept ? "; the next counter keeps a value" : "");
}

static void test_basic(void)
{
	test_n();
	test_counting();
	test_cycles();
	test_ratio();
	test_swinc();
	test_overflow();
	if (arg_str("beyond"))
		test_beyond();
}

/* --- test=keep --- */

static uint64_t start_value(unsigned int i)
{
	return 1000 * i + 7;
}

/* Increment all counters for a while, while the host does what it likes. */
static void test_keep(void)
{
	uint64_t turns = 0, wrong = 0, back = 0, last = 0, now, start;
	uint64_t ms = arg_u64("ms", 100);
	unsigned int i;

	pmu_reset();
	for (i = 0; i < nr; i++)
		counter_set(i, EVENT_SW_INCR, start_value(i));
	enable(own_counters());
	start = time_now();
	/* the host may take the CPU away for longer than that */
	while (turns < TURNS_MIN || time_now() - start < time_ms(ms)) {
		sw_incr(BIT(nr) - 1, 1);
		turns++;
		now = read_sysreg(pmccntr_el0);
		back += now < last;
		last = now;
	}
	disable(own_counters());
	for (i = 0; i < nr; i++)
		wrong += counter_read(i) !=
			((start_value(i) + turns) & ALL_BITS);
	check(!wrong && last && !back, "keep",
	      "%lu of %u counters wrong after %lu increments; %lu cycles, %lu steps back",
	      wrong, nr, turns, last, back);
	printf("INFO turns=%lu\n", turns);
}

/* --- test=filter --- */

static void test_filter(void)
{
	bool offered = read_sysreg(pmceid0_el0) >> EVENT_CYCLES & 1;
	uint64_t cycles, events = 0, swinc = 0;

	pmu_reset();
	if (nr)
		counter_set(0, EVENT_CYCLES, 0);
	enable(BIT(CYCLE_COUNTER) | (nr ? BIT(0) : 0));
	delay_ms(2);
	cycles = read_sysreg(pmccntr_el0);
	if (nr) {
		events = counter_read(0);
		pmu_reset();
		enable(BIT(0));
		sw_incr(BIT(0), SW_INCREMENTS);
		swinc = counter_read(0);
	}
	check(!cycles && !events && !offered && (!nr || swinc == SW_INCREMENTS),
	      "filter",
	      "CPU_CYCLES is denied%s: %lu counted, %lu by the cycle counter, and %lu of %d software increments",
	      offered ? " but offered" : "", events, cycles, swinc,
	      SW_INCREMENTS);
}

void guest_test(void)
{
	if (!pmu_version()) {
		check(false, "pmuver", "no PMUv3 in ID_AA64DFR0_EL1");
		return;
	}
	nr = read_sysreg(pmcr_el0) >> 11 & 0x1f;
	gic_cpu_init();
	gic_enable(PMU_INTID);
	if (arg_is("test", "basic"))
		test_basic();
	else if (arg_is("test", "keep"))
		test_keep();
	else if (arg_is("test", "filter"))
		test_filter();
	else
		check(false, "test", "no such test");
	pmu_reset();
}
