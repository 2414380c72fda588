/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdline - the words of a command line as a list of options with values
 *
 * Knows how options are written, not what they mean: no value is looked at.
 */
#ifndef VMM_CMDLINE_H
#define VMM_CMDLINE_H

#include <stddef.h>

#include "config.h"

struct cmdline_use {
	enum option_id id;
	const char *value;	/* in argv; "true" or "false" for booleans */
};

struct cmdline {
	struct cmdline_use *uses;	/* owned, in the order written */
	size_t nr;
	const char *word;	/* in argv: the one word, or NULL */
};

/**
 * cmdline_parse() - take the words apart
 * @argc, @argv: what follows the subcommand
 * @ret: filled; cmdline_fini() it also after a failure
 * @e:   filled on failure
 *
 * Return: 0; 1 when a --help or -h was met; -EINVAL (unknown option, value
 * missing, an option that lkvm has and tallyvm has not, a second word);
 * -ENOMEM.
 */
int cmdline_parse(int argc, char **argv, struct cmdline *ret, struct err *e);

/** cmdline_fini() - free; legal on a zeroed object */
void cmdline_fini(struct cmdline *cl);

#endif /* VMM_CMDLINE_H */
