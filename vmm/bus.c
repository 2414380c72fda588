// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bus - from a guest physical address to the device that answers
 *
 * A handful of ranges: a linear search touches one cache line for each two of
 * them and beats anything cleverer.
 */
#include "bus.h"

#include <errno.h>
#include <string.h>

int bus_add(struct bus *bus, uint64_t base, uint64_t size,
	    const struct mmio_ops *ops, void *dev)
{
	unsigned int i;

	if (bus->nr == BUS_RANGES_MAX)
		return -ENOSPC;

	for (i = 0; i < bus->nr; i++) {
		const struct bus_range *r = &bus->range[i];

		if (base < r->base + r->size && r->base < base + size)
			return -EEXIST;
	}

	bus->range[bus->nr++] = (struct bus_range){
		.base = base, .size = size, .ops = ops, .dev = dev,
	};
	return 0;
}

static const struct bus_range *bus_find(const struct bus *bus, uint64_t addr)
{
	unsigned int i;

	for (i = 0; i < bus->nr; i++)
		if (addr - bus->range[i].base < bus->range[i].size)
			return &bus->range[i];
	return NULL;
}

static bool bus_width_ok(unsigned int len)
{
	return len == 1 || len == 2 || len == 4 || len == 8;
}

void bus_access(struct bus *bus, uint64_t addr, uint8_t *data,
		unsigned int len, bool write)
{
	const struct bus_range *r = bus_find(bus, addr);
	uint64_t value = 0;

	if (!r || !bus_width_ok(len)) {
		log_guest(&bus->nobody,
			  "guest %s of %u bytes at 0x%llx: no device there",
			  write ? "write" : "read", len,
			  (unsigned long long)addr);
		if (!write)
			memset(data, 0, len);
		return;
	}

	/* both sides are little endian: arm64 hosts run KVM in that order */
	if (write) {
		memcpy(&value, data, len);
		r->ops->write(r->dev, addr - r->base, len, value);
	} else {
		value = r->ops->read(r->dev, addr - r->base, len);
		memcpy(data, &value, len);
	}
}
