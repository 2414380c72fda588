/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmio - what an emulated device offers to the bus
 *
 * The guest is hostile: @offset is inside the device's range and @len is 1, 2,
 * 4 or 8, nothing else is promised.  An access may straddle the end of the
 * range; registers a device does not have read as zero and ignore writes.
 * Handlers run on the vCPU thread that made the access, several at once; each
 * device has its own lock.
 */
#ifndef INCLUDE_MMIO_H
#define INCLUDE_MMIO_H

#include <stdint.h>

struct mmio_ops {
	/* Return: the value, in the low @len bytes */
	uint64_t (*read)(void *dev, uint64_t offset, unsigned int len);
	void (*write)(void *dev, uint64_t offset, unsigned int len,
		      uint64_t value);
};

#endif /* INCLUDE_MMIO_H */
