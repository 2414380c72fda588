// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spin: all CPUs loop for ever with interrupts masked, or with boot argument
 * "wfi" wait for an interrupt that never comes.
 */
#include "guest.h"

static bool use_wfi;

static void spin(void)
{
	for (;;)
		if (use_wfi)
			wfi();
}

void guest_test(void)
{
	unsigned int cpu;

	use_wfi = arg_str("wfi") != NULL;
	for (cpu = 1; cpu < cpu_count(); cpu++)
		cpu_start(cpu, spin);
	printf("SPINNING\n");
	spin();
}
