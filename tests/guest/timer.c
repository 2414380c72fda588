// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timer: the virtual timer's interrupt arrives once for each time it is armed,
 * not before its time, on every CPU, with the number the device tree gives.
 */
#include "guest.h"
#include "fdt.h"

#define TIMER_INTID	27	/* PPI 11 */
#define CTL_ENABLE	1
#define ROUNDS		10
#define PERIOD_MS	5
#define TIMEOUT_MS	5000

static volatile unsigned int fired;
static volatile uint64_t fired_at;

void irq_handler(unsigned int intid)
{
	if (intid != TIMER_INTID)
		check(false, "intid", "interrupt %u", intid);
	fired_at = time_now();
	fired++;
	write_sysreg(0, cntv_ctl_el0);
	isb();
}

/* Return: false if it never came or came early. */
static bool one_round(void)
{
	uint64_t due = time_now() + time_ms(PERIOD_MS);
	unsigned int before = fired;

	write_sysreg(due, cntv_cval_el0);
	write_sysreg(CTL_ENABLE, cntv_ctl_el0);
	isb();
	while (fired == before && time_now() < due + time_ms(TIMEOUT_MS))
		;
	return fired != before && fired_at >= due;
}

static void test_cpu(void)
{
	unsigned int i, good = 0;

	gic_cpu_init();
	gic_enable(TIMER_INTID);
	fired = 0;
	irq_enable();
	for (i = 0; i < ROUNDS; i++)
		good += one_round();
	irq_disable();
	check(good == ROUNDS && fired == ROUNDS, "timer",
	      "%u of %d in time, %u interrupts", good, ROUNDS, fired);
}

static void check_node(void)
{
	fdt_node n = fdt_find(dtb, "arm,armv8-timer");

	check(n != NULL, "node", "no arm,armv8-timer in the device tree");
	/* third interrupt: virtual timer; <type number flags> */
	check(fdt_cell(dtb, n, "interrupts", 6) == 1 &&
	      fdt_cell(dtb, n, "interrupts", 7) == TIMER_INTID - 16,
	      "ppi", "<%u %u> in the device tree",
	      fdt_cell(dtb, n, "interrupts", 6),
	      fdt_cell(dtb, n, "interrupts", 7));
}

void guest_test(void)
{
	printf("INFO gic=%u cntfrq=%lu\n", gic_version(),
	       read_sysreg(cntfrq_el0));
	check_node();
	on_each_cpu(test_cpu);
}
