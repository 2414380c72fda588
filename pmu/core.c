// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/core - what people call a core, from MIDR_EL1
 *
 * Only for messages: nothing is decided by these names, and a core that is
 * missing here works like any other.  The numbers are those of Linux
 * arch/arm64/include/asm/cputype.h.
 */
#include <stddef.h>

#include "host.h"
#include "util.h"

/* MIDR_EL1 fields: Arm ARM, "MIDR_EL1, Main ID Register" */
#define MIDR_IMPLEMENTER(midr)	(((midr) >> 24) & 0xff)
#define MIDR_PART(midr)		(((midr) >> 4) & 0xfff)

struct core_name {
	uint8_t implementer;
	uint16_t part;
	const char *name;
};

static const struct core_name core_names[] = {
	{ 0x41, 0xd03, "Arm Cortex-A53" },
	{ 0x41, 0xd04, "Arm Cortex-A35" },
	{ 0x41, 0xd05, "Arm Cortex-A55" },
	{ 0x41, 0xd07, "Arm Cortex-A57" },
	{ 0x41, 0xd08, "Arm Cortex-A72" },
	{ 0x41, 0xd09, "Arm Cortex-A73" },
	{ 0x41, 0xd0a, "Arm Cortex-A75" },
	{ 0x41, 0xd0b, "Arm Cortex-A76" },
	{ 0x41, 0xd0c, "Arm Neoverse-N1" },
	{ 0x41, 0xd0d, "Arm Cortex-A77" },
	{ 0x41, 0xd0e, "Arm Cortex-A76AE" },
	{ 0x41, 0xd40, "Arm Neoverse-V1" },
	{ 0x41, 0xd41, "Arm Cortex-A78" },
	{ 0x41, 0xd42, "Arm Cortex-A78AE" },
	{ 0x41, 0xd44, "Arm Cortex-X1" },
	{ 0x41, 0xd46, "Arm Cortex-A510" },
	{ 0x41, 0xd47, "Arm Cortex-A710" },
	{ 0x41, 0xd48, "Arm Cortex-X2" },
	{ 0x41, 0xd49, "Arm Neoverse-N2" },
	{ 0x41, 0xd4b, "Arm Cortex-A78C" },
	{ 0x41, 0xd4c, "Arm Cortex-X1C" },
	{ 0x41, 0xd4d, "Arm Cortex-A715" },
	{ 0x41, 0xd4e, "Arm Cortex-X3" },
	{ 0x41, 0xd4f, "Arm Neoverse-V2" },
	{ 0x41, 0xd80, "Arm Cortex-A520" },
	{ 0x41, 0xd81, "Arm Cortex-A720" },
	{ 0x41, 0xd82, "Arm Cortex-X4" },
	{ 0x41, 0xd83, "Arm Neoverse-V3AE" },
	{ 0x41, 0xd84, "Arm Neoverse-V3" },
	{ 0x41, 0xd85, "Arm Cortex-X925" },
	{ 0x41, 0xd87, "Arm Cortex-A725" },
	{ 0x41, 0xd8c, "Arm C1-Ultra" },
	{ 0x41, 0xd8e, "Arm Neoverse-N3" },
	{ 0x41, 0xd90, "Arm C1-Premium" },
	{ 0x43, 0x0a1, "Cavium ThunderX" },
	{ 0x43, 0x0af, "Cavium ThunderX2" },
	{ 0x46, 0x001, "Fujitsu A64FX" },
	{ 0x48, 0xd01, "HiSilicon TSV110" },
	{ 0x48, 0xd02, "HiSilicon HIP09" },
	{ 0x4e, 0x003, "NVIDIA Denver" },
	{ 0x4e, 0x004, "NVIDIA Carmel" },
	{ 0x4e, 0x010, "NVIDIA Olympus" },
	{ 0x51, 0x800, "Qualcomm Kryo 2xx Gold" },
	{ 0x51, 0x801, "Qualcomm Kryo 2xx Silver" },
	{ 0x51, 0x802, "Qualcomm Kryo 3xx Gold" },
	{ 0x51, 0x803, "Qualcomm Kryo 3xx Silver" },
	{ 0x51, 0x804, "Qualcomm Kryo 4xx Gold" },
	{ 0x51, 0x805, "Qualcomm Kryo 4xx Silver" },
	{ 0x51, 0xc00, "Qualcomm Falkor" },
	{ 0x61, 0x022, "Apple Icestorm" },
	{ 0x61, 0x023, "Apple Firestorm" },
	{ 0x61, 0x024, "Apple Icestorm (Pro)" },
	{ 0x61, 0x025, "Apple Firestorm (Pro)" },
	{ 0x61, 0x028, "Apple Icestorm (Max)" },
	{ 0x61, 0x029, "Apple Firestorm (Max)" },
	{ 0x61, 0x032, "Apple Blizzard" },
	{ 0x61, 0x033, "Apple Avalanche" },
	{ 0x61, 0x034, "Apple Blizzard (Pro)" },
	{ 0x61, 0x035, "Apple Avalanche (Pro)" },
	{ 0x61, 0x038, "Apple Blizzard (Max)" },
	{ 0x61, 0x039, "Apple Avalanche (Max)" },
	{ 0x6d, 0xd49, "Microsoft Cobalt 100" },
	{ 0xc0, 0xac3, "Ampere-1" },
	{ 0xc0, 0xac4, "Ampere-1a" },
};

const char *pmu_core_name(uint64_t midr)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(core_names); i++) {
		if (core_names[i].implementer == MIDR_IMPLEMENTER(midr) &&
		    core_names[i].part == MIDR_PART(midr))
			return core_names[i].name;
	}
	return NULL;
}
