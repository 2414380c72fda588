// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu_args - the options of "tallyvm pmu list" and "tallyvm pmu doctor"
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_pmu.h"
#include "pmu/plan.h"
#include "util.h"

static int take_counters(struct pmu_args *a, const char *value, struct err *e)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || n > PMU_COUNTERS_MAX)
		return err_config(e, "--counters: wants an integer 0 to %d, "
				  "got \"%.64s\"", PMU_COUNTERS_MAX, value);
	a->counters = n;
	return 0;
}

static int take_dev(struct pmu_args *a, const char *value, struct err *e)
{
	(void)e;
	a->dev = value;
	return 0;
}

static int take_sysfs(struct pmu_args *a, const char *value, struct err *e)
{
	(void)e;
	a->sysfs = value;
	a->recorded = true;
	return 0;
}

static const struct {
	const char *name;	/* with its "--" */
	int (*take)(struct pmu_args *a, const char *value, struct err *e);
} options[] = {
	{ "--counters", take_counters },
	{ "--dev", take_dev },
	{ "--sysfs", take_sysfs },
};

/* "--dev=FILE" or "--dev FILE"; moves @i over what was used. */
static int take_option(struct pmu_args *a, int argc, char **argv, int *i,
		       struct err *e)
{
	const char *word = argv[*i], *value;
	size_t len = strcspn(word, "="), o;

	for (o = 0; o < ARRAY_SIZE(options); o++) {
		if (strlen(options[o].name) != len ||
		    strncmp(options[o].name, word, len) != 0)
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

int pmu_args_parse(int argc, char **argv, struct pmu_args *ret, struct err *e)
{
	int i, err = 0;

	*ret = (struct pmu_args){
		.dev = "/dev/kvm",
		.sysfs = "/sys",
		.proc = "/proc",
		.counters = 1,
	};
	for (i = 0; !err && i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return 1;
		if (!strcmp(argv[i], "--json"))
			ret->json = true;
		else
			err = take_option(ret, argc, argv, &i, e);
	}
	return err;
}
