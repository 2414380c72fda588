/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arm64/fdt - the device tree that describes the machine to the guest
 *
 * Written front to back with libfdt's sequential interface.  Order of nodes
 * and properties as in kvmtool: root, chosen, memory, cpus, intc, timer, pmu,
 * devices, PCI, psci, aliases.
 */
#ifndef ARM64_FDT_H
#define ARM64_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "gic.h"

#define FDT_RNG_SEED_LEN 64

/* Everything the tree is made from; nothing in it is owned. */
struct fdt_machine {
	uint64_t ram_base;
	uint64_t ram_size;
	unsigned int nr_cpus;
	const uint64_t *mpidr;		/* nr_cpus values of MPIDR_EL1 */
	const struct gic *gic;
	bool pmu;			/* the guest has a PMU */
	bool pvpanic;
	bool rtc;
	unsigned int nr_virtio;		/* virtio-mmio devices */
	uint64_t pci_mem64;		/* 64-bit window of the PCI host; 0: no PCI */
	const char *bootargs;		/* NULL or "": none */
	uint64_t initrd_start;		/* both 0: no initrd */
	uint64_t initrd_end;
	uint64_t kaslr_seed;		/* 0: no property */
	const uint8_t *rng_seed;	/* FDT_RNG_SEED_LEN bytes or NULL */
};

/**
 * fdt_build() - write the tree
 * @mach: description
 * @buf:  where
 * @len:  bytes there; the finished tree has totalsize @len padded or less
 * @e:    filled on failure
 *
 * Return: 0; -ENOSPC with ERR_CONFIG when it does not fit (a command line or
 * a vCPU count too large: the text says which limit); -EINVAL.
 */
int fdt_build(const struct fdt_machine *mach, void *buf, size_t len,
	      struct err *e);

#endif /* ARM64_FDT_H */
