// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_words - what a built-in guest says; the contract is in check_words.h
 */
#include "check_words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

#define NAME_MAX_ 16

static const char word_names[][NAME_MAX_] = {
	[WORD_N] = "n",
	[WORD_COUNTING] = "counting",
	[WORD_CYCLES] = "cycles",
	[WORD_RATIO] = "ratio",
	[WORD_SWINC] = "swinc",
	[WORD_OVERFLOW] = "overflow",
	[WORD_BEYOND] = "beyond",
	[WORD_KEEP] = "keep",
	[WORD_FILTER] = "filter",
};
_Static_assert(ARRAY_SIZE(word_names) == WORD_NUM, "one for each");

static const char info_names[][NAME_MAX_] = {
	[INFO_TURNS] = "turns",
	[INFO_TICKS] = "ticks",
	[INFO_EMPTY] = "empty",
	[INFO_FREQ] = "freq",
	[INFO_OPS] = "ops",
};
_Static_assert(ARRAY_SIZE(info_names) == INFO_NUM, "one for each");

static const char verdict_names[][NAME_MAX_] = {
	[CHECK_NOTHING] = "?",
	[CHECK_PASS] = "PASS cpu0 ",
	[CHECK_FAIL] = "FAIL cpu0 ",
	[CHECK_SKIP] = "SKIP cpu0 ",
};
_Static_assert(ARRAY_SIZE(verdict_names) == CHECK_VERDICT_NUM, "all");

/* A part of a line; not terminated. */
struct span {
	const char *at;
	size_t len;
};

static bool span_is(struct span s, const char *text)
{
	return strlen(text) == s.len && !memcmp(s.at, text, s.len);
}

/* If @s begins with @prefix, take it away. */
static bool span_skip(struct span *s, const char *prefix)
{
	size_t len = strlen(prefix);

	if (s->len < len || memcmp(s->at, prefix, len) != 0)
		return false;
	s->at += len;
	s->len -= len;
	return true;
}

/* Everything up to @end, which is taken away too; without it all of @s. */
static struct span span_until(struct span *s, const char *end)
{
	const char *found = memmem(s->at, s->len, end, strlen(end));
	struct span head = *s;

	if (found)
		head.len = (size_t)(found - s->at);
	s->at += head.len;
	s->len -= head.len;
	span_skip(s, end);
	return head;
}

static void span_copy(char *to, struct span s)
{
	snprintf(to, CHECK_WHY_MAX, "%.*s", (int)s.len, s.at);
}

static bool is_printable(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.at[i] < ' ' || s.at[i] > '~')
			return false;
	return true;
}

static bool parse_number(struct span s, uint64_t *ret)
{
	uint64_t val = 0;
	size_t i;

	if (!s.len)
		return false;
	for (i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9' ||
		    __builtin_mul_overflow(val, 10, &val) ||
		    __builtin_add_overflow(val, s.at[i] - '0', &val))
			return false;
	}
	*ret = val;
	return true;
}

static bool parse_info(struct span line, struct check_words *ret)
{
	struct span key = span_until(&line, "=");
	unsigned int i;

	for (i = 0; i < INFO_NUM; i++) {
		if (!span_is(key, info_names[i]))
			continue;
		if (ret->info[i].given)
			return false;
		ret->info[i].given = true;
		return parse_number(line, &ret->info[i].value);
	}
	return false;
}

static bool parse_verdict(struct span line, enum check_verdict verdict,
			  struct check_words *ret)
{
	const struct span all = line;
	struct span name = span_until(&line, ": ");
	unsigned int i;

	if ((verdict == CHECK_PASS) != (line.len == 0))
		return false;
	for (i = 0; i < WORD_NUM; i++) {
		if (!span_is(name, word_names[i]))
			continue;
		if (ret->word[i].verdict != CHECK_NOTHING)
			return false;
		ret->word[i].verdict = verdict;
		span_copy(ret->word[i].why, line);
		return true;
	}
	if (verdict != CHECK_FAIL)
		return false;
	if (!*ret->trouble)
		span_copy(ret->trouble, all);
	return true;
}

static bool parse_line(struct span line, struct check_words *ret)
{
	unsigned int verdict;

	if (ret->done || !is_printable(line))
		return false;
	if (span_is(line, "GUEST DONE")) {
		ret->done = true;
		return true;
	}
	if (span_skip(&line, "INFO "))
		return parse_info(line, ret);
	for (verdict = CHECK_PASS; verdict < CHECK_VERDICT_NUM; verdict++)
		if (span_skip(&line, verdict_names[verdict]))
			return parse_verdict(line, (enum check_verdict)verdict,
					     ret);
	return false;
}

int check_words_parse(const char *text, size_t len, struct check_words *ret,
		      struct err *e)
{
	struct span rest = { text, len };
	unsigned int line = 0;

	memset(ret, 0, sizeof(*ret));
	while (rest.len && memchr(rest.at, '\n', rest.len)) {
		line++;
		if (!parse_line(span_until(&rest, "\n"), ret)) {
			err_fault(e, 0, "line %u of what the guest said makes no sense",
				  line);
			return -EBADMSG;
		}
	}
	if (ret->done && !rest.len)
		return 0;
	err_fault(e, 0, "the guest stopped talking after line %u", line);
	return -EBADMSG;
}
