/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_report - what "tallyvm pmu bench" measured, for people and scripts
 */
#ifndef VMM_BENCH_REPORT_H
#define VMM_BENCH_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "check_words.h"
#include "err.h"
#include "pmu/plan.h"

/* names as the boot argument "op" of tests/guest/bench.c takes them */
enum bench_op {
	BENCH_CYCLES_READ,
	BENCH_COUNTER_READ,
	BENCH_COUNTER_WRITE,
	BENCH_TYPE_WRITE,
	BENCH_ENABLE,
	BENCH_OVERFLOW_CLEAR,
	BENCH_SW_INCR,
	BENCH_OVERFLOW,
	BENCH_OP_NUM
};

struct bench_cell {
	bool known;
	double ns;		/* for each operation */
	double exits;		/* the same; < 0: KVM does not say */
};

struct bench_report {
	const char *pmu;	/* not owned */
	char why[PMU_MODE_NUM][ERR_TEXT_MAX];	/* not measured because */
	int counters[PMU_MODE_NUM];
	struct bench_cell cell[PMU_MODE_NUM][BENCH_OP_NUM];
};

/** bench_op_name() - "pmccntr-read" */
const char *bench_op_name(enum bench_op op);

/**
 * bench_cell_make() - from what the guest said and KVM counted
 * @words: of the guest that did it
 * @exits: of that guest, less those of one that did nothing; < 0: not known
 * @ret:   filled on success
 *
 * Return: 0, or -EBADMSG when the guest left a number out, or gave one that
 * cannot be.
 */
int bench_cell_make(const struct check_words *words, int64_t exits,
		    struct bench_cell *ret);

/** bench_report_known() - whether anything was measured */
bool bench_report_known(const struct bench_report *r);

/** bench_report_text() - a table.  Return: as table_print() */
int bench_report_text(const struct bench_report *r, FILE *out);

/** bench_report_json() - Return: as json_out_print() */
int bench_report_json(const struct bench_report *r, FILE *out, struct err *e);

#endif /* VMM_BENCH_REPORT_H */
