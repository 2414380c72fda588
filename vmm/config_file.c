// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config_file - settings from a TOML file
 *
 * The file is looked at as a whole: of several mistakes the first one in the
 * file is reported, whatever order the keys are visited in.
 */
#include "config_build.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "toml.h"
#include "util.h"

#define FILE_MAX ((size_t)1024 * 1024)
#define KEY_MAX 64	/* longest key shown in a message */

struct load {
	struct config_build *b;
	const char *path;
	struct toml_place seen[OPT_NUM];	/* line 0: not yet */
	int ret;		/* of the first mistake in the file, or 0 */
	struct toml_place at;	/* and its place */
	struct err *e;		/* and its text */
};

static bool same(struct toml_place a, struct toml_place b)
{
	return a.line == b.line && a.column == b.column;
}

static bool before(struct toml_place a, struct toml_place b)
{
	return a.line < b.line || (a.line == b.line && a.column < b.column);
}

/* Keep @why if it stands before the mistakes so far. */
static void blame(struct load *load, struct toml_place at, const char *key,
		  const struct err *why, int ret)
{
	if (load->ret && !before(at, load->at))
		return;
	load->ret = ret;
	load->at = at;
	if (!load->e)
		return;
	*load->e = *why;
	err_wrap(load->e, ret, "%s:%u:%u: key \"%.*s\"", load->path, at.line,
		 at.column, KEY_MAX, key);
}

static void blame_unknown(struct load *load, const char *key,
			  struct toml_place at)
{
	const char *near = option_nearest(key, true);
	struct err e = { 0 };
	char hint[KEY_MAX];

	if (load->ret && !before(at, load->at))
		return;
	snprintf(hint, sizeof(hint), near ? "did you mean \"%s\"?" :
		 "see tallyvm.toml(5)", near);
	load->at = at;
	load->ret = err_config(&e, "%s:%u:%u: key \"%.*s\" is not known; %s",
			       load->path, at.line, at.column, KEY_MAX, key,
			       hint);
	if (load->e)
		*load->e = e;
}

/* Text of a value, as config_set() wants it; NULL if the type does not fit. */
static const char *text_of(const struct option_def *def,
			   const struct toml_value *v, char *buf, size_t len)
{
	bool number = def->type == OPTION_INT || def->type == OPTION_SIZE ||
		      def->type == OPTION_SEED;

	if (v->kind == TOML_BOOL && def->type == OPTION_BOOL)
		return v->boolean ? "true" : "false";
	if (v->kind == TOML_STRING && def->type != OPTION_BOOL &&
	    def->type != OPTION_INT)
		return v->string;
	if (v->kind != TOML_INTEGER || !number)
		return NULL;
	snprintf(buf, len, "%" PRId64, v->integer);
	return buf;
}

static int set_value(struct load *load, enum option_id id,
		     const struct toml_value *v, struct err *e)
{
	const struct option_def *def = &option_table[id];
	char number[24], wants[160];
	const char *text = text_of(def, v, number, sizeof(number));

	if (!text)
		return err_config(e, "wants %s, got %s",
				  option_wants(def, wants, sizeof(wants)),
				  toml_kind_name(v->kind));
	if (v->kind == TOML_STRING && strlen(v->string) != v->len)
		return err_config(e, "has a NUL character in its value");
	load->b->from = (struct origin){
		.kind = ORIGIN_FILE,
		.line = v->at.line,
		.column = v->at.column,
	};
	return config_set(load->b, id, text, e);
}

static enum toml_next visit(void *arg, const char *key,
			    const struct toml_value *v)
{
	struct load *load = arg;
	struct toml_place seen;
	struct err e = { 0 };
	enum option_id id = OPT_NUM;
	int ret;

	if (v->kind == TOML_TABLE && option_is_table(key))
		return TOML_DESCEND;
	if (option_find_key(key, &id)) {
		blame_unknown(load, key, v->key);
		return TOML_SKIP;
	}
	seen = load->seen[id];
	/* the elements of one array share the place of its key */
	if (seen.line && !same(seen, v->key)) {
		ret = err_config(&e, "is given a second time: line %u has it "
				 "too", seen.line);
		blame(load, v->key, key, &e, ret);
		return TOML_SKIP;
	}
	load->seen[id] = v->key;
	/* only the key's own array: its elements come after it has been seen */
	if (v->kind == TOML_ARRAY && !seen.line &&
	    option_table[id].type == OPTION_CPULIST)
		return TOML_DESCEND;
	ret = set_value(load, id, v, &e);
	if (ret)
		blame(load, v->at, key, &e, ret);
	return TOML_SKIP;
}

/* Any file that can be read: a pipe has no size to ask for before. */
static int read_file(const char *path, char *buf, size_t len, size_t *ret_len)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t done = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, buf + done, len - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		done += got;
	} while (got && done < len);
	*ret_len = done;
	return 0;
}

static int unreadable(const char *path, int errnum, struct err *e)
{
	err_config(e, "%.256s: cannot read the configuration file: %s", path,
		   err_name(errnum));
	return errnum;
}

static int load_text(struct config_build *b, const char *path, char *text,
		     struct err *e)
{
	struct load load = { .b = b, .path = path, .e = e };
	struct toml_error bad = { 0 };
	size_t len = 0;
	int ret;

	ret = read_file(path, text, FILE_MAX + 1, &len);
	if (ret)
		return unreadable(path, ret, e);
	if (len > FILE_MAX)
		return err_config(e, "%.256s: over 1 MiB: not a configuration "
				  "of tallyvm", path);
	if (toml_read(text, len, visit, &load, &bad))
		return err_config(e, "%.256s:%u:%u: %s", path, bad.at.line,
				  bad.at.column, bad.message);
	return load.ret;
}

int config_load(struct config_build *b, const char *path, struct err *e)
{
	char *text = malloc(FILE_MAX + 1);
	int ret;

	if (!text)
		return err_fault(e, -ENOMEM, "reading %s", path);
	ret = load_text(b, path, text, e);
	free(text);
	return ret;
}
