/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bus - from a guest physical address to the device that answers
 *
 * Ranges are added before the first vCPU runs and never change afterwards, so
 * dispatch takes no lock.
 */
#ifndef VMM_BUS_H
#define VMM_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "log.h"
#include "mmio.h"

#define BUS_RANGES_MAX 32

struct bus_range {
	uint64_t base, size;
	const struct mmio_ops *ops;
	void *dev;		/* not owned */
};

struct bus {
	unsigned int nr;
	struct bus_range range[BUS_RANGES_MAX];
	struct log_limit *nobody;	/* not owned: accesses without device */
};

/**
 * bus_add() - give a device its range
 *
 * Return: 0; -ENOSPC; -EEXIST when it overlaps another range.
 */
int bus_add(struct bus *bus, uint64_t base, uint64_t size,
	    const struct mmio_ops *ops, void *dev);

/**
 * bus_access() - carry out one access of a guest
 * @addr:  guest physical address, any value
 * @data:  @len bytes in guest byte order (little endian): the value to write,
 *         or room for the value read
 * @len:   any value; what is not 1, 2, 4 or 8 is treated as nobody's
 * @write: direction
 *
 * What no device answers reads as zero and is ignored when written, counted
 * and logged at a limited rate.  Called by vCPU threads.
 */
void bus_access(struct bus *bus, uint64_t addr, uint8_t *data,
		unsigned int len, bool write);

#endif /* VMM_BUS_H */
