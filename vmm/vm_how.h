/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_how - from a VM's configuration to what is settled about KVM's PMU
 * interfaces
 */
#ifndef VMM_VM_HOW_H
#define VMM_VM_HOW_H

#include "config.h"
#include "pmu/apply.h"

struct vm_how {
	struct pmu_how how;
	struct pmu_filter filter;	/* how.filter, when one was asked for */
};

/**
 * vm_how_make() - read the event filter and gather the rest
 * @sysfs: root of the tree with the PMU's event names
 * @plan:  says which PMU; NULL: no PMU
 * @ret:   to be freed by vm_how_fini(); must not be moved
 * @e:     filled on failure, with the place of the setting
 *
 * Return: 0, -EINVAL with ERR_CONFIG, -ENOMEM, or what reading sysfs gave.
 */
int vm_how_make(const struct vm_config *cfg, const char *sysfs,
		const struct pmu_plan *plan, struct vm_how *ret,
		struct err *e);

/** vm_how_fini() - free; legal on a zeroed object and twice */
void vm_how_fini(struct vm_how *how);

#endif /* VMM_VM_HOW_H */
