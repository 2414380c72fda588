// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_serial - the 16550A, its buffers, and KVM's ring behind it
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arm64/platform.h"
#include "fake_kvm.h"
#include "t.h"
#include "vmm/serial.h"

#define BASE 0x1000000

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR };

static struct serial s;
static unsigned int wakes;
static int64_t now;

static void on_wake(void *opaque)
{
	(void)opaque;
	wakes++;
}

static void setup(void)
{
	const struct serial_host host = { on_wake, NULL };

	fake_reset();
	wakes = 0;
	serial_init(&s, &host);
	serial_attach(&s, 3, BASE, 32);
}

static uint8_t rd(unsigned int reg)
{
	return (uint8_t)serial_ops.read(&s, reg, 1);
}

static void wr(unsigned int reg, uint8_t value)
{
	serial_ops.write(&s, reg, 1, value);
}

static void put(const char *text)
{
	serial_rx_put(&s, (const uint8_t *)text, strlen(text));
}

/* take everything out of the transmit buffer */
static size_t take(char *buf)
{
	const uint8_t *data;
	size_t n, all = 0;

	while ((n = serial_tx_peek(&s, &data))) {
		memcpy(buf + all, data, n);
		all += n;
		serial_tx_done(&s, n);
	}
	return all;
}

START_TEST(registers_at_reset)
{
	setup();
	ck_assert_uint_eq(rd(IER), 0);
	ck_assert_uint_eq(rd(IIR), 1);
	ck_assert_uint_eq(rd(LSR), 0x60);
	ck_assert_uint_eq(rd(MSR), 0xb0);
	wr(SCR, 0xa5);
	ck_assert_uint_eq(rd(SCR), 0xa5);
}
END_TEST

START_TEST(divisor_latch_hides_data)
{
	char buf[8];

	setup();
	wr(LCR, 0x80);
	wr(DATA, 1);
	wr(IER, 2);
	ck_assert_uint_eq(rd(DATA), 1);
	ck_assert_uint_eq(rd(IER), 2);
	wr(LCR, 3);
	ck_assert_uint_eq(rd(IER), 0);
	ck_assert_uint_eq(take(buf), 0);
}
END_TEST

START_TEST(odd_widths_do_nothing)
{
	char buf[8];

	setup();
	serial_ops.write(&s, DATA, 4, 'x');
	serial_ops.write(&s, SCR, 8, 'x');
	ck_assert_uint_eq(serial_ops.read(&s, LSR, 2), 0);
	ck_assert_uint_eq(rd(SCR), 0);
	ck_assert_uint_eq(take(buf), 0);
}
END_TEST

START_TEST(loopback)
{
	char buf[8];

	setup();
	wr(MCR, 0x1a);		/* loop, OUT2, RTS */
	ck_assert_uint_eq(rd(MSR) & 0xf0, 0x90);
	wr(DATA, 'q');
	ck_assert_uint_eq(rd(LSR) & 1, 1);
	ck_assert_uint_eq(rd(DATA), 'q');
	ck_assert_uint_eq(rd(LSR) & 1, 0);
	ck_assert_uint_eq(take(buf), 0);
}
END_TEST

START_TEST(transmit_interrupt)
{
	setup();
	wr(IER, 2);
	ck_assert(s.irq.level);
	ck_assert_uint_eq(rd(IIR), 2);
	ck_assert(!s.irq.level);	/* reading IIR took it back */
	wr(DATA, 'x');
	ck_assert(s.irq.level);
	wr(IER, 0);
	ck_assert(!s.irq.level);
}
END_TEST

START_TEST(receive_interrupt)
{
	setup();
	put("ab");
	ck_assert(!s.irq.level);
	wr(IER, 1);
	ck_assert(s.irq.level);
	ck_assert_uint_eq(rd(IIR), 4);
	ck_assert_uint_eq(rd(DATA), 'a');
	ck_assert(s.irq.level);
	ck_assert_uint_eq(rd(DATA), 'b');
	ck_assert(!s.irq.level);
}
END_TEST

/* What Linux does to a port when it opens it (serial8250_do_startup()). */
START_TEST(opening_keeps_input)
{
	setup();
	put("login");
	wr(IIR, 0x01);
	wr(IIR, 0x07);
	wr(IIR, 0x00);
	ck_assert_uint_eq(rd(LSR) & 1, 0);
	rd(DATA);
	rd(IIR);
	rd(MSR);
	wr(LCR, 3);
	rd(LSR);
	rd(DATA);
	rd(IIR);
	rd(MSR);
	wr(IER, 5);
	ck_assert_uint_eq(rd(LSR) & 1, 1);
	ck_assert_uint_eq(rd(DATA), 'l');
}
END_TEST

START_TEST(polling_guest_gets_input)
{
	setup();
	put("x");
	for (int i = 0; i < SERIAL_POLLS - 1; i++)
		ck_assert_uint_eq(rd(LSR) & 1, 0);
	ck_assert_uint_eq(rd(LSR) & 1, 1);
	ck_assert_uint_eq(rd(DATA), 'x');
	wr(IIR, 7);
	put("z");
	ck_assert_uint_eq(rd(LSR) & 1, 0);	/* it sets the port up */
}
END_TEST

START_TEST(polling_guest_may_print)
{
	int i;

	setup();
	put("x");
	for (i = 0; i < 2 * SERIAL_POLLS && !(rd(LSR) & 1); i++)
		if (i % 2)
			wr(DATA, '.');
	ck_assert_uint_eq(rd(DATA), 'x');
}
END_TEST

START_TEST(input_room)
{
	uint8_t byte = 'i';

	setup();
	ck_assert_uint_eq(serial_rx_room(&s), SERIAL_RX_SIZE);
	for (int i = 0; i < SERIAL_RX_SIZE; i++)
		serial_rx_put(&s, &byte, 1);
	ck_assert_uint_eq(serial_rx_room(&s), 0);
	wr(IER, 1);
	for (int i = 0; i < SERIAL_RX_SIZE / 2; i++) {
		while (!(rd(LSR) & 1))
			serial_tick(&s, now += SERIAL_TICK_MS);
		ck_assert_uint_eq(rd(DATA), 'i');
	}
	ck_assert_uint_eq(serial_rx_room(&s), SERIAL_RX_SIZE / 2);
}
END_TEST

/* A burst, a rest of one tick, the next burst; one wake-up for each. */
START_TEST(input_is_paced)
{
	uint8_t data[SERIAL_RX_BURST + 1];

	setup();
	wr(IER, 1);
	memset(data, 'p', sizeof(data));
	serial_rx_put(&s, data, sizeof(data));
	for (int i = 0; i < SERIAL_RX_BURST; i++)
		ck_assert_uint_eq(rd(DATA), 'p');
	ck_assert_uint_eq(wakes, 1);
	ck_assert(!s.irq.level);
	serial_rx_put(&s, data, 1);		/* does not shorten the rest */
	ck_assert_uint_eq(rd(LSR) & 1, 0);
	ck_assert_int_eq(serial_tick(&s, now), SERIAL_TICK_MS);
	/* a wake-up of another cause does not shorten the rest */
	ck_assert_int_eq(serial_tick(&s, now + 1), SERIAL_TICK_MS - 1);
	ck_assert_uint_eq(rd(LSR) & 1, 0);
	ck_assert_int_eq(serial_tick(&s, now += SERIAL_TICK_MS), -1);
	ck_assert(s.irq.level);
	ck_assert_uint_eq(rd(DATA), 'p');
	ck_assert_uint_eq(rd(DATA), 'p');
	ck_assert_uint_eq(rd(LSR) & 1, 0);
}
END_TEST

START_TEST(output_in_order_across_the_wrap)
{
	static char buf[SERIAL_TX_SIZE];
	uint8_t next = 0, expect = 0;

	setup();
	for (int round = 0; round < 5; round++) {
		size_t n = SERIAL_TX_SIZE * 2 / 3;

		for (size_t i = 0; i < n; i++)
			wr(DATA, next++);
		ck_assert_uint_eq(take(buf), n);
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq((uint8_t)buf[i], expect++);
	}
}
END_TEST

/* At the end of the VM nobody waits, and nothing is written past the end. */
START_TEST(full_buffer_is_told)
{
	static char buf[SERIAL_TX_SIZE];

	setup();
	for (size_t i = 0; i < SERIAL_TX_SIZE; i++)
		wr(DATA, 'f');
	ck_assert_uint_eq(rd(LSR) & 0x60, 0);
	serial_release(&s);
	wr(DATA, 'g');
	ck_assert_uint_eq(take(buf), SERIAL_TX_SIZE);
	ck_assert_int_eq(buf[SERIAL_TX_SIZE - 1], 'f');
	ck_assert_uint_eq(rd(LSR) & 0x60, 0x60);
}
END_TEST

/* Drivers write a whole FIFO after one look: it must fit. */
START_TEST(room_for_a_fifo_is_promised)
{
	static char buf[SERIAL_TX_SIZE];
	size_t n = 0;

	setup();
	wr(IER, 2);
	while (rd(LSR) & 0x20) {
		wr(DATA, 'p');
		n++;
	}
	ck_assert(!s.irq.level);
	ck_assert_uint_le(n + PLAT_UART_FIFO, SERIAL_TX_SIZE);
	for (int i = 0; i < PLAT_UART_FIFO; i++)
		wr(DATA, 'p');
	ck_assert_uint_eq(take(buf), n + PLAT_UART_FIFO);
	ck_assert(s.irq.level);
}
END_TEST

/* Takes all that was there, in one piece, and nothing that comes after it. */
static void *slow_host(void *arg)
{
	const uint8_t *data;

	usleep(20000);
	serial_tx_done(&s, serial_tx_peek(&s, &data));
	return arg;
}

START_TEST(full_buffer_waits_for_the_host)
{
	pthread_t thread;
	char buf[8];

	setup();
	for (size_t i = 0; i < SERIAL_TX_SIZE; i++)
		wr(DATA, 'f');
	pthread_create(&thread, NULL, slow_host, NULL);
	wr(DATA, 'g');
	pthread_join(thread, NULL);
	ck_assert_uint_eq(take(buf), 1);
}
END_TEST

/* A page as KVM shares it. */
static struct kvm_coalesced_mmio_ring *ring_new(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	struct kvm_coalesced_mmio_ring *ring = aligned_alloc(size, size);

	memset(ring, 0, size);
	return ring;
}

static uint32_t ring_size(void)
{
	return (uint32_t)(((size_t)sysconf(_SC_PAGESIZE) -
			   sizeof(struct kvm_coalesced_mmio_ring)) /
			  sizeof(struct kvm_coalesced_mmio));
}

static void ring_put(struct kvm_coalesced_mmio_ring *ring, char c)
{
	struct kvm_coalesced_mmio *m = &ring->coalesced_mmio[ring->last];

	*m = (struct kvm_coalesced_mmio){ .phys_addr = BASE, .len = 1 };
	m->data[0] = (uint8_t)c;
	ring->last = (ring->last + 1) % ring_size();
}

START_TEST(ring_is_drained_in_order)
{
	struct kvm_coalesced_mmio_ring *ring = ring_new();
	char buf[1024];

	setup();
	serial_set_ring(&s, ring);
	for (unsigned int i = 0; i < 3; i++) {
		for (uint32_t n = 0; n < ring_size() - 1; n++)
			ring_put(ring, (char)('a' + n % 26));
		serial_drain(&s);
		ck_assert_uint_eq(ring->first, ring->last);
		ck_assert_uint_eq(take(buf), ring_size() - 1);
		for (uint32_t n = 0; n < ring_size() - 1; n++)
			ck_assert_int_eq(buf[n], (char)('a' + n % 26));
	}
	free(ring);
}
END_TEST

static void *vcpu_exits(void *arg)
{
	(void)arg;
	serial_drain(&s);
	wr(DATA, 'X');
	return NULL;
}

/* What an exit writes comes after what KVM collected before, even when full. */
START_TEST(ring_comes_first)
{
	struct kvm_coalesced_mmio_ring *ring = ring_new();
	static char buf[SERIAL_TX_SIZE + 4];
	pthread_t thread;
	size_t n;

	setup();
	serial_set_ring(&s, ring);
	for (n = 0; n < SERIAL_TX_SIZE; n++)
		wr(DATA, 'f');
	for (const char *c = "abc"; *c; c++)
		ring_put(ring, *c);
	pthread_create(&thread, NULL, vcpu_exits, NULL);
	usleep(20000);
	n = take(buf);
	pthread_join(thread, NULL);
	n += take(buf + n);
	ck_assert_uint_eq(n, SERIAL_TX_SIZE + 4);
	ck_assert_mem_eq(buf + SERIAL_TX_SIZE, "abcX", 4);
	free(ring);
}
END_TEST

/* When the buffer is empty after a tick, so is the ring. */
START_TEST(tick_leaves_nothing_behind)
{
	struct kvm_coalesced_mmio_ring *ring = ring_new();
	static char buf[SERIAL_TX_SIZE];

	setup();
	serial_set_ring(&s, ring);
	for (size_t n = 0; n < SERIAL_TX_SIZE; n++)
		wr(DATA, 'f');
	ring_put(ring, 'z');
	serial_tick(&s, now);
	ck_assert_uint_eq(take(buf), SERIAL_TX_SIZE);
	serial_tick(&s, now);
	ck_assert_uint_eq(take(buf), 1);
	ck_assert_int_eq(buf[0], 'z');
	free(ring);
}
END_TEST

/* While DLAB is set the same address is the divisor. */
START_TEST(ring_obeys_the_registers)
{
	struct kvm_coalesced_mmio_ring *ring = ring_new();
	char buf[8];

	setup();
	serial_set_ring(&s, ring);
	wr(LCR, 0x80);
	ring_put(ring, 7);
	serial_drain(&s);
	ck_assert_uint_eq(take(buf), 0);
	ck_assert_uint_eq(rd(DATA), 7);
	free(ring);
}
END_TEST

/* The ring comes with the first byte, and goes when the guest is quiet. */
START_TEST(ring_follows_the_guest)
{
	struct kvm_coalesced_mmio_ring *ring = ring_new();
	int i;

	setup();
	serial_set_ring(&s, ring);
	ck_assert_int_eq(serial_tick(&s, now), -1);
	ck_assert_uint_eq(fake_count(KVM_REGISTER_COALESCED_MMIO), 0);
	wr(DATA, 'x');
	wr(DATA, 'y');
	ck_assert_uint_eq(fake_count(KVM_REGISTER_COALESCED_MMIO), 1);
	ck_assert_uint_eq(wakes, 1);
	for (i = 0; serial_tick(&s, now) >= 0; i++, now += SERIAL_TICK_MS)
		if (i == 10)
			ring_put(ring, 'z');
	ck_assert_int_ge(i, SERIAL_QUIET_MS / SERIAL_TICK_MS + 10);
	ck_assert_uint_eq(fake_count(KVM_UNREGISTER_COALESCED_MMIO), 1);
	wr(DATA, 'x');
	ck_assert_uint_eq(fake_count(KVM_REGISTER_COALESCED_MMIO), 2);
	free(ring);
}
END_TEST

/* The ring's indexes lie in memory that only the kernel writes, but check. */
START_TEST(ring_with_wild_indexes)
{
	struct kvm_coalesced_mmio_ring *ring = ring_new();
	char buf[8];

	setup();
	serial_set_ring(&s, ring);
	ring->first = 5;
	ring->last = 1u << 20;
	serial_drain(&s);
	ring->first = UINT32_MAX;
	serial_drain(&s);
	ck_assert_uint_eq(take(buf), 0);
	free(ring);
}
END_TEST

/* Input that waits, and output, survive a reset of the guest. */
START_TEST(buffers_survive_a_reset)
{
	char buf[8];

	setup();
	put("in");
	wr(DATA, 'o');
	wr(IER, 3);
	serial_attach(&s, 4, BASE, 32);
	ck_assert_uint_eq(rd(IER), 0);
	ck_assert_uint_eq(take(buf), 1);
	wr(IER, 1);
	ck_assert_uint_eq(rd(DATA), 'i');
}
END_TEST

T_MAIN("serial", registers_at_reset, divisor_latch_hides_data,
       odd_widths_do_nothing, loopback, transmit_interrupt, receive_interrupt,
       opening_keeps_input, polling_guest_gets_input,
       polling_guest_may_print, input_room,
       input_is_paced,
       output_in_order_across_the_wrap, full_buffer_is_told,
       room_for_a_fifo_is_promised, full_buffer_waits_for_the_host, ring_is_drained_in_order, ring_comes_first,
       tick_leaves_nothing_behind,
       ring_obeys_the_registers, ring_follows_the_guest,
       ring_with_wild_indexes, buffers_survive_a_reset)
