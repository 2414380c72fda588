// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sysfs_tree - build a sysfs of another machine; the contract is in the header
 */
#include <check.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysfs_tree.h"

/* longest line of a tree */
#define TREE_LINE_MAX 512

void tree_init(struct tree *t)
{
	snprintf(t->root, sizeof(t->root), "/tmp/tallyvm-sysfs-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(t->root));
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void tree_fini(struct tree *t)
{
	ck_assert_int_eq(nftw(t->root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Make every directory that @path goes through. */
static void make_parents(char *path)
{
	char *slash = path + 1;

	while ((slash = strchr(slash, '/'))) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash++ = '/';
	}
}

static void full_path(const struct tree *t, const char *path, size_t len,
		      char *ret)
{
	ck_assert_uint_lt(strlen(t->root) + len + 2, PATH_MAX);
	snprintf(ret, PATH_MAX, "%s/%.*s", t->root, (int)len, path);
	make_parents(ret);
}

void tree_write(struct tree *t, const char *path, const void *data, size_t len)
{
	char full[PATH_MAX];
	FILE *f;

	full_path(t, path, strlen(path), full);
	f = fopen(full, "w");
	ck_assert_msg(f, "%s", full);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

static void add_entry(struct tree *t, const char *line)
{
	const char *arrow = strstr(line, " -> "), *equals = strchr(line, '=');
	char full[PATH_MAX], value[TREE_LINE_MAX];

	if (arrow) {
		full_path(t, line, arrow - line, full);
		ck_assert_msg(!symlink(arrow + 4, full), "%s", line);
	} else if (equals) {
		snprintf(value, sizeof(value), "%s\n", equals + 1);
		full_path(t, line, equals - line, full);
		tree_write(t, full + strlen(t->root) + 1, value, strlen(value));
	} else {
		ck_assert_msg(line[strlen(line) - 1] == '/', "%s", line);
		full_path(t, line, strlen(line), full);
	}
}

/* Replace every "{first-last}" by @n. */
static void expand(const char *line, unsigned int n, char *ret)
{
	char *out = ret;

	for (; *line; line++) {
		if (*line == '{') {
			out += sprintf(out, "%u", n);
			line = strchr(line, '}');
		} else {
			*out++ = *line;
		}
	}
	*out = '\0';
}

void tree_add(struct tree *t, const char *line)
{
	const char *brace = strchr(line, '{');
	char one[TREE_LINE_MAX];
	unsigned int first, last;

	if (!brace) {
		add_entry(t, line);
		return;
	}
	ck_assert_int_eq(sscanf(brace, "{%u-%u}", &first, &last), 2);
	for (; first <= last; first++) {
		expand(line, first, one);
		add_entry(t, one);
	}
}

void tree_load(struct tree *t, const char *name)
{
	char path[PATH_MAX], line[TREE_LINE_MAX];
	FILE *f;

	tree_init(t);
	snprintf(path, sizeof(path), "tests/unit/sysfs/%s.tree", name);
	f = fopen(path, "r");
	ck_assert_msg(f, "%s: run from the top of the repository", path);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && *line != '#')
			tree_add(t, line);
	}
	fclose(f);
}
