// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_vsock - a connection through the bridge, between a program and a guest
 * that send, read, shut down and close when the input says so
 *
 * What has to come out at either end is known byte by byte.  It also has to
 * come: when the bridge has done what it can, both ends take all there is, and
 * nothing may be missing.  Only who closes without having read, or sends to
 * somebody who has closed, may cause a loss.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "util.h"
#include "virtio/vsock_conn.h"

#define CID	5
#define FLOW_MAX ((size_t)1 << 18)
#define SESSIONS 4
#define OPS	64
#define ROUNDS	1000	/* of the worker, for all that is in the sockets */
#define QUIET	3	/* of them without anything to do */
#define FDS_MAX	64	/* bytes that bring a descriptor along */
#define LINE_MAX_WAIT 32	/* a greeting is refused then, if not before */

enum verdict {
	MAYBE,		/* more has to come */
	GOOD,
	BAD,		/* the connection is to be closed */
	HOPELESS,	/* it may be closed already, or when more comes */
};

struct end {
	int fd;			/* -1: closed, or not there yet */
	bool closed;
	bool ended;		/* it sends nothing any more */
	bool told;		/* that nothing more comes */
	size_t filling;		/* to be taken first: net_connect() */
	size_t nr, done;	/* what it has to get, and has got */
	uint8_t bytes[FLOW_MAX];
};

static struct end program, guest;
static struct vsock_conn conn;
static struct worker worker;
static struct worker_source again;
static bool by_guest;		/* who has opened it */
static bool lossy;
static enum verdict verdict;
static uint32_t port;		/* that was asked for, when GOOD */

/* For and from net_connect(), on the worker's thread. */
static struct {
	uint8_t how;
	uint32_t local;
	unsigned int calls;
	uint32_t port;
	int fd;			/* the guest's end; -1: none */
	size_t filling;
} dial;

/* ---- the host's side of the guest ---- */

static void small_buffer(int fd)
{
	static const int least = 1;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
}

static void make_pair(int fd[2], uint8_t small)
{
	unsigned int i;

	fuzz_check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
			       SOCK_CLOEXEC, 0, fd));
	for (i = 0; i < 2; i++) {
		if (small >> i & 1)
			small_buffer(fd[i]);
	}
}

/* Nobody can write to it until the guest has read: not connected yet. */
static size_t fill_up(int fd)
{
	static const char filling[512];
	size_t done = 0;
	ssize_t n;

	small_buffer(fd);
	while ((n = send(fd, filling, sizeof(filling), MSG_NOSIGNAL)) > 0)
		done += (size_t)n;
	return done;
}

static int net_connect(uint32_t cid, uint32_t to)
{
	int fd[2];

	fuzz_check(cid == CID);
	dial.calls++;
	dial.port = to;
	if (dial.how % 4 == 1)
		return -ECONNREFUSED;
	make_pair(fd, dial.how >> 4);
	dial.filling = dial.how % 4 == 2 ? fill_up(fd[0]) : 0;
	dial.fd = fd[1];
	return fd[0];
}

static uint32_t net_local_port(int fd)
{
	fuzz_check(fd == conn.guest.src.fd);
	return dial.local;
}

static const struct vsock_net net = {
	.connect = net_connect,
	.local_port = net_local_port,
};

static bool refused(void)
{
	return dial.calls && dial.how % 4 == 1;
}

/* ---- the worker ---- */

static void on_again(struct worker_source *src, uint32_t events)
{
	(void)src;
	(void)events;
	if (conn.again)
		vsock_conn_serve(&conn);
}

static void watch_again(void *arg)
{
	fuzz_catch(arg);
	again = (struct worker_source){
		.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .fn = on_again,
	};
	fuzz_check(!worker_watch(&worker, &again, EPOLLIN));
	vsock_conn_init(&conn, &net, CID, again.fd);
}

static void look(void *arg)
{
	*(bool *)arg = conn.again;
}

static void serve_once(void *arg)
{
	vsock_conn_serve(arg);
}

static void close_conn(void *arg)
{
	vsock_conn_close(arg);
}

/* What is said to the program before the guest's bytes. */
static void greet_program(void)
{
	program.nr = (size_t)snprintf((char *)program.bytes, FLOW_MAX,
				      "OK %u\n", dial.local);
}

/* No function of the bridge is asked for its opinion here. */
static enum verdict judge(const uint8_t *p, size_t nr, size_t *ret_len)
{
	static const uint8_t word[] = "CONNECT ";
	const size_t first = sizeof(word) - 1;
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < first; i++) {
		if (i == nr)
			return MAYBE;
		if (p[i] != word[i])
			return BAD;
	}
	for (; i < nr && p[i] >= '0' && p[i] <= '9'; i++) {
		if ((i > first && p[first] == '0') || number > UINT32_MAX)
			break;
		number = number * 10 + p[i] - '0';
	}
	if (number <= UINT32_MAX) {
		if (i == nr)
			return MAYBE;
		if (p[i] == '\n' && i > first) {
			port = (uint32_t)number;
			*ret_len = i + 1;
			return GOOD;
		}
	}
	return nr >= LINE_MAX_WAIT || memchr(p, '\n', nr) ? BAD : HOPELESS;
}

static void see_greeting(void)
{
	if (by_guest || verdict == GOOD)
		return;
	verdict = judge(guest.bytes, guest.nr, &guest.done);
	if (verdict == GOOD)
		greet_program();
}

/* After a while there is nothing to do, or the worker turns for nothing. */
static void settle(void)
{
	struct pollfd p = { .fd = worker.epoll_fd, .events = POLLIN };
	unsigned int i, quiet = 0;
	bool busy;

	for (i = 0; quiet < QUIET; i++) {
		fuzz_check(i < ROUNDS);
		worker_call(&worker, look, &busy);
		quiet = busy || poll(&p, 1, 0) ? 0 : quiet + 1;
	}
	fuzz_check(by_guest || dial.calls == (verdict == GOOD));
	fuzz_check(!dial.calls || dial.port == port);
	if (dial.fd >= 0) {
		guest.fd = steal_fd(&dial.fd);
		guest.filling = dial.filling;
	}
}

/* ---- the two ends ---- */

static void add_pattern(struct end *to, size_t n)
{
	size_t i;

	for (i = to->nr; i < to->nr + n; i++)
		to->bytes[i] = (uint8_t)(i * 7 + i / 256);
}

/* The @n bytes are behind what @to has to get already. */
static void give(struct end *from, struct end *to, size_t n)
{
	ssize_t r = -1;

	if (from->fd >= 0 && !from->ended)
		r = send(from->fd, to->bytes + to->nr, n, MSG_NOSIGNAL);
	if (r > 0) {
		to->nr += (size_t)r;
		lossy |= to->closed;
	}
	see_greeting();
}

static size_t room(const struct end *to, size_t n)
{
	return n < FLOW_MAX - to->nr ? n : FLOW_MAX - to->nr;
}

static void give_bytes(struct end *from, struct end *to, struct fuzz_in *in)
{
	size_t n = room(to, fuzz_u8(in));

	fuzz_read(in, to->bytes + to->nr, n);
	give(from, to, n);
}

static void give_many(struct end *from, struct end *to, struct fuzz_in *in)
{
	size_t n = room(to, fuzz_u16(in));

	add_pattern(to, n);
	give(from, to, n);
}

/* The port is the input's, so that it is good at once. */
static void give_greeting(struct fuzz_in *in)
{
	char line[LINE_MAX_WAIT];
	int n = snprintf(line, sizeof(line), "CONNECT %u\n", fuzz_u32(in));

	if (room(&guest, (size_t)n) < (size_t)n)
		return;
	memcpy(guest.bytes + guest.nr, line, (size_t)n);
	give(&program, &guest, (size_t)n);
}

/* Each byte is a read for itself, and its descriptor nobody's. */
static void give_fd(struct end *from, struct end *to)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { to->bytes + to->nr, room(to, 1) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	if (from->fd < 0 || from->ended)
		return;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &again.fd, sizeof(int));
	add_pattern(to, iov.iov_len);
	if (sendmsg(from->fd, &msg, MSG_NOSIGNAL) > 0)
		to->nr += iov.iov_len;
}

static void give_fds(struct end *from, struct end *to, struct fuzz_in *in)
{
	unsigned int i, nr = fuzz_u8(in) % FDS_MAX;

	for (i = 0; i < nr; i++)
		give_fd(from, to);
	lossy |= to->closed;
	see_greeting();
}

/* Why the program may find the connection closed, the guest's will apart. */
static bool not_connected(void)
{
	if (by_guest)
		return false;
	return verdict == BAD || verdict == HOPELESS || refused() ||
		(verdict == MAYBE && program.ended);
}

static void check_end(struct end *e, const struct end *other)
{
	e->told = true;
	if (lossy || (e == &program && not_connected()))
		return;
	fuzz_check(other->ended && e->done == e->nr);
}

static size_t take(struct end *e, const struct end *other, size_t n)
{
	static uint8_t buf[65536];
	ssize_t r;

	n = n < sizeof(buf) ? n : sizeof(buf);
	if (e->filling && n > e->filling)
		n = e->filling;
	if (e->fd < 0 || !n)
		return 0;
	r = recv(e->fd, buf, n, 0);
	if (r < 0 && errno == EAGAIN)
		return 0;
	if (r <= 0) {
		fuzz_check(!r || lossy || not_connected());
		check_end(e, other);
		return 0;
	}
	if (e->filling) {
		e->filling -= (size_t)r;
		return (size_t)r;
	}
	fuzz_check(by_guest || (verdict == GOOD && !refused()));
	fuzz_check((size_t)r <= e->nr - e->done);
	fuzz_check(!memcmp(buf, e->bytes + e->done, (size_t)r));
	e->done += (size_t)r;
	return (size_t)r;
}

static void end_close(struct end *e)
{
	if (e->fd < 0)
		return;
	lossy |= e->done < e->nr || e->filling;
	e->closed = true;
	e->ended = true;
	close(steal_fd(&e->fd));
}

static void end_shut(struct end *e, int how)
{
	if (e->fd < 0)
		return;
	lossy |= how != SHUT_WR;
	e->ended |= how != SHUT_RD;
	shutdown(e->fd, how);
}

/* ---- */

/* Bit 7: the worker is not waited for.  Bit 6: which end. */
static void one(struct fuzz_in *in)
{
	uint8_t op = fuzz_u8(in);
	struct end *e = op & 0x40 ? &guest : &program;
	struct end *other = op & 0x40 ? &program : &guest;

	switch (op & 0xf) {
	case 0:
	case 1:
		give_bytes(e, other, in);
		break;
	case 2:
	case 3:
		give_many(e, other, in);
		break;
	case 4:
		give_fds(e, other, in);
		break;
	case 5:
		give_greeting(in);
		break;
	case 6:
	case 7:
		take(e, other, fuzz_u16(in));
		break;
	case 8:
		while (take(e, other, SIZE_MAX))
			;
		break;
	case 9:
		end_shut(e, SHUT_WR);
		break;
	case 10:
		end_shut(e, fuzz_u8(in) % 3);
		break;
	case 11:
		end_close(e);
		break;
	case 12:
		worker_call(&worker, serve_once, &conn);
		break;
	}
	if (!(op & 0x80))
		settle();
}

struct opening {
	int host, guest;
};

static void open_conn(void *arg)
{
	const struct opening *o = arg;

	if (by_guest)
		vsock_conn_open_guest(&conn, &worker, o->guest, o->host);
	else
		vsock_conn_open_host(&conn, &worker, o->host);
}

static void end_init(struct end *e, int fd)
{
	e->fd = fd;
	e->closed = e->ended = e->told = false;
	e->filling = 0;
	e->nr = e->done = 0;
}

static void begin(struct fuzz_in *in)
{
	uint8_t kind = fuzz_u8(in);
	struct opening o = { .guest = -1 };
	int fd[2];

	by_guest = kind & 1;
	lossy = false;
	verdict = MAYBE;
	dial.how = fuzz_u8(in);
	dial.local = fuzz_u32(in);
	dial.calls = 0;
	dial.fd = -1;
	make_pair(fd, kind >> 1);
	o.host = fd[0];
	end_init(&program, fd[1]);
	end_init(&guest, -1);
	if (by_guest) {
		make_pair(fd, kind >> 3);
		o.guest = fd[0];
		guest.fd = fd[1];
	}
	worker_call(&worker, open_conn, &o);
	settle();
}

static void check_all_came(const struct end *e, const struct end *other)
{
	if (e->fd < 0)
		return;
	fuzz_check(e->told || !other->closed);
	if (!lossy)
		fuzz_check(e->done == e->nr && (e->told || !other->ended));
}

/* Both read on: all there is arrives, and who has closed leaves nothing. */
static void finish(void)
{
	size_t n;

	do {
		settle();
		n = take(&program, &guest, SIZE_MAX);
		n += take(&guest, &program, SIZE_MAX);
	} while (n);
	if (by_guest || (verdict == GOOD && !refused())) {
		check_all_came(&program, &guest);
		check_all_came(&guest, &program);
	} else if (program.fd >= 0) {
		fuzz_check(program.told || (!program.ended &&
					    (verdict == MAYBE ||
					     verdict == HOPELESS)));
	}
	end_close(&program);
	end_close(&guest);
	settle();
	fuzz_check(conn.state == VSOCK_FREE);
	fuzz_check(conn.host.src.fd == -1 && conn.guest.src.fd == -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	unsigned int i, j, fds;

	if (!worker.started) {
		fuzz_check(!worker_start(&worker, "vsock"));
		worker_call(&worker, watch_again, NULL);
	}
	fds = fuzz_fds();
	for (i = 0; i < SESSIONS && in.left; i++) {
		begin(&in);
		for (j = 0; j < OPS && in.left; j++)
			one(&in);
		finish();
		fuzz_check(fuzz_fds() == fds);
	}
	worker_call(&worker, close_conn, &conn);
	return 0;
}
