// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config_mac - addresses of network devices that stay the same
 */
#include "config.h"

/* FNV-1a (Fowler, Noll, Vo), 64 bits */
#define FNV_BASIS	UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME	UINT64_C(0x100000001b3)

#define MAC_GROUP	0x01	/* IEEE 802: not the address of one station */
#define MAC_LOCAL	0x02	/* not given out by IEEE */

static uint64_t mix(uint64_t hash, uint8_t byte)
{
	return (hash ^ byte) * FNV_PRIME;
}

void config_mac(const char *name, unsigned int index, uint8_t *ret)
{
	uint64_t hash = FNV_BASIS;
	unsigned int i;

	for (; *name; name++)
		hash = mix(hash, *name);
	/* a byte that ends the name: "a1", 0 and "a", 10 share nothing */
	hash = mix(mix(hash, 0), index);
	/* the last bytes mixed in have not reached the high bits: fold */
	hash ^= hash >> 32;
	hash *= FNV_PRIME;
	for (i = 0; i < CONFIG_MAC_LEN; i++)
		ret[i] = hash >> (8 * i);
	ret[0] = (ret[0] & ~MAC_GROUP) | MAC_LOCAL;
}
