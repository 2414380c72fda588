// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuset - a set of host CPUs, and the kernel's text form of one
 *
 * The contract is in include/cpuset.h.  The set is an array of 64-bit words;
 * everything here is a loop over them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cpuset.h"
#include "util.h"

#define WORDS ARRAY_SIZE(((struct cpuset *)0)->bits)

/* one run of a list: "4094-4095," and the terminator */
#define PIECE_MAX 16

void cpuset_set(struct cpuset *set, unsigned int cpu)
{
	if (cpu < CPUSET_MAX)
		set->bits[cpu / 64] |= BIT(cpu % 64);
}

bool cpuset_has(const struct cpuset *set, unsigned int cpu)
{
	return cpu < CPUSET_MAX && (set->bits[cpu / 64] & BIT(cpu % 64));
}

unsigned int cpuset_count(const struct cpuset *set)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < WORDS; i++) {
		if (set->bits[i])
			count += __builtin_popcountll(set->bits[i]);
	}
	return count;
}

bool cpuset_empty(const struct cpuset *set)
{
	return cpuset_next(set, 0) == CPUSET_MAX;
}

bool cpuset_equal(const struct cpuset *a, const struct cpuset *b)
{
	return !memcmp(a->bits, b->bits, sizeof(a->bits));
}

bool cpuset_subset(const struct cpuset *a, const struct cpuset *b)
{
	size_t i;

	for (i = 0; i < WORDS; i++) {
		if (a->bits[i] & ~b->bits[i])
			return false;
	}
	return true;
}

struct cpuset cpuset_and(const struct cpuset *a, const struct cpuset *b)
{
	struct cpuset ret;
	size_t i;

	for (i = 0; i < WORDS; i++)
		ret.bits[i] = a->bits[i] & b->bits[i];
	return ret;
}

struct cpuset cpuset_or(const struct cpuset *a, const struct cpuset *b)
{
	struct cpuset ret;
	size_t i;

	for (i = 0; i < WORDS; i++)
		ret.bits[i] = a->bits[i] | b->bits[i];
	return ret;
}

struct cpuset cpuset_andnot(const struct cpuset *a, const struct cpuset *b)
{
	struct cpuset ret;
	size_t i;

	for (i = 0; i < WORDS; i++)
		ret.bits[i] = a->bits[i] & ~b->bits[i];
	return ret;
}

unsigned int cpuset_next(const struct cpuset *set, unsigned int from)
{
	uint64_t word;
	size_t i = from / 64;

	if (from >= CPUSET_MAX)
		return CPUSET_MAX;
	word = set->bits[i] & (~UINT64_C(0) << (from % 64));
	while (!word) {
		if (++i == WORDS)
			return CPUSET_MAX;
		word = set->bits[i];
	}
	return 64 * i + __builtin_ctzll(word);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Read a CPU number (or a stride) at *@pos and move *@pos behind it. */
static int parse_number(const char **pos, unsigned int *ret)
{
	const char *p = *pos;
	unsigned int n = 0;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		n = 10 * n + (*p - '0');
		if (n >= CPUSET_MAX)
			return -ERANGE;
	}
	*pos = p;
	*ret = n;
	return 0;
}

/* Read "a", "a-b" or "a-b:stride" at *@pos and add it to @set. */
static int parse_range(const char **pos, struct cpuset *set)
{
	unsigned int first, last, stride = 1;
	int err;

	err = parse_number(pos, &first);
	if (err)
		return err;
	last = first;
	if (**pos == '-') {
		++*pos;
		err = parse_number(pos, &last);
		if (!err && **pos == ':') {
			++*pos;
			err = parse_number(pos, &stride);
		}
		if (err)
			return err;
	}
	if (last < first || !stride)
		return -EINVAL;
	for (; first <= last; first += stride)
		cpuset_set(set, first);
	return 0;
}

int cpuset_parse(const char *text, struct cpuset *ret)
{
	struct cpuset set = { { 0 } };
	const char *p = text;
	int err;

	while (is_space(*p))
		p++;
	while (*p) {
		err = parse_range(&p, &set);
		if (err)
			return err;
		if (*p != ',')
			break;
		/* a comma promises another range: "0-3," is refused above */
		if (!*++p)
			return -EINVAL;
	}
	while (is_space(*p))
		p++;
	if (*p)
		return -EINVAL;
	*ret = set;
	return 0;
}

/* Last CPU of the unbroken run that starts at @first. */
static unsigned int run_end(const struct cpuset *set, unsigned int first)
{
	while (cpuset_has(set, first + 1))
		first++;
	return first;
}

/* Write "a" or "a-b" to @piece and return its length. */
static size_t format_run(char *piece, unsigned int first, unsigned int last)
{
	int n;

	if (first == last)
		n = snprintf(piece, PIECE_MAX, "%u,", first);
	else
		n = snprintf(piece, PIECE_MAX, "%u-%u,", first, last);
	return n;
}

char *cpuset_format(const struct cpuset *set, char *buf, size_t len)
{
	static const char dots[] = "...";
	unsigned int first = cpuset_next(set, 0), last;
	char piece[PIECE_MAX];
	size_t used = 0, n;
	bool more;

	if (!len)
		return buf;
	while (first < CPUSET_MAX) {
		last = run_end(set, first);
		n = format_run(piece, first, last);
		first = cpuset_next(set, last + 1);
		more = first < CPUSET_MAX;
		if (!more)
			n--;	/* no comma after the last run */
		/* what is not the last run leaves room for the dots */
		if (used + n + (more ? sizeof(dots) : 1) > len) {
			n = sizeof(dots) < len - used ?
			    sizeof(dots) - 1 : len - used - 1;
			memcpy(buf + used, dots, n);
			used += n;
			break;
		}
		memcpy(buf + used, piece, n);
		used += n;
	}
	buf[used] = '\0';
	return buf;
}
