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
#define NUMBER_MAX 24	/* 64 bits in decimal, a sign and the terminator */

struct load {
	struct config_build *b;
	const char *path;
	struct toml_place seen[OPT_NUM];	/* line 0: not yet */
	const struct option_device *device;	/* whose table this is, NULL */
	bool device_wrong;	/* one of its keys is */
	struct toml_place list;	/* key of the last list in that table */
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

/* The keys of a device have its key before their name, "disk.file". */
static const char *nearest(const struct load *load, const char *key, char *buf,
			   size_t len)
{
	const char *name = strrchr(key, '.'), *near;

	if (!load->device || !name)
		return option_nearest(key, true);
	near = option_key_nearest(load->device, name + 1);
	if (!near)
		return NULL;
	snprintf(buf, len, "%.*s%s", (int)(name + 1 - key), key, near);
	return buf;
}

static void blame_unknown(struct load *load, const char *key,
			  struct toml_place at)
{
	char hint[KEY_MAX + 32], full[KEY_MAX];
	const char *near = nearest(load, key, full, sizeof(full));
	struct err e = { 0 };

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

/* A device that begins with a number may be just that: vsock = 3. */
static bool takes_integer(const struct option_def *def)
{
	return def->type == OPTION_INT || def->type == OPTION_SIZE ||
		def->type == OPTION_SEED ||
		(def->type == OPTION_DEVICE &&
		 def->device->keys->type == OPTION_INT);
}

/* Text of a value, as config_set() wants it; NULL if the type does not fit. */
static const char *text_of(const struct option_def *def,
			   const struct toml_value *v, char *buf, size_t len)
{
	if (v->kind == TOML_BOOL && def->type == OPTION_BOOL)
		return v->boolean ? "true" : "false";
	if (v->kind == TOML_STRING && def->type != OPTION_BOOL &&
	    def->type != OPTION_INT)
		return v->string;
	if (v->kind != TOML_INTEGER || !takes_integer(def))
		return NULL;
	snprintf(buf, len, "%" PRId64, v->integer);
	return buf;
}

/* As above, and says what is wrong.  Return: 0 or -EINVAL */
static int take_text(struct load *load, const struct option_def *def,
		     const struct toml_value *v, char *buf, size_t len,
		     const char **ret, struct err *e)
{
	const char *text = text_of(def, v, buf, len);
	char wants[160];

	if (!text)
		return err_config(e, "wants %s%s, got %s",
				  option_wants(def, wants, sizeof(wants)),
				  def->device ? " or a table of keys" : "",
				  toml_kind_name(v->kind));
	if (v->kind == TOML_STRING && strlen(v->string) != v->len)
		return err_config(e, "has a NUL character in its value");
	load->b->from = (struct origin){
		.kind = ORIGIN_FILE,
		.line = v->at.line,
		.column = v->at.column,
	};
	*ret = text;
	return 0;
}

static int set_value(struct load *load, enum option_id id,
		     const struct toml_value *v, struct err *e)
{
	char number[NUMBER_MAX];
	const char *text = NULL;
	int ret;

	ret = take_text(load, &option_table[id], v, number, sizeof(number),
			&text, e);
	return ret ? ret : config_set(load->b, id, text, e);
}

/* One key in the table of a device. */
static int set_key(struct load *load, const struct option_def *key,
		   const struct toml_value *v, struct err *e)
{
	char number[NUMBER_MAX];
	const char *text = NULL;
	int ret;

	ret = take_text(load, key, v, number, sizeof(number), &text, e);
	return ret ? ret : config_device_key(load->b, key, text, e);
}

static enum toml_next visit_device_key(struct load *load, const char *key,
				       const struct toml_value *v)
{
	const char *name = strrchr(key, '.');
	const struct option_def *def;
	struct err e = { 0 };
	int ret;

	def = name ? option_key_find(load->device, name + 1,
				     strlen(name + 1)) : NULL;
	if (!def) {
		load->device_wrong = true;
		blame_unknown(load, key, v->key);
		return TOML_SKIP;
	}
	/* the elements share the place of the list's key */
	if (v->kind == TOML_ARRAY && def->type == OPTION_LIST &&
	    !same(load->list, v->key)) {
		load->list = v->key;
		return TOML_DESCEND;
	}
	ret = set_key(load, def, v, &e);
	if (ret) {
		load->device_wrong = true;
		blame(load, v->at, key, &e, ret);
	}
	return TOML_SKIP;
}

static enum toml_next begin_device(struct load *load, enum option_id id,
				   const char *key, const struct toml_value *v)
{
	struct err e = { 0 };
	int ret;

	load->b->from = (struct origin){
		.kind = ORIGIN_FILE,
		.line = v->at.line,
		.column = v->at.column,
	};
	ret = config_device_begin(load->b, id, &e);
	if (ret) {
		blame(load, v->at, key, &e, ret);
		return TOML_SKIP;
	}
	load->device = option_table[id].device;
	load->device_wrong = false;
	load->list = (struct toml_place){ 0 };
	load->b->cfg->origin[id] = load->b->from;
	return TOML_DESCEND;
}

/* What is missing is no news where a key was wrong. */
static enum toml_next end_table(struct load *load, const char *key,
				const struct toml_value *v)
{
	struct err e = { 0 };
	int ret;

	if (load->device && !load->device_wrong) {
		ret = config_device_end(load->b, &e);
		if (ret)
			blame(load, v->at, key, &e, ret);
	}
	load->device = NULL;
	return TOML_SKIP;
}

/* Only the key's own array: its elements come after it has been seen. */
static bool is_array_of(const struct option_def *def,
			const struct toml_value *v)
{
	return v->kind == TOML_ARRAY &&
		(def->type == OPTION_CPULIST ||
		 (def->type == OPTION_DEVICE && def->device->max > 1));
}

static enum toml_next visit_key(struct load *load, enum option_id id,
				const char *key, const struct toml_value *v)
{
	struct toml_place seen = load->seen[id];
	struct err e = { 0 };
	int ret;

	/* the elements of one array share the place of its key */
	if (seen.line && !same(seen, v->key)) {
		ret = err_config(&e, "is given a second time: line %u has it "
				 "too", seen.line);
		blame(load, v->key, key, &e, ret);
		return TOML_SKIP;
	}
	load->seen[id] = v->key;
	if (!seen.line && is_array_of(&option_table[id], v))
		return TOML_DESCEND;
	if (v->kind == TOML_TABLE && option_table[id].type == OPTION_DEVICE)
		return begin_device(load, id, key, v);
	ret = set_value(load, id, v, &e);
	if (ret)
		blame(load, v->at, key, &e, ret);
	return TOML_SKIP;
}

static enum toml_next visit(void *arg, const char *key,
			    const struct toml_value *v)
{
	struct load *load = arg;
	enum option_id id = OPT_NUM;

	if (v->kind == TOML_END)
		return end_table(load, key, v);
	if (load->device)
		return visit_device_key(load, key, v);
	if (v->kind == TOML_TABLE && option_is_table(key))
		return TOML_DESCEND;
	if (option_find_key(key, &id)) {
		blame_unknown(load, key, v->key);
		return TOML_SKIP;
	}
	return visit_key(load, id, key, v);
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
