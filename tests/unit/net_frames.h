/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_frames - frames between the driver and the tap that tests of the network
 * device play
 */
#ifndef TESTS_UNIT_NET_FRAMES_H
#define TESTS_UNIT_NET_FRAMES_H

#include "fake_tap.h"
#include "net_rig.h"
#include "t.h"
#include "virtio/vdev_driver.h"

#define RX 0
#define TX 1
#define CTRL 2			/* of a device with one pair */

#define MRG	BIT(VIRTIO_NET_F_MRG_RXBUF)
#define FRAME	64		/* bytes of a short frame, without header */

static const struct net_options one_pair __attribute__((unused)) = {
	.mac = { 2, 0x15, 0x15, 1, 2, 3 }, .fd = -1, .pairs = 1,
	.offload = true, .packed = true,
};

static inline void start(uint64_t features)
{
	net_open(&one_pair);
	net_start(features, 256);
}

static inline uint8_t pattern(uint32_t i)
{
	return (uint8_t)(i * 7 + i / 256);
}

static inline void fill(uint8_t *p, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		p[i] = pattern(i);
}

static inline void check(const uint8_t *p, uint32_t from, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		ck_assert_uint_eq(p[i], pattern(from + i));
}

/* A frame of @len bytes behind @hdr, in one buffer. */
static inline uint16_t send_frame(struct virtio_net_hdr_v1 hdr, uint32_t len)
{
	struct net_part part = { net_buffer(len + NET_HDR_LEN),
				 len + NET_HDR_LEN, false };
	uint16_t head;

	memcpy(part.data, &hdr, NET_HDR_LEN);
	fill((uint8_t *)part.data + NET_HDR_LEN, len);
	head = net_add(TX, &part, 1);
	net_kick(TX);
	return head;
}

static const struct virtio_net_hdr_v1 plain __attribute__((unused));

/* What the tap got; -1: nothing. */
static inline ssize_t tap_got(struct virtio_net_hdr_v1 *hdr, uint8_t *frame)
{
	static uint8_t buf[NET_FRAME_MAX];
	ssize_t n = recv(tap.peer[0], buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0)
		return -1;
	ck_assert_int_ge(n, NET_HDR_LEN);
	memcpy(hdr, buf, NET_HDR_LEN);
	memcpy(frame, buf + NET_HDR_LEN, (size_t)n - NET_HDR_LEN);
	return n - NET_HDR_LEN;
}

static inline void expect_sent(uint32_t len)
{
	static uint8_t frame[NET_FRAME_MAX];
	struct virtio_net_hdr_v1 hdr;

	ck_assert_int_eq(tap_got(&hdr, frame), len);
	check(frame, 0, len);
}

static inline void expect_dropped(void)
{
	static uint8_t frame[NET_FRAME_MAX];
	struct virtio_net_hdr_v1 hdr;

	ck_assert_int_eq(tap_got(&hdr, frame), -1);
}

/* Frames still go out, and one that cannot is not kept. */
static inline void expect_alive(void)
{
	uint32_t head, sent = send_frame(plain, FRAME);

	ck_assert_uint_eq(net_used(TX, &head), 0);
	ck_assert_uint_eq(head, sent);
	expect_sent(FRAME);
	ck_assert_uint_eq(vdev_status(rig.dev) & VIRTIO_CONFIG_S_NEEDS_RESET,
			  0);
}

static inline void tap_gives(uint32_t len)
{
	static uint8_t buf[NET_FRAME_MAX + 1000];

	memset(buf, 0, NET_HDR_LEN);
	fill(buf + NET_HDR_LEN, len);
	ck_assert_int_eq(send(tap.peer[0], buf, len + NET_HDR_LEN, 0),
			 len + NET_HDR_LEN);
}

#endif /* TESTS_UNIT_NET_FRAMES_H */
