// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_args - options of check and bench; the contract is in check_args.h
 */
#include "check_args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static int take_cluster(struct check_args *a, const char *value, struct err *e)
{
	(void)e;
	a->cluster = value;
	return 0;
}

static int take_counters(struct check_args *a, const char *value,
			 struct err *e)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || n > PMU_COUNTERS_MAX)
		return err_config(e, "--counters: wants an integer 0 to %d, "
				  "got \"%.64s\"", PMU_COUNTERS_MAX, value);
	a->counters = (int)n;
	return 0;
}

static int take_dev(struct check_args *a, const char *value, struct err *e)
{
	(void)e;
	a->dev = value;
	return 0;
}

static int take_mode(struct check_args *a, const char *value, struct err *e)
{
	bool all = !strcmp(value, "all");
	unsigned int mode, nr = 0;

	for (mode = PMU_MODE_EMULATED; mode < PMU_MODE_NUM; mode++) {
		a->mode[mode] = all || !strcmp(value, pmu_mode_name(mode));
		nr += a->mode[mode];
	}
	if (!nr)
		return err_config(e, "--mode: wants emulated, partitioned or "
				  "all, got \"%.64s\"", value);
	return 0;
}

static const struct {
	char name[16];		/* with its "--" */
	bool bench;		/* it is one of bench's, too */
	int (*take)(struct check_args *a, const char *value, struct err *e);
} options[] = {
	{ "--cluster", true, take_cluster },
	{ "--counters", true, take_counters },
	{ "--dev", true, take_dev },
	{ "--mode", false, take_mode },
};

/* "--dev=FILE" or "--dev FILE"; moves @i over what was used. */
static int take_option(struct check_args *a, int argc, char **argv, int *i,
		       bool bench, struct err *e)
{
	const char *word = argv[*i], *value;
	size_t len = strcspn(word, "="), o;

	for (o = 0; o < ARRAY_SIZE(options); o++) {
		if (strlen(options[o].name) != len ||
		    strncmp(options[o].name, word, len) != 0 ||
		    (bench && !options[o].bench))
			continue;
		value = word[len] ? word + len + 1 :
			*i + 1 < argc ? argv[++*i] : "";
		if (!*value)
			return err_config(e, "%s: wants a value",
					  options[o].name);
		return options[o].take(a, value, e);
	}
	return err_config(e, "\"%.64s\" is not an option of this command: try "
			  "\"--help\"", word);
}

int check_args_parse(int argc, char **argv, bool bench,
		     struct check_args *ret, struct err *e)
{
	int i, err = 0;

	*ret = (struct check_args){
		.dev = "/dev/kvm",
		.counters = PMU_COUNTERS_ALL,
		.mode = {
			[PMU_MODE_EMULATED] = true,
			[PMU_MODE_PARTITIONED] = true,
		},
	};
	for (i = 0; !err && i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return 1;
		if (!strcmp(argv[i], "--json"))
			ret->json = true;
		else if (!bench && !strcmp(argv[i], "--all"))
			ret->all = true;
		else
			err = take_option(ret, argc, argv, &i, bench, e);
	}
	if (!err && ret->all && ret->cluster)
		return err_config(e, "--all and --cluster exclude each other");
	return err;
}
