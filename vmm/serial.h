/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * serial - the guest's 16550A, fast towards the guest and lossless from it
 *
 * DOC: theory of operation
 *
 * National Semiconductor PC16550D data sheet, section 8 (registers).
 *
 * Output.  The guest's bytes go into a buffer (tx) that the event loop writes
 * to the host in one piece, at most SERIAL_TICK_MS after the first; a vCPU
 * thread makes no system call for a byte.  While output flows, KVM itself
 * collects writes of the transmit register in its coalesced-MMIO ring, so that
 * most bytes do not leave the kernel either: the ring is emptied before each
 * exit is handled, and at each tick.  When the guest has been quiet for a
 * while the ring is taken out of the way and the tick stops, so an idle guest
 * costs nothing and no byte can stay behind unseen.
 *
 * When the host takes nothing (a stopped terminal), LSR tells the guest that
 * the transmitter is full.  A guest that writes without looking waits, for at
 * most SERIAL_STALL_MS in all until the host takes something; after that its
 * bytes are lost, as on a real port, and counted.
 *
 * Input.  Bytes from the host wait in a buffer (rx), and the host is only read
 * while there is room.  Drivers empty a port when they open it (RBR is read,
 * FCR clears the FIFO), which would swallow what was typed or piped during
 * boot; so the guest sees input only when it listens: it has enabled the
 * receive interrupt, or it polls, seen as SERIAL_POLLS reads of LSR with no
 * other access between them.
 *
 * Locking: @lock guards the registers and both buffers.  vCPU threads call
 * the bus operations and serial_drain(); all other functions are the event
 * loop's.
 */
#ifndef VMM_SERIAL_H
#define VMM_SERIAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arm64/irq.h"
#include "kvm.h"
#include "mmio.h"

#define SERIAL_TX_SIZE	65536		/* powers of two */
#define SERIAL_RX_SIZE	4096
#define SERIAL_TICK_MS	10
#define SERIAL_QUIET_TICKS 50		/* without a byte: stop the tick */
#define SERIAL_STALL_MS	1000
#define SERIAL_POLLS	4

/* What the serial port needs from the VM around it. */
struct serial_host {
	void (*wake)(void *opaque);	/* make the event loop look again */
	bool (*stopping)(void *opaque);	/* the VM ends: do not wait */
	void *opaque;
};

struct serial {
	pthread_mutex_t lock;
	pthread_cond_t room;		/* tx has room again */
	struct irq_line irq;
	struct serial_host host;
	uint64_t base;			/* guest physical address of THR */

	struct serial_regs {
		uint8_t ier, lcr, mcr, fcr, scr, dll, dlm;
		uint8_t looped;		/* byte sent to itself, MCR loopback */
		bool looped_ready;
		bool thri;		/* "transmitter empty" not yet seen */
		unsigned int polls;	/* LSR reads in a row */
	} regs;

	/* tx and rx are rings: positions run on, masked when used */
	uint32_t tx_head, tx_tail;	/* written up to, taken up to */
	uint32_t rx_head, rx_tail;
	bool rx_was_full;		/* the loop waits for room in rx */
	bool stalled;			/* the host took nothing for too long */
	uint64_t lost;			/* output bytes */

	struct kvm_coalesced_mmio_ring *ring;	/* NULL: kernel has none */
	bool coalescing;		/* the zone is registered */
	bool active;			/* the tick runs */
	unsigned int quiet;		/* ticks without a byte */

	uint8_t tx[SERIAL_TX_SIZE];
	uint8_t rx[SERIAL_RX_SIZE];
};

extern const struct mmio_ops serial_ops;

/**
 * serial_init() - empty buffers, and no VM yet
 * @s:    filled; large, so not on the stack
 * @host: copied
 */
void serial_init(struct serial *s, const struct serial_host *host);

/**
 * serial_attach() - a port in its reset state, for a new VM
 * @vm_fd: VM, for the interrupt and the coalesced zone
 * @base:  guest physical address
 * @intid: interrupt
 *
 * The buffers stay, so that neither input nor output is lost when the guest
 * resets.  No vCPU runs.
 */
void serial_attach(struct serial *s, int vm_fd, uint64_t base, uint32_t intid);

/** serial_set_ring() - the VM's coalesced-MMIO ring, or NULL; no vCPU runs */
void serial_set_ring(struct serial *s, struct kvm_coalesced_mmio_ring *ring);

/** serial_drain() - take in what KVM has collected; on every vCPU exit */
void serial_drain(struct serial *s);

/**
 * serial_tick() - drain, and decide whether to look again
 *
 * Return: milliseconds after which to call it again, -1 for "when woken".
 */
int serial_tick(struct serial *s);

/** serial_tx_peek() - bytes to write to the host, contiguous; *ret stays
 * valid until serial_tx_done().  Return: how many, 0 for none. */
size_t serial_tx_peek(struct serial *s, const uint8_t **ret);

/** serial_tx_done() - the host took @n of them (or they are given up) */
void serial_tx_done(struct serial *s, size_t n);

/** serial_rx_room() - bytes that serial_rx_put() will take now; when it
 * returns 0 the loop is woken once there is room */
size_t serial_rx_room(struct serial *s);

/** serial_rx_put() - input for the guest, at most serial_rx_room() bytes */
void serial_rx_put(struct serial *s, const uint8_t *data, size_t len);

#endif /* VMM_SERIAL_H */
