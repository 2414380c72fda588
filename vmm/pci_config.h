/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci_config - a guest's access to configuration space, for the bridge
 *
 * All under the bridge's lock.
 */
#ifndef VMM_PCI_CONFIG_H
#define VMM_PCI_CONFIG_H

#include "pci.h"

/** pci_config_read() - @len is 1, 2 or 4; outside the space it is 0 */
uint32_t pci_config_read(struct pci_function *fn, unsigned int offset,
			 unsigned int len);

/** pci_config_write() - only writable bits change, and BARs follow */
void pci_config_write(struct pci_function *fn, unsigned int offset,
		      unsigned int len, uint32_t value);

/** pci_msix_written() - message control may have changed (pci_msix.c) */
void pci_msix_written(struct pci_function *fn, unsigned int offset,
		      unsigned int len);

#endif /* VMM_PCI_CONFIG_H */
