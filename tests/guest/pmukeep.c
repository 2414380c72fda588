// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmukeep: PMU registers keep their values, and counters lose nothing, however
 * often the host takes the CPU away.
 *
 * Boot arguments: n=N expected event counters; turns=N software increments,
 * slow=N loops between two of them; filter=deny or filter=allow: the last counter
 * counts cycles, too, and is enabled, set up and disabled again with the cycle
 * counter at each turn. If the VM's event filter denies them, neither may count,
 * and the guest must still read back the event that it wrote.
 *
 * What is counted is software increments and cycles, which are exact on emulated
 * hosts too. Nothing here writes a reset bit or takes an interrupt.
 */
#include "pmu.h"

#define CYCLE_COUNTER	31
#define EVENT_SW_INCR	0
#define EVENT_CYCLES	0x11
#define TYPE_NOT_EL0	BIT(30)
#define PMCR_E		BIT(0)
#define PMCR_LC		BIT(6)
#define ALL_BITS	UINT64_C(0xffffffff)

static unsigned int pmu_counters(void)
{
	return read_sysreg(pmcr_el0) >> 11 & 0x1f;
}

static uint64_t start_value(unsigned int i)
{
	return 1000 * i + 7;
}

static void select_counter(unsigned int i)
{
	write_sysreg(i, pmselr_el0);
	isb();
}

static bool with_filter(void)
{
	return arg_str("filter");
}

static bool denied(void)
{
	const char *filter = arg_str("filter");

	return filter && filter[0] == 'd';
}

static uint64_t type_of(unsigned int i, unsigned int n)
{
	return (with_filter() && i == n - 1 ? EVENT_CYCLES : EVENT_SW_INCR) |
	       TYPE_NOT_EL0;
}

static uint64_t enabled(unsigned int n)
{
	return BIT(CYCLE_COUNTER) | (BIT(with_filter() ? n : n - 1) - 1);
}

/* The last counter does not count, or cycles with_filter(). */
static void set_up(unsigned int n)
{
	unsigned int i;

	write_sysreg(ALL_BITS, pmcntenclr_el0);
	write_sysreg(ALL_BITS, pmintenclr_el1);
	write_sysreg(ALL_BITS, pmovsclr_el0);
	write_sysreg(0, pmccfiltr_el0);
	for (i = 0; i < n; i++) {
		select_counter(i);
		write_sysreg(type_of(i, n), pmxevtyper_el0);
		write_sysreg(start_value(i), pmxevcntr_el0);
	}
	write_sysreg(0, pmccntr_el0);
	write_sysreg(PMCR_E | PMCR_LC, pmcr_el0);
	write_sysreg(enabled(n), pmcntenset_el0);
	select_counter(n - 1);
}

/*
 * Each moment at which the counters can change hands, and at which what the
 * guest may not count is put into the hardware
 */
static void set_up_again(unsigned int n)
{
	write_sysreg(ALL_BITS, pmcntenclr_el0);
	write_sysreg(type_of(n - 1, n), pmxevtyper_el0);
	write_sysreg(0, pmccfiltr_el0);
	write_sysreg(enabled(n), pmcntenset_el0);
	isb();
}

/* Increment all counters; false if the cycle counter went back on the way. */
static bool increment(unsigned int n, uint64_t turns, uint64_t slow)
{
	uint64_t i, last = 0, now, back = 0;
	volatile uint64_t wait;

	for (i = 0; i < turns; i++) {
		if (with_filter())
			set_up_again(n);
		write_sysreg(BIT(n) - 1, pmswinc_el0);
		isb();
		now = read_sysreg(pmccntr_el0);
		back += now < last;
		last = now;
		for (wait = 0; wait < slow; wait++)
			;
	}
	return !back;
}

static void test_counts(unsigned int n, uint64_t turns)
{
	uint64_t val, want;
	unsigned int i, wrong = 0;
	int64_t off = 0;
	bool forward = increment(n, turns, arg_u64("slow", 0));

	for (i = 0; i < n; i++) {
		want = start_value(i) + (i < n - 1 ? turns : 0);
		select_counter(i);
		val = read_sysreg(pmxevcntr_el0);
		if (val == want || (i == n - 1 && with_filter() && !denied() &&
				    val > want))
			continue;
		wrong++;
		off = (int64_t)(val - want);
		printf("INFO counter %u: %lu, not %lu\n", i, val, want);
	}
	check(!wrong, "exact",
	      "%u of %u counters wrong after %lu increments, the last %s%lu",
	      wrong, n, turns, off < 0 ? "-" : "+",
	      off < 0 ? -(uint64_t)off : (uint64_t)off);
	val = read_sysreg(pmccntr_el0);
	printf("INFO cpu%u.cycles=%lu\n", cpu_id(), val);
	if (denied())
		check(val == 0, "filtered", "%lu cycles in spite of the filter",
		      val);
	else
		check(val > 0 && forward, "cycles", "%lu cycles%s", val,
		      forward ? "" : ", going back");
}

/* What only the guest writes is as the guest wrote it. */
static void test_registers(unsigned int n)
{
	uint64_t en = enabled(n);
	uint64_t real = BIT(CYCLE_COUNTER) | (BIT(n) - 1);
	unsigned int i, wrong = 0;

	for (i = 0; i < n; i++) {
		select_counter(i);
		wrong += read_sysreg(pmxevtyper_el0) != type_of(i, n);
	}
	check(!wrong, "types", "%u of %u event types changed", wrong, n);
	check((read_sysreg(pmcntenset_el0) & real) == en, "enabled", "%lx",
	      read_sysreg(pmcntenset_el0));
	check((read_sysreg(pmintenset_el1) & real) == 0, "interrupts", "%lx",
	      read_sysreg(pmintenset_el1));
	check((read_sysreg(pmcr_el0) & (PMCR_E | PMCR_LC)) ==
	      (PMCR_E | PMCR_LC), "pmcr", "%lx", read_sysreg(pmcr_el0));
}

/* An overflow is seen by whoever looks, without any interrupt. */
static void test_polling(unsigned int n)
{
	uint64_t before, after, cleared;

	if (n < 2)
		return;
	select_counter(0);
	write_sysreg(ALL_BITS, pmxevcntr_el0);
	before = read_sysreg(pmovsclr_el0);
	write_sysreg(1, pmswinc_el0);
	isb();
	after = read_sysreg(pmovsset_el0);
	increment(n, 100, 100);
	write_sysreg(1, pmovsclr_el0);
	cleared = read_sysreg(pmovsset_el0);
	check(!(before & 1) && (after & 1) && !(cleared & 1), "polling",
	      "overflow flags %lx, %lx, cleared %lx", before, after, cleared);
}

static void test_cpu(void)
{
	unsigned int n;

	if (!pmu_version()) {
		check(false, "pmuver", "no PMUv3 in ID_AA64DFR0_EL1");
		return;
	}
	n = pmu_counters();
	check(n == arg_u64("n", n), "n", "PMCR_EL0.N is %u, not %lu", n,
	      arg_u64("n", n));
	if (!n)
		return;
	set_up(n);
	test_counts(n, arg_u64("turns", 10000));
	test_registers(n);
	test_polling(n);
	write_sysreg(ALL_BITS, pmcntenclr_el0);
}

void guest_test(void)
{
	on_each_cpu(test_cpu);
}
