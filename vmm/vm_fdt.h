/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_fdt - describe this VM to its guest
 */
#ifndef VMM_VM_FDT_H
#define VMM_VM_FDT_H

#include "vm.h"

/** vm_fdt() - build the device tree into guest memory, and write it to the
 * file of --dump-dtb if there is one; all vCPUs are initialised */
int vm_fdt(struct vm *vm, bool pmu, struct err *e);

#endif /* VMM_VM_FDT_H */
