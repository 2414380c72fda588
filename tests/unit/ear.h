/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ear - what is logged while a test listens: stderr is a file meanwhile
 */
#ifndef TESTS_UNIT_EAR_H
#define TESTS_UNIT_EAR_H

#include <stdbool.h>

struct ear {
	int fd, saved;		/* owned */
	char text[16384];	/* what ear_text() has found, terminated */
};

/** ear_open() - listen from now on */
void ear_open(struct ear *ear);

/** ear_text() - all that was said so far */
const char *ear_text(struct ear *ear);

/** ear_hears() - whether @text is said within five seconds */
bool ear_hears(struct ear *ear, const char *text);

/** ear_close() - stderr is again what it was */
void ear_close(struct ear *ear);

#endif /* TESTS_UNIT_EAR_H */
