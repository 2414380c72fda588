/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/klog - the kernel's messages since boot, as far as they are still there
 *
 * Some abilities of a host are shown nowhere else.  What the messages say is
 * true; what they do not say may have been overwritten.
 */
#ifndef PMU_KLOG_H
#define PMU_KLOG_H

/**
 * pmu_klog_read() - all of the kernel's log
 *
 * Return: a string to be freed with free(), or NULL where it may not be read
 * (sysctl kernel.dmesg_restrict, CAP_SYSLOG) or there is no memory.
 */
char *pmu_klog_read(void);

#endif /* PMU_KLOG_H */
