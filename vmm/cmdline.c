// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmdline - "--opt value", "--opt=value", "-o value", "-ovalue", words
 */
#include "cmdline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lkvm.h"
#include "options.h"

/* A walk over the words; next is the first one not yet taken. */
struct walk {
	int argc, next;
	char **argv;
	struct cmdline *out;
	struct err *e;
};

static void add_use(struct walk *w, enum option_id id, const char *value)
{
	w->out->uses[w->out->nr++] = (struct cmdline_use){ id, value };
}

/* The value after "=" or the letter, else the next word, else an error. */
static int take_value(struct walk *w, enum option_id id, const char *attached)
{
	const struct option_def *def = &option_table[id];
	char wants[160];

	if (!attached && w->next >= w->argc)
		return err_config(w->e, "--%s: wants %s, and nothing follows%s%s",
				  def->name,
				  option_wants(def, wants, sizeof(wants)),
				  def->instead ? "; " : "",
				  def->instead ? def->instead : "");
	add_use(w, id, attached ? attached : w->argv[w->next++]);
	return 0;
}

static int refuse(struct walk *w, const struct lkvm_option *opt)
{
	if (opt->instead)
		return err_config(w->e, "--%s is an lkvm option that tallyvm "
				  "does not have; use %s", opt->name,
				  opt->instead);
	return err_config(w->e, "--%s is an lkvm option that tallyvm does not "
			  "have yet; nothing was started", opt->name);
}

static int take_lkvm(struct walk *w, const char *name, size_t len)
{
	const struct lkvm_option *opt;
	const char *near;
	char word[OPTION_NAME_MAX];
	bool negated = false;

	opt = lkvm_find(name, len, &negated);
	if (opt && opt->accepted == negated)
		return refuse(w, opt);
	if (opt && name[len] == '=')
		return err_config(w->e, "--%s: takes no value", opt->name);
	if (opt)
		return 0;
	if (len >= sizeof(word))
		return err_config(w->e, "--%.*s... is not an option of "
				  "tallyvm run", OPTION_NAME_MAX, name);
	memcpy(word, name, len);
	word[len] = '\0';
	near = option_nearest(word, false);
	if (near)
		return err_config(w->e, "--%s is not an option of tallyvm run; "
				  "did you mean --%s?", word, near);
	return err_config(w->e, "--%s is not an option of tallyvm run; see "
			  "tallyvm run --help", word);
}

static int take_long(struct walk *w, const char *name)
{
	size_t len = strcspn(name, "=");
	const char *attached = name[len] ? name + len + 1 : NULL;
	enum option_id id = OPT_NUM;
	bool negated = false;
	int ret;

	if (len == 4 && !strncmp(name, "help", len))
		return 1;
	ret = option_find(name, len, &id, &negated);
	if (ret == -ENOENT)
		return take_lkvm(w, name, len);
	if (ret)
		return err_config(w->e, "--%.*s: more than one option begins "
				  "like this; see tallyvm run --help",
				  (int)(len < 64 ? len : 64), name);
	if (option_table[id].type != OPTION_BOOL)
		return take_value(w, id, attached);
	if (attached)
		return err_config(w->e, "--%s: takes no value, got \"%.64s\"; "
				  "switch it off with --no-%s",
				  option_table[id].name, attached,
				  option_table[id].name);
	add_use(w, id, negated ? "false" : "true");
	return 0;
}

static int take_short(struct walk *w, const char *letters)
{
	const struct lkvm_option *opt;
	enum option_id id = OPT_NUM;

	if (!strcmp(letters, "h"))
		return 1;
	if (!option_find_letter(letters[0], &id))
		return take_value(w, id, letters[1] ? letters + 1 : NULL);
	opt = lkvm_find_letter(letters[0]);
	if (opt)
		return refuse(w, opt);
	return err_config(w->e, "-%.64s is not an option of tallyvm run; see "
			  "tallyvm run --help", letters);
}

static int take_word(struct walk *w, const char *word)
{
	if (w->out->word)
		return err_config(w->e, "\"%.128s\": a second word after "
				  "\"%.128s\"; the kernel is one word, and its "
				  "command line goes into --params",
				  word, w->out->word);
	w->out->word = word;
	return 0;
}

int cmdline_parse(int argc, char **argv, struct cmdline *ret, struct err *e)
{
	struct walk w = { .argc = argc, .argv = argv, .out = ret, .e = e };
	bool options = true;
	int err = 0;

	*ret = (struct cmdline){ 0 };
	/* no more uses than words: nothing has to grow */
	ret->uses = calloc(argc > 0 ? argc : 1, sizeof(*ret->uses));
	if (!ret->uses)
		return err_fault(e, -ENOMEM, "reading the command line");
	while (!err && w.next < argc) {
		const char *arg = argv[w.next++];

		if (options && !strcmp(arg, "--"))
			options = false;
		else if (options && !strncmp(arg, "--", 2))
			err = take_long(&w, arg + 2);
		else if (options && arg[0] == '-' && arg[1])
			err = take_short(&w, arg + 1);
		else
			err = take_word(&w, arg);
	}
	return err;
}

void cmdline_fini(struct cmdline *cl)
{
	free(cl->uses);
	*cl = (struct cmdline){ 0 };
}
