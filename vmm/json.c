// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json - what every report does with jansson; the contract is in json.h
 */
#include <errno.h>

#include "json.h"
#include "util.h"

/* nobody measures better, and 0.1 is written as 0.1 */
#define REAL_DIGITS 9
/* the longest list, "0,2,4,...", and the terminator */
#define LIST_MAX (CPUSET_MAX / 2 * sizeof("4094"))

int json_out_print(json_t *root, FILE *out, struct err *e)
{
	int err;

	if (!root)
		return err_fault(e, -ENOMEM, "making a report in JSON");
	err = json_dumpf(root, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER |
				    JSON_REAL_PRECISION(REAL_DIGITS));
	json_decref(root);
	if (err || fputc('\n', out) == EOF || fflush(out))
		return err_fault(e, -EIO, "writing a report in JSON");
	return 0;
}

json_t *json_out_cpus(const struct cpuset *cpus)
{
	_cleanup_free_ char *list = malloc(LIST_MAX);

	if (!list)
		return NULL;
	return json_string(cpuset_format(cpus, list, LIST_MAX));
}

json_t *json_out_text(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}
