// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_net_rx - frames to the guest, and buffers that do not suit
 */
#include "net_frames.h"

static uint16_t num_buffers(const void *p)
{
	struct virtio_net_hdr_v1 hdr;

	memcpy(&hdr, p, sizeof(hdr));
	return hdr.num_buffers;
}

START_TEST(receives)
{
	uint8_t *buf;

	start(0);
	buf = net_add_in(RX, 1526);
	memset(buf, 0xee, 1526);
	net_kick(RX);
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	check(buf + NET_HDR_LEN, 0, FRAME);
	ck_assert_uint_eq(num_buffers(buf), 1);
	ck_assert_uint_eq(buf[NET_HDR_LEN + FRAME], 0xee);
	net_until(&rig.interrupts);
	net_close();
}
END_TEST

/* Frames wait in the tap while the driver has no buffers. */
START_TEST(receives_later)
{
	uint8_t *buf;

	start(0);
	tap_gives(FRAME);
	tap_gives(FRAME + 1);
	ck_assert(net_none_used(RX));
	buf = net_add_in(RX, 1526);
	net_kick(RX);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	check(buf + NET_HDR_LEN, 0, FRAME);
	net_add_in(RX, 1526);
	net_kick(RX);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + 1 + NET_HDR_LEN);
	net_close();
}
END_TEST

/* @len bytes come in buffers of @size bytes. */
static void expect_merged(uint8_t *const buf[], uint32_t size, uint32_t len)
{
	uint32_t total = len + NET_HDR_LEN, done = 0;
	uint32_t nr = (total + size - 1) / size;

	for (uint32_t i = 0; i < nr; i++) {
		uint32_t part = total - done < size ? total - done : size;
		uint32_t skip = i ? 0 : NET_HDR_LEN;

		ck_assert_uint_eq(net_used(RX, NULL), part);
		check(buf[i] + skip, i ? done - NET_HDR_LEN : 0, part - skip);
		done += part;
	}
	ck_assert_uint_eq(num_buffers(buf[0]), nr);
}

/* First by way of spill, then straight, then small ones in between. */
START_TEST(merges)
{
	static const uint32_t len[] = { 60000, 60000, FRAME, 60000, 4000 };
	uint8_t *buf[200];
	uint32_t at = 0;

	start(MRG);
	for (size_t i = 0; i < ARRAY_SIZE(buf); i++)
		buf[i] = net_add_in(RX, 1526);
	net_kick(RX);
	for (size_t i = 0; i < ARRAY_SIZE(len); i++) {
		tap_gives(len[i]);
		expect_merged(buf + at, 1526, len[i]);
		at += (len[i] + NET_HDR_LEN + 1525) / 1526;
	}
	net_close();
}
END_TEST

/* Buffers of several pieces each, so that the window's array is used up. */
START_TEST(merges_pieces)
{
	struct net_part part[200];
	unsigned int round;
	size_t i;

	net_open(&one_pair);
	net_start(MRG, 256);
	for (round = 0; round < 30; round++) {
		uint8_t *p = net_buffer(3000);

		for (i = 0; i < ARRAY_SIZE(part); i++)
			part[i] = (struct net_part){ p + 15 * i, 15, true };
		net_add(RX, part, ARRAY_SIZE(part) / 2);
		net_add(RX, part + ARRAY_SIZE(part) / 2, ARRAY_SIZE(part) / 2);
		net_kick(RX);
		tap_gives(2000);
		ck_assert_uint_eq(net_used(RX, NULL), 1500);
		ck_assert_uint_eq(net_used(RX, NULL), 512);
		check(p + NET_HDR_LEN, 0, 2000);
		rig.next = RIG_BUFFER;
	}
	net_close();
}
END_TEST

/* Half of the buffers are there when the frame comes. */
START_TEST(merges_when_more_come)
{
	uint8_t *buf[40];

	start(MRG);
	for (int i = 0; i < 20; i++)
		buf[i] = net_add_in(RX, 1526);
	net_kick(RX);
	tap_gives(60000);
	ck_assert(net_none_used(RX));
	for (int i = 20; i < 40; i++)
		buf[i] = net_add_in(RX, 1526);
	net_kick(RX);
	expect_merged(buf, 1526, 60000);
	net_close();
}
END_TEST

/* A ring full of buffers that are too small together: drop, and go on. */
START_TEST(ring_too_small)
{
	net_open(&one_pair);
	net_start(MRG, 4);
	for (int i = 0; i < 4; i++)
		net_add_in(RX, 100);
	net_kick(RX);
	tap_gives(1000);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(net_used(RX, NULL), 0);
	net_add_in(RX, 100);
	net_kick(RX);
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	net_close();
}
END_TEST

START_TEST(short_buffers)
{
	struct net_part readable = { NULL, 1526, false };
	uint8_t *buf;

	start(0);
	net_add_in(RX, NET_HDR_LEN - 1);
	readable.data = net_buffer(1526);
	net_add(RX, &readable, 1);
	net_add_in(RX, 100);
	buf = net_add_in(RX, 1526);
	net_kick(RX);
	tap_gives(200);
	/* no header fits; nothing to write; the frame does not fit */
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(net_used(RX, NULL), 0);
	ck_assert(net_none_used(RX));
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	check(buf + NET_HDR_LEN, 0, FRAME);
	ck_assert_uint_eq(rig.net->bad_frames, 3);
	net_close();
}
END_TEST

START_TEST(many_useless_buffers)
{
	start(0);
	for (int i = 0; i < 200; i++)
		net_add_in(RX, 1);
	net_add_in(RX, 1526);
	net_kick(RX);
	tap_gives(FRAME);
	for (int i = 0; i < 200; i++)
		ck_assert_uint_eq(net_used(RX, NULL), 0);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	net_close();
}
END_TEST

/* Longer than any frame: it comes to nothing, the buffers stay. */
START_TEST(jumbo)
{
	start(MRG);
	for (int i = 0; i < 3; i++)
		net_add_in(RX, 70000);
	net_kick(RX);
	tap_gives(NET_FRAME_MAX + 100);
	ck_assert(net_none_used(RX));
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	net_close();
}
END_TEST

START_TEST(receive_error)
{
	start(0);
	tap.receive_error = EFAULT;
	net_add_in(RX, 1526);
	net_kick(RX);
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	net_close();
}
END_TEST

/* One interrupt for what came together. */
START_TEST(batch)
{
	unsigned int n;

	start(0);
	for (int i = 0; i < 40; i++)
		tap_gives(FRAME);
	for (int i = 0; i < 40; i++)
		net_add_in(RX, 1526);
	n = rig.interrupts;
	net_kick(RX);
	for (int i = 0; i < 40; i++)
		net_used(RX, NULL);
	net_until(&rig.interrupts);
	usleep(10000);
	ck_assert_uint_eq(rig.interrupts, n + 1);
	net_close();
}
END_TEST

/* More than a turn: the doorbell that the device rings itself goes on. */
START_TEST(long_batch)
{
	start(0);
	for (int i = 0; i < 200; i++)
		net_add_in(RX, 100);
	net_kick(RX);
	for (int i = 0; i < 200; i++) {
		while (send(tap.peer[0], &plain, sizeof(plain), 0) < 0)
			usleep(1000);
	}
	for (int i = 0; i < 200; i++)
		ck_assert_uint_eq(net_used(RX, NULL), NET_HDR_LEN);
	net_close();
}
END_TEST

T_MAIN("net_rx", receives, receives_later, merges, merges_pieces,
       merges_when_more_come, ring_too_small, short_buffers,
       many_useless_buffers, jumbo, receive_error, batch, long_batch)
