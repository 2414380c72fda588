// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * signals - doorbells and interrupts without KVM: what may be bound is kept as
 * KVM keeps it, so that a device that loses count is found
 */
#include "signals.h"

#include <errno.h>

#include "fuzz.h"

#define BOUND_MAX	128

struct signals {
	unsigned int gsis;
	unsigned int nr;
	struct {
		int fd;
		unsigned int gsi;
	} bound[BOUND_MAX];
};

static struct signals only_one;

/* The GSIs of an input are given back with the next. */
int signals_create(int vm_fd, enum signals_msi msi, unsigned int spis,
		   struct signals **ret)
{
	(void)vm_fd;
	(void)msi;
	(void)spis;
	only_one = (struct signals){ .gsis = 0 };
	*ret = &only_one;
	return 0;
}

void signals_destroy(struct signals *s)
{
	(void)s;
}

enum signals_msi signals_msi(const struct signals *s)
{
	(void)s;
	return SIGNALS_MSI_ITS;
}

int signals_doorbell(struct signals *s, const struct doorbell *bell, bool add)
{
	(void)s;
	(void)add;
	fuzz_check(bell->fd >= 0);
	return 0;
}

int signals_gsi_alloc(struct signals *s, unsigned int *ret)
{
	if (s->gsis == SIGNALS_MSI_MAX)
		return -ENOSPC;
	*ret = s->gsis++;
	return 0;
}

int signals_gsi_route(struct signals *s, unsigned int gsi, uint64_t addr,
		      uint32_t data, uint32_t rid)
{
	(void)data;
	(void)rid;
	fuzz_check(gsi < s->gsis);
	return addr & 0x100 ? -EINVAL : 0;
}

unsigned int signals_gsi_spi(const struct signals *s, uint32_t intid)
{
	(void)s;
	return SIGNALS_MSI_MAX + intid;
}

/* An eventfd has one GSI (kvm_irqfd_assign() in virt/kvm/eventfd.c). */
int signals_bind(struct signals *s, unsigned int gsi, int fd, bool bind)
{
	unsigned int i;

	fuzz_check(fd >= 0);
	for (i = 0; i < s->nr && s->bound[i].fd != fd; i++)
		;
	if (bind) {
		if (i < s->nr)
			return -EBUSY;
		fuzz_check(s->nr < BOUND_MAX);
		s->bound[s->nr].gsi = gsi;
		s->bound[s->nr++].fd = fd;
		return 0;
	}
	if (i < s->nr && s->bound[i].gsi == gsi)
		s->bound[i] = s->bound[--s->nr];
	return 0;
}

void signals_line(struct signals *s, uint32_t intid, bool level)
{
	(void)s;
	(void)level;
	fuzz_check(intid < 1020);
}
