// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_toml - configuration files */
#include <stdio.h>
#include <unistd.h>

#include "fuzz.h"
#include "vmm/config.h"

static char folder[] = "/tmp/tallyvm-fuzz-XXXXXX";
static char path[64];

static void clean(void)
{
	unlink(path);
	rmdir(folder);
}

/* A name that ends as that of a configuration, for the file of the input. */
static void make_name(struct fuzz_in *in)
{
	char file[32];

	snprintf(file, sizeof(file), "/proc/self/fd/%d", fuzz_file(in));
	if (path[0])
		return;
	fuzz_check(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/guest.toml", folder);
	fuzz_check(!symlink(file, path));
	atexit(clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	char kernel[] = "-kI", *argv[] = { path, kernel, NULL };
	struct vm_config cfg;
	struct err e = { 0 };
	int r;

	make_name(&in);
	r = config_parse(2, argv, &cfg, &e);
	fuzz_check((r < 0) == (e.kind != ERR_NONE));
	fuzz_check(r >= 0 || e.text[0]);
	config_fini(&cfg);
	return 0;
}
