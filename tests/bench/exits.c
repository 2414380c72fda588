// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exits: what leaving the guest costs, timed from inside it.  One loop reads
 * the status register of the UART, which only the monitor can answer; one
 * calls PSCI_VERSION, which the host kernel answers.
 *
 * Prints the mean of each in ticks of the counter, which under icount at 1 GHz
 * are instructions; the loop's own two are in it.
 */
#include "guest.h"

#define ROUNDS		10000

#define UART_LSR	0x5	/* 16550 */
#define PL011_FR	0x18

/* Nothing but the loads: no call and no decision in between. */
static uint64_t time_mmio(void)
{
	volatile uint8_t *status = (volatile uint8_t *)
		(uart_base + (uart_is_pl011 ? PL011_FR : UART_LSR));
	uint64_t start = time_now();

	for (unsigned int i = 0; i < ROUNDS; i++)
		(void)*status;
	return (time_now() - start) / ROUNDS;
}

static uint64_t time_hvc(void)
{
	uint64_t start = time_now();

	for (unsigned int i = 0; i < ROUNDS; i++)
		psci(PSCI_VERSION, 0, 0, 0);
	return (time_now() - start) / ROUNDS;
}

void guest_test(void)
{
	printf("mmio %lu\n", time_mmio());
	printf("hvc %lu\n", time_hvc());
}
