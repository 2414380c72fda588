/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stat_report - what "tallyvm stat" and "tallyvm pmu top" show of a sample
 */
#ifndef VMM_STAT_REPORT_H
#define VMM_STAT_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "vm_view.h"

/**
 * stat_report_print() - one table for all VMs, a row for each vCPU
 *
 * Of a VM's first sample totals are shown, after that what happened since the
 * sample before: time as a share of one CPU, events for each second.
 *
 * Return: 0 or -ENOMEM.
 */
int stat_report_print(const struct vm_view *views, size_t nr, FILE *out);

/* stat_memory.c */

/**
 * stat_memory_print() - one table of the memory of all VMs, a row for each
 *
 * Of a VM without a balloon only its name is shown.
 *
 * Return: 0 or -ENOMEM.
 */
int stat_memory_print(const struct vm_view *views, size_t nr, FILE *out);

/** stat_memory_json() - the same of one VM; null without a balloon */
json_t *stat_memory_json(const struct vm_memory *m);

/** stat_report_json() - totals since the start, whatever was shown before;
 * NULL without memory */
json_t *stat_report_json(const struct vm_view *views, size_t nr);

#endif /* VMM_STAT_REPORT_H */
