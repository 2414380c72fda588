// SPDX-License-Identifier: GPL-2.0-or-later
/* exception - interrupts, expected faults, and the end at any other */
#include "guest.h"

/* numbers of the vectors: Arm ARM D1.3, "Exception vectors" */
#define VEC_SYNC	4	/* current EL, SP_ELx */
#define VEC_IRQ		5

#define ESR_EC_SHIFT	26
#define ESR_EC_MASK	0x3f	/* KVM in Linux 6.1 sets all bits above, too */
#define ESR_EC_UNKNOWN	0x00	/* an undefined instruction, among others */
#define ESR_EC_DABT	0x25	/* data abort without a change of EL */

/* Set by the CPU that expects a fault; one at a time does. */
static volatile bool fault_expected;
static volatile bool fault_taken;

void exception(unsigned int vector, struct exc_frame *f);

static bool fault_is_expected(unsigned int vector, uint64_t esr)
{
	uint64_t ec = esr >> ESR_EC_SHIFT & ESR_EC_MASK;

	return vector == VEC_SYNC && fault_expected &&
		(ec == ESR_EC_DABT || ec == ESR_EC_UNKNOWN);
}

void exception(unsigned int vector, struct exc_frame *f)
{
	uint64_t esr = read_sysreg(esr_el1);

	if (vector == VEC_IRQ) {
		gic_dispatch();
		return;
	}
	if (fault_is_expected(vector, esr)) {
		fault_taken = true;
		f->elr += 4;
		return;
	}
	check(false, "exception", "vector %u, ESR %lx, FAR %lx, ELR %lx",
	      vector, esr, read_sysreg(far_el1), f->elr);
	guest_done();
}

void fault_expect(void)
{
	fault_taken = false;
	fault_expected = true;
	isb();
}

bool fault_none(void)
{
	dsb();
	isb();
	fault_expected = false;
	return !fault_taken;
}

bool try_read(uint64_t addr, unsigned int width, uint64_t *val)
{
	uint64_t v = 0, high = 0;

	fault_expect();
	if (width == 1)
		asm volatile("ldrb %w0, [%1]" : "+r" (v) : "r" (addr));
	else if (width == 2)
		asm volatile("ldrh %w0, [%1]" : "+r" (v) : "r" (addr));
	else if (width == 4)
		asm volatile("ldr %w0, [%1]" : "+r" (v) : "r" (addr));
	else if (width == 8)
		asm volatile("ldr %0, [%1]" : "+r" (v) : "r" (addr));
	else
		asm volatile("ldp %0, %1, [%2]" : "+&r" (v), "+&r" (high)
			     : "r" (addr));
	*val = v | high;
	return fault_none();
}

bool try_write(uint64_t addr, unsigned int width, uint64_t val)
{
	fault_expect();
	if (width == 1)
		asm volatile("strb %w0, [%1]" : : "r" (val), "r" (addr));
	else if (width == 2)
		asm volatile("strh %w0, [%1]" : : "r" (val), "r" (addr));
	else if (width == 4)
		asm volatile("str %w0, [%1]" : : "r" (val), "r" (addr));
	else if (width == 8)
		asm volatile("str %0, [%1]" : : "r" (val), "r" (addr));
	else
		asm volatile("stp %0, %0, [%1]" : : "r" (val), "r" (addr));
	return fault_none();
}
