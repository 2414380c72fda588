// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * option_find - from a word that a person wrote to a row of the option table
 */
#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "near.h"
#include "util.h"

#define NEAREST_MAX_DISTANCE 3

const char *option_group_name(enum option_group group)
{
	static const char *const names[] = {
		[GROUP_GUEST] = "Guest",
		[GROUP_CPU] = "CPUs and interrupts",
		[GROUP_PMU] = "PMU",
		[GROUP_DEVICE] = "Devices",
		[GROUP_RUN] = "Running",
	};

	_Static_assert(ARRAY_SIZE(names) == GROUP_NUM, "a name for each group");
	return names[group];
}

static bool begins(const char *full, const char *name, size_t len)
{
	return !strncmp(full, name, len);
}

static bool is_exactly(const char *full, const char *name, size_t len)
{
	return begins(full, name, len) && !full[len];
}

/* One name that a beginning may stand for, in find_beginning(). */
struct candidate {
	const char *name;
	enum option_id id;
};

/*
 * Keep the candidate that begins the other one; with neither, both are wrong
 * for good, which the NULL name remembers.
 */
static void weigh(struct candidate *best, unsigned int *nr, enum option_id id)
{
	const char *name = option_table[id].name;

	if ((*nr)++ == 0) {
		*best = (struct candidate){ name, id };
		return;
	}
	if (!best->name || begins(name, best->name, strlen(best->name)))
		return;
	if (begins(best->name, name, strlen(name)))
		*best = (struct candidate){ name, id };
	else
		best->name = NULL;
}

static int find_beginning(const char *name, size_t len, bool only_bool,
			  enum option_id *ret_id)
{
	struct candidate best = { 0 };
	unsigned int nr = 0;
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++) {
		if (only_bool && option_table[id].type != OPTION_BOOL)
			continue;
		if (begins(option_table[id].name, name, len))
			weigh(&best, &nr, id);
	}
	if (!nr)
		return -ENOENT;
	if (!best.name)
		return -ENOTUNIQ;
	*ret_id = best.id;
	return 0;
}

static int find_exact(const char *name, size_t len, enum option_id *ret_id)
{
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++) {
		if (!is_exactly(option_table[id].name, name, len))
			continue;
		*ret_id = id;
		return 0;
	}
	return -ENOENT;
}

int option_find(const char *name, size_t len, enum option_id *ret_id,
		bool *negated)
{
	bool no = len > 3 && begins(name, "no-", 3);
	int ret;

	if (!len)
		return -ENOENT;
	ret = find_exact(name, len, ret_id);
	if (ret && no)
		ret = find_beginning(name + 3, len - 3, true, ret_id);
	else
		no = false;
	if (ret == -ENOENT && !no)
		ret = find_beginning(name, len, false, ret_id);
	if (!ret)
		*negated = no;
	return ret;
}

int option_find_letter(char letter, enum option_id *ret_id)
{
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++) {
		if (!letter || option_table[id].letter != letter)
			continue;
		*ret_id = id;
		return 0;
	}
	return -ENOENT;
}

int option_find_key(const char *key, enum option_id *ret_id)
{
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++) {
		const struct option_def *def = &option_table[id];

		if (def->key && (!strcmp(def->key, key) ||
				 !strcmp(def->name, key))) {
			*ret_id = id;
			return 0;
		}
	}
	return -ENOENT;
}

bool option_is_table(const char *key)
{
	size_t len = strlen(key);
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++) {
		const char *full = option_table[id].key;

		if (full && begins(full, key, len) && full[len] == '.')
			return true;
	}
	return false;
}

/* The best word so far; distance is that from the word looked for. */
struct nearest {
	const char *word;
	const char *best;
	unsigned int distance;
};

static void compare(struct nearest *n, const char *name)
{
	unsigned int now = near_distance(n->word, name);

	/* no resemblance where every letter would have to change */
	if (now >= n->distance || now >= strlen(name))
		return;
	n->distance = now;
	n->best = name;
}

const char *option_nearest(const char *word, bool key)
{
	struct nearest n = {
		.word = word,
		.distance = NEAREST_MAX_DISTANCE + 1,
	};
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++) {
		const struct option_def *def = &option_table[id];

		if (!key || def->key)
			compare(&n, key ? def->key : def->name);
	}
	return n.best;
}

const struct option_def *option_key_find(const struct option_device *device,
					 const char *name, size_t len)
{
	const struct option_def *key;

	for (key = device->keys; key->name; key++)
		if (is_exactly(key->name, name, len))
			return key;
	return NULL;
}

const char *option_key_nearest(const struct option_device *device,
			       const char *word)
{
	struct nearest n = {
		.word = word,
		.distance = NEAREST_MAX_DISTANCE + 1,
	};
	const struct option_def *key;

	for (key = device->keys; key->name; key++)
		compare(&n, key->name);
	return n.best;
}

static void append_words(const struct option_word *word, char *buf, size_t len)
{
	const char *sep = "one of ";
	size_t used = 0;

	for (; word->name && used < len; word++) {
		if (word->refused)
			continue;
		used += snprintf(buf + used, len - used, "%s\"%s\"", sep,
				 word->name);
		sep = ", ";
	}
}

const char *option_wants(const struct option_def *def, char *buf, size_t len)
{
	static const char *const plain[OPTION_TYPE_NUM] = {
		[OPTION_BOOL] = "true or false",
		[OPTION_STRING] = "a string",
		[OPTION_NAME] = "a name",
		[OPTION_PATH] = "the name of a file",
		[OPTION_SIZE] = "a size such as \"512M\" or \"2G@0x80000000\"",
		[OPTION_SEED] = "a number of 64 bits",
		[OPTION_CPULIST] = "a list such as \"2-3\" or \"0:2\"",
		[OPTION_IPV4] = "an address such as \"192.168.33.1\"",
		[OPTION_MAC] = "an address such as \"02:15:15:15:15:15\"",
		[OPTION_LIST] = "a string",
	};

	if (plain[def->type])
		snprintf(buf, len, "%s", plain[def->type]);
	else if (def->type == OPTION_WORD)
		append_words(def->words, buf, len);
	else if (def->type == OPTION_DEVICE)
		snprintf(buf, len, "\"%s\"", def->arg);
	else
		snprintf(buf, len, "an integer %" PRId64 " to %" PRId64,
			 def->min, def->max);
	return buf;
}

const char *option_word_name(const struct option_def *def, int value)
{
	const struct option_word *word;

	for (word = def->words; word->name; word++)
		if (word->value == value)
			return word->name;
	return "?";
}
