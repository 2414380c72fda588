// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_stream - frames by a socket whose other end sends any bytes in any
 * pieces and takes as many as it likes
 *
 * What has to come out of either end is known byte by byte, and when.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "util.h"
#include "virtio/net_stream.h"

#define LENGTH	4	/* bytes in front of a frame */
#define OPS	64
#define PARTS	4	/* vectors of a frame, its header apart */
#define FLOW_MAX ((size_t)OPS * (NET_STREAM_MAX + 1 + LENGTH))

/* Bytes on their way: those before done have come out. */
struct flow {
	size_t end;
	size_t sent;		/* to the stream only: those in the socket */
	size_t done;
	uint8_t bytes[FLOW_MAX];
};

static struct flow to_peer, to_us;
static struct net_stream *stream;
static int peer;		/* -1: closed */
static bool deaf;		/* it takes nothing any more */
static bool mute;		/* it sends nothing any more */
static uint8_t got[NET_FRAME_MAX + 16];

/* Every place has another byte, mostly: none can be lost or moved. */
static void add_frame(struct flow *f, uint32_t len)
{
	uint32_t head = htonl(len);
	size_t i;

	fuzz_check(len + LENGTH <= FLOW_MAX - f->end);
	memcpy(f->bytes + f->end, &head, LENGTH);
	f->end += LENGTH;
	for (i = f->end; i < f->end + len; i++)
		f->bytes[i] = (uint8_t)(i * 13 + i / 256);
	f->end += len;
}

/* Around what is allowed: 12 .. NET_STREAM_MAX + 1 */
static uint32_t some_length(struct fuzz_in *in)
{
	uint16_t v = fuzz_u16(in);

	switch (v & 3) {
	case 0:
	case 1:
		return NET_ETH_LEN - 2 + (v >> 2 & 0x7f);
	case 2:
		return NET_ETH_LEN + (v >> 2);
	default:
		return NET_STREAM_MAX + 1 - (v >> 2 & 0xff);
	}
}

/* Return: number of vectors; some may be empty, and the last has the rest. */
static int some_parts(struct fuzz_in *in, struct iovec *iov, void *buf,
		      size_t len)
{
	int i, nr = fuzz_u8(in) % PARTS + 1;
	char *p = buf;

	for (i = 0; i < nr; i++) {
		size_t n = i == nr - 1 ? len : fuzz_u8(in) % (len + 1);

		iov[i] = (struct iovec){ p, n };
		p += n;
		len -= n;
	}
	return nr;
}

/* ---- from the other end to us ---- */

static void peer_bytes(struct fuzz_in *in)
{
	uint8_t n = fuzz_u8(in);

	fuzz_read(in, to_us.bytes + to_us.end, n);
	to_us.end += n;
}

static void peer_sends(size_t n)
{
	size_t left = to_us.end - to_us.sent;
	ssize_t r = -1;

	if (peer >= 0 && !mute)
		r = send(peer, to_us.bytes + to_us.sent, n < left ? n : left,
			 MSG_NOSIGNAL);
	if (r > 0)
		to_us.sent += (size_t)r;
}

/* Frames to their end, or nearly. */
static void peer_sends_but(size_t n)
{
	size_t left = to_us.end - to_us.sent;

	if (n < left)
		peer_sends(left - n);
}

/* What net_stream_receive() has to return. */
static ssize_t next_frame(void)
{
	size_t have = to_us.sent - to_us.done;
	ssize_t later = mute ? -ENOLINK : -EAGAIN;
	uint32_t len;

	if (have < LENGTH)
		return later;
	memcpy(&len, to_us.bytes + to_us.done, LENGTH);
	len = ntohl(len);
	if (len < NET_ETH_LEN || len > NET_STREAM_MAX)
		return -ENOLINK;
	return have - LENGTH < len ? later : (ssize_t)len + NET_HDR_LEN;
}

static ssize_t receive(struct fuzz_in *in)
{
	static const uint8_t none[NET_HDR_LEN];
	struct iovec iov[PARTS];
	int nr = some_parts(in, iov, got, NET_FRAME_MAX);
	ssize_t want = next_frame();
	ssize_t len = net_stream_receive(stream, iov, (unsigned int)nr);

	fuzz_check(len == want);
	if (len < 0)
		return len;
	fuzz_check(!memcmp(got, none, NET_HDR_LEN));
	to_us.done += LENGTH;
	fuzz_check(!memcmp(got + NET_HDR_LEN, to_us.bytes + to_us.done,
			   (size_t)len - NET_HDR_LEN));
	to_us.done += (size_t)len - NET_HDR_LEN;
	return len;
}

/* ---- from us to the other end ---- */

/* It waits only while the other end has something to take. */
static void check_result(int r)
{
	fuzz_check(r == 0 || r == -EAGAIN || r == -ENOLINK);
	fuzz_check(r != -ENOLINK || deaf);
	fuzz_check(r != -EAGAIN || (!deaf && to_peer.done < to_peer.end));
}

static void send_frame(struct fuzz_in *in)
{
	static uint8_t header[NET_HDR_LEN];
	struct iovec iov[PARTS + 1] = { { header, sizeof(header) } };
	uint32_t len = some_length(in);
	size_t before = to_peer.end;
	int nr, r;

	if (len < NET_ETH_LEN || len > NET_STREAM_MAX)
		return;
	add_frame(&to_peer, len);
	nr = some_parts(in, iov + 1, to_peer.bytes + before + LENGTH, len);
	to_peer.end = before;
	r = net_stream_send(stream, iov, nr + 1);
	check_result(r);
	fuzz_check(r || !deaf);
	if (!r)
		to_peer.end += LENGTH + len;
}

static size_t peer_takes(size_t n)
{
	ssize_t r = -1;

	n = n < sizeof(got) ? n : sizeof(got);
	if (peer >= 0 && n)
		r = recv(peer, got, n, 0);
	if (r <= 0)
		return 0;
	fuzz_check((size_t)r <= to_peer.end - to_peer.done);
	fuzz_check(!memcmp(got, to_peer.bytes + to_peer.done, (size_t)r));
	to_peer.done += (size_t)r;
	return (size_t)r;
}

/* ---- */

static void peer_ends(uint8_t how)
{
	deaf |= how % 4 != SHUT_WR;
	mute |= how % 4 != SHUT_RD;
	if (how % 4 <= SHUT_RDWR)
		shutdown(peer, how % 4);
	else if (peer >= 0)
		close(steal_fd(&peer));
}

static void small_buffer(int fd)
{
	static const int least = 1;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
}

/* Two bits of @kind: which sockets take little at a time.  Return: ours */
static int make_peer(uint8_t kind)
{
	unsigned int i;
	int fd[2];

	fuzz_check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
			       SOCK_CLOEXEC, 0, fd));
	for (i = 0; i < 2; i++) {
		if (kind >> i & 1)
			small_buffer(fd[i]);
	}
	to_us.end = to_us.sent = to_us.done = 0;
	to_peer.end = to_peer.done = 0;
	peer = fd[1];
	deaf = mute = false;
	return fd[0];
}

/* Nothing of what the last one has not taken or not ended is left. */
static void another_peer(uint8_t kind)
{
	if (peer >= 0)
		close(peer);
	net_stream_renew(stream, make_peer(kind));
}

static void one(struct fuzz_in *in)
{
	switch (fuzz_u8(in) % 14) {
	case 0:
		peer_bytes(in);
		break;
	case 1:
	case 2:
		add_frame(&to_us, some_length(in));
		break;
	case 3:
		peer_sends(fuzz_u16(in));
		break;
	case 4:
		peer_sends_but(0);
		break;
	case 5:
		while (receive(in) >= 0)
			;
		break;
	case 6:
		send_frame(in);
		break;
	case 7:
		check_result(net_stream_flush(stream));
		break;
	case 8:
		peer_takes(fuzz_u16(in));
		break;
	case 9:
		peer_ends(fuzz_u8(in));
		break;
	case 10:
		peer_sends(fuzz_u8(in));
		break;
	case 11:
		peer_sends_but(fuzz_u8(in) % 4);
		break;
	case 12:
		fuzz_check(net_stream_ended(stream) == mute);
		break;
	case 13:
		another_peer(fuzz_u8(in));
		break;
	}
}

/* What is still on its way arrives when both ends let it. */
static void finish(struct fuzz_in *in)
{
	while (!deaf && to_peer.done < to_peer.end) {
		check_result(net_stream_flush(stream));
		fuzz_check(peer_takes(SIZE_MAX));
	}
	fuzz_check(deaf || !net_stream_flush(stream));
	while (receive(in) >= 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	unsigned int i, fds = fuzz_fds();

	stream = net_stream_new(make_peer(fuzz_u8(&in)));
	fuzz_check(stream);
	for (i = 0; i < OPS && in.left; i++)
		one(&in);
	finish(&in);
	net_stream_free(stream);
	if (peer >= 0)
		close(peer);
	fuzz_check(fuzz_fds() == fds);
	return 0;
}
