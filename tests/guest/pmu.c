// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu: on every CPU, one after the other: as many counters as promised, the
 * cycle counter counts, software increments are exact on each event counter,
 * and each overflow gives exactly one interrupt.
 *
 * Boot arguments: n=N expected event counters; lax: do not insist that enable
 * bits of counters at and above N read as zero (QEMU does not mask them for a
 * partitioned guest).
 *
 * Overflows are made with the cycle counter and with SW_INCR: those are exact
 * on emulated hosts too.
 */
#include "pmu.h"

#define PMU_INTID	23	/* PPI 7 */
#define CYCLE_COUNTER	31
#define EVENT_SW_INCR	0

#define PMCR_E		BIT(0)
#define PMCR_P		BIT(1)
#define PMCR_C		BIT(2)
#define PMCR_LC		BIT(6)
#define ALL_BITS	UINT64_C(0xffffffff)

#define SW_INCREMENTS	37
#define SOON		20000	/* cycles before an overflow */
#define TIMEOUT_MS	5000

static volatile unsigned int nr_irqs;
static volatile uint64_t overflows;

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

static unsigned int pmu_counters(void)
{
	return read_sysreg(pmcr_el0) >> 11 & 0x1f;
}

static void pmu_reset(void)
{
	write_sysreg(ALL_BITS, pmcntenclr_el0);
	write_sysreg(ALL_BITS, pmintenclr_el1);
	write_sysreg(ALL_BITS, pmovsclr_el0);
	write_sysreg(0, pmccfiltr_el0);
	write_sysreg(PMCR_E | PMCR_P | PMCR_C | PMCR_LC, pmcr_el0);
	isb();
}

static void select_counter(unsigned int i)
{
	write_sysreg(i, pmselr_el0);
	isb();
}

/* Counter @i counts software increments from @start. */
static void sw_incr_setup(unsigned int i, uint64_t start)
{
	select_counter(i);
	write_sysreg(EVENT_SW_INCR, pmxevtyper_el0);
	write_sysreg(start, pmxevcntr_el0);
	write_sysreg(BIT(i), pmcntenset_el0);
	isb();
}

static void sw_incr(unsigned int i, unsigned int times)
{
	while (times--) {
		write_sysreg(BIT(i), pmswinc_el0);
		isb();
	}
}

static void test_count(void)
{
	unsigned int n = pmu_counters();
	uint64_t want = arg_u64("n", n);

	printf("INFO cpu%u.n=%u\n", cpu_id(), n);
	check(pmu_version() != 0, "pmuver", "no PMUv3 in ID_AA64DFR0_EL1");
	check(n == want, "n", "PMCR_EL0.N is %u, not %lu", n, want);
}

static void test_cycles(void)
{
	uint64_t first, last, now;
	unsigned int i, steps_back = 0;

	pmu_reset();
	write_sysreg(BIT(CYCLE_COUNTER), pmcntenset_el0);
	isb();
	first = last = read_sysreg(pmccntr_el0);
	for (i = 0; i < 1000; i++) {
		isb();
		now = read_sysreg(pmccntr_el0);
		steps_back += now < last;
		last = now;
	}
	printf("INFO cpu%u.cycles=%lu\n", cpu_id(), last - first);
	check(last > first, "cycles", "still %lu after 1000 readings", last);
	check(!steps_back, "monotonic", "%u steps back", steps_back);
	write_sysreg(BIT(CYCLE_COUNTER), pmcntenclr_el0);
	isb();
	first = read_sysreg(pmccntr_el0);
	delay_ms(1);
	now = read_sysreg(pmccntr_el0);
	check(now == first, "stopped", "from %lu to %lu", first, now);
}

static void test_sw_incr(void)
{
	unsigned int i, n = pmu_counters(), wrong = 0;
	uint64_t val;

	pmu_reset();
	for (i = 0; i < n; i++) {
		sw_incr_setup(i, 0);
		sw_incr(i, SW_INCREMENTS);
		val = read_sysreg(pmxevcntr_el0);
		if (val != SW_INCREMENTS) {
			wrong++;
			printf("INFO counter %u says %lu\n", i, val);
		}
	}
	check(!wrong, "swinc", "%u of %u counters not at %d", wrong, n,
	      SW_INCREMENTS);
}

static void irq_setup(unsigned int counter)
{
	nr_irqs = 0;
	overflows = 0;
	write_sysreg(BIT(counter), pmintenset_el1);
	isb();
	irq_enable();
}

static void irq_expect(unsigned int counter, const char *name)
{
	uint64_t start = time_now();

	while (!nr_irqs && time_now() - start < time_ms(TIMEOUT_MS))
		;
	delay_ms(2);
	irq_disable();
	check(nr_irqs == 1 && overflows == BIT(counter), name,
	      "counter %u: %u interrupts, overflow bits %lx", counter, nr_irqs,
	      overflows);
}

static void test_cycle_overflow(void)
{
	pmu_reset();
	write_sysreg(-(uint64_t)SOON, pmccntr_el0);
	irq_setup(CYCLE_COUNTER);
	write_sysreg(BIT(CYCLE_COUNTER), pmcntenset_el0);
	isb();
	irq_expect(CYCLE_COUNTER, "cycle-overflow");
}

static void test_sw_incr_overflow(void)
{
	unsigned int i, n = pmu_counters();

	for (i = 0; i < n; i++) {
		pmu_reset();
		sw_incr_setup(i, ALL_BITS);
		irq_setup(i);
		sw_incr(i, 1);
		irq_expect(i, "swinc-overflow");
	}
}

static void test_masking(void)
{
	uint64_t real = BIT(CYCLE_COUNTER) | (BIT(pmu_counters()) - 1);
	uint64_t en, inten;

	pmu_reset();
	write_sysreg(ALL_BITS, pmcntenset_el0);
	en = read_sysreg(pmcntenset_el0);
	write_sysreg(ALL_BITS, pmcntenclr_el0);
	write_sysreg(ALL_BITS, pmintenset_el1);
	inten = read_sysreg(pmintenset_el1);
	write_sysreg(ALL_BITS, pmintenclr_el1);
	printf("INFO cpu%u.cntenset=%lx intenset=%lx\n", cpu_id(), en, inten);
	if (arg_str("lax"))
		return;
	check(en == real && inten == real, "masking",
	      "PMCNTENSET %lx, PMINTENSET %lx, not %lx", en, inten, real);
}

static void test_cpu(void)
{
	if (!pmu_version()) {
		check(false, "pmuver", "no PMUv3 in ID_AA64DFR0_EL1");
		return;
	}
	gic_cpu_init();
	gic_enable(PMU_INTID);
	test_count();
	test_cycles();
	test_sw_incr();
	test_cycle_overflow();
	test_sw_incr_overflow();
	test_masking();
	pmu_reset();
}

/* <1 7 4>; GICv2 adds the CPU mask in bits 15:8, GICv3 must not */
static void check_node(void)
{
	fdt_node n = fdt_find(dtb, PMU_COMPATIBLE);
	uint32_t flags = fdt_cell(dtb, n, "interrupts", 2);
	uint32_t mask = gic_version() == 2 ? (1U << cpu_count()) - 1 : 0;

	if (!check(n != NULL, "node", "no %s in the device tree",
		   PMU_COMPATIBLE))
		return;
	check(fdt_cell(dtb, n, "interrupts", 0) == 1 &&
	      fdt_cell(dtb, n, "interrupts", 1) == PMU_INTID - 16 &&
	      flags == (mask << 8 | 4), "interrupts", "<%u %u %x>",
	      fdt_cell(dtb, n, "interrupts", 0),
	      fdt_cell(dtb, n, "interrupts", 1), flags);
}

void guest_test(void)
{
	printf("INFO gic=%u pmuver=%u\n", gic_version(), pmu_version());
	check_node();
	on_each_cpu(test_cpu);
}
