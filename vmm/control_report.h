/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control_report - what a VM tells of itself, as JSON
 *
 * On the main thread.
 */
#ifndef VMM_CONTROL_REPORT_H
#define VMM_CONTROL_REPORT_H

struct vm;

/** control_report() - all of it.  Return: a text to be freed, or NULL */
char *control_report(const struct vm *vm);

/** control_report_memory() - its memory alone; the guest is asked for new
 * statistics, which a later report will have.  Return: as above */
char *control_report_memory(const struct vm *vm);

/** control_report_devices() - its virtio devices alone.  Return: as above */
char *control_report_devices(const struct vm *vm);

/** control_report_error() - why a request cannot be granted.  Return: as
 * above */
char *control_report_error(const char *why);

#endif /* VMM_CONTROL_REPORT_H */
