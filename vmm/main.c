// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main - find the subcommand
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "help.h"
#include "util.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "run", cmd_run },
	{ "pmu", cmd_pmu },
	{ "stat", cmd_stat },
	{ "balloon", cmd_balloon },
	{ "help", cmd_help },
	{ "version", cmd_version },
	{ "--help", cmd_help },
	{ "-h", cmd_help },
	{ "--version", cmd_version },
};

/*
 * A descriptor that is missing among the first three would be given to the
 * first file opened, and guest output or input would go there.
 */
static void main_open_standard(void)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO },
		{ .fd = STDOUT_FILENO },
		{ .fd = STDERR_FILENO },
	};
	size_t i;

	if (poll(fds, ARRAY_SIZE(fds), 0) <= 0)
		return;
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		if ((fds[i].revents & POLLNVAL) &&
		    open("/dev/null", O_RDWR) < 0)
			abort();	/* nowhere to say anything */
}

int main(int argc, char **argv)
{
	size_t i;

	main_open_standard();
	if (argc < 2) {
		help_top(stderr);
		return EXIT_CONFIG;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 2, argv + 2);

	fprintf(stderr, "tallyvm: \"%s\" is not a command: try \"tallyvm help\"\n",
		argv[1]);
	return EXIT_CONFIG;
}
