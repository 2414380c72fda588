// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_docs - the option table, the help, the manual pages, the completions
 * and the examples say the same
 *
 * Reads the source tree: run it from there, or set TALLYVM_SRC.
 */
#include "t.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "config_t.h"
#include "vmm/cmd.h"
#include "vmm/cmd_pmu.h"
#include "vmm/help.h"
#include "vmm/lkvm.h"
#include "vmm/options.h"

static char *capture(void (*print)(FILE *out))
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	print(f);
	fclose(f);
	return text;
}

static void has(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "lacks \"%s\"", what);
}

/* Between the two marker comments of a page stands exactly what is printed. */
static void page_is_current(const char *page, const char *part,
			    void (*print)(FILE *out))
{
	char *text = cfg_source(page), *want = capture(print);
	char begin[64], end[64], *from, *to;

	snprintf(begin, sizeof(begin), ".\\\" BEGIN %s\n", part);
	snprintf(end, sizeof(end), ".\\\" END %s\n", part);
	from = strstr(text, begin);
	to = strstr(text, end);
	ck_assert_msg(from && to && from < to, "%s: markers of %s", page,
		      part);
	from += strlen(begin);
	*to = '\0';
	ck_assert_msg(!strcmp(from, want),
		      "%s is not current; run man/update.sh", page);
	free(text);
	free(want);
}

START_TEST(pages_are_current)
{
	page_is_current("man/tallyvm-run.1", "options", help_mdoc);
	page_is_current("man/tallyvm-run.1", "lkvm", help_mdoc_lkvm);
	page_is_current("man/tallyvm.toml.5", "keys", help_mdoc_keys);
}
END_TEST

/* Every key of a device, as a line of --help has it. */
static void has_keys(const char *text, const struct option_device *device)
{
	const struct option_def *key;
	char form[96];

	for (key = device->keys; key->name; key++) {
		snprintf(form, sizeof(form), "\n          %s=%s", key->name,
			 key->arg ? key->arg : "on|off");
		has(text, form);
		has(text, key->help);
	}
}

START_TEST(help_has_every_option)
{
	char *text = capture(help_run), *line, form[96];
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++) {
		const struct option_def *def = &option_table[id];

		snprintf(form, sizeof(form), "--%s%s%s%s",
			 def->type == OPTION_BOOL ? "[no-]" : "", def->name,
			 def->arg ? " " : "", def->arg ? def->arg : "");
		has(text, form);
		has(text, def->help);
		snprintf(form, sizeof(form), "(default: %s)", def->initial);
		if (def->initial)
			has(text, form);
	}
	for (id = 0; id < OPT_NUM; id++)
		if (option_table[id].device)
			has_keys(text, option_table[id].device);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= 80, "long line: %s", line);
	free(text);
}
END_TEST

START_TEST(exit_status_is_everywhere)
{
	static const int status[] = {
		EXIT_POWEROFF, EXIT_RESET, EXIT_FAULT, EXIT_PANIC,
		EXIT_CONFIG, EXIT_HOST,
	};
	char *help = capture(help_run), *page = cfg_source("man/tallyvm-run.1");
	char form[32];
	size_t i;

	for (i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
		snprintf(form, sizeof(form), "\n.It %d\n", status[i]);
		has(page, form);
		snprintf(form, sizeof(form), " %d  ", status[i]);
		has(help, form);
	}
	free(help);
	free(page);
}
END_TEST

/* The runner of kvm-unit-tests looks for this text in "KVMTOOL --help". */
START_TEST(top_level)
{
	char *text = capture(help_top);

	has(text, "The most commonly used");
	has(text, "\n   run ");
	has(text, "\n   stat ");
	has(text, "\n   balloon ");
	has(text, "\n   pmu ");
	has(text, "\n   help ");
	has(text, "\n   version ");
	free(text);
}
END_TEST

START_TEST(pmu_page_has_every_command)
{
	char *page = cfg_source("man/tallyvm-pmu.1");
	char *bash = capture(help_complete_bash), form[64];
	unsigned int i;

	ck_assert_ptr_nonnull(cmd_pmu_name(0));
	for (i = 0; cmd_pmu_name(i); i++) {
		snprintf(form, sizeof(form), "\n.Ss pmu %s\n", cmd_pmu_name(i));
		has(page, form);
		has(bash, cmd_pmu_name(i));
	}
	free(page);
	free(bash);
}
END_TEST

START_TEST(completions_have_every_option)
{
	char *bash = capture(help_complete_bash);
	char *zsh = capture(help_complete_zsh), form[64];
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++) {
		const struct option_def *def = &option_table[id];

		snprintf(form, sizeof(form), "--%s ", def->name);
		has(bash, form);
		snprintf(form, sizeof(form), "--%s%s[", def->name,
			 def->arg ? "=" : "");
		has(zsh, form);
		snprintf(form, sizeof(form), "--no-%s", def->name);
		if (def->type != OPTION_BOOL)
			continue;
		has(bash, form);
		has(zsh, form);
	}
	has(bash, "auto gicv2 gicv2m gicv3 gicv3-its\"");
	has(zsh, ":(restart exit)'");
	has(zsh, "'*--disk=[");
	has(zsh, "'--vsock=[");
	has(zsh, ":(none tap user)'");
	has(bash, "\"file= ro direct serial= queues= io= packed discard raw \"");
	ck_assert_ptr_null(strstr(bash, "pci-legacy"));
	free(bash);
	free(zsh);
}
END_TEST

/* "pmu.counters", or "disk.file" of a device. */
static bool is_key(const char *name)
{
	const char *dot = strrchr(name, '.');
	enum option_id id = OPT_NUM;
	char device[64];

	if (!option_find_key(name, &id))
		return true;
	if (!dot)
		return false;
	snprintf(device, sizeof(device), "%.*s", (int)(dot - name), name);
	return !option_find_key(device, &id) && option_table[id].device &&
		option_key_find(option_table[id].device, dot + 1,
				strlen(dot + 1));
}

/* A key of the 5 page can be set in a file, and every key is there. */
START_TEST(keys_of_the_page)
{
	char *text = capture(help_mdoc_keys), *line;
	const struct option_def *key;
	unsigned int nr = 0, want = 0;
	enum option_id id;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, ".It Ic ", 7) != 0)
			continue;
		ck_assert_msg(is_key(line + 7), "%s", line);
		nr++;
	}
	for (id = 0; id < OPT_NUM; id++) {
		want += option_table[id].key != NULL;
		key = option_table[id].device ? option_table[id].device->keys :
			NULL;
		for (; key && key->name; key++)
			want++;
	}
	ck_assert_uint_eq(nr, want);
	free(text);
}
END_TEST

static void load_example(const char *dir, const char *name)
{
	struct vm_config cfg;
	char *path = NULL;

	ck_assert_int_gt(asprintf(&path, "%s/%s", dir, name), 0);
	cfg_ok(WORDS(path), &cfg);
	ck_assert_ptr_nonnull(cfg.kernel);
	ck_assert_int_eq(strncmp(cfg.kernel, dir, strlen(dir)), 0);
	config_fini(&cfg);
	free(path);
}

START_TEST(examples_load)
{
	const char *root = getenv("TALLYVM_SRC");
	struct dirent *entry;
	unsigned int nr = 0;
	char *dir = NULL;
	DIR *d;

	ck_assert_int_gt(asprintf(&dir, "%s/configs", root ? root : "."), 0);
	d = opendir(dir);
	ck_assert_msg(d != NULL, "cannot open %s", dir);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		load_example(dir, entry->d_name);
		nr++;
	}
	ck_assert_uint_ge(nr, 8);
	closedir(d);
	free(dir);
}
END_TEST

START_TEST(examples_mean_what_they_say)
{
	struct vm_config cfg;
	char *text = NULL;
	const char *root = getenv("TALLYVM_SRC");

	ck_assert_int_gt(asprintf(&text, "%s/configs/partition.toml",
				  root ? root : "."), 0);
	cfg_ok(WORDS(text), &cfg);
	ck_assert(cfg.pmu && cfg.pmu_fallback && cfg.pmu_partition == 4);
	ck_assert(cpuset_has(&cfg.affinity[1], 3));
	config_fini(&cfg);
	free(text);
	ck_assert_int_gt(asprintf(&text, "%s/configs/disk.toml",
				  root ? root : "."), 0);
	cfg_ok(WORDS(text), &cfg);
	ck_assert(cfg.nr_disks == 2 && cfg.disks[0].queues == cfg.cpus);
	ck_assert(!cfg.disks[0].ro && cfg.disks[1].ro);
	config_fini(&cfg);
	free(text);
}
END_TEST

T_MAIN("docs", pages_are_current, help_has_every_option,
       exit_status_is_everywhere, top_level, pmu_page_has_every_command,
       completions_have_every_option,
       keys_of_the_page, examples_load, examples_mean_what_they_say)
