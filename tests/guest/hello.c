// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hello: the console in both directions.
 *
 * Boot arguments: wait=MS before the first look at the input (what arrives
 * meanwhile must not be lost); lines=N lines to echo, default 1; bytes=N
 * bytes to echo instead, whatever they are.
 */
#include "guest.h"

static void echo_line(void)
{
	char c;

	do {
		c = getc();
		putc(c);
	} while (c != '\n');
}

void guest_test(void)
{
	uint64_t bytes = arg_u64("bytes", 0);
	uint64_t lines = arg_u64("lines", 1);

	printf("Hello from a guest at EL%lu\n",
	       read_sysreg(currentel) >> 2 & 3);
	delay_ms(arg_u64("wait", 0));
	if (bytes)
		lines = 0;
	for (; bytes; bytes--)
		putc(getc());
	for (; lines; lines--)
		echo_line();
}
