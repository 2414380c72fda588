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
 * When the host takes nothing (a stopped terminal, a slow reader), LSR tells the
 * guest that the transmitter is full, and a guest that writes without looking
 * waits.  Nothing is lost; the VM can be stopped at any time.
 *
 * Input.  Bytes from the host wait in a buffer (rx), and the host is only read
 * while there is room.  Two things would lose them in the guest all the same.
 * Drivers empty a port when they open it (RBR is read, FCR clears the FIFO),
 * which would swallow what was typed or piped during boot; so the guest sees
 * input only when it listens: it has enabled the receive interrupt, or it
 * polls, seen as SERIAL_POLLS reads of LSR with nothing but data between them.
 * And a driver's buffers overflow when bytes come faster than any line: they
 * are shown in bursts of SERIAL_RX_BURST, with a tick of rest after each has
 * been read, which is about 115200 baud.
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
#include "line.h"
#include "mmio.h"

#define SERIAL_TX_SIZE	65536		/* powers of two */
#define SERIAL_RX_SIZE	4096
#define SERIAL_TICK_MS	10
#define SERIAL_QUIET_MS	500		/* without a byte: stop the tick */
#define SERIAL_POLLS	4
#define SERIAL_RX_BURST	128

/* What the serial port needs from the VM around it. */
struct serial_host {
	void (*wake)(void *opaque);	/* make the event loop look again */
	void *opaque;
};

/* Pacing of input: what the guest has read of what it was shown. */
enum serial_rx_state {
	SERIAL_RX_SHOWN,	/* something left, or nothing there at all */
	SERIAL_RX_DRAINED,	/* all: the loop is to start a rest */
	SERIAL_RX_RESTING,	/* until rest_until, then more is shown */
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
	uint32_t rx_shown;		/* the guest sees bytes before this */
	enum serial_rx_state rx_state;
	bool rx_was_full;		/* the loop waits for room in rx */
	bool closing;			/* the VM ends: nobody waits for room */

	struct kvm_coalesced_mmio_ring *ring;	/* NULL: kernel has none */
	bool coalescing;		/* the zone is registered */
	bool active;			/* the tick runs */
	bool spoke;			/* a byte came since the last tick */
	int64_t quiet_at;		/* ms: when silence becomes quiet */
	int64_t rest_until;		/* ms: end of SERIAL_RX_RESTING */

	uint8_t tx[SERIAL_TX_SIZE];
	uint8_t rx[SERIAL_RX_SIZE];
};

extern const struct mmio_ops serial_ops;
extern const struct line_ops serial_line_ops;

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

/** serial_release() - the VM ends: let waiting vCPU threads go */
void serial_release(struct serial *s);

/**
 * serial_drain() - take in what KVM has collected; on every vCPU exit
 *
 * What was written before the exit comes before what the exit writes: waits
 * for room, until all is taken in or serial_release() is called.
 */
void serial_drain(struct serial *s);

/**
 * serial_tick() - drain as far as there is room, and decide when to look again
 * @now: CLOCK_MONOTONIC in ms
 *
 * When the transmit buffer is empty after it, then so is KVM's ring.
 *
 * Return: milliseconds after which to call it again, -1 for "when woken".
 */
int serial_tick(struct serial *s, int64_t now);

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
