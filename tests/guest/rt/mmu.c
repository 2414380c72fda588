// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mmu - translation on, every address its own, RAM cached
 *
 * With the MMU off a guest's accesses go past the caches, and what it writes is
 * not what the host reads of the same memory (Arm ARM D8.2.12, "The effects of
 * disabling an address translation stage").  Rings that both look at need this.
 */
#include "guest.h"
#include "fdt.h"

#define GIB		BIT(30)
#define BLOCKS		512	/* of 1 GiB: one table, 39 bits of address */

#define PTE_BLOCK	BIT(0)
#define PTE_NORMAL	(UINT64_C(1) << 2)	/* AttrIndx: see MAIR */
#define PTE_SHARED	(UINT64_C(3) << 8)
#define PTE_AF		BIT(10)
#define PTE_NO_EXEC	(BIT(53) | BIT(54))

#define MAIR		UINT64_C(0xff04)	/* 0: Device-nGnRE, 1: write-back */
/* T0SZ 25, walks cached and shared, 4 KiB granule, no TTBR1, 40 bits out */
#define TCR		(UINT64_C(25) | 1 << 8 | 1 << 10 | 3 << 12 | \
			 BIT(23) | UINT64_C(2) << 32)
#define SCTLR_ON	(BIT(0) | BIT(2) | BIT(12))	/* M, C, I */

static uint64_t table[BLOCKS] __attribute__((aligned(4096)));

static bool is_ram(uint64_t gib)
{
	fdt_node n = NULL;
	uint64_t base, size;

	while ((n = fdt_next_node(dtb, n))) {
		if (!fdt_is(dtb, n, "device_type", "memory"))
			continue;
		base = fdt_reg(dtb, n, 0);
		size = (uint64_t)fdt_cell(dtb, n, "reg", 2) << 32 |
			fdt_cell(dtb, n, "reg", 3);
		if (gib * GIB < base + size && base < (gib + 1) * GIB)
			return true;
	}
	return false;
}

void mmu_on(void)
{
	uint64_t i;

	for (i = 0; i < BLOCKS; i++)
		table[i] = i * GIB | PTE_BLOCK | PTE_AF |
			(is_ram(i) ? PTE_NORMAL | PTE_SHARED : PTE_NO_EXEC);
	dsb();
	write_sysreg(MAIR, mair_el1);
	write_sysreg(TCR, tcr_el1);
	write_sysreg((uint64_t)table, ttbr0_el1);
	asm volatile("tlbi vmalle1; ic iallu; dsb sy; isb" : : : "memory");
	write_sysreg(read_sysreg(sctlr_el1) | SCTLR_ON, sctlr_el1);
	isb();
}
