/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci - a PCI function, and the host bridge that it is behind
 *
 * PCI Local Bus Specification 3.0 (conventional configuration space, MSI-X) and
 * PCI Express Base 5.0, 7.2.2 (ECAM).  One bus, no bridges.  A function has
 * configuration space, up to six BARs of memory, MSI-X and an interrupt pin.
 *
 * Everything here is at the mercy of the guest: registers are accessed by vCPU
 * threads at once, with any width, and BARs are moved while others read them.
 * Configuration space is guarded by the bridge's lock; an access to a BAR takes
 * no lock and reaches the device's own handlers.
 */
#ifndef INCLUDE_PCI_H
#define INCLUDE_PCI_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "gmem.h"
#include "mmio.h"
#include "signals.h"

#define PCI_SLOTS	32	/* devices of one bus, each with one function */
#define PCI_BARS	6
#define PCI_CONFIG_SIZE	256	/* conventional: ECAM beyond it reads as 0 */
#define PCI_MSIX_MAX	32	/* vectors of a function */
#define PCI_MSIX_BAR_SIZE 0x1000	/* table, then pending bits */

struct pci_function;

struct pci_ops {
	/*
	 * A BAR has a new place, or none (0); under the bridge's lock.  May be
	 * NULL.
	 */
	void (*moved)(struct pci_function *fn, unsigned int bar, uint64_t addr);
	/*
	 * A configuration register of the function's own capabilities is read
	 * or was written; under the bridge's lock.  May be NULL.
	 */
	void (*config_read)(struct pci_function *fn, unsigned int offset,
			    unsigned int len);
	void (*config_write)(struct pci_function *fn, unsigned int offset,
			     unsigned int len);
};

struct pci_bar {
	uint64_t size;		/* a power of two, at least 4 KiB; 0: none */
	bool wide;		/* 64-bit, prefetchable; takes two registers */
	const struct mmio_ops *ops;
	void *dev;		/* not owned */
	_Atomic uint64_t addr;	/* where it answers; 0: nowhere */
};

/* One vector: what the guest wrote, and how it is delivered. */
struct pci_vector {
	uint32_t addr_lo, addr_hi, data, control;
	unsigned int gsi;
	bool has_gsi;
	bool routed;		/* gsi leads where addr and data say */
};

/*
 * An eventfd that is to interrupt the guest by a vector, from
 * pci_msix_attach() on, through masking, unmasking and changes of the vector.
 */
struct pci_call {
	int fd;			/* not owned */
	uint16_t vector;
	bool bound;		/* KVM delivers it */
	struct pci_call *next;
};

struct pci_msix {
	pthread_mutex_t lock;	/* guards all below */
	unsigned int nr;	/* vectors; 0: the function has no MSI-X */
	unsigned int cap;	/* offset of the capability */
	bool enabled, masked;	/* message control */
	struct pci_vector vector[PCI_MSIX_MAX];
	struct pci_call *calls;
};

struct pci_bridge;

struct pci_function {
	const struct pci_ops *ops;
	struct pci_bridge *bridge;	/* not owned */
	unsigned int slot;
	uint8_t config[PCI_CONFIG_SIZE];
	uint8_t writable[PCI_CONFIG_SIZE];	/* bits that a write changes */
	unsigned int caps_end;		/* first free byte for a capability */
	unsigned int last_cap;		/* offset of the last one, 0: none */
	struct pci_bar bar[PCI_BARS];
	struct pci_msix msix;
	_Atomic bool intx;		/* the function asserts its pin */
};

/* What a function is, for pci_function_init(). */
struct pci_identity {
	uint16_t vendor, device;
	uint16_t subvendor, subdevice;
	uint8_t revision;
	uint8_t class, subclass, prog_if;
};

/** pci_function_init() - a function without BARs and capabilities, zeroed by
 * this */
void pci_function_init(struct pci_function *fn, const struct pci_ops *ops,
		       const struct pci_identity *id);

/** pci_add_bar() - give it a BAR; before it is on a bus.
 *
 * @bar: 0 to 5; with @wide the next register is taken too
 */
void pci_add_bar(struct pci_function *fn, unsigned int bar, uint64_t size,
		 bool wide, const struct mmio_ops *ops, void *dev);

/**
 * pci_add_cap() - add a capability
 * @body: what follows ID and next pointer, @len bytes; read-only
 *
 * Return: its offset, or -ENOSPC.
 */
int pci_add_cap(struct pci_function *fn, uint8_t id, const void *body,
		unsigned int len);

/**
 * pci_add_msix() - give it MSI-X with the table in a BAR of its own
 * @nr: vectors, 1 to PCI_MSIX_MAX
 *
 * Where the machine has no MSIs nothing is added.  Return: 0 or -ENOSPC.
 */
int pci_add_msix(struct pci_function *fn, struct signals *signals,
		 unsigned int bar, unsigned int nr);

/** pci_msix_enabled() - the function sends MSIs; else it uses its pin */
bool pci_msix_enabled(struct pci_function *fn);

/**
 * pci_msix_attach() - from now on what is written to call->fd is the interrupt
 * of call->vector
 *
 * A vector there is not: nothing is ever delivered.  While the vector is masked
 * the eventfd keeps what is written.  The caller owns @call and detaches it.
 */
void pci_msix_attach(struct pci_function *fn, struct pci_call *call);
/** pci_msix_detach() - legal on one that is not attached */
void pci_msix_detach(struct pci_function *fn, struct pci_call *call);

/** pci_intx() - assert or release the interrupt pin; any thread */
void pci_intx(struct pci_function *fn, bool level);

/** pci_config_get() - up to 4 bytes of configuration space, as stored */
uint32_t pci_config_get(const struct pci_function *fn, unsigned int offset,
			unsigned int len);
/** pci_config_put() - store, past the mask of writable bits */
void pci_config_put(struct pci_function *fn, unsigned int offset,
		    unsigned int len, uint32_t value);

/*
 * The bridge: three ranges on the machine's bus, ECAM and two windows.
 */
struct pci_bridge {
	struct signals *signals;	/* not owned */
	pthread_mutex_t lock;		/* guards configuration space */
	pthread_mutex_t intx_lock;	/* guards intx_lines */
	uint32_t intid;			/* of INTA#, the others follow */
	bool line[4];			/* what the controller was told */
	unsigned int nr;		/* functions, in slots 0 .. nr - 1 */
	struct pci_function *slot[PCI_SLOTS];	/* not owned */
	uint64_t mem32, mem32_size;
	uint64_t mem64, mem64_size;
};

/* What the machine's bus dispatches to; @dev is the bridge. */
extern const struct mmio_ops pci_ecam_ops;
extern const struct mmio_ops pci_mem32_ops;
extern const struct mmio_ops pci_mem64_ops;

/** pci_bridge_init() - an empty bus; windows and intid are the caller's */
void pci_bridge_init(struct pci_bridge *b, struct signals *signals);

/** pci_bridge_add() - put a function into the next slot.  Return: 0, -ENOSPC */
int pci_bridge_add(struct pci_bridge *b, struct pci_function *fn);

/** pci_function_fini() - release what MSI-X has bound; no vCPU runs */
void pci_function_fini(struct pci_function *fn);

#endif /* INCLUDE_PCI_H */
