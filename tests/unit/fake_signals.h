/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_signals - signals.h without KVM, and what a guest would see of it
 *
 * Takes the place of arm64/signals.c in a program that calls one of the
 * functions below.  As with KVM an eventfd is bound once, what is in it when it
 * is bound is an interrupt, and so is all that is written to it until it is not
 * bound any more; an address has one doorbell.
 */
#ifndef TESTS_UNIT_FAKE_SIGNALS_H
#define TESTS_UNIT_FAKE_SIGNALS_H

#include "signals.h"

/* signals_gsi_route() refuses it: nothing answers there. */
#define FAKE_NOWHERE	UINT64_C(0xdead0000)

struct fake_msi {
	uint64_t addr;
	uint32_t data;
	uint32_t rid;
};

/** fake_msis() - how many MSIs were sent until now; the last of them in @ret,
 * which may be NULL */
unsigned int fake_msis(struct signals *s, struct fake_msi *ret);

/** fake_bound() - eventfds that are bound now */
unsigned int fake_bound(const struct signals *s);

/** fake_doorbells() - doorbells there are */
unsigned int fake_doorbells(const struct signals *s);

/** fake_ring() - the guest writes; Return: false: no doorbell has caught it */
bool fake_ring(struct signals *s, uint64_t gpa, unsigned int len,
	       uint64_t value);

/** fake_line() - the level of an SPI */
bool fake_line(const struct signals *s, uint32_t intid);

/** fake_line_changes() - how often any line was driven */
unsigned int fake_line_changes(const struct signals *s);

#endif /* TESTS_UNIT_FAKE_SIGNALS_H */
