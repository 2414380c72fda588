// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_how - what is settled about KVM's PMU interfaces; see vm_how.h
 */
#include "vm_how.h"

#define PLACE_MAX 128

/* The names that the kernel has count only for the PMU that the VM gets. */
static int make_filter(const struct vm_config *cfg, const char *sysfs,
		       const struct pmu_plan *plan, struct pmu_filter *ret,
		       struct err *e)
{
	struct pmu_event_list kernel;
	char place[PLACE_MAX];
	int err;

	err = pmu_event_list_probe(sysfs, plan->vcpu[0].dev->name, &kernel, e);
	if (err)
		return err;
	err = pmu_filter_parse(cfg->pmu_filter, &kernel, ret, e);
	pmu_event_list_fini(&kernel);
	if (err)
		return err_wrap(e, err, "%s",
				config_origin(cfg, OPT_PMU_FILTER, place,
					      sizeof(place)));
	return 0;
}

int vm_how_make(const struct vm_config *cfg, const char *sysfs,
		const struct pmu_plan *plan, struct vm_how *ret,
		struct err *e)
{
	int err;

	*ret = (struct vm_how){
		.how.abi = (enum pmu_abi)cfg->pmu_abi,
		.how.attr = cfg->pmu_attr,
	};
	if (!cfg->pmu_filter || !plan || !plan->vcpu[0].dev)
		return 0;
	err = make_filter(cfg, sysfs, plan, &ret->filter, e);
	if (!err)
		ret->how.filter = &ret->filter;
	return err;
}

void vm_how_fini(struct vm_how *how)
{
	pmu_filter_fini(&how->filter);
	how->how.filter = NULL;
}
