// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * near - how alike two words are; the contract is in include/near.h
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "near.h"

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Levenshtein's distance, one row of the table at a time: O(a * b). */
unsigned int near_distance(const char *a, const char *b)
{
	unsigned int row[NEAR_WORD_MAX + 1], diag, up;
	size_t la = strlen(a), lb = strlen(b), i, j;

	if (la > NEAR_WORD_MAX || lb > NEAR_WORD_MAX)
		return NEAR_WORD_MAX;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		diag = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			up = row[j];
			row[j] = diag + !same_letter(a[i - 1], b[j - 1]);
			if (up + 1 < row[j])
				row[j] = up + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			diag = up;
		}
	}
	return row[lb];
}
