// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tripwire - find a text in a stream that comes in pieces
 */
#include "tripwire.h"

#include <errno.h>
#include <string.h>

/* back[i]: length of the longest proper prefix of text that ends at i */
static void tripwire_learn(struct tripwire *t)
{
	uint8_t at = 0;

	for (uint8_t i = 1; i < t->len; i++) {
		while (at && t->text[i] != t->text[at])
			at = t->back[at - 1];
		if (t->text[i] == t->text[at])
			at++;
		t->back[i] = at;
	}
}

int tripwire_init(struct tripwire *t, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (text && (!len || len > TRIPWIRE_MAX))
		return -EINVAL;
	*t = (struct tripwire){ .text = text, .len = (uint8_t)len };
	tripwire_learn(t);
	return 0;
}

bool tripwire_feed(struct tripwire *t, const uint8_t *data, size_t len)
{
	bool found = false;

	if (!t->text)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = (char)data[i];

		while (t->at && c != t->text[t->at])
			t->at = t->back[t->at - 1];
		if (c == t->text[t->at])
			t->at++;
		if (t->at == t->len) {
			found = true;
			t->at = t->back[t->at - 1];
		}
	}
	return found;
}
