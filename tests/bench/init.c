// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * init - the only program of the measured Linux guest: ends it at once
 *
 * "tty=N" on the kernel command line reaches the environment of init: then it
 * first writes N bytes to the console, in lines of 64.  "disk=1": it measures
 * what the first disk takes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "disk.h"

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
	reboot(RB_POWER_OFF);
	return 1;
}
