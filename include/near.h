/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * near - how alike two words are, for "did you mean"
 */
#ifndef INCLUDE_NEAR_H
#define INCLUDE_NEAR_H

#define NEAR_WORD_MAX 48	/* longer words resemble nothing */

/**
 * near_distance() - letters to insert, remove or change to get from @a to @b
 *
 * Upper and lower case are the same.
 *
 * Return: the distance, or NEAR_WORD_MAX when a word is longer than that.
 */
unsigned int near_distance(const char *a, const char *b);

#endif /* INCLUDE_NEAR_H */
