// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vsock: the bridge between Unix sockets and a guest, which here is made of
 * Unix sockets too, at abstract addresses; and what vsock_create() refuses
 */
#include "virtio/vsock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "t.h"
#include "util.h"
#include "virtio/vsock_bridge.h"

#define CID	5
#define STRANGER 666	/* connections of the "guest" to this port are his */
#define REFUSED	 13
#define TAKEN	 14	/* on the host, by somebody else */

/* ---- the guest ---- */

static socklen_t address(struct sockaddr_un *ret, const char *what,
			 uint32_t port)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
		(size_t)snprintf(ret->sun_path + 1, sizeof(ret->sun_path) - 1,
				 "test_vsock-%d-%s-%u", getpid(), what, port));
}

static int stream(int flags)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static int listen_at(const char *what, uint32_t port, int flags)
{
	struct sockaddr_un addr;
	socklen_t len = address(&addr, what, port);
	int fd = stream(flags);

	if (!bind(fd, (struct sockaddr *)&addr, len) && !listen(fd, 200))
		return fd;
	close(fd);
	return -EADDRINUSE;
}

static int connect_to(const char *what, uint32_t port, int flags)
{
	struct sockaddr_un addr;
	socklen_t len = address(&addr, what, port);
	int fd = stream(flags);

	if (!connect(fd, (struct sockaddr *)&addr, len))
		return fd;
	close(fd);
	return -ECONNREFUSED;
}

static uint32_t port_listened;

static int net_listen(uint32_t port)
{
	port_listened = port;
	return port == TAKEN ? -EADDRINUSE :
		listen_at("host", port, SOCK_NONBLOCK);
}

static int net_accept(int fd, uint32_t *ret_cid)
{
	*ret_cid = port_listened == STRANGER ? CID + 1 : CID;
	fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int net_connect(uint32_t cid, uint32_t port)
{
	ck_assert_uint_eq(cid, CID);
	return connect_to("guest", port, SOCK_NONBLOCK);
}

static uint32_t net_local_port(int fd)
{
	(void)fd;
	return 1073741824;
}

static const struct vsock_net net = {
	.listen = net_listen,
	.accept = net_accept,
	.connect = net_connect,
	.local_port = net_local_port,
};

/* ---- the stage ---- */

struct stage {
	char dir[64];
	char path[100];
	struct vsock_bridge *b;
	struct worker worker;
	struct err err;
	int guest;		/* listens to port 1000 in the guest */
};

static void stage_path(struct stage *s)
{
	memset(s, 0, sizeof(*s));
	strcpy(s->dir, "/tmp/test_vsock.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->dir));
	snprintf(s->path, sizeof(s->path), "%s/v.sock", s->dir);
}

static void stage_run(struct stage *s)
{
	ck_assert_int_eq(vsock_bridge_create(s->path, "vsock0", CID, &net,
					     &s->b, &s->err), 0);
	ck_assert_int_eq(worker_start(&s->worker, "test"), 0);
	ck_assert_int_eq(vsock_bridge_start(s->b, &s->worker), 0);
	s->guest = listen_at("guest", 1000, 0);
}

static void stage_init(struct stage *s)
{
	stage_path(s);
	stage_run(s);
}

static void stage_fini(struct stage *s)
{
	if (s->b)
		vsock_bridge_stop(s->b);
	worker_stop(&s->worker);
	vsock_bridge_destroy(s->b);
	if (s->guest > 0)
		close(s->guest);
	ck_assert_int_eq(rmdir(s->dir), 0);
}

static int unix_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = stream(0);

	memcpy(addr.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	return fd;
}

static int unix_listen(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = stream(0);

	memcpy(addr.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(fd, 10), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

static void hear(int fd, const char *text)
{
	char buf[64] = "";

	ck_assert_int_eq(recv(fd, buf, strlen(text), MSG_WAITALL),
			 strlen(text));
	ck_assert_str_eq(buf, text);
}

/* Closed, with or without bytes that nobody has read. */
static void hear_end(int fd)
{
	char c;

	ck_assert_int_le(recv(fd, &c, 1, 0), 0);
}

static int guest_accept(const struct stage *s)
{
	int fd = accept4(s->guest, NULL, NULL, SOCK_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* A connection from the host to port 1000. */
static int dial(struct stage *s, int *ret_guest)
{
	int fd = unix_connect(s->path);

	say(fd, "CONNECT 1000\n");
	*ret_guest = guest_accept(s);
	hear(fd, "OK 1073741824\n");
	return fd;
}

/* ---- from the host ---- */

START_TEST(a_program_of_the_host_reaches_the_guest)
{
	struct stage s;
	struct stat st;
	int host, guest;

	stage_init(&s);
	ck_assert_int_eq(stat(s.path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	host = dial(&s, &guest);
	say(host, "hello");
	hear(guest, "hello");
	say(guest, "world");
	hear(host, "world");
	close(host);
	hear_end(guest);
	close(guest);
	stage_fini(&s);
	ck_assert_int_eq(access(s.path, F_OK), -1);
}
END_TEST

START_TEST(what_follows_the_greeting_is_for_the_guest)
{
	struct stage s;
	int host, guest;

	stage_init(&s);
	host = unix_connect(s.path);
	say(host, "CONNECT 10");
	usleep(20000);
	say(host, "00\nGET / HTTP");
	guest = guest_accept(&s);
	hear(guest, "GET / HTTP");
	hear(host, "OK 1073741824\n");
	close(host);
	close(guest);
	stage_fini(&s);
}
END_TEST

START_TEST(one_direction_may_end_before_the_other)
{
	struct stage s;
	int host, guest;

	stage_init(&s);
	host = dial(&s, &guest);
	say(host, "request");
	shutdown(host, SHUT_WR);
	hear(guest, "request");
	hear_end(guest);
	say(guest, "answer");
	close(guest);
	hear(host, "answer");
	hear_end(host);
	close(host);
	stage_fini(&s);
}
END_TEST

static const char *const greetings[] = {
	"CONNECT 13\n",		/* nobody listens */
	"CONNECT\n", "CONNECT \n", "CONNECT x\n", "CONNECT 1x\n",
	"CONNECT -1\n", "CONNECT +1\n", "CONNECT  1000\n", "CONNECT 1000 \n",
	"CONNECT 01000\n", "CONNECT 1000\r\n", "connect 1000\n",
	"CONNECT 4294967296\n", "CONNECT 99999999999999999999\n",
	"GET / HTTP/1.1\r\n", "\n", "X",
	"CONNECT 1000                                     \n",
	"CONNECT 000000000000000000000000000000000000000000000000000000",
};

START_TEST(bad_greetings)
{
	struct stage s;
	size_t i;

	stage_init(&s);
	for (i = 0; i < ARRAY_SIZE(greetings); i++) {
		int fd = unix_connect(s.path);

		say(fd, greetings[i]);
		hear_end(fd);
		close(fd);
	}
	stage_fini(&s);
}
END_TEST

/* Writes all and reads all at both ends, whatever comes first. */
static void pump(int from, int to, size_t total)
{
	static char out[100000], in[100000];
	size_t sent = 0, got = 0, i;

	for (i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7 + i / 256);
	while (got < total) {
		size_t at = sent % sizeof(out), left = total - sent;
		ssize_t n;

		if (left > sizeof(out) - at)
			left = sizeof(out) - at;
		n = left ? send(from, out + at, left, MSG_DONTWAIT) : 0;
		sent += n > 0 ? (size_t)n : 0;
		at = got % sizeof(out);
		n = recv(to, in, sizeof(out) - at, MSG_DONTWAIT);
		if (n <= 0)
			continue;
		ck_assert_mem_eq(in, out + at, (size_t)n);
		got += (size_t)n;
	}
}

START_TEST(many_bytes_in_both_directions)
{
	struct stage s;
	int host, guest;

	stage_init(&s);
	host = dial(&s, &guest);
	pump(host, guest, 20 << 20);
	pump(guest, host, 20 << 20);
	close(host);
	close(guest);
	stage_fini(&s);
}
END_TEST

START_TEST(a_reader_that_is_slow_stops_the_sender)
{
	char buf[65536] = "";
	struct stage s;
	size_t sent = 0;
	int host, guest, quiet = 0;

	stage_init(&s);
	host = dial(&s, &guest);
	while (quiet < 20 && sent < 64 << 20) {
		ssize_t n = send(host, buf, sizeof(buf), MSG_DONTWAIT);

		if (n > 0)
			sent += (size_t)n;
		else if (quiet++ >= 0)
			usleep(10000);
	}
	ck_assert_uint_lt(sent, 8 << 20);
	while (sent) {
		ssize_t n = recv(guest, buf, sizeof(buf), 0);

		ck_assert_int_gt(n, 0);
		sent -= (size_t)n;
	}
	close(host);
	close(guest);
	stage_fini(&s);
}
END_TEST

START_TEST(connections_are_limited)
{
	int host[VSOCK_BRIDGE_CONNS_MAX], guest[VSOCK_BRIDGE_CONNS_MAX];
	struct stage s;
	int i, extra;

	stage_init(&s);
	for (i = 0; i < VSOCK_BRIDGE_CONNS_MAX; i++)
		host[i] = dial(&s, &guest[i]);
	extra = unix_connect(s.path);
	hear_end(extra);
	close(extra);
	close(host[7]);
	hear_end(guest[7]);
	close(guest[7]);
	/* the place is free once the bridge has seen both ends go */
	usleep(100000);
	host[7] = dial(&s, &guest[7]);
	say(host[7], "x");
	hear(guest[7], "x");
	for (i = 0; i < VSOCK_BRIDGE_CONNS_MAX; i++) {
		close(host[i]);
		close(guest[i]);
	}
	stage_fini(&s);
}
END_TEST

START_TEST(a_stop_ends_connections_and_a_start_takes_new_ones)
{
	struct stage s;
	int host, guest, fd;

	stage_init(&s);
	host = dial(&s, &guest);
	vsock_bridge_stop(s.b);
	hear_end(host);
	hear_end(guest);
	close(host);
	close(guest);
	fd = unix_connect(s.path);
	hear_end(fd);
	close(fd);
	ck_assert_int_eq(vsock_bridge_start(s.b, &s.worker), 0);
	host = dial(&s, &guest);
	close(host);
	close(guest);
	stage_fini(&s);
}
END_TEST

/* ---- from the guest ---- */

static int guest_dial(uint32_t port)
{
	int i, fd = -1;

	for (i = 0; i < 200 && fd < 0; i++) {
		fd = connect_to("host", port, 0);
		if (fd < 0)
			usleep(10000);
	}
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void port_path(const struct stage *s, uint32_t port, char *ret,
		      size_t len)
{
	snprintf(ret, len, "%s_%u", s->path, port);
}

static void guest_reaches(const struct stage *s, uint32_t port, int server)
{
	int guest = guest_dial(port);
	int host = accept4(server, NULL, NULL, SOCK_CLOEXEC);

	(void)s;
	ck_assert_int_ge(host, 0);
	say(guest, "from the guest");
	hear(host, "from the guest");
	say(host, "from the host");
	hear(guest, "from the host");
	close(guest);
	hear_end(host);
	close(host);
}

START_TEST(the_guest_reaches_sockets_that_are_there_and_that_come)
{
	struct stage s;
	char early[120], late[120];
	int a, b;

	stage_path(&s);
	port_path(&s, 52, early, sizeof(early));
	port_path(&s, 5300, late, sizeof(late));
	a = unix_listen(early);
	stage_run(&s);
	guest_reaches(&s, 52, a);
	b = unix_listen(late);
	guest_reaches(&s, 5300, b);
	guest_reaches(&s, 52, a);
	unlink(early);
	unlink(late);
	close(a);
	close(b);
	stage_fini(&s);
}
END_TEST

START_TEST(a_socket_that_goes_is_no_longer_reached)
{
	struct stage s;
	char path[120];
	int i, server, fd = 0;

	stage_init(&s);
	port_path(&s, 52, path, sizeof(path));
	server = unix_listen(path);
	guest_reaches(&s, 52, server);
	close(server);
	/* it is there, but nobody listens */
	fd = guest_dial(52);
	hear_end(fd);
	close(fd);
	unlink(path);
	for (i = 0; i < 200; i++) {
		fd = connect_to("host", 52, 0);
		if (fd < 0)
			break;
		close(fd);
		usleep(10000);
	}
	ck_assert_int_eq(fd, -ECONNREFUSED);
	stage_fini(&s);
}
END_TEST

START_TEST(others_than_the_guest_are_refused)
{
	struct stage s;
	char path[120];
	int server, fd;

	stage_init(&s);
	port_path(&s, STRANGER, path, sizeof(path));
	server = unix_listen(path);
	fd = guest_dial(STRANGER);
	hear_end(fd);
	close(fd);
	close(server);
	unlink(path);
	stage_fini(&s);
}
END_TEST

static const char *const no_ports[] = {
	"v.sock_", "v.sock_x", "v.sock_052", "v.sock_52x", "v.sock_-1",
	"v.sock_4294967295", "v.sock_99999999999999999999", "v.sock52",
	"w.sock_52", "v.sock_+52", "v.sock_ 52", "v.sock_14",
};

static void make_file(const struct stage *s, const char *name)
{
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

START_TEST(names_that_are_no_ports)
{
	struct stage s;
	size_t i;

	stage_init(&s);
	port_listened = 0;
	for (i = 0; i < ARRAY_SIZE(no_ports); i++)
		make_file(&s, no_ports[i]);
	usleep(100000);
	/* of the last it was said that it is in use */
	ck_assert_uint_eq(port_listened, TAKEN);
	for (i = 0; i < ARRAY_SIZE(no_ports); i++) {
		char path[200];

		snprintf(path, sizeof(path), "%s/%s", s.dir, no_ports[i]);
		unlink(path);
	}
	stage_fini(&s);
}
END_TEST

/* ---- the socket ---- */

START_TEST(a_stale_socket_is_replaced_and_no_other_file)
{
	struct stage s;

	stage_path(&s);
	close(unix_listen(s.path));
	stage_run(&s);
	close(unix_connect(s.path));
	stage_fini(&s);

	stage_path(&s);
	make_file(&s, "v.sock");
	ck_assert_int_lt(vsock_bridge_create(s.path, "vsock0", CID, &net, &s.b,
					     &s.err), 0);
	ck_assert_int_eq(s.err.kind, ERR_CONFIG);
	ck_assert_ptr_null(s.b);
	ck_assert_int_eq(unlink(s.path), 0);
	ck_assert_int_eq(rmdir(s.dir), 0);
}
END_TEST

START_TEST(a_socket_in_use_is_left_alone)
{
	struct stage s;
	struct vsock_bridge *other = NULL;
	int host, guest;

	stage_init(&s);
	ck_assert_int_lt(vsock_bridge_create(s.path, "vsock1", CID, &net,
					     &other, &s.err), 0);
	ck_assert_ptr_nonnull(strstr(s.err.text, "cannot listen here"));
	host = dial(&s, &guest);
	close(host);
	close(guest);
	stage_fini(&s);
}
END_TEST

START_TEST(bad_paths)
{
	char path[200];
	struct vsock_bridge *b = NULL;
	struct err e;

	memset(path, 'a', 97);
	path[97] = '\0';
	ck_assert_int_eq(vsock_bridge_create(path, "v", CID, &net, &b, &e),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "1 to 96 bytes"));
	ck_assert_int_eq(vsock_bridge_create("", "v", CID, &net, &b, &e),
			 -EINVAL);
	ck_assert_int_lt(vsock_bridge_create("/nowhere/x", "v", CID, &net, &b,
					     &e), 0);
	ck_assert_ptr_null(b);
	vsock_bridge_destroy(NULL);
}
END_TEST

/* ---- the device ---- */

START_TEST(a_cid_that_no_guest_can_have)
{
	static const uint64_t cids[] = {
		0, 1, 2, UINT32_MAX, UINT64_C(0x100000003), UINT64_MAX,
	};
	struct vdev *dev = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cids); i++) {
		const struct vsock_options o = { .cid = cids[i] };
		struct err e;

		ck_assert_int_eq(vsock_create(&o, "vsock0", &dev, &e),
				 -EINVAL);
		ck_assert_int_eq(e.kind, ERR_CONFIG);
	}
	ck_assert_ptr_null(dev);
}
END_TEST

START_TEST(a_host_without_vhost_vsock)
{
	const struct vsock_options o = { .cid = 77 };
	struct vdev *dev = NULL;
	struct err e;

	if (!access("/dev/vhost-vsock", F_OK)) {
		T_SKIP("this host has one");
		return;
	}
	ck_assert_int_eq(vsock_create(&o, "vsock0", &dev, &e), -ENOENT);
	ck_assert_int_eq(e.kind, ERR_HOST);
	ck_assert_ptr_nonnull(strstr(e.text, "modprobe vhost_vsock"));
}
END_TEST

T_MAIN("vsock",
       a_program_of_the_host_reaches_the_guest,
       what_follows_the_greeting_is_for_the_guest,
       one_direction_may_end_before_the_other,
       bad_greetings,
       many_bytes_in_both_directions,
       a_reader_that_is_slow_stops_the_sender,
       connections_are_limited,
       a_stop_ends_connections_and_a_start_takes_new_ones,
       the_guest_reaches_sockets_that_are_there_and_that_come,
       a_socket_that_goes_is_no_longer_reached,
       others_than_the_guest_are_refused,
       names_that_are_no_ports,
       a_stale_socket_is_replaced_and_no_other_file,
       a_socket_in_use_is_left_alone,
       bad_paths,
       a_cid_that_no_guest_can_have,
       a_host_without_vhost_vsock)
