// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * table - aligned columns for people; the contract is in table.h
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define GAP 2			/* spaces between columns */
#define GROW 64			/* cells; a power of two */

void table_init(struct table *t, const char *const *heads, size_t cols)
{
	*t = (struct table){ .heads = heads, .cols = cols };
}

static bool make_room(struct table *t)
{
	char **cell;

	if (t->nr % GROW)
		return true;
	cell = realloc(t->cell, (t->nr + GROW) * sizeof(*cell));
	if (!cell)
		return false;
	t->cell = cell;
	return true;
}

void table_add(struct table *t, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0 || !make_room(t)) {
		if (len >= 0)
			free(text);
		t->failed = true;
		return;
	}
	t->cell[t->nr++] = text;
}

static const char *cell_at(const struct table *t, size_t i)
{
	return i < t->nr && *t->cell[i] ? t->cell[i] : "-";
}

static bool is_number(const char *text)
{
	return text[strspn(text, "0123456789.")] == '\0' ||
	       !strcmp(text, "-") || !strcmp(text, "?");
}

/* Width of a column; negative where it holds only numbers. */
static int column_width(const struct table *t, size_t col)
{
	size_t width = strlen(t->heads[col]), i;
	bool numbers = t->nr > col;

	for (i = col; i < t->nr; i += t->cols) {
		const char *text = cell_at(t, i);

		if (strlen(text) > width)
			width = strlen(text);
		numbers = numbers && is_number(text);
	}
	return numbers ? -(int)width : (int)width;
}

static void print_cell(const char *text, int width, bool last, FILE *out)
{
	if (width < 0)
		fprintf(out, "%*s", -width, text);
	else if (last)
		fputs(text, out);
	else
		fprintf(out, "%-*s", width, text);
	if (last)
		fputc('\n', out);
	else
		fprintf(out, "%*s", GAP, "");
}

int table_print(const struct table *t, FILE *out)
{
	size_t rows = t->cols ? (t->nr + t->cols - 1) / t->cols : 0, row, col;
	int *width;

	if (t->failed)
		return -ENOMEM;
	width = calloc(t->cols + 1, sizeof(*width));
	if (!width)
		return -ENOMEM;
	for (col = 0; col < t->cols; col++)
		width[col] = column_width(t, col);
	for (col = 0; col < t->cols; col++)
		print_cell(t->heads[col], width[col], col + 1 == t->cols, out);
	for (row = 0; row < rows; row++)
		for (col = 0; col < t->cols; col++)
			print_cell(cell_at(t, row * t->cols + col), width[col],
				   col + 1 == t->cols, out);
	free(width);
	return 0;
}

void table_fini(struct table *t)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		free(t->cell[i]);
	free(t->cell);
	*t = (struct table){ .cell = NULL };
}
