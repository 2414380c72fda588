// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reset: asks for PSCI SYSTEM_RESET at every boot, from the last CPU.  Says
 * "RESET NOW" each time; whoever runs it counts the lines.  After a reset the
 * image is as in the file, memory beyond it is zero, and the other CPUs are
 * off again.
 */
#include "guest.h"

#define AFFINITY_OFF	1
#define FAR		(UINT64_C(16) << 20)	/* beyond the image */
#define MARK		UINT64_C(0x7461696e746564)

static volatile uint64_t boots = 1;	/* initialised: comes from the file */

static void ask_reset(void)
{
	printf("RESET NOW\n");
	psci(PSCI_SYSTEM_RESET, 0, 0, 0);
	check(false, "reset", "SYSTEM_RESET came back");
}

static volatile uint64_t *far_word(void)
{
	return (volatile uint64_t *)((uint64_t)&boots / 8 * 8 + FAR);
}

void guest_test(void)
{
	unsigned int last = cpu_count() - 1;

	check(boots == 1, "image", "boot %lu on the same memory", boots);
	check(!*far_word(), "memory", "%lx left over", *far_word());
	boots++;
	*far_word() = MARK;
	if (!last) {
		ask_reset();
		return;
	}
	check(psci(PSCI_AFFINITY_INFO, cpu_mpidr(last), 0, 0) == AFFINITY_OFF,
	      "cpu-off", "cpu %u is already on", last);
	cpu_start(last, ask_reset);
	for (;;)
		wfi();
}
