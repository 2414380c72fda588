/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci_rig - a host bridge, and a guest's accesses to what is behind it
 */
#ifndef TESTS_UNIT_PCI_RIG_H
#define TESTS_UNIT_PCI_RIG_H

#include "fake_signals.h"
#include "pci.h"

#define PR_MEM32	UINT64_C(0x50000000)
#define PR_MEM32_SIZE	UINT64_C(0x30000000)
#define PR_MEM64	UINT64_C(0x8000000000)
#define PR_MEM64_SIZE	UINT64_C(0x400000000)
#define PR_INTID	36

struct pci_rig {
	struct signals *signals;
	struct pci_bridge bridge;
};

/** pr_init() - an empty bus in a machine with @msi */
void pr_init(struct pci_rig *r, enum signals_msi msi);

/** pr_fini() - nothing may be bound any more; the functions are finished */
void pr_fini(struct pci_rig *r);

/** pr_ecam_get(), pr_ecam_put() - at any offset of ECAM */
uint64_t pr_ecam_get(struct pci_rig *r, uint64_t offset, unsigned int len);
void pr_ecam_put(struct pci_rig *r, uint64_t offset, unsigned int len,
		 uint64_t value);

/** pr_config_get(), pr_config_put() - configuration space of function 0 */
uint32_t pr_config_get(struct pci_rig *r, unsigned int slot, unsigned int reg,
		       unsigned int len);
void pr_config_put(struct pci_rig *r, unsigned int slot, unsigned int reg,
		   unsigned int len, uint32_t value);

/** pr_bar() - write a BAR, both registers of a @wide one */
void pr_bar(struct pci_rig *r, unsigned int slot, unsigned int bar, bool wide,
	    uint64_t addr);

/** pr_bar_size() - of a BAR of slot 0, as firmware finds it (6.2.5.1 of the PCI
 * specification); 0: there is none */
uint64_t pr_bar_size(struct pci_rig *r, unsigned int bar, bool wide);

/** pr_cap() - offset of the first capability @id at or after the one at
 * @from (0: the start of the list); 0: none */
unsigned int pr_cap(struct pci_rig *r, unsigned int slot, unsigned int from,
		    uint8_t id);

/**
 * pr_get(), pr_put() - an address in one of the windows; all ones is read where
 * nothing is.  What a doorbell catches does not come to the bus, as with KVM.
 */
uint64_t pr_get(struct pci_rig *r, uint64_t addr, unsigned int len);
void pr_put(struct pci_rig *r, uint64_t addr, unsigned int len,
	    uint64_t value);

/** pr_ones() - what is read, @len bytes wide, where nothing is */
uint64_t pr_ones(unsigned int len);

#endif /* TESTS_UNIT_PCI_RIG_H */
