// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64/signals - eventfds between the guest's devices and KVM
 *
 * Documentation/virt/kvm/api.rst: 4.59 KVM_IOEVENTFD, 4.75 KVM_IRQFD and 4.52
 * KVM_SET_GSI_ROUTING, of which arm64 has irqchip and MSI entries.  When the GIC
 * is initialised KVM makes one entry for each SPI; they are in our table too,
 * because a new table replaces the old one.
 */
#include "signals.h"

#include <errno.h>
#include <stdlib.h>

#include "irq.h"
#include "kvm.h"
#include "platform.h"
#include "util.h"

#define SPI_BASE	32
#define V2M_SETSPI	0x40	/* MSI_SETSPI_NS, GICv2m (SBSA appendix E) */

struct signals {
	pthread_mutex_t lock;	/* guards all below */
	int vm_fd;		/* not owned */
	enum signals_msi msi;
	unsigned int spis;
	unsigned int msis;	/* GSIs handed out, from spis on */
	struct kvm_irq_routing *table;	/* owned; room for all entries */
};

int signals_create(int vm_fd, enum signals_msi msi, unsigned int spis,
		   struct signals **ret)
{
	size_t room = spis + SIGNALS_MSI_MAX;
	struct signals *s = calloc(1, sizeof(*s));
	unsigned int i;

	if (!s)
		return -ENOMEM;
	s->table = calloc(1, sizeof(*s->table) +
			  room * sizeof(s->table->entries[0]));
	if (!s->table) {
		free(s);
		return -ENOMEM;
	}
	pthread_mutex_init(&s->lock, NULL);
	s->vm_fd = vm_fd;
	s->msi = msi;
	s->spis = spis;
	for (i = 0; i < spis; i++)
		s->table->entries[i] = (struct kvm_irq_routing_entry){
			.gsi = i,
			.type = KVM_IRQ_ROUTING_IRQCHIP,
			.u.irqchip.pin = i,
		};
	s->table->nr = spis;
	*ret = s;
	return 0;
}

void signals_destroy(struct signals *s)
{
	if (!s)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s->table);
	free(s);
}

enum signals_msi signals_msi(const struct signals *s)
{
	return s->msi;
}

int signals_doorbell(struct signals *s, const struct doorbell *bell, bool add)
{
	struct kvm_ioeventfd arg = {
		.datamatch = bell->value,
		.addr = bell->gpa,
		.len = bell->len,
		.fd = bell->fd,
		.flags = (add ? 0 : KVM_IOEVENTFD_FLAG_DEASSIGN) |
			 (bell->match ? KVM_IOEVENTFD_FLAG_DATAMATCH : 0),
	};

	return kvm_ioctl(s->vm_fd, KVM_IOEVENTFD, &arg);
}

int signals_gsi_alloc(struct signals *s, unsigned int *ret)
{
	int r = 0;

	if (s->msi == SIGNALS_MSI_NONE)
		return -ENODEV;
	pthread_mutex_lock(&s->lock);
	if (s->msis == SIGNALS_MSI_MAX)
		r = -ENOSPC;
	else
		*ret = s->spis + s->msis++;
	pthread_mutex_unlock(&s->lock);
	return r;
}

/* Return: 0 or -EINVAL: no interrupt controller answers such a message. */
static int signals_entry(const struct signals *s, uint64_t addr, uint32_t data,
			 uint32_t rid, struct kvm_irq_routing_entry *ret)
{
	if (s->msi == SIGNALS_MSI_ITS) {
		ret->type = KVM_IRQ_ROUTING_MSI;
		ret->flags = KVM_MSI_VALID_DEVID;
		ret->u.msi.address_lo = (uint32_t)addr;
		ret->u.msi.address_hi = (uint32_t)(addr >> 32);
		ret->u.msi.data = data;
		ret->u.msi.devid = rid;
		return 0;
	}
	if (addr != PLAT_V2M_BASE + V2M_SETSPI ||
	    data - PLAT_V2M_INTID >= PLAT_V2M_SPIS)
		return -EINVAL;
	ret->type = KVM_IRQ_ROUTING_IRQCHIP;
	ret->u.irqchip.pin = data - SPI_BASE;
	return 0;
}

/* Entries are in no order; a GSI that was never routed has none. */
static struct kvm_irq_routing_entry *signals_find(struct signals *s,
						  unsigned int gsi)
{
	unsigned int i;

	for (i = s->spis; i < s->table->nr; i++)
		if (s->table->entries[i].gsi == gsi)
			return &s->table->entries[i];
	return &s->table->entries[s->table->nr++];
}

int signals_gsi_route(struct signals *s, unsigned int gsi, uint64_t addr,
		      uint32_t data, uint32_t rid)
{
	struct kvm_irq_routing_entry entry = { .gsi = gsi }, old, *at;
	uint32_t nr;
	int r = signals_entry(s, addr, data, rid, &entry);

	if (r)
		return r;
	pthread_mutex_lock(&s->lock);
	nr = s->table->nr;
	at = signals_find(s, gsi);
	old = *at;
	*at = entry;
	r = kvm_ioctl(s->vm_fd, KVM_SET_GSI_ROUTING, s->table);
	if (r) {
		*at = old;
		s->table->nr = nr;
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

unsigned int signals_gsi_spi(const struct signals *s, uint32_t intid)
{
	(void)s;
	return intid - SPI_BASE;
}

int signals_bind(struct signals *s, unsigned int gsi, int fd, bool bind)
{
	struct kvm_irqfd arg = {
		.fd = (uint32_t)fd,
		.gsi = gsi,
		.flags = bind ? 0 : KVM_IRQFD_FLAG_DEASSIGN,
	};

	return kvm_ioctl(s->vm_fd, KVM_IRQFD, &arg);
}

void signals_line(struct signals *s, uint32_t intid, bool level)
{
	irq_level(s->vm_fd, intid, level);
}
