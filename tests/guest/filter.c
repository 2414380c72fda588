// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter: on every CPU: the cycle counter, and an event counter that counts
 * CPU_CYCLES, count if and only if the event is allowed; PMCEID0_EL0 says so
 * too; software increments are never filtered.
 *
 * Boot argument: cycles=1 CPU_CYCLES is allowed (default), cycles=0 it is not.
 */
#include "pmu.h"

#define CYCLE_COUNTER	31
#define EVENT_SW_INCR	0x00
#define EVENT_CYCLES	0x11

#define PMCR_E		BIT(0)
#define PMCR_P		BIT(1)
#define PMCR_C		BIT(2)
#define PMCR_LC		BIT(6)
#define ALL_BITS	UINT64_C(0xffffffff)
#define SW_INCREMENTS	23

static void pmu_reset(void)
{
	write_sysreg(ALL_BITS, pmcntenclr_el0);
	write_sysreg(ALL_BITS, pmintenclr_el1);
	write_sysreg(ALL_BITS, pmovsclr_el0);
	write_sysreg(0, pmccfiltr_el0);
	write_sysreg(PMCR_E | PMCR_P | PMCR_C | PMCR_LC, pmcr_el0);
	isb();
}

/* Counter 0 counts @event from zero. */
static void count_event(uint64_t event)
{
	pmu_reset();
	write_sysreg(0, pmselr_el0);
	isb();
	write_sysreg(event, pmxevtyper_el0);
	write_sysreg(0, pmxevcntr_el0);
	write_sysreg(BIT(0), pmcntenset_el0);
	isb();
}

static void check_counted(const char *name, uint64_t value, bool allowed)
{
	check(allowed ? value > 0 : value == 0, name,
	      "%lu although CPU_CYCLES is %s", value,
	      allowed ? "allowed" : "denied");
}

static void test_cpu(void)
{
	bool allowed = arg_u64("cycles", 1);
	uint64_t ceid = read_sysreg(pmceid0_el0);
	unsigned int i;

	check((ceid >> EVENT_CYCLES & 1) == allowed, "pmceid", "PMCEID0 %lx",
	      ceid);
	pmu_reset();
	write_sysreg(BIT(CYCLE_COUNTER), pmcntenset_el0);
	isb();
	delay_ms(2);
	check_counted("cycle-counter", read_sysreg(pmccntr_el0), allowed);

	count_event(EVENT_CYCLES);
	delay_ms(2);
	check_counted("event-counter", read_sysreg(pmxevcntr_el0), allowed);

	count_event(EVENT_SW_INCR);
	for (i = 0; i < SW_INCREMENTS; i++) {
		write_sysreg(BIT(0), pmswinc_el0);
		isb();
	}
	check(read_sysreg(pmxevcntr_el0) == SW_INCREMENTS, "swinc",
	      "%lu, not %d", read_sysreg(pmxevcntr_el0), SW_INCREMENTS);
	pmu_reset();
}

void guest_test(void)
{
	on_each_cpu(test_cpu);
}
