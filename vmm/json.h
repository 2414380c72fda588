/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json - what every report does with jansson
 *
 * Reports build their objects with jansson itself (json_pack() and friends);
 * the functions here hold what they share.  Keys are in lower case with "_",
 * what is not known is null, CPU sets are strings in the kernel's list format.
 */
#ifndef VMM_JSON_H
#define VMM_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "cpuset.h"
#include "err.h"

/**
 * json_out_print() - write an object, indented, keys in the order given, and
 * a newline at the end
 * @root: given up by the caller, also on failure; NULL stands for an object
 *        that could not be made
 * @e:    filled on failure
 *
 * Return: 0 or -ENOMEM, -EIO.
 */
int json_out_print(json_t *root, FILE *out, struct err *e);

/** json_out_cpus() - "0-3,5" as a JSON string; new reference or NULL */
json_t *json_out_cpus(const struct cpuset *cpus);

/** json_out_text() - a string, null where @text is NULL or "" */
json_t *json_out_text(const char *text);

#endif /* VMM_JSON_H */
