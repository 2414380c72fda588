// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * control_request - what a client of the control socket may say
 */
#include "control_request.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define DIGITS_MAX 7

static const char *const verbs[CONTROL_VERB_NUM] = {
	[CONTROL_STAT] = "stat",
	[CONTROL_MEMORY] = "memory",
	[CONTROL_DEVICES] = "devices",
	[CONTROL_BALLOON] = "balloon",
};

static bool is_word(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(text, word, len);
}

static int parse_number(const char *text, size_t len, uint64_t *ret)
{
	uint64_t n = 0;
	size_t i;

	if (!len || len > DIGITS_MAX)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	*ret = n;
	return 0;
}

/* "64", "+64", "-64" */
static int parse_change(const char *text, size_t len,
			struct control_request *r)
{
	if (len && (*text == '+' || *text == '-')) {
		r->change = *text == '+' ? CONTROL_MORE : CONTROL_LESS;
		text++;
		len--;
	}
	return parse_number(text, len, &r->mb);
}

int control_request_parse(const char *text, size_t len,
			  struct control_request *ret)
{
	struct control_request r = { .verb = CONTROL_STAT };
	const char *space;
	size_t word;

	if (len > CONTROL_REQUEST_MAX)
		return -EINVAL;
	if (len && text[len - 1] == '\n')
		len--;
	space = len ? memchr(text, ' ', len) : NULL;
	word = space ? (size_t)(space - text) : len;
	while (r.verb < CONTROL_VERB_NUM && !is_word(text, word, verbs[r.verb]))
		r.verb++;
	if (r.verb == CONTROL_VERB_NUM ||
	    (space != NULL) != (r.verb == CONTROL_BALLOON))
		return -EINVAL;
	if (space && parse_change(space + 1, len - word - 1, &r))
		return -EINVAL;
	*ret = r;
	return 0;
}
