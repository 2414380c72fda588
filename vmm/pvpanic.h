/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pvpanic - the guest's way to say that it has panicked
 *
 * QEMU docs/specs/pvpanic.rst, MMIO variant: a read gives the events the
 * device understands, a write of the same bits reports one.  Linux's driver is
 * CONFIG_PVPANIC_MMIO, found by the node "qemu,pvpanic-mmio".
 */
#ifndef VMM_PVPANIC_H
#define VMM_PVPANIC_H

#include "mmio.h"

#define PVPANIC_PANICKED	0x1
#define PVPANIC_CRASH_LOADED	0x2	/* a crash kernel takes over: go on */

struct pvpanic {
	/* on a vCPU thread, once for each report */
	void (*panicked)(void *opaque);
	void *opaque;
};

extern const struct mmio_ops pvpanic_ops;

#endif /* VMM_PVPANIC_H */
