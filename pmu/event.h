/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/event - PMU events by name and by number
 *
 * A name is one of the architecture's, in either case (SW_INCR, cpu_cycles),
 * or one that the kernel exports for a PMU in its "events" directory.  A number
 * is what PMEVTYPER<n>_EL0.evtCount takes, 16 bits.
 */
#ifndef PMU_EVENT_H
#define PMU_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define PMU_EVENT_MAX		0xffff	/* PMEVTYPER<n>_EL0.evtCount */
#define PMU_EVENT_NAME_MAX	48
#define PMU_EVENT_LIST_MAX	512	/* the kernel names below 150 */

/* numbers that KVM treats in a way of its own */
#define PMU_EVENT_SW_INCR	0x0000
#define PMU_EVENT_CPU_CYCLES	0x0011
#define PMU_EVENT_CHAIN		0x001e

struct pmu_event {
	char name[PMU_EVENT_NAME_MAX];
	uint32_t number;
};

/* The events that the kernel names for one PMU, by number, then by name. */
struct pmu_event_list {
	size_t nr;
	struct pmu_event *event;	/* owned */
};

/**
 * pmu_event_list_probe() - read what the kernel names
 * @sysfs: root of the tree
 * @pmu:   name of the PMU's directory
 * @ret:   to be freed by pmu_event_list_fini(); empty on failure
 *
 * A PMU without the directory names nothing; an event that is not written as
 * "event=NUMBER" alone (a scale, a unit, one with more fields) is left out.
 *
 * Return: 0, -ENOMEM, or what reading a file gave.
 */
int pmu_event_list_probe(const char *sysfs, const char *pmu,
			 struct pmu_event_list *ret, struct err *e);

/** pmu_event_list_fini() - free; legal on a zeroed object and twice */
void pmu_event_list_fini(struct pmu_event_list *list);

/**
 * pmu_event_find() - the number of an event
 * @text:   not terminated: @len bytes; a name, or a number, decimal or 0x...
 * @kernel: names of the kernel, or NULL
 * @ret:    untouched on failure
 * @e:      filled on failure, with the nearest name where there is one
 *
 * Return: 0; -EINVAL with ERR_CONFIG.
 */
int pmu_event_find(const char *text, size_t len,
		   const struct pmu_event_list *kernel, uint32_t *ret,
		   struct err *e);

/** pmu_event_name() - the architecture's name of an event, or NULL */
const char *pmu_event_name(uint32_t number);

/** pmu_event_nearest() - the known name nearest to @word, or NULL */
const char *pmu_event_nearest(const char *word,
			      const struct pmu_event_list *kernel);

#endif /* PMU_EVENT_H */
