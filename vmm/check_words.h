/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_words - what a built-in guest says, read strictly
 *
 *	TEXT := { LINE "\n" } "GUEST DONE\n"
 *	LINE := "PASS cpu0 " NAME | ("FAIL" | "SKIP") " cpu0 " NAME ": " WHY
 *	      | "INFO " KEY "=" NUMBER
 *
 * The guest is ours, but what it says comes from a guest and goes to a terminal
 * and into JSON: only printable ASCII is taken, every name at most once, and
 * nothing that is not expected.  One thing is: "FAIL" with a name that no
 * verdict has, when the guest's runtime gives up (an exception, say).
 */
#ifndef VMM_CHECK_WORDS_H
#define VMM_CHECK_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define CHECK_WHY_MAX 200
/* far above what a guest has to say */
#define CHECK_SAID_MAX 16384

enum check_verdict {
	CHECK_NOTHING,		/* not said */
	CHECK_PASS,
	CHECK_FAIL,
	CHECK_SKIP,
	CHECK_VERDICT_NUM
};

/* What tests/guest/check.c gives a verdict on. */
enum check_word {
	WORD_N,
	WORD_COUNTING,
	WORD_CYCLES,
	WORD_RATIO,
	WORD_SWINC,
	WORD_OVERFLOW,
	WORD_BEYOND,
	WORD_KEEP,
	WORD_FILTER,
	WORD_NUM
};

/* Numbers that tests/guest/check.c and bench.c give. */
enum check_info {
	INFO_TURNS,
	INFO_TICKS,
	INFO_EMPTY,
	INFO_FREQ,
	INFO_OPS,
	INFO_NUM
};

struct check_words {
	struct {
		enum check_verdict verdict;
		char why[CHECK_WHY_MAX];
	} word[WORD_NUM];
	struct {
		bool given;
		uint64_t value;
	} info[INFO_NUM];
	char trouble[CHECK_WHY_MAX];	/* why the guest gave up, or "" */
	bool done;
};

/**
 * check_words_parse() - read all that a guest said
 * @text: @len bytes, any bytes
 * @ret:  filled as far as it went, also on failure
 * @e:    filled on failure: which line, what is wrong with it
 *
 * Return: 0, or -EBADMSG with ERR_FAULT: a line that cannot be understood, or
 * an end before "GUEST DONE".
 */
int check_words_parse(const char *text, size_t len, struct check_words *ret,
		      struct err *e);

#endif /* VMM_CHECK_WORDS_H */
