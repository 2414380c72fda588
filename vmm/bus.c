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

/*
 * Copies of constant size.  memcpy() with a length in a variable calls libc,
 * whose arm64 versions may use SVE: the first SVE instruction after each exit
 * traps in the host kernel and costs more than all the rest here.  Both sides
 * are little endian: arm64 hosts run KVM in that order.
 */
static uint64_t bus_load(const uint8_t *data, unsigned int len)
{
	uint64_t value = 0;

	switch (len) {
	case 1:
		memcpy(&value, data, 1);
		break;
	case 2:
		memcpy(&value, data, 2);
		break;
	case 4:
		memcpy(&value, data, 4);
		break;
	default:
		memcpy(&value, data, 8);
		break;
	}
	return value;
}

static void bus_store(uint8_t *data, unsigned int len, uint64_t value)
{
	switch (len) {
	case 1:
		memcpy(data, &value, 1);
		break;
	case 2:
		memcpy(data, &value, 2);
		break;
	case 4:
		memcpy(data, &value, 4);
		break;
	default:
		memcpy(data, &value, 8);
		break;
	}
}

static void bus_nobody(struct bus *bus, uint64_t addr, uint8_t *data,
		       unsigned int len, bool write)
{
	log_guest(bus->nobody, "guest %s of %u bytes at 0x%llx: no device there",
		  write ? "write" : "read", len, (unsigned long long)addr);
	if (!write)
		memset(data, 0, len);
}

void bus_access(struct bus *bus, uint64_t addr, uint8_t *data,
		unsigned int len, bool write)
{
	const struct bus_range *r = bus_find(bus, addr);
	uint64_t offset = r ? addr - r->base : 0;

	if (!r || !bus_width_ok(len))
		bus_nobody(bus, addr, data, len, write);
	else if (write)
		r->ops->write(r->dev, offset, len, bus_load(data, len));
	else
		bus_store(data, len, r->ops->read(r->dev, offset, len));
}
