/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table - aligned columns for people
 *
 * Cells are added from left to right, top to bottom; a row ends when it has as
 * many cells as there are headings.  Columns that hold only numbers, "-" and
 * "?" are aligned to the right, and the last column is not padded, so that it
 * may hold sentences.
 *
 *	struct table t;
 *
 *	table_init(&t, (const char *const[]){ "NAME", "TYPE" }, 2);
 *	table_add(&t, "%s", dev->name);
 *	table_add(&t, "%u", dev->type);
 *	table_print(&t, stdout);
 *	table_fini(&t);
 */
#ifndef VMM_TABLE_H
#define VMM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table {
	const char *const *heads;	/* not owned */
	size_t cols, nr;		/* columns; cells so far */
	char **cell;			/* owned, and each of them */
	bool failed;			/* a cell could not be kept */
};

/** table_init() - an empty table
 * @heads: @cols headings, which must live as long as the table
 */
void table_init(struct table *t, const char *const *heads, size_t cols);

/** table_add() - the next cell; "" is printed as "-" */
void table_add(struct table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * table_print() - headings and rows; a last row that is not full is filled
 *
 * Return: 0, or -ENOMEM if a cell was lost, with nothing printed.
 */
int table_print(const struct table *t, FILE *out);

/** table_fini() - free; legal on a zeroed object and twice */
void table_fini(struct table *t);

#endif /* VMM_TABLE_H */
