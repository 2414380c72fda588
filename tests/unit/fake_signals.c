// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fake_signals - doorbells and interrupts without KVM; see fake_signals.h
 */
#include "fake_signals.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "t.h"
#include "util.h"

#define BOUND_MAX	64
#define DOORBELLS_MAX	64
#define INTIDS		1020	/* the first that is no interrupt */

struct signals {
	enum signals_msi msi;
	unsigned int spis;
	unsigned int gsis;
	struct {
		struct fake_msi msi;
		bool routed;
	} gsi[SIGNALS_MSI_MAX];
	struct {
		int fd;
		unsigned int gsi;
	} bound[BOUND_MAX];
	unsigned int nr_bound;
	struct doorbell bell[DOORBELLS_MAX];
	unsigned int nr_bells;
	_Atomic bool line[INTIDS];	/* driven by any thread */
	_Atomic unsigned int line_changes;
	unsigned int sent;
	struct fake_msi last;
};

int signals_create(int vm_fd, enum signals_msi msi, unsigned int spis,
		   struct signals **ret)
{
	struct signals *s = calloc(1, sizeof(*s));

	(void)vm_fd;
	ck_assert_ptr_nonnull(s);
	s->msi = msi;
	s->spis = spis;
	*ret = s;
	return 0;
}

void signals_destroy(struct signals *s)
{
	free(s);
}

enum signals_msi signals_msi(const struct signals *s)
{
	return s->msi;
}

static unsigned int find_bell(const struct signals *s,
			      const struct doorbell *bell)
{
	unsigned int i;

	for (i = 0; i < s->nr_bells; i++)
		if (s->bell[i].gpa == bell->gpa &&
		    s->bell[i].len == bell->len &&
		    s->bell[i].match == bell->match &&
		    (!bell->match || s->bell[i].value == bell->value))
			break;
	return i;
}

/* Who adds twice or takes away what is not there has lost count. */
int signals_doorbell(struct signals *s, const struct doorbell *bell, bool add)
{
	unsigned int i = find_bell(s, bell);

	ck_assert_int_ge(bell->fd, 0);
	if (add) {
		ck_assert_msg(i == s->nr_bells, "a second doorbell at %#llx",
			      (unsigned long long)bell->gpa);
		ck_assert_uint_lt(s->nr_bells, DOORBELLS_MAX);
		s->bell[s->nr_bells++] = *bell;
		return 0;
	}
	ck_assert_msg(i < s->nr_bells && s->bell[i].fd == bell->fd,
		      "no such doorbell at %#llx",
		      (unsigned long long)bell->gpa);
	s->bell[i] = s->bell[--s->nr_bells];
	return 0;
}

int signals_gsi_alloc(struct signals *s, unsigned int *ret)
{
	if (s->msi == SIGNALS_MSI_NONE)
		return -ENODEV;
	if (s->gsis == SIGNALS_MSI_MAX)
		return -ENOSPC;
	*ret = s->spis + s->gsis++;
	return 0;
}

/* What was written before belongs to the route of before. */
static void collect(struct signals *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_bound; i++) {
		unsigned int gsi = s->bound[i].gsi - s->spis;
		eventfd_t count;

		if (eventfd_read(s->bound[i].fd, &count))
			continue;
		ck_assert(s->gsi[gsi].routed);
		s->last = s->gsi[gsi].msi;
		s->sent++;
	}
}

int signals_gsi_route(struct signals *s, unsigned int gsi, uint64_t addr,
		      uint32_t data, uint32_t rid)
{
	ck_assert_uint_ge(gsi, s->spis);
	ck_assert_uint_lt(gsi - s->spis, s->gsis);
	if (addr == FAKE_NOWHERE)
		return -EINVAL;
	collect(s);
	s->gsi[gsi - s->spis].msi = (struct fake_msi){ addr, data, rid };
	s->gsi[gsi - s->spis].routed = true;
	return 0;
}

unsigned int signals_gsi_spi(const struct signals *s, uint32_t intid)
{
	(void)s;
	return intid - 32;
}

/* An eventfd has one GSI (kvm_irqfd_assign() in virt/kvm/eventfd.c). */
int signals_bind(struct signals *s, unsigned int gsi, int fd, bool bind)
{
	unsigned int i;

	ck_assert_uint_ge(gsi, s->spis);
	ck_assert_uint_lt(gsi - s->spis, s->gsis);
	collect(s);
	for (i = 0; i < s->nr_bound && s->bound[i].fd != fd; i++)
		;
	if (!bind) {
		ck_assert_msg(i < s->nr_bound && s->bound[i].gsi == gsi,
			      "descriptor %d is not bound to %u", fd, gsi);
		s->bound[i] = s->bound[--s->nr_bound];
		return 0;
	}
	if (i < s->nr_bound)
		return -EBUSY;
	ck_assert_uint_lt(s->nr_bound, BOUND_MAX);
	s->bound[s->nr_bound].fd = fd;
	s->bound[s->nr_bound++].gsi = gsi;
	collect(s);
	return 0;
}

void signals_line(struct signals *s, uint32_t intid, bool level)
{
	ck_assert_uint_ge(intid, 32);
	ck_assert_uint_lt(intid, INTIDS);
	s->line[intid] = level;
	s->line_changes++;
}

/*
 * The test's side
 */

unsigned int fake_msis(struct signals *s, struct fake_msi *ret)
{
	collect(s);
	if (ret)
		*ret = s->last;
	return s->sent;
}

unsigned int fake_bound(const struct signals *s)
{
	return s->nr_bound;
}

unsigned int fake_doorbells(const struct signals *s)
{
	return s->nr_bells;
}

bool fake_ring(struct signals *s, uint64_t gpa, unsigned int len,
	       uint64_t value)
{
	unsigned int i;

	for (i = 0; i < s->nr_bells; i++) {
		const struct doorbell *bell = &s->bell[i];

		if (bell->gpa != gpa || (bell->len && bell->len != len) ||
		    (bell->match && bell->value != value))
			continue;
		eventfd_write(bell->fd, 1);
		return true;
	}
	return false;
}

bool fake_line(const struct signals *s, uint32_t intid)
{
	return s->line[intid];
}

unsigned int fake_line_changes(const struct signals *s)
{
	return s->line_changes;
}
