// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_net_tx - frames from the guest, good and bad
 */
#include "net_frames.h"

START_TEST(sends)
{
	uint32_t head, sent;

	start(0);
	sent = send_frame(plain, FRAME);
	ck_assert_uint_eq(net_used(TX, &head), 0);
	ck_assert_uint_eq(head, sent);
	expect_sent(FRAME);
	net_until(&rig.interrupts);
	net_close();
}
END_TEST

/* Header and frame in pieces, as a driver may cut them (5.1.6.2). */
START_TEST(sends_pieces)
{
	uint8_t *p;
	struct net_part part[4];

	start(0);
	p = net_buffer(NET_HDR_LEN + FRAME);
	memset(p, 0, NET_HDR_LEN);
	fill(p + NET_HDR_LEN, FRAME);
	part[0] = (struct net_part){ p, 5, false };
	part[1] = (struct net_part){ p + 5, 8, false };
	part[2] = (struct net_part){ p + 13, 1, false };
	part[3] = (struct net_part){ p + 14, NET_HDR_LEN + FRAME - 14, false };
	net_add(TX, part, 4);
	net_kick(TX);
	net_used(TX, NULL);
	expect_sent(FRAME);
	net_close();
}
END_TEST

START_TEST(longest_frame)
{
	start(0);
	send_frame(plain, NET_FRAME_MAX - NET_HDR_LEN);
	net_used(TX, NULL);
	expect_sent(NET_FRAME_MAX - NET_HDR_LEN);
	net_close();
}
END_TEST

static void send_part(struct net_part part)
{
	net_add(TX, &part, 1);
	net_kick(TX);
	ck_assert_uint_eq(net_used(TX, NULL), 0);
	expect_dropped();
	expect_alive();
}

START_TEST(bad_lengths)
{
	uint64_t bad_frames;
	void *p;

	start(0);
	p = net_buffer(0x100000);
	send_part((struct net_part){ p, 1, false });
	send_part((struct net_part){ p, NET_HDR_LEN - 1, false });
	send_part((struct net_part){ p, NET_HDR_LEN, false });
	send_part((struct net_part){ p, NET_HDR_LEN + NET_ETH_LEN - 1,
				     false });
	send_part((struct net_part){ p, NET_FRAME_MAX + 1, false });
	send_part((struct net_part){ p, 0x100000, false });
	/* nothing to read at all */
	send_part((struct net_part){ p, FRAME, true });
	send_part((struct net_part){ p, 0, false });
	ck_assert(net_bad_frames(rig.dev, &bad_frames));
	ck_assert_uint_eq(bad_frames, 8);
	net_close();
}
END_TEST

/* More bytes in a chain than 32 bits hold are no matter of the device. */
START_TEST(huge_chain)
{
	struct net_part part[200];
	void *p;

	start(0);
	p = net_buffer(0x200000);
	for (size_t i = 0; i < ARRAY_SIZE(part); i++)
		part[i] = (struct net_part){ p, 0x200000, false };
	net_add(TX, part, ARRAY_SIZE(part));
	net_kick(TX);
	net_used(TX, NULL);
	expect_dropped();
	expect_alive();
	net_close();
}
END_TEST

START_TEST(bad_headers)
{
	static const struct virtio_net_hdr_v1 bad[] = {
		{ .gso_type = VIRTIO_NET_HDR_GSO_TCPV6, .gso_size = 1400 },
		{ .gso_type = VIRTIO_NET_HDR_GSO_UDP, .gso_size = 1400 },
		{ .gso_type = VIRTIO_NET_HDR_GSO_UDP_L4, .gso_size = 1400 },
		{ .gso_type = VIRTIO_NET_HDR_GSO_TCPV4 },
		{ .gso_type = VIRTIO_NET_HDR_GSO_TCPV4 |
		  VIRTIO_NET_HDR_GSO_ECN, .gso_size = 1400 },
		{ .gso_type = 2, .gso_size = 1400 },
		{ .gso_type = 0x7f, .gso_size = 1400 },
		{ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		  .csum_start = FRAME - 1 },
		{ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		  .csum_offset = FRAME - 1 },
		{ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		  .csum_start = 0xffff, .csum_offset = 0xffff },
	};

	start(BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_HOST_TSO4));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		send_frame(bad[i], FRAME);
		ck_assert_uint_eq(net_used(TX, NULL), 0);
		expect_dropped();
	}
	ck_assert_uint_eq(rig.net->bad_frames, ARRAY_SIZE(bad));
	expect_alive();
	net_close();
}
END_TEST

START_TEST(offload_headers)
{
	const struct virtio_net_hdr_v1 good = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM |
			VIRTIO_NET_HDR_F_DATA_VALID | 0x80,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_size = 1400,
		.hdr_len = 54, .csum_start = 34, .csum_offset = 16,
		.num_buffers = 99,
	};
	struct virtio_net_hdr_v1 hdr;
	static uint8_t frame[NET_FRAME_MAX];

	start(BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_HOST_TSO4));
	send_frame(good, 3000);
	net_used(TX, NULL);
	ck_assert_int_eq(tap_got(&hdr, frame), 3000);
	ck_assert_uint_eq(hdr.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	ck_assert_uint_eq(hdr.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	ck_assert_uint_eq(hdr.gso_size, 1400);
	ck_assert_uint_eq(hdr.hdr_len, 54);
	ck_assert_uint_eq(hdr.csum_start, 34);
	ck_assert_uint_eq(hdr.csum_offset, 16);
	ck_assert_uint_eq(hdr.num_buffers, 0);
	net_close();
}
END_TEST

START_TEST(checksum_not_negotiated)
{
	start(0);
	send_frame((struct virtio_net_hdr_v1){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM }, FRAME);
	net_used(TX, NULL);
	expect_dropped();
	net_close();
}
END_TEST

/* The table of the specification, without a device around it. */
START_TEST(check_function)
{
	struct virtio_net_hdr_v1 hdr = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = 60, .csum_offset = 2,
	};

	ck_assert_ptr_null(net_tx_check(&hdr, BIT(VIRTIO_NET_F_CSUM), 64));
	ck_assert_ptr_nonnull(net_tx_check(&hdr, BIT(VIRTIO_NET_F_CSUM), 63));
	hdr = (struct virtio_net_hdr_v1){
		.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4, .gso_size = 1,
	};
	ck_assert_ptr_null(net_tx_check(&hdr, BIT(VIRTIO_NET_F_HOST_USO), 64));
	hdr.gso_type = VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN;
	ck_assert_ptr_null(net_tx_check(&hdr, BIT(VIRTIO_NET_F_HOST_TSO6) |
					BIT(VIRTIO_NET_F_HOST_ECN), 64));
	ck_assert_ptr_nonnull(net_tx_check(&hdr, BIT(VIRTIO_NET_F_HOST_ECN),
					   64));
}
END_TEST

START_TEST(host_refuses)
{
	static const int errors[] = { EINVAL, EIO, ENOBUFS, EFAULT, ENOMEM };

	start(0);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		tap.send_error = errors[i];
		send_frame(plain, FRAME);
		net_used(TX, NULL);
		expect_dropped();
	}
	expect_alive();
	net_close();
}
END_TEST

/* A tap that is full loses no frame and changes no order. */
START_TEST(host_is_slow)
{
	static uint8_t frame[NET_FRAME_MAX];
	struct virtio_net_hdr_v1 hdr;
	uint32_t len = 20000, sent = 0, got = 0;

	start(0);
	for (; sent < 100; sent++)
		send_frame((struct virtio_net_hdr_v1){
			.hdr_len = (uint16_t)sent }, len);
	usleep(20000);
	ck_assert_uint_lt(rig.q[TX].used->idx, sent);
	for (; got < sent; got++) {
		unsigned int i;

		for (i = 0; i < 5000 && tap_got(&hdr, frame) < 0; i++)
			usleep(1000);
		ck_assert_uint_eq(hdr.hdr_len, got);
	}
	for (got = 0; got < sent; got++)
		net_used(TX, NULL);
	net_close();
}
END_TEST

T_MAIN("net_tx", sends, sends_pieces, longest_frame, bad_lengths, huge_chain,
       bad_headers, offload_headers, checksum_not_negotiated, check_function,
       host_refuses, host_is_slow)
