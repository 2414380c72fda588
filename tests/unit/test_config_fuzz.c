// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_config_fuzz - mutated files and random command lines: any answer is
 * right but a crash, a leak or an error without a text
 *
 * Deterministic: FUZZ_SEED in the environment tries another sequence, and
 * FUZZ_ROUNDS a longer one.
 */
#include "t.h"

#include <stdio.h>
#include <string.h>

#include "config_t.h"
#include "vmm/options.h"

static const char *const examples[] = {
	"configs/minimal.toml", "configs/big-cluster.toml",
	"configs/partition.toml", "configs/ci.toml", "configs/disk.toml",
	"configs/network.toml", "configs/share.toml",
};

#define NR_EXAMPLES (sizeof(examples) / sizeof(examples[0]))

static uint64_t number_from(const char *name, uint64_t other)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : other;
}

/* xorshift64 (Marsaglia, "Xorshift RNGs", 2003) */
static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void judge(int ret, const struct err *e)
{
	if (ret < 0) {
		ck_assert_int_ne(e->kind, ERR_NONE);
		ck_assert_str_ne(e->text, "");
	} else {
		ck_assert_int_eq(e->kind, ERR_NONE);
	}
}

static void feed(const char *text, size_t len)
{
	struct vm_config cfg;
	struct err e = { 0 };
	char *path = cfg_file(text, len);

	judge(cfg_parse(WORDS(path, "-kI"), &cfg, &e), &e);
	config_fini(&cfg);
	cfg_file_fini(path);
}

START_TEST(truncated)
{
	char *text = cfg_source(examples[_i % NR_EXAMPLES]);
	size_t i, len = strlen(text);

	for (i = 0; i < len; i += 1 + i / 64)
		feed(text, i);
	free(text);
}
END_TEST

START_TEST(flipped)
{
	static const char alphabet[] = "=.[]{}\"'\\\n\r\t#,:-+_0xe9aZ\xff\xc3";
	uint64_t rounds = number_from("FUZZ_ROUNDS", 400), state, i, j;
	char *text, *copy;
	size_t len;

	state = number_from("FUZZ_SEED", 1) * 2654435761u + 88172645463325252u;
	for (i = 0; i < rounds; i++) {
		text = cfg_source(examples[next(&state) % NR_EXAMPLES]);
		len = strlen(text);
		copy = malloc(len);
		memcpy(copy, text, len);
		for (j = next(&state) % 6; j < 6; j++)
			copy[next(&state) % len] =
				alphabet[next(&state) % sizeof(alphabet)];
		feed(copy, len);
		free(copy);
		free(text);
	}
}
END_TEST

static void random_word(uint64_t *state, char *buf, size_t len)
{
	static const char *const values[] = {
		"", "0", "1", "4", "31", "512", "-1", "0x", "2-3", "0:2",
		"1-3:4-7", "1G@4G", "mode=none", "gicv3", "none", "emulate",
		"--", "Image", "99999999999999999999", ":", "@", ",", "a b",
		"exit", "true", "/nowhere.toml", "\xff", "a,ro", "a,,b,",
		",,,", "user,forward=1,forward=;", "tap,fd=3,mq=2", "a=b,c",
		"d,t,cache=auto", "socket=s,tag=t", "3,uds=u",
		"mode=user,mode=",
	};
	const char *name = option_table[next(state) % OPT_NUM].name;
	const char *value = values[next(state) %
				   (sizeof(values) / sizeof(values[0]))];
	const char *no = next(state) % 4 ? "" : "no-";
	int cut = next(state) % 3 ? 64 : (int)(next(state) % 8);

	switch (next(state) % 4) {
	case 0:
		snprintf(buf, len, "--%s%.*s", no, cut, name);
		break;
	case 1:
		snprintf(buf, len, "--%s%.*s=%s", no, cut, name, value);
		break;
	case 2:
		snprintf(buf, len, "-%c%s", "cmkipnhdfFx"[next(state) % 11],
			 value);
		break;
	case 3:
		snprintf(buf, len, "%s", value);
		break;
	}
}

START_TEST(random_command_lines)
{
	uint64_t rounds = number_from("FUZZ_ROUNDS", 400) * 50, state, i;
	char words[8][128];
	const char *list[9];
	struct vm_config cfg;
	size_t nr, w;

	state = number_from("FUZZ_SEED", 1) * 40503u + 88172645463325252u;
	for (i = 0; i < rounds; i++) {
		struct err e = { 0 };

		nr = next(&state) % 9;
		for (w = 0; w < nr; w++) {
			random_word(&state, words[w], sizeof(words[w]));
			list[w] = words[w];
		}
		list[nr] = NULL;
		judge(cfg_parse(list, &cfg, &e), &e);
		config_fini(&cfg);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_fuzz");
	TCase *tc = tcase_create("config_fuzz");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, truncated, 0, NR_EXAMPLES);
	tcase_add_test(tc, flipped);
	tcase_add_test(tc, random_command_lines);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
