// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64/v2m - the registers of a GICv2m frame
 */
#include "v2m.h"

#include "platform.h"

#define V2M_TYPER	0x008	/* bits 25:16 first SPI, 9:0 their number */

static uint64_t v2m_read(void *dev, uint64_t offset, unsigned int len)
{
	(void)dev;
	if (offset == V2M_TYPER && len == 4)
		return PLAT_V2M_INTID << 16 | PLAT_V2M_SPIS;
	return 0;
}

static void v2m_write(void *dev, uint64_t offset, unsigned int len,
		      uint64_t value)
{
	(void)dev;
	(void)offset;
	(void)len;
	(void)value;
}

const struct mmio_ops v2m_ops = { .read = v2m_read, .write = v2m_write };
