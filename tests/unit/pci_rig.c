// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pci_rig - a host bridge with a guest before it; see pci_rig.h
 */
#include "pci_rig.h"

#include <linux/pci_regs.h>

#include "t.h"
#include "util.h"

void pr_init(struct pci_rig *r, enum signals_msi msi)
{
	ck_assert_int_eq(signals_create(-1, msi, 64, &r->signals), 0);
	pci_bridge_init(&r->bridge, r->signals);
	r->bridge.intid = PR_INTID;
	r->bridge.mem32 = PR_MEM32;
	r->bridge.mem32_size = PR_MEM32_SIZE;
	r->bridge.mem64 = PR_MEM64;
	r->bridge.mem64_size = PR_MEM64_SIZE;
}

void pr_fini(struct pci_rig *r)
{
	ck_assert_uint_eq(fake_bound(r->signals), 0);
	ck_assert_uint_eq(fake_doorbells(r->signals), 0);
	signals_destroy(r->signals);
}

uint64_t pr_ones(unsigned int len)
{
	return UINT64_MAX >> (64 - 8 * len);
}

/* The vCPU keeps as many bytes as it asked for. */
uint64_t pr_ecam_get(struct pci_rig *r, uint64_t offset, unsigned int len)
{
	return pci_ecam_ops.read(&r->bridge, offset, len) & pr_ones(len);
}

void pr_ecam_put(struct pci_rig *r, uint64_t offset, unsigned int len,
		 uint64_t value)
{
	pci_ecam_ops.write(&r->bridge, offset, len, value);
}

uint32_t pr_config_get(struct pci_rig *r, unsigned int slot, unsigned int reg,
		       unsigned int len)
{
	return (uint32_t)pr_ecam_get(r, (uint64_t)slot << 15 | reg, len);
}

void pr_config_put(struct pci_rig *r, unsigned int slot, unsigned int reg,
		   unsigned int len, uint32_t value)
{
	pr_ecam_put(r, (uint64_t)slot << 15 | reg, len, value);
}

void pr_bar(struct pci_rig *r, unsigned int slot, unsigned int bar, bool wide,
	    uint64_t addr)
{
	unsigned int reg = PCI_BASE_ADDRESS_0 + 4 * bar;

	pr_config_put(r, slot, reg, 4, (uint32_t)addr);
	if (wide)
		pr_config_put(r, slot, reg + 4, 4, (uint32_t)(addr >> 32));
}

unsigned int pr_cap(struct pci_rig *r, unsigned int slot, unsigned int from,
		    uint8_t id)
{
	unsigned int at = from, left = PCI_CONFIG_SIZE / 4;

	if (!from)
		at = pr_config_get(r, slot, PCI_CAPABILITY_LIST, 1);
	while (at && pr_config_get(r, slot, at, 1) != id) {
		ck_assert_uint_eq(at % 4, 0);
		ck_assert_msg(left--, "the list of capabilities has no end");
		at = pr_config_get(r, slot, at + PCI_CAP_LIST_NEXT, 1);
	}
	return at;
}

static const struct mmio_ops *window(uint64_t addr, uint64_t *offset)
{
	if (addr - PR_MEM32 < PR_MEM32_SIZE) {
		*offset = addr - PR_MEM32;
		return &pci_mem32_ops;
	}
	ck_assert_uint_lt(addr - PR_MEM64, PR_MEM64_SIZE);
	*offset = addr - PR_MEM64;
	return &pci_mem64_ops;
}

uint64_t pr_bar_size(struct pci_rig *r, unsigned int bar, bool wide)
{
	unsigned int reg = PCI_BASE_ADDRESS_0 + 4 * bar;
	uint64_t mask;

	pr_bar(r, 0, bar, wide, UINT64_MAX);
	mask = pr_config_get(r, 0, reg, 4) &
	       (uint32_t)PCI_BASE_ADDRESS_MEM_MASK;
	if (wide)
		mask |= (uint64_t)pr_config_get(r, 0, reg + 4, 4) << 32;
	else if (mask)
		mask |= UINT64_C(0xffffffff00000000);
	pr_bar(r, 0, bar, wide, 0);
	return mask ? ~mask + 1 : 0;
}

uint64_t pr_get(struct pci_rig *r, uint64_t addr, unsigned int len)
{
	uint64_t offset;
	const struct mmio_ops *ops = window(addr, &offset);

	return ops->read(&r->bridge, offset, len) & pr_ones(len);
}

void pr_put(struct pci_rig *r, uint64_t addr, unsigned int len, uint64_t value)
{
	uint64_t offset;
	const struct mmio_ops *ops = window(addr, &offset);

	if (!fake_ring(r->signals, addr, len, value))
		ops->write(&r->bridge, offset, len, value);
}
