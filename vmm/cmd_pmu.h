/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_pmu - the commands below "tallyvm pmu"
 *
 * Each gets what follows its name and returns the exit status of the program
 * (cmd.h).  "--help" prints its own text.
 */
#ifndef VMM_CMD_PMU_H
#define VMM_CMD_PMU_H

#include <stdbool.h>
#include <stdio.h>

#include "err.h"

/** cmd_pmu_help() - "tallyvm pmu --help": the commands */
void cmd_pmu_help(FILE *out);

/** cmd_pmu_name() - name of command @i below "pmu", NULL after the last */
const char *cmd_pmu_name(unsigned int i);

/** cmd_pmu_list() - host PMUs and what this kernel can do; pmu_list.c */
int cmd_pmu_list(int argc, char **argv);
/** cmd_pmu_doctor() - what partitioning needs; pmu_doctor.c */
int cmd_pmu_doctor(int argc, char **argv);
/** cmd_pmu_plan() - what VMs would get; pmu_plan_cmd.c */
int cmd_pmu_plan(int argc, char **argv);
/** cmd_pmu_check() - whether guests' PMUs count; pmu_check.c */
int cmd_pmu_check(int argc, char **argv);
/** cmd_pmu_bench() - what an access costs a guest; pmu_bench.c */
int cmd_pmu_bench(int argc, char **argv);
/** cmd_pmu_top() - "stat" as a screen; cmd_stat.c */
int cmd_pmu_top(int argc, char **argv);

/* What list and doctor have in common. */
struct pmu_args {
	bool json;
	const char *dev;	/* --dev, default "/dev/kvm" */
	const char *sysfs;	/* --sysfs, default "/sys" */
	const char *proc;	/* root of procfs */
	bool recorded;		/* --sysfs was given: not this host */
	unsigned int counters;	/* --counters, default 1 */
};

/**
 * pmu_args_parse() - the options of list and doctor
 * @ret: filled; its strings are constants or those of @argv
 * @e:   filled on failure
 *
 * Return: 0, 1 when help was asked for (nothing printed), -EINVAL.
 */
int pmu_args_parse(int argc, char **argv, struct pmu_args *ret, struct err *e);

#endif /* VMM_CMD_PMU_H */
