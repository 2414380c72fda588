// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64/gic - the in-kernel interrupt controller
 *
 * Documentation/virt/kvm/devices/arm-vgic.rst (v2), arm-vgic-v3.rst,
 * arm-vgic-its.rst.
 */
#include "gic.h"

#include <errno.h>
#include <stddef.h>

#include "kvm.h"
#include "platform.h"
#include "util.h"

#define GIC_PRIVATE	32	/* SGIs and PPIs: INTIDs below the first SPI */
#define GICV2_CPUS_MAX	8	/* GIC architecture 2.0, 2.2.1: 8 CPU interfaces */

static const char *const gic_names[] = {
	[GIC_AUTO] = "auto",
	[GIC_V2] = "gicv2",
	[GIC_V2M] = "gicv2m",
	[GIC_V3] = "gicv3",
	[GIC_V3_ITS] = "gicv3-its",
};
_Static_assert(ARRAY_SIZE(gic_names) == GIC_KIND_NUM, "a name for each kind");

const char *gic_kind_name(enum gic_kind kind)
{
	return gic_names[kind];
}

enum signals_msi gic_msi(enum gic_kind kind)
{
	if (kind == GIC_V3_ITS)
		return SIGNALS_MSI_ITS;
	return kind == GIC_V2M ? SIGNALS_MSI_V2M : SIGNALS_MSI_NONE;
}

unsigned int gic_spis(enum gic_kind kind)
{
	unsigned int irqs = PLAT_NR_IRQS;

	if (kind == GIC_V2M)
		irqs = PLAT_V2M_INTID + PLAT_V2M_SPIS;
	return irqs - GIC_PRIVATE;
}

static int gic_device(int vm_fd, uint32_t type, int *ret_fd)
{
	struct kvm_create_device dev = { .type = type };
	int r = kvm_ioctl(vm_fd, KVM_CREATE_DEVICE, &dev);

	if (r)
		return r;
	*ret_fd = (int)dev.fd;
	return 0;
}

static int gic_place(int fd, uint64_t type, uint64_t base)
{
	return kvm_set_attr(fd, KVM_DEV_ARM_VGIC_GRP_ADDR, type, &base);
}

static int gic_create_v2(struct gic *gic, int vm_fd)
{
	int r = gic_device(vm_fd, KVM_DEV_TYPE_ARM_VGIC_V2, &gic->fd);

	if (r)
		return r;
	gic->cpu_base = PLAT_GICV2_CPU_BASE;
	gic->cpu_size = PLAT_GICV2_CPU_SIZE;
	r = gic_place(gic->fd, KVM_VGIC_V2_ADDR_TYPE_DIST, PLAT_GIC_DIST_BASE);
	if (r)
		return r;
	return gic_place(gic->fd, KVM_VGIC_V2_ADDR_TYPE_CPU, gic->cpu_base);
}

static int gic_create_v3(struct gic *gic, int vm_fd, unsigned int nr)
{
	int r = gic_device(vm_fd, KVM_DEV_TYPE_ARM_VGIC_V3, &gic->fd);

	if (r)
		return r;
	gic->cpu_size = nr * PLAT_GICV3_REDIST_SIZE;
	gic->cpu_base = PLAT_GIC_DIST_BASE - gic->cpu_size;
	r = gic_place(gic->fd, KVM_VGIC_V3_ADDR_TYPE_DIST, PLAT_GIC_DIST_BASE);
	if (r)
		return r;
	return gic_place(gic->fd, KVM_VGIC_V3_ADDR_TYPE_REDIST, gic->cpu_base);
}

static int gic_create_its(struct gic *gic, int vm_fd)
{
	int r = gic_device(vm_fd, KVM_DEV_TYPE_ARM_VGIC_ITS, &gic->its_fd);

	if (r)
		return r;
	gic->its_base = gic->cpu_base - PLAT_ITS_SIZE;
	r = gic_place(gic->its_fd, KVM_VGIC_ITS_ADDR_TYPE, gic->its_base);
	if (r)
		return r;
	return kvm_set_attr(gic->its_fd, KVM_DEV_ARM_VGIC_GRP_CTRL,
			    KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

static int gic_create_kind(struct gic *gic, int vm_fd, unsigned int nr)
{
	int r;

	if (gic_is_v2(gic->kind))
		return gic_create_v2(gic, vm_fd);
	r = gic_create_v3(gic, vm_fd, nr);
	if (!r && gic->kind == GIC_V3_ITS)
		r = gic_create_its(gic, vm_fd);
	return r;
}

/*
 * The best kind KVM has.  A v3 without ITS exists (KVM on old kernels), so the
 * ITS is taken when it can be made and left out when KVM says -ENODEV.
 */
static int gic_create_auto(struct gic *gic, int vm_fd, unsigned int nr)
{
	int r;

	gic->kind = GIC_V3;
	r = gic_create_v3(gic, vm_fd, nr);
	if (!r) {
		r = gic_create_its(gic, vm_fd);
		if (!r)
			gic->kind = GIC_V3_ITS;
		return r == -ENODEV ? 0 : r;
	}
	if (r != -ENODEV || nr > GICV2_CPUS_MAX)
		return r;

	gic->kind = GIC_V2M;
	return gic_create_v2(gic, vm_fd);
}

static int gic_explain(int r, enum gic_kind kind, struct err *e)
{
	if (r != -ENODEV)
		return err_fault(e, r, "creating the interrupt controller (%s)",
				 gic_kind_name(kind));
	if (kind == GIC_AUTO)
		return err_host(e, r, "KVM offers no GICv3 on this host, and GICv2 is missing too or has only %d vCPUs: ask for fewer with --cpus, or use a host with GICv3",
				GICV2_CPUS_MAX);
	return err_host(e, r, "KVM offers no %s on this host: try another --irqchip, or none to take what there is",
			gic_kind_name(kind));
}

int gic_create(int vm_fd, enum gic_kind kind, unsigned int nr,
	       struct gic *ret, struct err *e)
{
	struct gic gic = { .kind = kind, .fd = -1, .its_fd = -1 };
	int r;

	if (gic_is_v2(kind) && nr > GICV2_CPUS_MAX)
		return err_config(e, "GICv2 serves at most %d vCPUs, %u were asked for: use --irqchip=gicv3 or --cpus=%d",
				  GICV2_CPUS_MAX, nr, GICV2_CPUS_MAX);

	if (kind == GIC_AUTO)
		r = gic_create_auto(&gic, vm_fd, nr);
	else
		r = gic_create_kind(&gic, vm_fd, nr);
	if (r) {
		gic_fini(&gic);
		return gic_explain(r, kind, e);
	}
	*ret = gic;
	return 0;
}

int gic_init(const struct gic *gic, struct err *e)
{
	uint32_t nr_irqs = gic_spis(gic->kind) + GIC_PRIVATE;
	int r;

	r = kvm_set_attr(gic->fd, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr_irqs);
	if (!r)
		r = kvm_set_attr(gic->fd, KVM_DEV_ARM_VGIC_GRP_CTRL,
				 KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
	if (r)
		return err_fault(e, r, "initialising the interrupt controller");
	return 0;
}

void gic_fini(struct gic *gic)
{
	kvm_close(&gic->its_fd);
	kvm_close(&gic->fd);
}
