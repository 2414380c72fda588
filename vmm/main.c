// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main - find the subcommand
 */
#include <stdio.h>
#include <string.h>

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
	{ "help", cmd_help },
	{ "version", cmd_version },
	{ "--help", cmd_help },
	{ "-h", cmd_help },
	{ "--version", cmd_version },
};

int main(int argc, char **argv)
{
	size_t i;

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
