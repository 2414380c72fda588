/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tripwire - find a text in a stream that comes in pieces
 *
 * For --panic-text: the stream is what the guest writes to its console.  The
 * search keeps its place between pieces and looks at each byte once
 * (Knuth, Morris, Pratt).  Used by the event loop alone.
 */
#ifndef VMM_TRIPWIRE_H
#define VMM_TRIPWIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRIPWIRE_MAX 128	/* bytes of text */

struct tripwire {
	const char *text;		/* not owned; NULL: finds nothing */
	uint8_t back[TRIPWIRE_MAX];	/* where a mismatch falls back to */
	uint8_t len;
	uint8_t at;			/* bytes of text matched so far */
};

/**
 * tripwire_init() - look for @text
 * @text: 1 to TRIPWIRE_MAX bytes, or NULL; must outlive @t
 *
 * Return: 0 or -EINVAL.
 */
int tripwire_init(struct tripwire *t, const char *text);

/** tripwire_feed() - the next piece.  Return: whether the text ended in it */
bool tripwire_feed(struct tripwire *t, const uint8_t *data, size_t len);

#endif /* VMM_TRIPWIRE_H */
