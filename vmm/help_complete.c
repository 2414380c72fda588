// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * help_complete - completion scripts for bash and zsh
 */
#include "cmd_pmu.h"
#include "help.h"

#include <string.h>

#include "options.h"

static void put_words(const struct option_def *def, FILE *out)
{
	const struct option_word *word;
	const char *sep = "";

	for (word = def->words; word->name; word++) {
		if (word->refused)
			continue;
		fprintf(out, "%s%s", sep, word->name);
		sep = " ";
	}
}

/* The keys of a device, as they begin: "ro serial= queues= ". */
static void put_keys(const struct option_device *device, FILE *out)
{
	const struct option_def *key;

	for (key = device->keys; key->name; key++)
		fprintf(out, "%s%s ", key->name,
			key->type == OPTION_BOOL ? "" : "=");
}

static void put_names(FILE *out)
{
	const struct option_def *def;

	for (def = option_table; def < option_table + OPT_NUM; def++) {
		fprintf(out, "--%s ", def->name);
		if (def->type == OPTION_BOOL)
			fprintf(out, "--no-%s ", def->name);
	}
	fputs("--help", out);
}

/* The case labels of an option that takes a value: "--cpus|-c". */
static void put_labels(const struct option_def *def, FILE *out)
{
	fprintf(out, "\t--%s", def->name);
	if (def->letter)
		fprintf(out, "|-%c", def->letter);
	fputs(")\n", out);
}

/* The words that "$cur" may become, by the type of one value. */
static void put_bash_words(const struct option_def *def, FILE *out)
{
	if (def->type == OPTION_WORD) {
		fputs("\t\tmapfile -t COMPREPLY < <(compgen -W \"", out);
		put_words(def, out);
		fputs("\" -- \"$cur\")\n", out);
	} else if (def->type == OPTION_PATH) {
		fputs("\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n",
		      out);
	} else {
		fputs("\t\tCOMPREPLY=()\n", out);
	}
}

/* Behind a comma a key follows, and what is before it stays. */
static void put_bash_value(const struct option_def *def, FILE *out)
{
	if (def->type == OPTION_BOOL)
		return;
	put_labels(def, out);
	if (def->device) {
		fputs("\t\tif [[ $cur == *,* ]]; then\n"
		      "\t\t\tcompopt -o nospace\n"
		      "\t\t\tmapfile -t COMPREPLY < <(compgen -P "
		      "\"${cur%,*},\" -W \"", out);
		put_keys(def->device, out);
		fputs("\" -- \"${cur##*,}\")\n"
		      "\t\t\treturn\n"
		      "\t\tfi\n", out);
		def = def->device->keys;
	}
	put_bash_words(def, out);
	fputs("\t\treturn\n\t\t;;\n", out);
}

static void put_pmu_commands(FILE *out)
{
	unsigned int i;

	for (i = 0; cmd_pmu_name(i); i++)
		fprintf(out, "%s%s", i ? " " : "", cmd_pmu_name(i));
}

/* "--opt=value" reaches the function in three words: "=" splits words. */
void help_complete_bash(FILE *out)
{
	const struct option_def *def;

	fputs("# bash completion for tallyvm; made by "
	      "\"tallyvm help --completion=bash\"\n"
	      "_tallyvm()\n"
	      "{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=\n"
	      "\tif ((COMP_CWORD == 1)); then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"run stat balloon "
	      "pmu help version\" -- \"$cur\")\n"
	      "\t\treturn\n"
	      "\telif ((COMP_CWORD == 2)) && [[ ${COMP_WORDS[1]} == pmu ]]; "
	      "then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"", out);
	put_pmu_commands(out);
	fputs("\" -- \"$cur\")\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tprev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	      "\tif [[ $cur == = ]]; then\n"
	      "\t\tcur=\n"
	      "\telif [[ $prev == = ]]; then\n"
	      "\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	      "\tfi\n"
	      "\tcase $prev in\n", out);
	for (def = option_table; def < option_table + OPT_NUM; def++)
		put_bash_value(def, out);
	fputs("\tesac\n"
	      "\tif [[ $cur == -* ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"", out);
	put_names(out);
	fputs("\" -- \"$cur\")\n"
	      "\telse\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "\tfi\n"
	      "}\n"
	      "complete -o filenames -F _tallyvm tallyvm\n", out);
}

/* Text of a zsh specification: brackets, colons and quotes are its syntax. */
static void put_zsh_text(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", out);
		else if (strchr("[]:\\", *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void put_zsh_value(const struct option_def *def, FILE *out)
{
	fputc(':', out);
	put_zsh_text(def->arg, out);
	fputc(':', out);
	/* its first word: a file, or one of a few words */
	if (def->device)
		def = def->device->keys;
	if (def->type == OPTION_PATH) {
		fputs("_files", out);
	} else if (def->type == OPTION_WORD) {
		fputc('(', out);
		put_words(def, out);
		fputc(')', out);
	}
}

static void put_zsh_option(const struct option_def *def, FILE *out)
{
	bool repeatable = def->type == OPTION_CPULIST ||
		(def->device && def->device->max > 1);
	const char *many = repeatable ? "*" : "";

	fprintf(out, "\t\t'%s--%s%s[", many, def->name, def->arg ? "=" : "");
	put_zsh_text(def->help, out);
	fputc(']', out);
	if (def->arg)
		put_zsh_value(def, out);
	fputs("' \\\n", out);
	if (def->letter && def->arg) {
		fprintf(out, "\t\t'%s-%c+[", many, def->letter);
		put_zsh_text(def->help, out);
		fputc(']', out);
		put_zsh_value(def, out);
		fputs("' \\\n", out);
	}
	if (def->type == OPTION_BOOL)
		fprintf(out, "\t\t'--no-%s[not --%s]' \\\n", def->name,
			def->name);
}

void help_complete_zsh(FILE *out)
{
	const struct option_def *def;

	fputs("#compdef tallyvm\n"
	      "# made by \"tallyvm help --completion=zsh\"\n"
	      "_tallyvm()\n"
	      "{\n"
	      "\tif ((CURRENT == 2)); then\n"
	      "\t\t_values command run stat balloon pmu help version\n"
	      "\t\treturn\n"
	      "\telif ((CURRENT == 3)) && [[ $words[2] == pmu ]]; then\n"
	      "\t\t_values command ", out);
	put_pmu_commands(out);
	fputs("\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tshift words\n"
	      "\t((CURRENT--))\n"
	      "\t_arguments \\\n", out);
	for (def = option_table; def < option_table + OPT_NUM; def++)
		put_zsh_option(def, out);
	fputs("\t\t'--help[print help]' \\\n"
	      "\t\t':kernel or file.toml:_files'\n"
	      "}\n"
	      "_tallyvm \"$@\"\n", out);
}
