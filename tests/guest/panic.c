// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * panic: tells the monitor through the pvpanic device of the device tree
 * (QEMU docs/specs/pvpanic.rst: bit 0 panicked, bit 1 a crash kernel runs).
 *
 * Boot argument event=N: what to write, default 1.
 */
#include "guest.h"
#include "fdt.h"

#define PVPANIC_PANICKED	1

void guest_test(void)
{
	fdt_node n = fdt_find(dtb, "qemu,pvpanic-mmio");
	uint64_t dev = fdt_reg(dtb, n, 0);
	uint8_t events;

	if (!check(n != NULL, "node", "no pvpanic in the device tree"))
		return;
	events = mmio_read8(dev);
	printf("INFO pvpanic=%lx events=%u\n", dev, events);
	check(events & PVPANIC_PANICKED, "events", "%x offered", events);
	mmio_write8(dev, (uint8_t)arg_u64("event", PVPANIC_PANICKED));
	delay_ms(200);
	printf("INFO survived\n");
}
