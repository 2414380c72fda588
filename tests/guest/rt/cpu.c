// SPDX-License-Identifier: GPL-2.0-or-later
/* cpu - PSCI, and running functions on the other CPUs */
#include "guest.h"
#include "fdt.h"

#define MPIDR_AFF	UINT64_C(0xff00ffffff)
#define AFFINITY_OFF	1

extern char secondary_entry[] __attribute__((visibility("hidden")));
void cpu_secondary(void);

/* Written by the starter before CPU_ON, read by the started. */
static void (*volatile cpu_fn[CPUS_MAX])(void);

int64_t psci(uint64_t fn, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 asm("x0") = fn;
	register uint64_t x1 asm("x1") = a;
	register uint64_t x2 asm("x2") = b;
	register uint64_t x3 asm("x3") = c;

	/* SMCCC 1.0 lets a call change x4 to x17 (Arm DEN0028) */
	asm volatile("hvc #0"
		     : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3)
		     : : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
		     "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	return (int64_t)x0;
}

unsigned int cpu_id(void)
{
	return (unsigned int)read_sysreg(tpidr_el1);
}

static bool is_cpu(fdt_node n)
{
	return fdt_is(dtb, n, "device_type", "cpu");
}

unsigned int cpu_count(void)
{
	unsigned int nr = 0;
	fdt_node n = NULL;

	while ((n = fdt_next_node(dtb, n)))
		nr += is_cpu(n);
	return nr < CPUS_MAX ? nr : CPUS_MAX;
}

/* "reg" of a cpu node has one or two cells, as #address-cells of cpus says */
uint64_t cpu_mpidr(unsigned int cpu)
{
	uint32_t len = 0;
	fdt_node n = NULL;

	while ((n = fdt_next_node(dtb, n)))
		if (is_cpu(n) && !cpu--)
			break;
	fdt_prop(dtb, n, "reg", &len);
	if (len == 4)
		return fdt_cell(dtb, n, "reg", 0);
	return fdt_reg(dtb, n, 0) & MPIDR_AFF;
}

void cpu_secondary(void)
{
	cpu_fn[cpu_id()]();
	psci(PSCI_CPU_OFF, 0, 0, 0);
}

int64_t cpu_start(unsigned int cpu, void (*fn)(void))
{
	cpu_fn[cpu] = fn;
	dsb();
	return psci(PSCI_CPU_ON, cpu_mpidr(cpu), (uint64_t)secondary_entry,
		    cpu);
}

bool cpu_wait(unsigned int cpu, uint64_t ms)
{
	uint64_t start = time_now(), mpidr = cpu_mpidr(cpu);

	while (psci(PSCI_AFFINITY_INFO, mpidr, 0, 0) != AFFINITY_OFF)
		if (time_now() - start > time_ms(ms))
			return false;
	return true;
}

void on_each_cpu(void (*fn)(void))
{
	unsigned int cpu;
	int64_t ret;

	fn();
	for (cpu = 1; cpu < cpu_count(); cpu++) {
		ret = cpu_start(cpu, fn);
		if (ret)
			check(false, "cpu-on", "cpu %u: PSCI says %ld", cpu,
			      ret);
		else if (!cpu_wait(cpu, 600000))
			check(false, "cpu-off", "cpu %u still on", cpu);
	}
}
