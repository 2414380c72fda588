/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options - the one table of every setting
 *
 * A row says everything that is known about a setting: how it is written on
 * the command line and in TOML, what values it takes, where the value goes, and
 * what to tell people.  The parsers, "tallyvm run --help", --dry-run, the
 * manual pages and the shell completions all read it, so they cannot disagree.
 * The rows are in the order of enum option_id.
 */
#ifndef VMM_OPTIONS_H
#define VMM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

#define OPTION_NAME_MAX 32	/* of names and keys, with the terminator */

enum option_type {
	OPTION_BOOL,	/* --x and --no-x; true and false; bool or int */
	OPTION_INT,	/* min to max; decimal or 0x */
	OPTION_STRING,
	OPTION_NAME,	/* a string fit for file names and logs */
	OPTION_PATH,	/* a string; in a file, relative to that file */
	OPTION_WORD,	/* one of words */
	OPTION_SIZE,	/* SIZE[@ADDR], goes to mem_size and mem_base */
	OPTION_SEED,	/* 64 bits, goes to kaslr_seed */
	OPTION_CPULIST,	/* [VCPUS:]CPULIST, may be given many times */
	OPTION_TYPE_NUM
};

/* Headings of --help and of the manual page, in their order. */
enum option_group {
	GROUP_GUEST,
	GROUP_CPU,
	GROUP_PMU,
	GROUP_DEVICE,
	GROUP_RUN,
	GROUP_NUM
};

struct option_word {
	const char *name;	/* NULL ends a list */
	int value;
	bool refused;	/* lkvm takes what begins so, tallyvm cannot yet */
};

struct option_def {
	const char *name;	/* long name without "--" */
	const char *key;	/* in TOML, dotted; NULL: command line only */
	const char *arg;	/* what --help calls the value; NULL for BOOL */
	const struct option_word *words;	/* for WORD */
	const char *initial;	/* the default in words, or NULL: none */
	const char *help;	/* one line of --help */
	const char *text;	/* more, for the manual page; plain prose */
	int64_t min, max;	/* for INT */
	size_t offset, size;	/* place in struct vm_config; size 0: none */
	enum option_type type;
	enum option_group group;
	char letter;		/* short form, or 0 */
};

extern const struct option_def option_table[OPT_NUM];

/** option_group_name() - heading, for example "PMU" */
const char *option_group_name(enum option_group group);

/**
 * option_find() - the option that a word on the command line means
 * @name:    what follows "--", up to a "="; not terminated
 * @len:     its length
 * @ret_id:  the option; untouched on failure
 * @negated: whether it is the --no- form of a boolean; untouched on failure
 *
 * Takes an exact name, else a beginning that only one option has, else a
 * beginning of several of which one begins all the others: "pm" is "pmu"
 * although "pmu-counters" exists.
 *
 * Return: 0, -ENOENT, or -ENOTUNIQ.
 */
int option_find(const char *name, size_t len, enum option_id *ret_id,
		bool *negated);

/** option_find_letter() - as above by short letter.  Return: 0 or -ENOENT */
int option_find_letter(char letter, enum option_id *ret_id);

/**
 * option_find_key() - the option that a TOML key means: its key, or its name
 *
 * Return: 0 or -ENOENT.
 */
int option_find_key(const char *key, enum option_id *ret_id);

/** option_is_table() - whether @key is a TOML table that has keys: "pmu" */
bool option_is_table(const char *key);

/** option_nearest() - the name, or with @key the TOML key, nearest to a word
 * that is not known; NULL when none is near */
const char *option_nearest(const char *word, bool key);

/** option_wants() - "an integer 0 to 31", "a string"; in @buf, returned */
const char *option_wants(const struct option_def *def, char *buf, size_t len);

/** option_word_name() - the word of @def that stands for @value, or "?" */
const char *option_word_name(const struct option_def *def, int value);

#endif /* VMM_OPTIONS_H */
