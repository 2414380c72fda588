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
	OPTION_INT,	/* min to max; decimal or 0x; int or 64 bits */
	OPTION_STRING,	/* where max is not 0, of min to max bytes */
	OPTION_NAME,	/* a string fit for file names and logs */
	OPTION_PATH,	/* a string; in a file, relative to that file;
			   any of words: no file */
	OPTION_WORD,	/* one of words; int, bool, or kept as a string */
	OPTION_SIZE,	/* SIZE[@ADDR], goes to mem_size and mem_base */
	OPTION_SEED,	/* 64 bits, goes to kaslr_seed */
	OPTION_CPULIST,	/* [VCPUS:]CPULIST, may be given many times */
	OPTION_DEVICE,	/* words with commas between, by option_device */
	OPTION_IPV4,	/* a dotted address, kept as a string */
	OPTION_MAC,	/* of a net_config, goes to mac and mac_given */
	OPTION_LIST,	/* strings, joined by ";" to one */
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

struct option_device;

/* A row of the table, or of a device's own table of keys. */
struct option_def {
	const char *name;	/* long name without "--" */
	const char *key;	/* in TOML, dotted; NULL: command line only */
	const char *arg;	/* what --help calls the value; NULL for BOOL */
	const struct option_word *words;	/* for WORD */
	const char *initial;	/* the default in words, or NULL: none */
	const char *help;	/* one line of --help */
	const char *instead;	/* ends complaints about the value on the
				   command line: what lkvm has otherwise; or
				   NULL */
	const char *text;	/* more, for the manual page; plain prose;
				   NULL for a device's key: help is enough */
	const struct option_device *device;	/* for DEVICE */
	int64_t min, max;	/* for INT; of STRING, in bytes */
	size_t offset, size;	/* place in struct vm_config, or in the
				   device's; size 0: none */
	enum option_type type;
	enum option_group group;
	char letter;		/* short form, or 0 */
	bool positional;	/* key: the value may stand without the name */
	bool required;		/* key: a device is nothing without */
};

/*
 * What stands behind an option that describes a device: "FILE,ro,queues=4" on
 * the command line, a table of the same keys in TOML.  The devices are an
 * array in struct vm_config, at the option's offset.
 */
struct option_device {
	const char *noun;	/* what "at most 16 ..." has a limit on */
	const struct option_def *keys;	/* positional ones first; ends with a
					   name of NULL */
	const void *initial;	/* a device with nothing said about it */
	size_t size;		/* of one device; begins with its origin */
	size_t count;		/* offset of their number in vm_config */
	unsigned int max;	/* of these; with 1, the last one counts */
	bool pair;		/* first word NAME=VALUE: the first two keys */
	/* Do the keys fit together?  0, 1: no device is wanted, or -errno. */
	int (*check)(const void *dev, struct err *e);
	/* Not for two devices, and its key; NULL: two may be alike. */
	bool (*same)(const void *a, const void *b);
	const char *same_key;
};

extern const struct option_def option_table[OPT_NUM];

extern const struct option_device option_disk, option_network, option_fs,
	option_vsock, option_port;

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

/** option_key_find() - the key of @device that @name means, of @len bytes and
 * not terminated.  Return: a row, or NULL */
const struct option_def *option_key_find(const struct option_device *device,
					 const char *name, size_t len);

/** option_key_nearest() - as option_nearest(), among the keys of @device */
const char *option_key_nearest(const struct option_device *device,
			       const char *word);

/** option_wants() - "an integer 0 to 31", "a string"; in @buf, returned */
const char *option_wants(const struct option_def *def, char *buf, size_t len);

/** option_word_name() - the word of @def that stands for @value, or "?" */
const char *option_word_name(const struct option_def *def, int value);

#endif /* VMM_OPTIONS_H */
