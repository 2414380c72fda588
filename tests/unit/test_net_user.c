// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_net_user - passt as the other side, played by this test or by a script
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net_rig.h"
#include "t.h"
#include "util.h"
#include "virtio/net_stream.h"
#include "virtio/passt.h"
#include "virtio/vdev_driver.h"

/*
 * The stream
 */

static struct net_stream *s;
static int peer;
static uint8_t big[NET_STREAM_MAX];
static uint8_t got[NET_FRAME_MAX];

static void open_stream(void)
{
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    fd), 0);
	s = net_stream_new(fd[0]);
	ck_assert_ptr_nonnull(s);
	peer = fd[1];
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 13 + i / 256);
}

static void close_stream(void)
{
	net_stream_free(s);
	if (peer >= 0)
		close(peer);
}

static int send_stream(uint32_t len)
{
	static uint8_t hdr[NET_HDR_LEN];
	struct iovec iov[] = {
		{ hdr, sizeof(hdr) }, { big, len / 2 },
		{ big + len / 2, len - len / 2 },
	};

	return net_stream_send(s, iov, 3);
}

static ssize_t receive_stream(void)
{
	struct iovec iov[] = { { got, 100 }, { got + 100, sizeof(got) - 100 } };

	return net_stream_receive(s, iov, 2);
}

/* Read exactly @len bytes, while the stream goes on. */
static void peer_reads(void *to, size_t len)
{
	uint8_t *p = to;

	while (len) {
		ssize_t n = recv(peer, p, len, 0);

		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else {
			ck_assert_int_eq(errno, EAGAIN);
			ck_assert_int_ne(net_stream_flush(s), -ENOLINK);
		}
	}
}

static void peer_writes(const void *data, size_t len)
{
	ck_assert_int_eq(send(peer, data, len, 0), (ssize_t)len);
}

static void peer_frame(uint32_t len)
{
	uint32_t head = htonl(len);

	peer_writes(&head, sizeof(head));
	peer_writes(big, len);
}

START_TEST(stream_sends)
{
	uint32_t head;

	open_stream();
	ck_assert_int_eq(send_stream(61), 0);
	peer_reads(&head, sizeof(head));
	ck_assert_uint_eq(ntohl(head), 61);
	peer_reads(got, 61);
	ck_assert_mem_eq(got, big, 61);
	close_stream();
}
END_TEST

/* A frame that was begun is ended, whatever the socket takes at a time. */
START_TEST(stream_is_full)
{
	unsigned int sent = 0, i;
	uint32_t head;

	open_stream();
	while (!send_stream(60001))
		sent++;
	ck_assert_uint_gt(sent, 1);
	for (i = 0; i < sent; i++) {
		peer_reads(&head, sizeof(head));
		ck_assert_uint_eq(ntohl(head), 60001);
		peer_reads(got, 60001);
		ck_assert_mem_eq(got, big, 60001);
	}
	ck_assert_int_eq(recv(peer, got, 1, 0), -1);
	ck_assert_int_eq(send_stream(60), 0);
	close_stream();
}
END_TEST

START_TEST(stream_receives)
{
	static const uint8_t none[NET_HDR_LEN];

	open_stream();
	ck_assert_int_eq(receive_stream(), -EAGAIN);
	peer_frame(60);
	peer_frame(1000);
	memset(got, 0xee, sizeof(got));
	ck_assert_int_eq(receive_stream(), 60 + NET_HDR_LEN);
	ck_assert_mem_eq(got, none, NET_HDR_LEN);
	ck_assert_mem_eq(got + NET_HDR_LEN, big, 60);
	ck_assert_int_eq(receive_stream(), 1000 + NET_HDR_LEN);
	ck_assert_mem_eq(got + NET_HDR_LEN, big, 1000);
	ck_assert_int_eq(receive_stream(), -EAGAIN);
	close_stream();
}
END_TEST

START_TEST(stream_in_pieces)
{
	uint32_t head = htonl(300);

	open_stream();
	for (size_t i = 0; i < 4; i++) {
		peer_writes((char *)&head + i, 1);
		ck_assert_int_eq(receive_stream(), -EAGAIN);
	}
	peer_writes(big, 299);
	ck_assert_int_eq(receive_stream(), -EAGAIN);
	peer_writes(big + 299, 1);
	ck_assert_int_eq(receive_stream(), 300 + NET_HDR_LEN);
	ck_assert_mem_eq(got + NET_HDR_LEN, big, 300);
	close_stream();
}
END_TEST

START_TEST(stream_longest)
{
	open_stream();
	for (int i = 0; i < 5; i++) {
		peer_frame(NET_STREAM_MAX);
		ck_assert_int_eq(receive_stream(), NET_FRAME_MAX);
		ck_assert_mem_eq(got + NET_HDR_LEN, big, NET_STREAM_MAX);
		peer_frame(14);
		ck_assert_int_eq(receive_stream(), 14 + NET_HDR_LEN);
	}
	close_stream();
}
END_TEST

START_TEST(stream_nonsense)
{
	static const uint32_t bad[] = { 0, 13, NET_STREAM_MAX + 1, UINT32_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint32_t head = htonl(bad[i]);

		open_stream();
		peer_writes(&head, sizeof(head));
		ck_assert_int_eq(receive_stream(), -ENOLINK);
		close_stream();
	}
}
END_TEST

START_TEST(stream_ends)
{
	open_stream();
	peer_frame(60);
	close(peer);
	peer = -1;
	ck_assert_int_eq(receive_stream(), 60 + NET_HDR_LEN);
	ck_assert_int_eq(receive_stream(), -ENOLINK);
	ck_assert_int_eq(send_stream(60), -ENOLINK);
	close_stream();
	net_stream_free(NULL);
}
END_TEST

/*
 * The command line
 */

static struct passt_args args;

static bool has(const char *option, const char *value)
{
	for (unsigned int i = 0; i + 1 < args.nr; i++)
		if (!strcmp(args.argv[i], option) &&
		    (!value || !strcmp(args.argv[i + 1], value)))
			return true;
	return false;
}

START_TEST(arguments)
{
	const struct net_options o = {
		.forward = "8080:80;udp:53;tcp:2222:22;;127.0.0.1/9",
		.guest_ip = "10.0.0.2", .host_ip = "10.0.0.1",
	};

	ck_assert_int_eq(passt_args(&args, "/bin/passt", &o, false), 0);
	ck_assert_str_eq(args.argv[0], "/bin/passt");
	ck_assert_ptr_null(args.argv[args.nr]);
	ck_assert(has("--fd", "3"));
	ck_assert(has("--foreground", NULL));
	ck_assert(!has("--vhost-user", NULL));
	ck_assert(has("-t", "8080:80"));
	ck_assert(has("-u", "53"));
	ck_assert(has("-t", "2222:22"));
	ck_assert(has("-t", "127.0.0.1/9"));
	ck_assert(has("--address", "10.0.0.2"));
	ck_assert(has("--gateway", "10.0.0.1"));
	ck_assert_int_eq(passt_args(&args, "/bin/passt", &(struct net_options){
		.user = true }, true), 0);
	ck_assert(has("--vhost-user", NULL));
	ck_assert(!has("--address", NULL));
}
END_TEST

START_TEST(too_many_ports)
{
	char text[2000];
	struct net_options o = { .forward = text };
	size_t n = 0;

	for (int i = 0; i < 40; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%d;", i + 1);
	ck_assert_int_eq(passt_args(&args, "passt", &o, false), -E2BIG);
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(passt_args(&args, "passt", &o, false), -E2BIG);
}
END_TEST

/*
 * The device, with a script in passt's place
 */

static char dir[] = "/tmp/net_user.XXXXXX";
static char program[64];

static void play_passt(const char *text)
{
	FILE *f;

	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(program, sizeof(program), "%s/passt", dir);
	f = fopen(program, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/bash\n"
		"while [ $# -gt 0 ]; do [ \"$1\" != --fd ] || fd=$2; "
		"[ \"$1\" != --help ] || help=1; shift; done\n%s\n", text);
	fclose(f);
	ck_assert_int_eq(chmod(program, 0755), 0);
	setenv("PATH", dir, 1);
}

static void play_is_over(void)
{
	unlink(program);
	rmdir(dir);
	setenv("PATH", "/usr/bin:/bin", 1);
}

static const struct net_options user = {
	.user = true, .mac = { 2, 3, 4, 5, 6, 7 }, .packed = true,
	.offload = true,
};

START_TEST(no_passt)
{
	struct vdev *dev = NULL;
	struct err e = { ERR_NONE, "" };

	setenv("PATH", "/nowhere:relative::", 1);
	ck_assert_int_eq(net_create(&user, "net0", &dev, &e), -ENOENT);
	ck_assert_int_eq(e.kind, ERR_HOST);
	ck_assert_ptr_nonnull(strstr(e.text, "install the package passt"));
	ck_assert_ptr_null(dev);
	setenv("PATH", "/usr/bin:/bin", 1);
}
END_TEST

static void send_a_frame(const struct net_part *part)
{
	net_add(1, part, 1);
	net_kick(1);
	net_used(1, NULL);
}

static bool link_is_up(void)
{
	return vdev_config_read(rig.dev, 6, 2) == 1;
}

/* Within five seconds */
static bool is_replaced(void)
{
	unsigned int i;

	for (i = 0; i < 5000 && !rig.net->renewals.count; i++)
		usleep(1000);
	return rig.net->renewals.count == 1;
}

/* One frame goes there, another comes back. */
static struct net_part there_and_back(void)
{
	uint8_t *buf = net_add_in(0, 1526);
	uint8_t *frame = net_buffer(NET_HDR_LEN + 20);
	const struct net_part part = { frame, NET_HDR_LEN + 20, false };

	net_kick(0);
	memset(frame, 0, NET_HDR_LEN);
	memset(frame + NET_HDR_LEN, 'x', 20);
	send_a_frame(&part);
	ck_assert_uint_eq(net_used(0, NULL), NET_HDR_LEN + 16);
	ck_assert_mem_eq(buf + NET_HDR_LEN, "ABCDEFGHIJKLMNOP", 16);
	return part;
}

/*
 * It answers one frame by another, and the next one by its end: then there is
 * another one, but not twice in a short time, unless the driver starts again.
 */
START_TEST(frames_by_socket)
{
	struct net_part part;

	play_passt("[ -z \"$help\" ] || exit\n"
		   "/usr/bin/head -c 24 <&$fd >/dev/null\n"
		   "printf '\\0\\0\\0\\x10ABCDEFGHIJKLMNOP' >&$fd\n"
		   "/usr/bin/head -c 24 <&$fd >/dev/null\n"
		   "exit 7");
	net_open(&user);
	ck_assert(!(rig.dev->offered & BIT(VIRTIO_NET_F_CSUM)));
	ck_assert(!(rig.dev->offered & BIT(VIRTIO_NET_F_CTRL_VQ)));
	net_start(0, 256);
	part = there_and_back();
	net_add_in(0, 1526);
	net_kick(0);
	send_a_frame(&part);
	ck_assert(is_replaced());
	ck_assert(link_is_up());
	/* the buffer that waits is not lost */
	send_a_frame(&part);
	ck_assert_uint_eq(net_used(0, NULL), NET_HDR_LEN + 16);
	net_add_in(0, 1526);
	net_kick(0);
	send_a_frame(&part);
	net_until(&rig.config_interrupts);
	ck_assert(!link_is_up());
	ck_assert_uint_eq(vdev_status(rig.dev) &
			  VIRTIO_CONFIG_S_NEEDS_RESET, 0);
	net_reset();
	net_start(0, 256);
	ck_assert(link_is_up());
	there_and_back();
	net_close();
	play_is_over();
}
END_TEST

/* It says that it knows vhost-user, and then cannot. */
START_TEST(rings_fail)
{
	struct vdev *dev = NULL;
	struct err e = { ERR_NONE, "" };

	play_passt("[ -z \"$help\" ] || { echo --vhost-user; exit; }\n"
		   "echo this is what is wrong >&2; exit 1");
	ck_assert_int_lt(net_create(&user, "net0", &dev, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.text, "net0: passt: this is what is "
				     "wrong"));
	ck_assert_ptr_null(dev);
	play_is_over();
}
END_TEST

/* Without a word for the guest it is ended with the device. */
START_TEST(deaf_passt)
{
	play_passt("[ -z \"$help\" ] || exit\nwhile :; do read -r -t 1; done");
	net_open(&user);
	net_start(0, 256);
	net_reset();
	net_close();
	play_is_over();
}
END_TEST

T_MAIN("net_user", stream_sends, stream_is_full, stream_receives,
       stream_in_pieces, stream_longest, stream_nonsense, stream_ends,
       arguments, too_many_ports, no_passt, frames_by_socket, rings_fail,
       deaf_passt)
