// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lkvm - the list, from "lkvm run --help" of kvmtool on arm64 (June 2026)
 */
#include "lkvm.h"

#include <string.h>

const struct lkvm_option lkvm_options[] = {
	{ .name = "9p", .instead = "--fs DIR,TAG, by virtiofs" },
	{ .name = "aarch32", .flag = true },
	{ .name = "counter-offset" },
	{ .name = "debug", .flag = true },
	{ .name = "debug-iodelay" },
	{ .name = "debug-ioport", .flag = true },
	{ .name = "debug-mmio", .flag = true },
	{ .name = "debug-single-step", .flag = true },
	{ .name = "disable-mte", .flag = true, .accepted = true },
	{ .name = "e2h0", .flag = true },
	{ .name = "firmware", .letter = 'f' },
	{ .name = "firmware-address" },
	{ .name = "flash", .letter = 'F' },
	{ .name = "force-pci", .flag = true },
	{ .name = "gtk", .flag = true },
	{ .name = "hugetlbfs" },
	{ .name = "nested", .flag = true },
	{ .name = "no-dhcp", .flag = true, .accepted = true },
	{ .name = "no-pvtime", .flag = true, .accepted = true },
	{ .name = "override-bad-firmware-cntfrq" },
	{ .name = "protected", .flag = true },
	{ .name = "psci" },
	{ .name = "sandbox", .flag = true },
	{ .name = "sdl", .flag = true },
	{ .name = "sve-max-vl" },
	{ .name = "tty" },
	{ .name = "vfio-pci" },
	{ .name = "vnc", .flag = true },
	{ .name = NULL }
};

static const struct lkvm_option *find(const char *name, size_t len, bool exact,
				      bool flag)
{
	const struct lkvm_option *opt;

	for (opt = lkvm_options; opt->name; opt++) {
		if (!strncmp(opt->name, name, len) &&
		    (!exact || !opt->name[len]) && (!flag || opt->flag))
			return opt;
	}
	return NULL;
}

const struct lkvm_option *lkvm_find(const char *name, size_t len,
				    bool *negated)
{
	const struct lkvm_option *opt;

	if (!len)
		return NULL;
	opt = find(name, len, true, false);
	if (opt)
		return opt;
	if (len > 3 && !strncmp(name, "no-", 3)) {
		opt = find(name + 3, len - 3, true, true);
		if (opt) {
			*negated = true;
			return opt;
		}
	}
	return find(name, len, false, false);
}

const struct lkvm_option *lkvm_find_letter(char letter)
{
	const struct lkvm_option *opt;

	for (opt = lkvm_options; opt->name; opt++)
		if (letter && opt->letter == letter)
			return opt;
	return NULL;
}
