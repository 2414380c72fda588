// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config_t - what the tests of the configuration share
 */
#include "config_t.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cfg_parse(const char *const *words, struct vm_config *cfg, struct err *e)
{
	char **argv;
	int argc = 0, ret, i;

	while (words[argc])
		argc++;
	argv = calloc(argc + 1, sizeof(*argv));
	ck_assert_ptr_nonnull(argv);
	for (i = 0; i < argc; i++)
		argv[i] = strdup(words[i]);
	ret = config_parse(argc, argv, cfg, e);
	for (i = 0; i < argc; i++)
		free(argv[i]);
	free(argv);
	return ret;
}

void cfg_ok(const char *const *words, struct vm_config *cfg)
{
	struct err e = { 0 };
	int ret = cfg_parse(words, cfg, &e);

	ck_assert_msg(ret == 0, "returned %d: %s", ret, e.text);
}

void cfg_bad(const char *const *words, const char *text)
{
	struct vm_config cfg;
	struct err e = { 0 };
	int ret = cfg_parse(words, &cfg, &e);

	config_fini(&cfg);
	ck_assert_msg(ret < 0, "accepted, wanted: %s", text);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(e.text, text) != NULL, "\"%s\" lacks \"%s\"",
		      e.text, text);
	ck_assert_ptr_null(strchr(e.text, '\n'));
}

char *cfg_file(const char *text, size_t len)
{
	char dir[] = "/tmp/tallyvm-test-XXXXXX";
	char *path = NULL;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_gt(asprintf(&path, "%s/guest.toml", dir), 0);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, len, f), len);
	fclose(f);
	return path;
}

void cfg_file_fini(char *path)
{
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	free(path);
}

char *cfg_source(const char *path)
{
	const char *root = getenv("TALLYVM_SRC");
	char *full = NULL, *text = NULL;
	size_t len = 0;
	FILE *f;

	ck_assert_int_gt(asprintf(&full, "%s/%s", root ? root : ".", path), 0);
	f = fopen(full, "r");
	ck_assert_msg(f != NULL, "cannot open %s", full);
	free(full);
	if (getdelim(&text, &len, '\0', f) < 0)
		text = strdup("");
	fclose(f);
	return text;
}
