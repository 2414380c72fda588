/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu_plan - "tallyvm pmu plan": what VMs would get, and where they collide
 *
 * pmu_plan_cmd.c finds it out, pmu_plan_report.c shows it.
 */
#ifndef VMM_PMU_PLAN_H
#define VMM_PMU_PLAN_H

#include <jansson.h>
#include <stdio.h>

#include "config.h"
#include "pmu/plan.h"
#include "registry.h"

/* One of the VMs that were asked about. */
struct plan_vm {
	char label[CONFIG_NAME_MAX + 1];
	struct vm_config cfg;	/* owned */
	struct pmu_plan *plan;	/* owned; NULL: refused, or nothing to plan */
	struct err e;		/* why it was refused */
	int err;		/* 0 or -errno */
};

struct plan_report {
	struct pmu_host host;
	/* event counters of each host.dev[], 0 where not known */
	unsigned int max[PMU_HOST_MAX];
	struct plan_vm *vms;		/* owned */
	size_t nr;
	struct registry_vm *running;	/* owned */
	size_t nr_running;
};

/** plan_max() - event counters of a vCPU's PMU, 0 where not known */
unsigned int plan_max(const struct plan_report *r,
		      const struct pmu_plan_vcpu *v);

/** plan_report_print() - tables and sentences.  Return: 0 or -errno */
int plan_report_print(const struct plan_report *r, FILE *out);

/** plan_report_json() - the same as an object; NULL without memory */
json_t *plan_report_json(const struct plan_report *r);

/** plan_report_fini() - free what the report owns */
void plan_report_fini(struct plan_report *r);

#endif /* VMM_PMU_PLAN_H */
