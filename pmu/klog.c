// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/klog - the kernel's messages; the contract is in klog.h
 */
#include <stdlib.h>
#include <sys/klog.h>

#include "klog.h"

/* syslog(2); glibc has no names for these */
#define ACTION_READ_ALL		3
#define ACTION_SIZE_BUFFER	10

char *pmu_klog_read(void)
{
	int size = klogctl(ACTION_SIZE_BUFFER, NULL, 0), len;
	char *log;

	if (size <= 0)
		return NULL;
	log = malloc((size_t)size + 1);
	if (!log)
		return NULL;
	len = klogctl(ACTION_READ_ALL, log, size);
	if (len < 0) {
		free(log);
		return NULL;
	}
	log[len] = '\0';
	return log;
}
