// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * init - the only program of the measured Linux guest: ends it at once
 *
 * What is on the kernel command line reaches the environment of init.  With
 * "tty=N" it first writes N bytes to the console, in lines of 64; with "disk=1"
 * it measures what the first disk takes, with "net=1" it is the guest of the
 * network measurements.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "disk.h"
#include "net.h"

#define LINE 64

static void write_lines(long bytes)
{
	char line[LINE];

	memset(line, '.', sizeof(line));
	line[LINE - 1] = '\n';
	for (long i = 0; i < bytes; i += LINE)
		if (write(STDOUT_FILENO, line, LINE) != LINE)
			return;
}

int main(void)
{
	const char *tty = getenv("tty");

	if (tty)
		write_lines(strtol(tty, NULL, 10));
	if (getenv("disk"))
		disk_measure();
	if (getenv("net") && net_guest())
		(void)!write(STDOUT_FILENO, "net failed\n", 11);
	reboot(RB_POWER_OFF);
	return 1;
}
