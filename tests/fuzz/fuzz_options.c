// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_options - command lines: words that are separated by line ends */
#include "fuzz.h"
#include "vmm/config.h"

#define WORDS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *argv[WORDS_MAX + 1], *p = text;
	struct vm_config cfg;
	struct err e = { 0 };
	int argc = 0, r;

	fuzz_check(text);
	memcpy(text, data, size);
	text[size] = '\0';
	while (p && argc < WORDS_MAX)
		argv[argc++] = strsep(&p, "\n");
	argv[argc] = NULL;
	r = config_parse(argc, argv, &cfg, &e);
	fuzz_check((r < 0) == (e.kind != ERR_NONE));
	config_fini(&cfg);
	free(text);
	return 0;
}
