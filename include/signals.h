/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signals - eventfds between the guest's devices and KVM
 *
 * Doorbells: a write of the guest to an address makes an eventfd readable,
 * without an exit to user space (KVM_IOEVENTFD).  Interrupts: a write to an
 * eventfd becomes an interrupt of the guest, without a further system call
 * (KVM_IRQFD and KVM_SET_GSI_ROUTING).  Devices know only these functions, not
 * KVM and not the interrupt controller.
 *
 * A GSI is what an eventfd is bound to.  The first SIGNALS_SPIS are the SPIs
 * of the machine; signals_gsi_alloc() makes others, for MSIs.
 *
 * Set up on the main thread before the first vCPU runs; after that any thread
 * may call, each function takes the lock of the object.
 */
#ifndef INCLUDE_SIGNALS_H
#define INCLUDE_SIGNALS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"

/* GSIs of MSIs in one VM: each of 32 functions may have one for each queue and one
 * for its configuration; KVM has 4096 routes (KVM_CAP_IRQ_ROUTING). */
#define SIGNALS_MSI_MAX (32 * 21)

/* What turns a device's MSI into an interrupt. */
enum signals_msi {
	SIGNALS_MSI_NONE,	/* devices use their interrupt lines */
	SIGNALS_MSI_ITS,	/* GICv3: the ITS, by device ID */
	SIGNALS_MSI_V2M,	/* GICv2m: the data is an SPI */
};

struct signals;

/**
 * signals_create() - for one VM
 * @vm_fd:  not owned
 * @msi:    what the machine has
 * @spis:   number of SPIs of the interrupt controller
 * @ret:    the caller's, for signals_destroy(); untouched on failure
 *
 * Return: 0 or -ENOMEM.
 */
int signals_create(int vm_fd, enum signals_msi msi, unsigned int spis,
		   struct signals **ret);

/** signals_destroy() - NULL is legal; descriptors bound stay their owners' */
void signals_destroy(struct signals *s);

/** signals_msi() - whether and how devices can send MSIs */
enum signals_msi signals_msi(const struct signals *s);

/* A doorbell: writes of @len bytes at @gpa that have @value, any with !match. */
struct doorbell {
	uint64_t gpa;
	unsigned int len;	/* 1, 2, 4 or 8; 0: any length, match must be false */
	bool match;
	uint64_t value;
	int fd;			/* eventfd, not owned */
};

/** signals_doorbell() - add or remove; a removed one may still have been rung.
 *
 * Return: 0 or -errno: the address is a device's and must be answered without.
 */
int signals_doorbell(struct signals *s, const struct doorbell *bell, bool add);

/** signals_gsi_alloc() - a GSI for one MSI vector, kept until the VM ends.
 *
 * Return: 0, -ENODEV (no MSIs here), -ENOSPC.
 */
int signals_gsi_alloc(struct signals *s, unsigned int *ret);

/**
 * signals_gsi_route() - where an MSI goes
 * @gsi:  from signals_gsi_alloc()
 * @addr: what the guest wrote into the vector, any value
 * @data: likewise
 * @rid:  requester ID of the device
 *
 * Return: 0, or -errno: nothing answers at @addr, and nothing is sent.
 */
int signals_gsi_route(struct signals *s, unsigned int gsi, uint64_t addr,
		      uint32_t data, uint32_t rid);

/** signals_gsi_spi() - the GSI of an SPI, by INTID; edge-triggered use only */
unsigned int signals_gsi_spi(const struct signals *s, uint32_t intid);

/**
 * signals_bind() - what is written to @fd interrupts the guest, or no longer
 * @fd:  eventfd; what is in it when it is bound is delivered then
 *
 * Return: 0 or -errno.
 */
int signals_bind(struct signals *s, unsigned int gsi, int fd, bool bind);

/** signals_line() - drive the line of an SPI that is level-triggered */
void signals_line(struct signals *s, uint32_t intid, bool level);

#endif /* INCLUDE_SIGNALS_H */
