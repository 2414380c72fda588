/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_args - what "tallyvm pmu check" and "tallyvm pmu bench" are told, and
 * where they are to look
 */
#ifndef VMM_CHECK_ARGS_H
#define VMM_CHECK_ARGS_H

#include <stdbool.h>

#include "pmu/host.h"
#include "pmu/plan.h"
#include "pmu/scratch.h"

struct check_args {
	bool json;
	bool all;		/* --all: every cluster */
	const char *cluster;	/* --cluster, as policy.h takes it; NULL:
				 * the one with the largest cores */
	const char *dev;	/* --dev, default "/dev/kvm" */
	int counters;		/* --counters, or PMU_COUNTERS_ALL: a
				 * number that proves most */
	bool mode[PMU_MODE_NUM];	/* --mode: those wanted */
};

/**
 * check_args_parse() - read the options
 * @bench: those of "bench", which has fewer
 * @ret:   filled; its strings are constants or those of @argv
 * @e:     filled on failure
 *
 * Return: 0, 1 when help was asked for (nothing printed), -EINVAL.
 */
int check_args_parse(int argc, char **argv, bool bench,
		     struct check_args *ret, struct err *e);

/* A cluster to try. */
struct check_target {
	const struct pmu_dev *dev;	/* in the host */
	unsigned int index;		/* of dev in the host */
	struct cpuset cpus;		/* that may be used; may be empty */
};

struct check_targets {
	struct pmu_host host;
	struct pmu_scratch scratch;
	bool emulated_host;	/* QEMU's "virt" machine: see below */
	unsigned int nr;
	struct check_target target[PMU_HOST_MAX];
};

/**
 * check_targets_find() - look at the host, and choose
 * @ret: large, so not on a stack
 * @e:   filled on failure
 *
 * emulated_host is set where the host itself is emulated as far as can be
 * seen: such a host does not confine a partitioned guest to its counters.
 *
 * Return: 0; -errno with ERR_HOST when there is no KVM for arm64 or no core
 * PMU, with ERR_CONFIG when there is no such cluster; or what reading gave.
 */
int check_targets_find(const struct check_args *args,
		       struct check_targets *ret, struct err *e);

/**
 * check_targets_counters() - how many counters to ask for on @t
 *
 * As many as were asked for; else one less than there are, if the kernel lets
 * the number be set, which leaves one to see the border at; else
 * PMU_COUNTERS_ALL.
 */
int check_targets_counters(const struct check_args *args,
			   const struct check_targets *all,
			   const struct check_target *t, enum pmu_mode mode);

#endif /* VMM_CHECK_ARGS_H */
