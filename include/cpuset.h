/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpuset - a set of host CPUs
 *
 * A plain value of fixed size: copy it by assignment, compare it with
 * cpuset_equal(), zero it to empty it.  The text form is the kernel's "cpu
 * list" (Documentation/admin-guide/cputopology.rst): "0-3,5,8-11:2".
 */
#ifndef INCLUDE_CPUSET_H
#define INCLUDE_CPUSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* arm64 kernels are built for at most 4096 CPUs (NR_CPUS, arch/arm64/Kconfig) */
#define CPUSET_MAX 4096

struct cpuset {
	uint64_t bits[CPUSET_MAX / 64];
};

/** cpuset_set() - add a CPU below CPUSET_MAX; others are ignored */
void cpuset_set(struct cpuset *set, unsigned int cpu);
/** cpuset_has() - whether @cpu is in the set; false beyond CPUSET_MAX */
bool cpuset_has(const struct cpuset *set, unsigned int cpu);
/** cpuset_count() - number of CPUs */
unsigned int cpuset_count(const struct cpuset *set);
bool cpuset_empty(const struct cpuset *set);
bool cpuset_equal(const struct cpuset *a, const struct cpuset *b);
/** cpuset_subset() - whether every CPU of @a is in @b */
bool cpuset_subset(const struct cpuset *a, const struct cpuset *b);
struct cpuset cpuset_and(const struct cpuset *a, const struct cpuset *b);
struct cpuset cpuset_or(const struct cpuset *a, const struct cpuset *b);
/** cpuset_andnot() - CPUs of @a that are not in @b */
struct cpuset cpuset_andnot(const struct cpuset *a, const struct cpuset *b);
/** cpuset_next() - first CPU >= @from, or CPUSET_MAX */
unsigned int cpuset_next(const struct cpuset *set, unsigned int from);

/**
 * cpuset_parse() - read a cpu list
 * @text: "0-3,5"; "a-b:stride" as the kernel writes; spaces and a final
 *        newline are allowed around it; "" is the empty set
 * @ret:  untouched on failure
 *
 * Return: 0, -EINVAL (syntax, or a range that runs backwards), -ERANGE (a CPU
 * at or above CPUSET_MAX).
 */
int cpuset_parse(const char *text, struct cpuset *ret);

/**
 * cpuset_format() - write the shortest cpu list
 * @buf: always terminated; a list that does not fit ends in "..."
 *
 * Return: @buf.
 */
char *cpuset_format(const struct cpuset *set, char *buf, size_t len);

#endif /* INCLUDE_CPUSET_H */
