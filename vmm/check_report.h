/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_report - what "tallyvm pmu check" found, for people and scripts
 *
 * A line for each thing proven on each cluster in each mode.
 */
#ifndef VMM_CHECK_REPORT_H
#define VMM_CHECK_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "check_words.h"
#include "err.h"
#include "pmu/plan.h"

enum check_id {
	CHECK_START,		/* only when it failed or cannot be */
	CHECK_N,
	CHECK_COUNTING,
	CHECK_CYCLES,
	CHECK_RATIO,
	CHECK_SWINC,
	CHECK_OVERFLOW,
	CHECK_BEYOND,
	CHECK_FILTER,
	CHECK_PREEMPTION,
	CHECK_MIGRATION,
	CHECK_HOST,
	CHECK_ID_NUM
};

struct check_line {
	char pmu[PMU_NAME_MAX];
	enum pmu_mode mode;
	enum check_id id;
	enum check_verdict verdict;
	char *why;			/* owned; NULL for CHECK_PASS */
};

#define CHECK_LINES_MAX (PMU_HOST_MAX * PMU_MODE_NUM * CHECK_ID_NUM)

struct check_report {
	FILE *out;			/* each line as it comes, or NULL */
	unsigned int nr;
	unsigned int count[CHECK_VERDICT_NUM];
	struct check_line line[CHECK_LINES_MAX];
};

/** check_id_name() - short, for scripts: "overflow" */
const char *check_id_name(enum check_id id);
/** check_id_claim() - what is proven, for people */
const char *check_id_claim(enum check_id id);

/**
 * check_report_add() - add a line, print it if the report has out
 * @why: for all but CHECK_PASS; copied
 */
void check_report_add(struct check_report *r, const char *pmu,
		      enum pmu_mode mode, enum check_id id,
		      enum check_verdict verdict, const char *why);

/**
 * check_report_word() - add what the guest said on @word
 *
 * CHECK_NOTHING is a failure, with the guest's trouble as the reason if it had
 * any.
 */
void check_report_word(struct check_report *r, const char *pmu,
		       enum pmu_mode mode, enum check_id id,
		       const struct check_words *words, enum check_word word);

/** check_report_status() - exit status: 0, EXIT_FAULT where anything failed,
 * EXIT_HOST where nothing was proven */
int check_report_status(const struct check_report *r);

/** check_report_end() - the last line, for people */
void check_report_end(const struct check_report *r, FILE *out);

/** check_report_json() - all of it as JSON.  Return: as json_out_print() */
int check_report_json(const struct check_report *r, FILE *out, struct err *e);

/** check_report_fini() - free; legal on a zeroed object and twice */
void check_report_fini(struct check_report *r);

#endif /* VMM_CHECK_REPORT_H */
