// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * help_mdoc - the table as mdoc(7) source, for the manual pages
 */
#include "help.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "lkvm.h"
#include "options.h"

#define LINE_MAX_COLUMNS 78
#define WANTS_MAX 240	/* more than option_wants() and also() give */
#define HELP_MAX 80	/* more than option_def.help has */

/* What roff would take for a request or an escape is shielded. */
static size_t put_word(const char *word, size_t len, bool first, FILE *out)
{
	size_t put = len, i;

	if (first && (*word == '.' || *word == '\''))
		put += fprintf(out, "\\&");
	for (i = 0; i < len; i++) {
		if (word[i] == '\\')
			put += fprintf(out, "\\e") - 1;
		else if (word[i] == '-')
			put += fprintf(out, "\\-") - 1;
		else
			fputc(word[i], out);
	}
	return put;
}

/* Prose in short lines, each sentence on a line of its own. */
static void put_prose(const char *text, FILE *out)
{
	size_t column = 0, len;
	bool ended = false;

	while (*text) {
		len = strcspn(text, " ");
		if (column && (ended || column + len > LINE_MAX_COLUMNS - 8)) {
			fputc('\n', out);
			column = 0;
		} else if (column) {
			fputc(' ', out);
			column++;
		}
		column += put_word(text, len, !column, out);
		ended = len && text[len - 1] == '.';
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

/* A sentence of what begins in lower case, and the default. */
static void put_help(const struct option_def *key, FILE *out)
{
	char text[HELP_MAX];

	snprintf(text, sizeof(text), "%s.", key->help);
	text[0] = toupper((unsigned char)text[0]);
	put_prose(text, out);
	if (key->initial)
		fprintf(out, "Default: %s.\n", key->initial);
}

/* What stands between commas in the value of an option. */
static void put_keys(const struct option_device *device, FILE *out)
{
	const struct option_def *key;

	fputs(".Pp\n.Bl -tag -width Ds -compact\n", out);
	for (key = device->keys; key->name; key++) {
		fprintf(out, ".It Cm %s Ns = Ns Ar %s\n", key->name,
			key->arg ? key->arg : "on|off");
		put_help(key, out);
	}
	fputs(".El\n", out);
}

static void put_option(const struct option_def *def, FILE *out)
{
	const char *no = def->type == OPTION_BOOL ? " , Fl \\-no\\-" : NULL;

	fputs(".It Fl ", out);
	if (def->letter)
		fprintf(out, "%c , Fl ", def->letter);
	fputs("\\-", out);
	put_word(def->name, strlen(def->name), false, out);
	if (no) {
		fputs(no, out);
		put_word(def->name, strlen(def->name), false, out);
	}
	if (def->arg)
		fprintf(out, " Ar %s", def->arg);
	fputc('\n', out);
	put_prose(def->text, out);
	if (def->initial)
		fprintf(out, "Default: %s.\n", def->initial);
	if (def->device)
		put_keys(def->device, out);
}

void help_mdoc(FILE *out)
{
	enum option_group group;
	enum option_id id;

	for (group = 0; group < GROUP_NUM; group++) {
		fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n",
			option_group_name(group));
		for (id = 0; id < OPT_NUM; id++)
			if (option_table[id].group == group)
				put_option(&option_table[id], out);
		fputs(".El\n", out);
	}
}

static void put_lkvm(bool accepted, FILE *out)
{
	const struct lkvm_option *opt;
	const char *sep = "";

	for (opt = lkvm_options; opt->name; opt++) {
		if (opt->accepted != accepted)
			continue;
		fprintf(out, "%s.Fl \\-", sep);
		put_word(opt->name, strlen(opt->name), false, out);
		sep = " ,\n";
	}
	fputs(" .\n", out);
}

void help_mdoc_lkvm(FILE *out)
{
	fputs("Accepted, because what they switch off is not there:\n", out);
	put_lkvm(true, out);
	fputs(".Pp\nRefused:\n", out);
	put_lkvm(false, out);
}

/* What a value is in TOML, beside what option_wants() says. */
static const char *also(const struct option_def *def)
{
	static const char *const words[OPTION_TYPE_NUM] = {
		[OPTION_SIZE] = ", or an integer that counts MiB",
		[OPTION_SEED] = ", as an integer or a string",
		[OPTION_CPULIST] = ", or an array of such strings",
		[OPTION_DEVICE] = " as a string, a table of the keys below, "
			"or an array of either",
		[OPTION_LIST] = ", or an array of strings",
	};

	if (def->device && def->device->max == 1)
		return " as a string, or a table of the keys below";
	return words[def->type] ? words[def->type] : "";
}

static void put_wants(const struct option_def *def, FILE *out)
{
	char text[WANTS_MAX];
	size_t len;

	option_wants(def, text, sizeof(text));
	len = strlen(text);
	snprintf(text + len, sizeof(text) - len, "%s.", also(def));
	text[0] = toupper((unsigned char)text[0]);
	put_prose(text, out);
}

static void put_device_keys(const struct option_def *def, FILE *out)
{
	const struct option_def *key;

	fputs(".Pp\n.Bl -tag -width Ds -compact\n", out);
	for (key = def->device->keys; key->name; key++) {
		fprintf(out, ".It Ic %s.%s\n", def->key, key->name);
		put_wants(key, out);
		put_help(key, out);
	}
	fputs(".El\n", out);
}

static void put_key(const struct option_def *def, FILE *out)
{
	fprintf(out, ".It Ic %s\n", def->key);
	put_wants(def, out);
	if (def->initial)
		fprintf(out, "Default: %s.\n", def->initial);
	fputs("As\n.Fl \\-", out);
	put_word(def->name, strlen(def->name), false, out);
	fputs(" .\n", out);
	if (def->device)
		put_device_keys(def, out);
}

void help_mdoc_keys(FILE *out)
{
	enum option_id id;

	fputs(".Bl -tag -width Ds\n", out);
	for (id = 0; id < OPT_NUM; id++)
		if (option_table[id].key)
			put_key(&option_table[id], out);
	fputs(".El\n", out);
}
