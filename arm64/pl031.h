/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arm64/pl031 - real-time clock
 *
 * Arm PrimeCell Real Time Clock (PL031), Technical Reference Manual,
 * ARM DDI 0224, chapter 3: registers.  Time is the host's CLOCK_REALTIME plus
 * an offset that the guest sets through RTCLR.
 */
#ifndef ARM64_PL031_H
#define ARM64_PL031_H

#include <pthread.h>
#include <stdint.h>

#include "irq.h"
#include "mmio.h"

struct pl031 {
	pthread_mutex_t lock;		/* guards all below */
	struct irq_line irq;
	uint32_t offset;		/* guest time minus host time, s */
	uint32_t load;			/* last value written to RTCLR */
	uint32_t match;			/* RTCMR */
	uint32_t mask;			/* RTCIMSC, bit 0 */
	uint32_t raw;			/* RTCRIS, bit 0 */
	bool armed;			/* RTCMR was written and not yet met */
	void (*changed)(void *opaque);	/* the next alarm may be another */
	void *opaque;
};

extern const struct mmio_ops pl031_ops;

/**
 * pl031_init() - a clock that shows the host's time, no alarm
 * @changed: called on a vCPU thread, without the lock, after the guest has
 *           moved its alarm, so that the event loop asks pl031_poll() again
 */
void pl031_init(struct pl031 *rtc, int vm_fd, uint32_t intid,
		void (*changed)(void *opaque), void *opaque);

/**
 * pl031_poll() - raise a due alarm; by the event loop
 *
 * Return: milliseconds to the next alarm, -1 when none is set.
 */
int pl031_poll(struct pl031 *rtc);

#endif /* ARM64_PL031_H */
