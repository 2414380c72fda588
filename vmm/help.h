/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * help - what tallyvm says about itself, all of it from the option table
 */
#ifndef VMM_HELP_H
#define VMM_HELP_H

#include <stdio.h>

#define TALLYVM_VERSION "0.1"

/** help_top() - "tallyvm --help": the commands */
void help_top(FILE *out);

/** help_run() - "tallyvm run --help": options by group, defaults, examples,
 * exit status */
void help_run(FILE *out);

/** help_mdoc() - the options as the list of tallyvm-run(1), in mdoc */
void help_mdoc(FILE *out);

/** help_mdoc_lkvm() - the other options of lkvm, for tallyvm-run(1) */
void help_mdoc_lkvm(FILE *out);

/** help_mdoc_keys() - the keys as the list of tallyvm.toml(5), in mdoc */
void help_mdoc_keys(FILE *out);

/** help_complete_bash() - completion script for bash */
void help_complete_bash(FILE *out);

/** help_complete_zsh() - completion script for zsh */
void help_complete_zsh(FILE *out);

#endif /* VMM_HELP_H */
