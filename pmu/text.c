// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/text - compose a sentence; the contract is in text.h
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

struct text text_init(char *buf, size_t len)
{
	buf[0] = '\0';
	return (struct text){ .buf = buf, .len = len };
}

/* Plans are made at every start: plain words do without printf's machinery. */
static void text_add_word(struct text *t, const char *word)
{
	size_t room = t->len - t->used - 1, len = strlen(word);

	if (len > room)
		len = room;
	memcpy(t->buf + t->used, word, len);
	t->used += len;
	t->buf[t->used] = '\0';
}

void text_add(struct text *t, const char *fmt, ...)
{
	size_t room = t->len - t->used;
	va_list ap;
	int n;

	if (!strchr(fmt, '%')) {
		text_add_word(t, fmt);
		return;
	}
	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->used, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->used += (size_t)n < room ? (size_t)n : room - 1;
}

void text_add_cpus(struct text *t, const struct cpuset *cpus)
{
	unsigned int first = cpuset_next(cpus, 0);
	char list[TEXT_CPUS_MAX];

	text_add(t, "CPU%s %s",
		 cpuset_next(cpus, first + 1) < CPUSET_MAX ? "s" : "",
		 cpuset_format(cpus, list, sizeof(list)));
}

void text_add_count(struct text *t, unsigned int n, const char *noun)
{
	text_add(t, "%u %s%s", n, noun, n == 1 ? "" : "s");
}
