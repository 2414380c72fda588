/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostpmu: the PMUs of the machine that a tool runs on
 */
#ifndef TESTS_GUEST_HOSTPMU_H
#define TESTS_GUEST_HOSTPMU_H

/*
 * hostpmu_type - the perf type of the core PMU of a CPU
 *
 * Return: the first PMU named "arm..." in sysfs that has it; -1 without one.
 */
int hostpmu_type(int cpu);

#endif
