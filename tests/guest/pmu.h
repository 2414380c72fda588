/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pmu - what the device tree and ID registers say; shared by two guests */
#ifndef TESTS_GUEST_PMU_H
#define TESTS_GUEST_PMU_H

#include "guest.h"
#include "fdt.h"

#define PMU_COMPATIBLE "arm,armv8-pmuv3"

/* ID_AA64DFR0_EL1.PMUVer: 0 none, 0xf implementation defined */
static inline unsigned int pmu_version(void)
{
	unsigned int ver = read_sysreg(id_aa64dfr0_el1) >> 8 & 0xf;

	return ver == 0xf ? 0 : ver;
}

#endif /* TESTS_GUEST_PMU_H */
