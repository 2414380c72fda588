// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pci_msix - message-signalled interrupts: PCI Local Bus 3.0, 6.8.2
 *
 * A vector that may send has its GSI routed to where the guest said and the
 * eventfds of its users bound to that; in any other state they are not bound,
 * and an eventfd remembers by itself that something is pending.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>

#include "pci.h"
#include "pci_config.h"
#include "util.h"

#define MSIX_ENTRY_SIZE	16
#define MSIX_PENDING	0x800	/* offset of the pending bits in the BAR */
#define MSIX_FLAGS	2	/* of the capability: message control */

static bool msix_may_send(const struct pci_msix *m, unsigned int i)
{
	return m->enabled && !m->masked &&
	       !(m->vector[i].control & PCI_MSIX_ENTRY_CTRL_MASKBIT);
}

/* Return: whether the vector's GSI leads where the guest wants it. */
static bool msix_route(struct pci_function *fn, struct pci_vector *v)
{
	struct signals *signals = fn->bridge->signals;
	uint64_t addr = (uint64_t)v->addr_hi << 32 | v->addr_lo;

	if (!v->has_gsi)
		v->has_gsi = !signals_gsi_alloc(signals, &v->gsi);
	if (v->has_gsi && !v->routed)
		v->routed = !signals_gsi_route(signals, v->gsi, addr, v->data,
					       fn->slot << 3);
	return v->routed;
}

static void msix_bind(struct pci_function *fn, struct pci_call *call, bool bind)
{
	const struct pci_vector *v = &fn->msix.vector[call->vector];

	if (call->bound == bind)
		return;
	if (!signals_bind(fn->bridge->signals, v->gsi, call->fd, bind))
		call->bound = bind;
}

/* Bring the users of vector @i to what its state says; under the lock. */
static void msix_update(struct pci_function *fn, unsigned int i)
{
	struct pci_msix *m = &fn->msix;
	bool send = false;
	struct pci_call *call;

	for (call = m->calls; call; call = call->next) {
		if (call->vector != i)
			continue;
		if (!send)
			send = msix_may_send(m, i) &&
			       msix_route(fn, &m->vector[i]);
		msix_bind(fn, call, send);
	}
}

static uint32_t *msix_field(struct pci_msix *m, uint64_t offset)
{
	struct pci_vector *v = &m->vector[offset / MSIX_ENTRY_SIZE];
	uint32_t *const field[] = {
		&v->addr_lo, &v->addr_hi, &v->data, &v->control,
	};

	return field[offset % MSIX_ENTRY_SIZE / 4];
}

/* 6.8.2: whole double words, or two at once where they are one aligned unit */
static bool msix_access_ok(const struct pci_msix *m, uint64_t offset,
			   unsigned int len)
{
	return (len == 4 || len == 8) && offset % len == 0 &&
	       offset < m->nr * UINT64_C(16);
}

static uint64_t msix_pending(struct pci_msix *m)
{
	const struct pci_call *call;
	uint64_t bits = 0;

	for (call = m->calls; call; call = call->next) {
		struct pollfd fd = { .fd = call->fd, .events = POLLIN };

		if (!call->bound && poll(&fd, 1, 0) == 1)
			bits |= BIT(call->vector);
	}
	return bits;
}

static uint64_t msix_read(void *opaque, uint64_t offset, unsigned int len)
{
	struct pci_function *fn = opaque;
	struct pci_msix *m = &fn->msix;
	uint64_t value = 0;

	pthread_mutex_lock(&m->lock);
	if (msix_access_ok(m, offset, len)) {
		value = *msix_field(m, offset);
		if (len == 8)
			value |= (uint64_t)*msix_field(m, offset + 4) << 32;
	} else if (offset == MSIX_PENDING) {
		value = msix_pending(m);
	}
	pthread_mutex_unlock(&m->lock);
	return value;
}

static void msix_put(struct pci_function *fn, uint64_t offset, uint32_t value)
{
	unsigned int i = (unsigned int)(offset / MSIX_ENTRY_SIZE);
	struct pci_vector *v = &fn->msix.vector[i];
	uint32_t *field = msix_field(&fn->msix, offset);

	if (field == &v->control)
		value &= PCI_MSIX_ENTRY_CTRL_MASKBIT;
	if (*field == value)
		return;
	*field = value;
	if (field != &v->control)
		v->routed = false;
}

static void msix_write(void *opaque, uint64_t offset, unsigned int len,
		       uint64_t value)
{
	struct pci_function *fn = opaque;
	struct pci_msix *m = &fn->msix;

	pthread_mutex_lock(&m->lock);
	if (msix_access_ok(m, offset, len)) {
		msix_put(fn, offset, (uint32_t)value);
		if (len == 8)
			msix_put(fn, offset + 4, (uint32_t)(value >> 32));
		msix_update(fn, (unsigned int)(offset / MSIX_ENTRY_SIZE));
	}
	pthread_mutex_unlock(&m->lock);
}

static const struct mmio_ops msix_ops = {
	.read = msix_read,
	.write = msix_write,
};

int pci_add_msix(struct pci_function *fn, struct signals *signals,
		 unsigned int bar, unsigned int nr)
{
	struct {
		uint16_t control;
		uint32_t table, pending;
	} __attribute__((packed)) body = {
		.control = (uint16_t)(nr - 1),
		.table = bar,
		.pending = MSIX_PENDING | bar,
	};
	struct pci_msix *m = &fn->msix;
	unsigned int i;
	int cap;

	if (signals_msi(signals) == SIGNALS_MSI_NONE)
		return 0;
	cap = pci_add_cap(fn, PCI_CAP_ID_MSIX, &body, sizeof(body));
	if (cap < 0)
		return cap;
	fn->writable[cap + MSIX_FLAGS + 1] =
		(PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL) >> 8;
	pci_add_bar(fn, bar, PCI_MSIX_BAR_SIZE, false, &msix_ops, fn);
	m->nr = nr;
	m->cap = (unsigned int)cap;
	for (i = 0; i < nr; i++)
		m->vector[i].control = PCI_MSIX_ENTRY_CTRL_MASKBIT;
	return 0;
}

void pci_msix_written(struct pci_function *fn, unsigned int offset,
		      unsigned int len)
{
	struct pci_msix *m = &fn->msix;
	unsigned int i, flags;

	if (!m->nr || offset + len <= m->cap + MSIX_FLAGS ||
	    offset >= m->cap + MSIX_FLAGS + 2)
		return;
	pthread_mutex_lock(&m->lock);
	flags = pci_config_get(fn, m->cap + MSIX_FLAGS, 2);
	m->enabled = flags & PCI_MSIX_FLAGS_ENABLE;
	m->masked = flags & PCI_MSIX_FLAGS_MASKALL;
	for (i = 0; i < m->nr; i++)
		msix_update(fn, i);
	pthread_mutex_unlock(&m->lock);
}

bool pci_msix_enabled(struct pci_function *fn)
{
	bool enabled;

	pthread_mutex_lock(&fn->msix.lock);
	enabled = fn->msix.enabled;
	pthread_mutex_unlock(&fn->msix.lock);
	return enabled;
}

void pci_msix_attach(struct pci_function *fn, struct pci_call *call)
{
	struct pci_msix *m = &fn->msix;

	if (call->vector >= m->nr)
		return;
	pthread_mutex_lock(&m->lock);
	call->bound = false;
	call->next = m->calls;
	m->calls = call;
	msix_update(fn, call->vector);
	pthread_mutex_unlock(&m->lock);
}

void pci_msix_detach(struct pci_function *fn, struct pci_call *call)
{
	struct pci_msix *m = &fn->msix;
	struct pci_call **at;

	pthread_mutex_lock(&m->lock);
	for (at = &m->calls; *at && *at != call; at = &(*at)->next)
		;
	if (*at) {
		*at = call->next;
		msix_bind(fn, call, false);
	}
	pthread_mutex_unlock(&m->lock);
}

void pci_function_fini(struct pci_function *fn)
{
	while (fn->msix.calls)
		pci_msix_detach(fn, fn->msix.calls);
	pthread_mutex_destroy(&fn->msix.lock);
}
