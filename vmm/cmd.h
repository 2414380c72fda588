/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd - subcommands and the exit status of the program
 *
 * A subcommand gets what follows its name and returns the exit status; only
 * main() exits.
 */
#ifndef VMM_CMD_H
#define VMM_CMD_H

#include "err.h"

/*
 * Distinct for every way a run can end; tallyvm-run(1), EXIT STATUS.  32 to 35
 * are crosvm's numbers, 77 is what test runners take as "skipped", 128 + n is
 * the shell's way to say "ended by signal n".
 */
enum exit_status {
	EXIT_POWEROFF = 0,
	EXIT_RESET = 32,	/* with --on-reset=exit */
	EXIT_FAULT = 33,
	EXIT_PANIC = 34,
	EXIT_CONFIG = 35,
	EXIT_HOST = 77,
	EXIT_SIGNAL = 128,
};

/** cmd_run() - make a VM and run it to its end */
int cmd_run(int argc, char **argv);
/** cmd_pmu() - "pmu list", "pmu doctor" and more; cmd_pmu.h */
int cmd_pmu(int argc, char **argv);
/** cmd_stat() - what running VMs do */
int cmd_stat(int argc, char **argv);
/** cmd_balloon() - change how much memory a running VM has */
int cmd_balloon(int argc, char **argv);
/** cmd_help() - "help [run] [--mdoc[=lkvm|=keys]] [--completion=bash|zsh]" */
int cmd_help(int argc, char **argv);
/** cmd_version() - the version, on stdout */
int cmd_version(int argc, char **argv);

/** cmd_error() - report @e on stderr.  Return: the exit status for it */
int cmd_error(const struct err *e);

#endif /* VMM_CMD_H */
