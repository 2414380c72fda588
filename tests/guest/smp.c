// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * smp: every CPU of the device tree comes up through PSCI at the same time,
 * is who the tree says it is, and goes down again.
 *
 * Boot argument cpus=N: how many there have to be.
 */
#include "guest.h"

#define MPIDR_AFF	UINT64_C(0xff00ffffff)
#define PSCI_INVALID_PARAMETERS	(-2)
#define PSCI_ALREADY_ON		(-4)
#define TIMEOUT_MS	20000

static volatile uint64_t seen_mpidr[CPUS_MAX];
static volatile bool up[CPUS_MAX];
static volatile bool release;

static void secondary(void)
{
	unsigned int cpu = cpu_id();

	seen_mpidr[cpu] = read_sysreg(mpidr_el1) & MPIDR_AFF;
	dsb();
	up[cpu] = true;
	sev();
	while (!release)
		wfe();
}

static bool wait_up(unsigned int cpu)
{
	uint64_t start = time_now();

	while (!up[cpu])
		if (time_now() - start > time_ms(TIMEOUT_MS))
			return false;
	return true;
}

static void check_mpidr(unsigned int cpu)
{
	check(seen_mpidr[cpu] == cpu_mpidr(cpu), "mpidr",
	      "cpu %u is %lx, the device tree says %lx", cpu,
	      seen_mpidr[cpu], cpu_mpidr(cpu));
}

static void check_refusals(unsigned int nr)
{
	int64_t ret = psci(PSCI_CPU_ON, UINT64_C(0xff00000000), 0, 0);

	check(ret == PSCI_INVALID_PARAMETERS, "cpu-on-nobody",
	      "PSCI says %ld", ret);
	if (nr < 2)
		return;
	ret = psci(PSCI_CPU_ON, cpu_mpidr(1), 0, 0);
	check(ret == PSCI_ALREADY_ON, "cpu-on-twice", "PSCI says %ld", ret);
}

void guest_test(void)
{
	unsigned int nr = cpu_count(), want, cpu, nr_up = 1;

	want = (unsigned int)arg_u64("cpus", nr);
	printf("INFO cpus=%u psci=%lx\n", nr, psci(PSCI_VERSION, 0, 0, 0));
	check(nr == want, "cpus", "%u in the device tree, not %u", nr, want);
	seen_mpidr[0] = read_sysreg(mpidr_el1) & MPIDR_AFF;
	for (cpu = 1; cpu < nr; cpu++)
		if (cpu_start(cpu, secondary))
			check(false, "cpu-on", "cpu %u refused", cpu);
	for (cpu = 1; cpu < nr; cpu++)
		nr_up += wait_up(cpu);
	check(nr_up == nr, "up", "%u of %u CPUs", nr_up, nr);
	for (cpu = 0; cpu < nr; cpu++)
		check_mpidr(cpu);
	check_refusals(nr);
	release = true;
	sev();
	for (cpu = 1; cpu < nr; cpu++)
		check(cpu_wait(cpu, TIMEOUT_MS), "down", "cpu %u still on",
		      cpu);
}
