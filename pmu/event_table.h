/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/event_table - the architecture's names of PMU events
 *
 * Private to event.c.
 */
#ifndef PMU_EVENT_TABLE_H
#define PMU_EVENT_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct pmu_event_row {
	uint16_t number;
	const char *name;
};

/* by number, strictly rising */
extern const struct pmu_event_row pmu_event_table[];
extern const size_t pmu_event_table_nr;

#endif /* PMU_EVENT_TABLE_H */
