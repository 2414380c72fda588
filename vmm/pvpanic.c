// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvpanic - the guest's way to say that it has panicked
 */
#include "pvpanic.h"

static uint64_t pvpanic_read(void *dev, uint64_t offset, unsigned int len)
{
	(void)dev;
	(void)len;
	return offset ? 0 : PVPANIC_PANICKED | PVPANIC_CRASH_LOADED;
}

static void pvpanic_write(void *dev, uint64_t offset, unsigned int len,
			  uint64_t value)
{
	struct pvpanic *pv = dev;

	(void)len;
	if (!offset && (value & PVPANIC_PANICKED))
		pv->panicked(pv->opaque);
}

const struct mmio_ops pvpanic_ops = {
	.read = pvpanic_read,
	.write = pvpanic_write,
};
