// SPDX-License-Identifier: GPL-2.0-or-later
/* nopmu: a guest without a PMU sees none, on any CPU. */
#include "pmu.h"

static void test_cpu(void)
{
	check(!pmu_version(), "pmuver", "%u", pmu_version());
}

void guest_test(void)
{
	check(!fdt_find(dtb, PMU_COMPATIBLE), "node",
	      "the device tree has %s", PMU_COMPATIBLE);
	on_each_cpu(test_cpu);
}
