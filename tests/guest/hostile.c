// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hostile: everything that a guest can do to its PMU, on every CPU at once, and
 * without end.  The host must be able to stop it at any time, and must not
 * notice it otherwise.
 *
 * "ROUND n" is printed after each round, so that somebody can see it is alive.
 */
#include "pmu.h"

#define PMU_INTID	23	/* PPI 7 */
#define ALL_BITS	UINT64_C(0xffffffff)
#define PMCR_E		BIT(0)
#define COUNTERS	32	/* PMSELR_EL0.SEL is 5 bits; 31 is PMCCFILTR */
#define EVENT_SW_INCR	0x00
#define EVENT_CYCLES	0x11
#define EVENTS		0x400
#define FILTER_BITS	UINT64_C(0xfc000000)	/* P, U, NSK, NSU, NSH, M */
#define STORM_IRQS	500
#define STORM_MS	50
#define INCREMENTS	2000

/* one writer each: the CPU itself */
static volatile unsigned int irqs[CPUS_MAX];

static void counter_write(unsigned int i, uint64_t event, uint64_t value)
{
	write_sysreg(i, pmselr_el0);
	isb();
	write_sysreg(event, pmxevtyper_el0);
	write_sysreg(value, pmxevcntr_el0);
	isb();
}

/* Each overflow sets the next one up, one event away. */
void irq_handler(unsigned int intid)
{
	unsigned int i;

	(void)intid;
	write_sysreg(ALL_BITS, pmovsclr_el0);
	if (++irqs[cpu_id()] > STORM_IRQS) {
		write_sysreg(ALL_BITS, pmintenclr_el1);
		isb();
		return;
	}
	for (i = 0; i < COUNTERS; i++)
		counter_write(i, i % 2 ? EVENT_CYCLES : EVENT_SW_INCR,
			      ALL_BITS);
	write_sysreg(UINT64_MAX, pmccntr_el0);
	isb();
}

/* Reset bits, N, IMP, reserved ones: one by one, and all of them. */
static void every_pmcr(void)
{
	unsigned int i;

	for (i = 0; i < 32; i++) {
		write_sysreg(BIT(i), pmcr_el0);
		write_sysreg(~BIT(i), pmcr_el0);
		isb();
	}
	write_sysreg(UINT64_MAX, pmcr_el0);
	write_sysreg(PMCR_E, pmcr_el0);
	isb();
}

/* Every event, with every filter bit, on every counter there may be. */
static void every_event(void)
{
	uint64_t event;

	for (event = 0; event < EVENTS; event++) {
		counter_write(event % COUNTERS, event, event);
		counter_write(event % COUNTERS, event << 6 | FILTER_BITS,
			      UINT64_MAX);
	}
}

/* At and above N: nothing there, or an exception; never the host's. */
static void every_index(void)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		write_sysreg(i, pmselr_el0);
		isb();
		(void)read_sysreg(pmxevcntr_el0);
		(void)read_sysreg(pmxevtyper_el0);
	}
}

static void storm(void)
{
	uint64_t until = time_now() + time_ms(STORM_MS);
	unsigned int i;

	irqs[cpu_id()] = 0;
	for (i = 0; i < COUNTERS; i++)
		counter_write(i, i % 2 ? EVENT_CYCLES : EVENT_SW_INCR,
			      ALL_BITS);
	write_sysreg(ALL_BITS, pmcntenset_el0);
	write_sysreg(ALL_BITS, pmintenset_el1);
	write_sysreg(ALL_BITS, pmovsset_el0);
	irq_enable();
	for (i = 0; i < INCREMENTS && time_now() < until; i++)
		write_sysreg(ALL_BITS, pmswinc_el0);
	irq_disable();
	write_sysreg(ALL_BITS, pmintenclr_el1);
	write_sysreg(ALL_BITS, pmcntenclr_el0);
	isb();
}

static void hostile(void)
{
	unsigned int round;

	/* once and for good: it is one switch for all CPUs */
	fault_expect();
	gic_cpu_init();
	gic_enable(PMU_INTID);
	for (round = 1;; round++) {
		every_pmcr();
		every_event();
		every_index();
		storm();
		if (!cpu_id())
			printf("ROUND %u\n", round);
	}
}

void guest_test(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < cpu_count(); cpu++)
		cpu_start(cpu, hostile);
	hostile();
}
