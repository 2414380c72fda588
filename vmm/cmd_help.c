// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_help - "tallyvm help" and "tallyvm version"
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cmd_pmu.h"
#include "help.h"
#include "log.h"
#include "util.h"

static const struct topic {
	const char *word;
	void (*print)(FILE *out);
} topics[] = {
	{ "run", help_run },
	{ "pmu", cmd_pmu_help },
	{ "--mdoc", help_mdoc },
	{ "--mdoc=lkvm", help_mdoc_lkvm },
	{ "--mdoc=keys", help_mdoc_keys },
	{ "--completion=bash", help_complete_bash },
	{ "--completion=zsh", help_complete_zsh },
	{ "help", help_top },
	{ "version", help_top },
	{ "--help", help_top },
};

int cmd_help(int argc, char **argv)
{
	size_t i;

	if (argc < 1) {
		help_top(stdout);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(topics); i++) {
		if (!strcmp(topics[i].word, argv[0])) {
			topics[i].print(stdout);
			return 0;
		}
	}
	log_error("there is no help on \"%.64s\"; try \"tallyvm help\" or "
		  "\"tallyvm help run\"", argv[0]);
	return EXIT_CONFIG;
}

int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("tallyvm %s\n", TALLYVM_VERSION);
	return 0;
}
