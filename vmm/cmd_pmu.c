// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_pmu - "tallyvm pmu": find the command below it
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cmd_pmu.h"
#include "log.h"
#include "util.h"

static const struct {
	const char *name;
	const char *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "list", "the host's PMUs and what this kernel can do with them",
	  cmd_pmu_list },
	{ "plan", "what guests would get, and where they collide",
	  cmd_pmu_plan },
	{ "doctor", "what counter partitions need, and what is missing",
	  cmd_pmu_doctor },
	{ "check", "whether guests' PMUs count, proven with small guests",
	  cmd_pmu_check },
	{ "bench", "what each access to its PMU costs a guest",
	  cmd_pmu_bench },
	{ "top", "running guests: exits, time, migrations, PMU",
	  cmd_pmu_top },
};

const char *cmd_pmu_name(unsigned int i)
{
	return i < ARRAY_SIZE(commands) ? commands[i].name : NULL;
}

void cmd_pmu_help(FILE *out)
{
	size_t i;

	fputs("usage: tallyvm pmu COMMAND [OPTIONS]\n"
	      "\n"
	      "What guests can get of this host's PMUs, and why.\n"
	      "\n", out);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "   %-8s  %s\n", commands[i].name,
			commands[i].help);
	fputs("\n\"tallyvm pmu COMMAND --help\" has the options.  "
	      "More: tallyvm-pmu(1), tallyvm-pmu(7)\n", out);
}

int cmd_pmu(int argc, char **argv)
{
	size_t i;

	if (argc < 1) {
		cmd_pmu_help(stderr);
		return EXIT_CONFIG;
	}
	if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "help")) {
		cmd_pmu_help(stdout);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[0], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	log_error("\"pmu %.64s\" is not a command: try \"tallyvm pmu --help\"",
		  argv[0]);
	return EXIT_CONFIG;
}
