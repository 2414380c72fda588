/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysfs_tree - build a sysfs of another machine in a temporary directory
 *
 * A tree is a text with one entry per line:
 *
 *	# comment
 *	path=value		a file that holds value and a newline
 *	path -> target		a symbolic link
 *	path/			an empty directory
 *
 * "{0-3}" in a line stands for one line for each of the numbers.  Directories
 * on the way are made.  Trees of whole machines are tests/unit/sysfs/NAME.tree.
 */
#ifndef TESTS_UNIT_SYSFS_TREE_H
#define TESTS_UNIT_SYSFS_TREE_H

#include <stddef.h>

struct tree {
	char root[64];		/* path of the temporary directory */
};

/** tree_init() - an empty tree; a test that cannot have one fails */
void tree_init(struct tree *t);
/** tree_load() - tree_init() and all lines of tests/unit/sysfs/NAME.tree */
void tree_load(struct tree *t, const char *name);
/** tree_fini() - remove it with all that is in it */
void tree_fini(struct tree *t);

/** tree_add() - one line; a file that exists is replaced */
void tree_add(struct tree *t, const char *line);
/** tree_write() - a file of any bytes */
void tree_write(struct tree *t, const char *path, const void *data, size_t len);

#endif /* TESTS_UNIT_SYSFS_TREE_H */
