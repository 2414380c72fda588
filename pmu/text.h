/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/text - compose a sentence in a buffer of fixed size
 *
 * A text that does not fit is cut, never refused: all of these are read by
 * people.
 */
#ifndef PMU_TEXT_H
#define PMU_TEXT_H

#include <stddef.h>

#include "cpuset.h"

/* a CPU list in a sentence; longer ones end in "..." */
#define TEXT_CPUS_MAX 64

struct text {
	char *buf;		/* not owned, always terminated */
	size_t len, used;
};

/** text_init() - start an empty sentence in @buf of @len > 0 bytes */
struct text text_init(char *buf, size_t len);

/** text_add() - append; what does not fit is dropped */
void text_add(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** text_add_cpus() - append "CPU 3" or "CPUs 4-5,7" */
void text_add_cpus(struct text *t, const struct cpuset *cpus);

/** text_add_count() - append "1 vCPU" or "2 vCPUs" for @noun "vCPU" */
void text_add_count(struct text *t, unsigned int n, const char *noun);

#endif /* PMU_TEXT_H */
