/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config - what the person asked for, complete and validated
 *
 * Built in three steps on the main thread, then read-only: defaults, then the
 * TOML file, then the command line; each later one overrides.  Every value
 * remembers where it came from, so that a message written much later can still
 * say "guest.toml:7:1" or "--cpus".
 *
 * One table (vmm/options.c, struct option_def) describes every setting: option
 * name, short letter, TOML key, type, range, default and help.  The parser, the
 * TOML reader, --help, --dry-run, the man page and the shell completions are
 * all driven by it.
 */
#ifndef VMM_CONFIG_H
#define VMM_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cpuset.h"
#include "err.h"

#define CONFIG_CPUS_MAX		512	/* KVM_MAX_VCPUS of GICv3, vgic.h */
#define CONFIG_NAME_MAX		64

/* One for each row of the option table, in the table's order. */
enum option_id {
	OPT_CONFIG,		/* --config FILE			*/
	OPT_NAME,		/* --name NAME		name		*/
	OPT_CPUS,		/* -c --cpus N		cpus		*/
	OPT_MEM,		/* -m --mem SIZE[@ADDR]	mem		*/
	OPT_KERNEL,		/* -k --kernel FILE	kernel		*/
	OPT_INITRD,		/* -i --initrd FILE	initrd		*/
	OPT_PARAMS,		/* -p --params STRING	params		*/
	OPT_IRQCHIP,		/* --irqchip KIND	irqchip		*/
	OPT_KASLR_SEED,		/* --kaslr-seed N	kaslr-seed	*/
	OPT_DEV,		/* --dev FILE		dev		*/
	OPT_NODEFAULTS,		/* --nodefaults		nodefaults	*/
	OPT_NETWORK,		/* -n --network mode=none  network	*/
	OPT_CONSOLE,		/* --console serial	console		*/
	OPT_RTC,		/* --rtc		rtc		*/
	OPT_PVPANIC,		/* --pvpanic		pvpanic		*/
	OPT_PANIC_TEXT,		/* --panic-text TEXT	panic-text	*/
	OPT_ON_RESET,		/* --on-reset restart|exit  on-reset	*/
	OPT_SVE,		/* --sve		sve		*/
	OPT_PTRAUTH,		/* --ptrauth		ptrauth		*/
	OPT_VCPU_AFFINITY,	/* --vcpu-affinity [VCPUS:]CPULIST	*/
	OPT_PMU,		/* --pmu		pmu.enable	*/
	OPT_PMU_COUNTERS,	/* --pmu-counters N	pmu.counters	*/
	OPT_PMU_PARTITION,	/* --pmu-partition N	pmu.partition	*/
	OPT_PMU_HOST_RESERVE,	/* --pmu-host-reserve M	pmu.host-reserve */
	OPT_PMU_FALLBACK,	/* --pmu-fallback none|emulate		*/
	OPT_PMU_FILTER,		/* --pmu-filter SPEC	pmu.filter	*/
	OPT_PMU_STRICT,		/* --pmu-strict		pmu.strict	*/
	OPT_PMU_ABI,		/* --pmu-partition-abi	pmu.partition-abi */
	OPT_PMU_ATTR,		/* --pmu-partition-attr	pmu.partition-attr */
	OPT_PMU_CLUSTER,	/* --pmu-cluster WHAT	pmu.cluster	*/
	OPT_LOGLEVEL,		/* --loglevel LEVEL	loglevel	*/
	OPT_DUMP_DTB,		/* --dump-dtb FILE	dump-dtb	*/
	OPT_DRY_RUN,		/* --dry-run				*/
	OPT_NUM
};

/* Where a value came from. */
enum origin_kind {
	ORIGIN_DEFAULT,
	ORIGIN_FILE,
	ORIGIN_COMMAND_LINE,
};

struct origin {
	enum origin_kind kind;
	unsigned int line, column;	/* from 1, for ORIGIN_FILE */
};

enum config_irqchip {		/* same order as enum gic_kind */
	IRQCHIP_AUTO,
	IRQCHIP_GICV2,
	IRQCHIP_GICV2M,
	IRQCHIP_GICV3,
	IRQCHIP_GICV3_ITS,
};

struct vm_config {
	char *config_file;	/* all strings owned, NULL when not given */
	char name[CONFIG_NAME_MAX + 1];	/* default "guest-<pid>" */
	unsigned int cpus;	/* default 1 */
	uint64_t mem_size;	/* bytes, default 512 MiB */
	uint64_t mem_base;	/* default PLAT_RAM_BASE */
	char *kernel;		/* NULL only with dry_run */
	char *initrd;
	char *params;
	enum config_irqchip irqchip;
	bool kaslr_seed_given;
	uint64_t kaslr_seed;
	char *dev;		/* default "/dev/kvm" */
	bool nodefaults;	/* leave the command line alone */
	bool rtc;		/* default true; false with nodefaults */
	bool pvpanic;		/* the same */
	bool exit_on_reset;	/* --on-reset=exit; default restart */
	bool sve;		/* default true: where KVM offers it */
	bool ptrauth;		/* default true: where KVM offers it */
	struct cpuset *affinity;	/* owned, one for each vCPU; or NULL */
	bool pmu;		/* also where counters or partition imply it */
	int pmu_counters;	/* or PMU_COUNTERS_ALL */
	int pmu_partition;	/* or -1: no partition wanted */
	int pmu_host_reserve;	/* or -1: the host keeps what is left */
	bool pmu_fallback;	/* emulate when the host cannot partition */
	char *pmu_cluster;	/* pmu/policy.h; NULL: any */
	char *pmu_filter;	/* pmu/filter.h; NULL: count anything */
	int pmu_strict;		/* -1: where KVM has it; 0: no; 1: needed */
	int pmu_abi;		/* enum pmu_abi; default PMU_ABI_AUTO */
	int pmu_attr;		/* number of ENABLE_PARTITION */
	int loglevel;		/* enum log_level; default LOG_INFO */
	char *panic_text;	/* 1 to TRIPWIRE_MAX bytes, or NULL */
	char *dump_dtb;
	bool dry_run;
	struct origin origin[OPT_NUM];
};

/**
 * config_parse() - options and file to one validated configuration
 * @argc, @argv: what follows the subcommand: options in any order before and
 *               after the kernel, "--opt value" and "--opt=value"; the first
 *               other word is the kernel, or, if it ends in ".toml", the file
 * @ret:  filled; config_fini() it also after a failure
 * @e:    filled on failure: option or file:line:column, the key, the reason
 *
 * Reads no file but the TOML one and looks at nothing of the host.
 *
 * Return: 0, 1 when help was asked for (nothing printed), -EINVAL, -ENOMEM, or
 * what reading the TOML file gave; a file that cannot be read is ERR_CONFIG.
 */
int config_parse(int argc, char **argv, struct vm_config *ret, struct err *e);

/** config_fini() - free; legal on a zeroed object */
void config_fini(struct vm_config *cfg);

/** config_print() - the resolved configuration as TOML that can be run again,
 * from any folder, each line with a comment that says where the value came
 * from */
void config_print(const struct vm_config *cfg, FILE *out);

/** config_origin() - "--cpus", "guest.toml:7:1" or "default", in @buf */
const char *config_origin(const struct vm_config *cfg, enum option_id id,
			  char *buf, size_t len);

#endif /* VMM_CONFIG_H */
