/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arm64/gic - the in-kernel interrupt controller
 *
 * Documentation/virt/kvm/devices/arm-vgic*.rst.
 */
#ifndef ARM64_GIC_H
#define ARM64_GIC_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "signals.h"

enum gic_kind {
	GIC_AUTO,	/* gicv3-its, gicv3, gicv2m: the first that KVM has */
	GIC_V2,
	GIC_V2M,	/* GICv2 and a frame of MSIs (arm64/v2m.h) */
	GIC_V3,
	GIC_V3_ITS,
	GIC_KIND_NUM
};

struct gic {
	enum gic_kind kind;	/* never GIC_AUTO after gic_create() */
	int fd;			/* owned, -1 when not created */
	int its_fd;		/* owned, -1 without ITS */
	uint64_t cpu_base;	/* v2: CPU interface; v3: redistributors */
	uint64_t cpu_size;
	uint64_t its_base;
};

/**
 * gic_create() - make the device and place it; before any vCPU
 * @vm_fd: VM
 * @kind:  wanted kind
 * @nr:    number of vCPUs, at most 8 on GICv2
 * @ret:   filled on success
 * @e:     filled on failure
 *
 * Return: 0; -EINVAL with ERR_CONFIG (too many vCPUs for GICv2); -ENODEV with
 * ERR_HOST (KVM does not have that kind on this host); other -errno.
 */
int gic_create(int vm_fd, enum gic_kind kind, unsigned int nr,
	       struct gic *ret, struct err *e);

/** gic_init() - KVM_DEV_ARM_VGIC_CTRL_INIT, after all vCPUs exist */
int gic_init(const struct gic *gic, struct err *e);

/** gic_fini() - close; legal on an object with both descriptors -1 */
void gic_fini(struct gic *gic);

/** gic_is_v2() - GICv2, with or without MSIs */
static inline bool gic_is_v2(enum gic_kind kind)
{
	return kind == GIC_V2 || kind == GIC_V2M;
}

/** gic_msi() - what devices' MSIs go to */
enum signals_msi gic_msi(enum gic_kind kind);

/** gic_spis() - number of shared peripheral interrupts */
unsigned int gic_spis(enum gic_kind kind);

/** gic_kind_name() - the word of --irqchip: "gicv3-its" */
const char *gic_kind_name(enum gic_kind kind);

#endif /* ARM64_GIC_H */
