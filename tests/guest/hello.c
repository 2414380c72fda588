// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hello: the console in both directions.
 *
 * Boot arguments: wait=MS before the first look at the input (what arrives
 * meanwhile must not be lost); lines=N lines to echo, default 1; bytes=N
 * instead: take N bytes, at most 64 KiB, then send all of them back.
 */
#include "guest.h"

#define UART_IER	1
#define UART_IER_RDI	1	/* "I listen"; the CPU keeps it masked */
#define UART_FCR	2
#define UART_FIFO	16

static char buffer[65536];

static void echo_line(void)
{
	char c;

	do {
		c = getc();
		putc(c);
	} while (c != '\n');
}

/*
 * The fewest accesses the port allows: LSR and RBR for a byte in, LSR once for
 * each FIFO of bytes out.
 */
static void echo_bytes(uint64_t bytes)
{
	uint64_t i;

	if (bytes > sizeof(buffer))
		bytes = sizeof(buffer);
	if (!uart_is_pl011) {
		mmio_write8(uart_base + UART_FCR, 1);
		mmio_write8(uart_base + UART_IER, UART_IER_RDI);
	}
	for (i = 0; i < bytes; i++)
		buffer[i] = getc();
	for (i = 0; i < bytes; i++) {
		if (i % UART_FIFO == 0 || uart_is_pl011)
			putc(buffer[i]);
		else
			mmio_write8(uart_base, (uint8_t)buffer[i]);
	}
}

void guest_test(void)
{
	uint64_t bytes = arg_u64("bytes", 0);
	uint64_t lines = arg_u64("lines", 1);

	printf("Hello from a guest at EL%lu\n",
	       read_sysreg(currentel) >> 2 & 3);
	delay_ms(arg_u64("wait", 0));
	if (bytes)
		echo_bytes(bytes);
	else
		for (; lines; lines--)
			echo_line();
}
