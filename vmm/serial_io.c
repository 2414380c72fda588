// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * serial_io - the serial port's buffers, KVM's ring, and the tick
 */
#include "serial_io.h"

#include <errno.h>
#include <string.h>

#include "arm64/platform.h"
#include "serial.h"
#include "util.h"

#define TX_MASK (SERIAL_TX_SIZE - 1)
#define RX_MASK (SERIAL_RX_SIZE - 1)

_Static_assert(!(SERIAL_TX_SIZE & TX_MASK) && !(SERIAL_RX_SIZE & RX_MASK),
	       "ring positions are masked");

/* Entries of the ring: Documentation/virt/kvm/api.rst, 4.116; the page after
 * its header is filled with them (virt/kvm/coalesced_mmio.h). */
static uint32_t ring_entries(void)
{
	size_t room = (size_t)sysconf(_SC_PAGESIZE) -
		sizeof(struct kvm_coalesced_mmio_ring);

	return (uint32_t)(room / sizeof(struct kvm_coalesced_mmio));
}

static uint32_t tx_used(const struct serial *s)
{
	return s->tx_head - s->tx_tail;
}

bool serial_tx_full_(const struct serial *s)
{
	return tx_used(s) == SERIAL_TX_SIZE;
}

/* The FIFO that the device tree promises, and what KVM's ring may hold. */
bool serial_tx_ready_(const struct serial *s)
{
	return tx_used(s) <= SERIAL_TX_SIZE - 2 * PLAT_UART_FIFO;
}

static void serial_zone(struct serial *s, bool on)
{
	struct kvm_coalesced_mmio_zone zone = { .addr = s->base, .size = 1 };

	if (!s->ring || s->coalescing == on)
		return;
	if (!kvm_ioctl(s->irq.vm_fd, on ? KVM_REGISTER_COALESCED_MMIO :
		       KVM_UNREGISTER_COALESCED_MMIO, &zone))
		s->coalescing = on;
}

void serial_tx_begin_(struct serial *s)
{
	if (!s->active) {
		s->active = true;
		s->spoke = true;
		serial_zone(s, true);
		s->host.wake(s->host.opaque);
	}
	while (serial_tx_full_(s) && !s->closing) {
		s->host.wake(s->host.opaque);
		pthread_cond_wait(&s->room, &s->lock);
	}
}

void serial_tx_put_(struct serial *s, uint8_t byte)
{
	s->spoke = true;
	if (serial_tx_full_(s))
		return;
	s->tx[s->tx_head++ & TX_MASK] = byte;
	/* sooner than the next tick when a burst fills half of the buffer */
	if (tx_used(s) == SERIAL_TX_SIZE / 2)
		s->host.wake(s->host.opaque);
}

/*
 * Take entries from KVM's ring while there is room for what they may write.
 * KVM is the producer and moves "last" with a write barrier after the entry
 * (virt/kvm/coalesced_mmio.c); nobody but the holder of the lock moves "first".
 * Only this port has a zone, so each entry is a byte for THR.
 */
static void serial_drain_locked(struct serial *s)
{
	uint32_t entries = ring_entries();
	uint32_t first, last;

	if (!s->ring)
		return;
	first = __atomic_load_n(&s->ring->first, __ATOMIC_RELAXED);
	last = __atomic_load_n(&s->ring->last, __ATOMIC_ACQUIRE);
	if (first == last || first >= entries || last >= entries)
		return;

	while (first != last && !serial_tx_full_(s)) {
		const struct kvm_coalesced_mmio *m =
			&s->ring->coalesced_mmio[first];

		serial_write_locked_(s, 0, m->data[0]);
		first = (first + 1) % entries;
	}
	__atomic_store_n(&s->ring->first, first, __ATOMIC_RELEASE);
	serial_update_irq_(s);
}

static bool serial_ring_empty(const struct serial *s)
{
	return !s->ring ||
	       __atomic_load_n(&s->ring->first, __ATOMIC_RELAXED) ==
	       __atomic_load_n(&s->ring->last, __ATOMIC_RELAXED);
}

void serial_drain(struct serial *s)
{
	/* an early look without the lock: most exits find nothing */
	if (serial_ring_empty(s))
		return;
	pthread_mutex_lock(&s->lock);
	serial_drain_locked(s);
	while (serial_tx_full_(s) && !serial_ring_empty(s) && !s->closing) {
		s->host.wake(s->host.opaque);
		pthread_cond_wait(&s->room, &s->lock);
		serial_drain_locked(s);
	}
	pthread_mutex_unlock(&s->lock);
}

/* Show the guest the next burst. */
static void serial_rx_show(struct serial *s)
{
	uint32_t waiting = s->rx_head - s->rx_tail;

	s->rx_shown = s->rx_tail + (waiting < SERIAL_RX_BURST ? waiting :
				    SERIAL_RX_BURST);
	s->rx_state = SERIAL_RX_SHOWN;
	serial_update_irq_(s);
}

/* Return: ms until more is to be shown, -1 when the guest has not read all. */
static int serial_rx_tick(struct serial *s, int64_t now)
{
	if (s->rx_state == SERIAL_RX_DRAINED) {
		s->rx_state = SERIAL_RX_RESTING;
		s->rest_until = now + SERIAL_TICK_MS;
	}
	if (s->rx_state != SERIAL_RX_RESTING)
		return -1;
	if (now < s->rest_until)
		return (int)(s->rest_until - now);
	serial_rx_show(s);
	return -1;
}

/* Return: ms until the next look at the ring, -1 when the guest is quiet. */
static int serial_tx_tick(struct serial *s, int64_t now)
{
	if (s->spoke)
		s->quiet_at = now + SERIAL_QUIET_MS;
	s->spoke = false;
	if (s->active && now >= s->quiet_at) {
		serial_zone(s, false);
		serial_drain_locked(s);	/* what came in before it was gone */
		s->active = s->spoke;
	}
	return s->active ? SERIAL_TICK_MS : -1;
}

int serial_tick(struct serial *s, int64_t now)
{
	int rx, tx;

	pthread_mutex_lock(&s->lock);
	serial_drain_locked(s);
	tx = serial_tx_tick(s, now);
	rx = serial_rx_tick(s, now);
	pthread_mutex_unlock(&s->lock);
	if (rx < 0 || tx < 0)
		return rx < 0 ? tx : rx;
	return rx < tx ? rx : tx;
}

size_t serial_tx_peek(struct serial *s, const uint8_t **ret)
{
	uint32_t tail, n;

	pthread_mutex_lock(&s->lock);
	tail = s->tx_tail & TX_MASK;
	n = tx_used(s);
	if (n > SERIAL_TX_SIZE - tail)
		n = SERIAL_TX_SIZE - tail;
	pthread_mutex_unlock(&s->lock);
	*ret = &s->tx[tail];
	return n;
}

void serial_tx_done(struct serial *s, size_t n)
{
	pthread_mutex_lock(&s->lock);
	s->tx_tail += (uint32_t)n;
	serial_update_irq_(s);
	pthread_cond_broadcast(&s->room);
	pthread_mutex_unlock(&s->lock);
}

uint8_t serial_rx_get_(struct serial *s)
{
	uint8_t byte = s->rx[s->rx_tail++ & RX_MASK];
	bool wake = false;

	/* half empty: one wake-up for many bytes */
	if (s->rx_was_full && s->rx_head - s->rx_tail <= SERIAL_RX_SIZE / 2) {
		s->rx_was_full = false;
		wake = true;
	}
	if (s->rx_tail == s->rx_shown && s->rx_tail != s->rx_head) {
		s->rx_state = SERIAL_RX_DRAINED;
		wake = true;
	}
	if (wake)
		s->host.wake(s->host.opaque);
	return byte;
}

size_t serial_rx_room(struct serial *s)
{
	size_t room;

	pthread_mutex_lock(&s->lock);
	room = SERIAL_RX_SIZE - (s->rx_head - s->rx_tail);
	if (!room)
		s->rx_was_full = true;
	if (s->rx_was_full)
		room = 0;
	pthread_mutex_unlock(&s->lock);
	return room;
}

void serial_rx_put(struct serial *s, const uint8_t *data, size_t len)
{
	pthread_mutex_lock(&s->lock);
	while (len--)
		s->rx[s->rx_head++ & RX_MASK] = *data++;
	if (s->rx_state == SERIAL_RX_SHOWN)
		serial_rx_show(s);
	pthread_mutex_unlock(&s->lock);
}

void serial_init(struct serial *s, const struct serial_host *host)
{
	/* the buffers stay untouched: they are never read before written */
	memset(s, 0, offsetof(struct serial, tx));
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->room, NULL);
	s->host = *host;
}

void serial_attach(struct serial *s, int vm_fd, uint64_t base, uint32_t intid)
{
	s->irq = (struct irq_line){ .vm_fd = vm_fd, .intid = intid };
	s->base = base;
	s->regs = (struct serial_regs){ .ier = 0 };
	s->ring = NULL;
	s->coalescing = false;
	s->active = false;
	s->closing = false;
}

void serial_release(struct serial *s)
{
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_cond_broadcast(&s->room);
	pthread_mutex_unlock(&s->lock);
}

void serial_set_ring(struct serial *s, struct kvm_coalesced_mmio_ring *ring)
{
	s->ring = ring;
}

static int serial_line_tick(void *dev, int64_t now)
{
	return serial_tick(dev, now);
}

static size_t serial_line_peek(void *dev, const uint8_t **ret)
{
	return serial_tx_peek(dev, ret);
}

static void serial_line_done(void *dev, size_t n)
{
	serial_tx_done(dev, n);
}

static size_t serial_line_room(void *dev)
{
	return serial_rx_room(dev);
}

static void serial_line_put(void *dev, const uint8_t *data, size_t len)
{
	serial_rx_put(dev, data, len);
}

const struct line_ops serial_line_ops = {
	.tick = serial_line_tick,
	.tx_peek = serial_line_peek,
	.tx_done = serial_line_done,
	.rx_room = serial_line_room,
	.rx_put = serial_line_put,
};
