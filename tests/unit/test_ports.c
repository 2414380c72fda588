// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_ports - console ports: what is at a path, who is told of whom, and that
 * no byte is lost between a guest and a host that are not equally fast
 */
#include "virtio/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_console.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest_rig.h"
#include "t.h"
#include "util.h"
#include "virtio/port_end.h"

#define MULTIPORT	BIT(VIRTIO_CONSOLE_F_MULTIPORT)
#define CTL_RX		2
#define CTL_TX		3
#define RX(n)		(2 + 2 * (n))	/* of port n, from 1 */
#define TX(n)		(3 + 2 * (n))

static struct guest_rig g;
static char dir[32];
static struct err e;

static const char *in_dir(const char *name)
{
	static char path[4][96];
	static unsigned int i;
	char *at = path[i++ % 4];

	snprintf(at, sizeof(path[0]), "%s/%s", dir, name);
	return at;
}

static void make_dir(void)
{
	strcpy(dir, "/tmp/tallyvm-ports-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

/* Whatever the device made is gone when it is. */
static void remove_dir(void)
{
	ck_assert_msg(!rmdir(dir), "something is left in %s", dir);
}

static void open_one(const char *path)
{
	const struct port_options o = { "agent", path };
	struct vdev *dev;

	ck_assert_msg(!ports_create("ports0", &o, 1, &dev, &e), "%s", e.text);
	gr_init(&g, dev, false);
}

static void say(uint32_t id, uint16_t event, uint16_t value)
{
	const struct virtio_console_control m = { id, event, value };

	gr_send(&g, CTL_TX, &m, sizeof(m));
	ck_assert(gr_used(&g, CTL_TX, NULL));
}

/* The next message of the device is this one; a new buffer replaces it. */
static char *hears(char *at, uint32_t id, uint16_t event, uint16_t value)
{
	struct virtio_console_control m;
	uint32_t len;

	ck_assert(gr_used(&g, CTL_RX, &len));
	ck_assert_uint_ge(len, sizeof(m));
	memcpy(&m, at, sizeof(m));
	ck_assert_uint_eq(m.id, id);
	ck_assert_uint_eq(m.event, event);
	ck_assert_uint_eq(m.value, value);
	at[len] = '\0';
	return at + sizeof(m);
}

/* Up to where a program of the guest has the port open. */
static void start_one(bool connected)
{
	char *first, *second, *third;

	gr_start(&g, MULTIPORT);
	first = gr_room(&g, CTL_RX, 128);
	second = gr_room(&g, CTL_RX, 128);
	say(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
	hears(first, 1, VIRTIO_CONSOLE_PORT_ADD, 1);
	say(1, VIRTIO_CONSOLE_PORT_READY, 1);
	ck_assert_str_eq(hears(second, 1, VIRTIO_CONSOLE_PORT_NAME, 1),
			 "agent");
	if (connected) {
		third = gr_room(&g, CTL_RX, 128);
		hears(third, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
	}
	say(1, VIRTIO_CONSOLE_PORT_OPEN, 1);
}

static int client(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	return fd;
}

static void read_exactly(int fd, char *buf, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while (len) {
		ck_assert_int_eq(poll(&p, 1, 5000), 1);
		n = read(fd, buf, len);
		ck_assert_int_gt(n, 0);
		buf += n;
		len -= (size_t)n;
	}
}

/* CPU time of this process does not grow: no thread spins. */
static void nobody_spins(void)
{
	struct timespec a, b;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	usleep(100000);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	ck_assert_int_lt((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec -
			 a.tv_nsec, 50000000);
}

START_TEST(both_ways)
{
	char buf[8];
	char *in;
	int fd;

	make_dir();
	open_one(in_dir("s"));
	fd = client(in_dir("s"));
	start_one(true);
	gr_send(&g, TX(1), "hello", 5);
	ck_assert(gr_used(&g, TX(1), NULL));
	read_exactly(fd, buf, 5);
	ck_assert_int_eq(memcmp(buf, "hello", 5), 0);
	in = gr_room(&g, RX(1), 64);
	ck_assert_int_eq(write(fd, "there", 5), 5);
	uint32_t len = 0;
	ck_assert(gr_used(&g, RX(1), &len));
	ck_assert_uint_eq(len, 5);
	ck_assert_int_eq(memcmp(in, "there", 5), 0);
	nobody_spins();
	close(fd);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* Port 0 is not there: no message, and what is written to it is discarded. */
START_TEST(port_0)
{
	make_dir();
	open_one(in_dir("s"));
	start_one(false);
	gr_send(&g, 1, "x", 1);
	ck_assert(gr_used(&g, 1, NULL));
	gr_room(&g, 0, 16);
	ck_assert(gr_idle(&g, 0));
	ck_assert_uint_eq(vdev_config_read(g.dev, 4, 4), 2);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* The first hangs up, the second waits for that, the guest hears of both. */
START_TEST(one_client_at_a_time)
{
	char buf[8], *gone, *back;
	int first, second;

	make_dir();
	open_one(in_dir("s"));
	first = client(in_dir("s"));
	start_one(true);
	second = client(in_dir("s"));
	ck_assert(gr_idle(&g, CTL_RX));
	close(first);
	gone = gr_room(&g, CTL_RX, 128);
	back = gr_room(&g, CTL_RX, 128);
	hears(gone, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
	hears(back, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
	gr_send(&g, TX(1), "two", 3);
	read_exactly(second, buf, 3);
	nobody_spins();
	close(second);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* A guest that takes no news gets no new client, and the last word at last. */
START_TEST(next_client_waits_for_the_news)
{
	int first, second;
	char buf[1], *at;

	make_dir();
	open_one(in_dir("s"));
	first = client(in_dir("s"));
	start_one(true);
	close(first);
	second = client(in_dir("s"));
	usleep(30000);
	gr_send(&g, TX(1), "lost", 4);
	ck_assert(gr_used(&g, TX(1), NULL));
	at = gr_room(&g, CTL_RX, 128);
	hears(at, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
	at = gr_room(&g, CTL_RX, 128);
	hears(at, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
	ck_assert_int_eq(recv(second, buf, 1, MSG_DONTWAIT), -1);
	close(second);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* What a client sent before it left is given first, then the end is told. */
START_TEST(last_words)
{
	char *in, *at;
	uint32_t len;
	int fd;

	make_dir();
	open_one(in_dir("s"));
	fd = client(in_dir("s"));
	ck_assert_int_eq(write(fd, "last words", 10), 10);
	close(fd);
	start_one(true);
	nobody_spins();
	at = gr_room(&g, CTL_RX, 128);
	ck_assert(gr_idle(&g, CTL_RX));
	in = gr_room(&g, RX(1), 4);
	ck_assert(gr_used(&g, RX(1), &len));
	ck_assert_uint_eq(len, 4);
	ck_assert_int_eq(memcmp(in, "last", 4), 0);
	ck_assert(gr_idle(&g, CTL_RX));
	gr_room(&g, RX(1), 64);
	ck_assert(gr_used(&g, RX(1), &len));
	ck_assert_uint_eq(len, 6);
	hears(at, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* It sends no more, and still reads. */
START_TEST(half_closed)
{
	char buf[4];
	int fd;

	make_dir();
	open_one(in_dir("s"));
	fd = client(in_dir("s"));
	start_one(true);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	gr_room(&g, CTL_RX, 128);
	gr_room(&g, RX(1), 16);
	ck_assert(gr_idle(&g, CTL_RX));
	nobody_spins();
	gr_send(&g, TX(1), "abc", 3);
	read_exactly(fd, buf, 3);
	close(fd);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* Input waits in the socket until a program of the guest opens the port. */
START_TEST(closed_in_the_guest)
{
	uint32_t len;
	int fd;

	make_dir();
	open_one(in_dir("s"));
	fd = client(in_dir("s"));
	start_one(true);
	say(1, VIRTIO_CONSOLE_PORT_OPEN, 0);
	gr_room(&g, RX(1), 16);
	ck_assert_int_eq(write(fd, "in", 2), 2);
	ck_assert(gr_idle(&g, RX(1)));
	nobody_spins();
	say(1, VIRTIO_CONSOLE_PORT_OPEN, 1);
	ck_assert(gr_used(&g, RX(1), &len));
	ck_assert_uint_eq(len, 2);
	close(fd);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* What byte @i of a long output is. */
static char pattern(size_t i)
{
	return (char)(i * 7 + i / 251);
}

static void fill(char *buf, size_t len, size_t from)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = pattern(from + i);
}

static void is_filled(const char *buf, size_t len, size_t from)
{
	size_t i, wrong = 0;

	for (i = 0; i < len; i++)
		wrong += buf[i] != pattern(from + i);
	ck_assert_uint_eq(wrong, 0);
}

/* 4 MiB to a reader that comes late: the queue waits, nothing is lost. */
START_TEST(slow_reader)
{
	enum { PART = 0x20000, PARTS = 32 };
	static char buf[PART];
	unsigned int i, sent;
	int fd;

	make_dir();
	open_one(in_dir("s"));
	fd = client(in_dir("s"));
	start_one(true);
	for (sent = 0; sent < PARTS; sent++) {
		fill(buf, PART, sent * (size_t)PART);
		gr_send(&g, TX(1), buf, PART);
	}
	nobody_spins();
	for (i = 0; i < PARTS; i++) {
		read_exactly(fd, buf, PART);
		is_filled(buf, PART, i * (size_t)PART);
	}
	for (i = 0; i < PARTS; i++)
		ck_assert(gr_used(&g, TX(1), NULL));
	close(fd);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* It hangs up in the middle of a request: the next gets nothing of the rest. */
START_TEST(gone_in_the_middle)
{
	static char big[0x400000];
	char buf[4], *at;
	int fd;

	make_dir();
	open_one(in_dir("s"));
	fd = client(in_dir("s"));
	start_one(true);
	gr_send(&g, TX(1), big, sizeof(big));
	ck_assert(gr_idle(&g, TX(1)));
	close(fd);
	ck_assert(gr_used(&g, TX(1), NULL));
	at = gr_room(&g, CTL_RX, 128);
	hears(at, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
	fd = client(in_dir("s"));
	at = gr_room(&g, CTL_RX, 128);
	hears(at, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
	gr_send(&g, TX(1), "new", 3);
	read_exactly(fd, buf, 3);
	ck_assert_int_eq(memcmp(buf, "new", 3), 0);
	close(fd);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* The client stays while the guest is reset, also in the middle of a request;
 * the new driver is told of it. */
START_TEST(reset_in_the_middle)
{
	static char big[0x400000];
	int fd, i;

	make_dir();
	open_one(in_dir("s"));
	fd = client(in_dir("s"));
	start_one(true);
	gr_send(&g, TX(1), big, sizeof(big));
	for (i = 0; i < 20; i++) {
		gr_reset(&g);
		g.next = 0x800000;
		start_one(true);
	}
	gr_reset(&g);
	nobody_spins();
	close(fd);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* Messages that mean nothing, and lengths that are none. */
START_TEST(hostile_messages)
{
	static const struct virtio_console_control bad[] = {
		{ 2, VIRTIO_CONSOLE_PORT_OPEN, 1 },
		{ UINT32_MAX, VIRTIO_CONSOLE_PORT_READY, 1 },
		{ 0, VIRTIO_CONSOLE_PORT_READY, 1 },
		{ 1, 0xffff, 0xffff },
		{ 1, VIRTIO_CONSOLE_PORT_ADD, 1 },
		{ 1, VIRTIO_CONSOLE_DEVICE_READY, 0 },
	};
	size_t i;
	uint32_t len;

	make_dir();
	open_one(in_dir("s"));
	start_one(false);
	gr_room(&g, CTL_RX, 128);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		gr_send(&g, CTL_TX, &bad[i], sizeof(bad[i]));
		ck_assert(gr_used(&g, CTL_TX, &len));
		ck_assert_uint_eq(len, 0);
	}
	for (i = 0; i < 8; i++) {
		gr_send(&g, CTL_TX, &bad[0], (uint32_t)i + !i);
		ck_assert(gr_used(&g, CTL_TX, NULL));
	}
	/* the wrong direction: nothing to read, nothing to write into */
	gr_room(&g, CTL_TX, 64);
	ck_assert(gr_used(&g, CTL_TX, &len));
	gr_room(&g, TX(1), 64);
	ck_assert(gr_used(&g, TX(1), &len));
	ck_assert_uint_eq(len, 0);
	ck_assert(gr_idle(&g, CTL_RX));
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* Requests for input without a byte of room are given back, not fallen over. */
START_TEST(no_room)
{
	uint32_t len;
	char *in;
	int fd;

	make_dir();
	open_one(in_dir("s"));
	fd = client(in_dir("s"));
	start_one(true);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	gr_send(&g, RX(1), "readable", 8);
	ck_assert(gr_used(&g, RX(1), &len));
	ck_assert_uint_eq(len, 0);
	in = gr_room(&g, RX(1), 1);
	ck_assert(gr_used(&g, RX(1), &len));
	ck_assert_uint_eq(len, 1);
	ck_assert_int_eq(*in, 'x');
	close(fd);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* A short buffer for news cuts it; the rest of the device goes on. */
START_TEST(short_news)
{
	uint32_t len;

	make_dir();
	open_one(in_dir("s"));
	gr_start(&g, MULTIPORT);
	gr_room(&g, CTL_RX, 3);
	say(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
	ck_assert(gr_used(&g, CTL_RX, &len));
	ck_assert_uint_eq(len, 3);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* A ring that is wrong stops the device until a reset, and only then. */
START_TEST(broken_ring)
{
	int fd;

	make_dir();
	open_one(in_dir("s"));
	start_one(false);
	gr_add(&g, TX(1), GR_BASE + GR_SIZE - 4, 8, false);
	gr_kick(&g, TX(1));
	ck_assert(gr_sick(&g));
	nobody_spins();
	/* a client comes, and the guest is told when it can be */
	gr_room(&g, CTL_RX, 128);
	fd = client(in_dir("s"));
	ck_assert(gr_idle(&g, CTL_RX));
	nobody_spins();
	start_one(true);
	gr_send(&g, TX(1), "ok", 2);
	ck_assert(gr_used(&g, TX(1), NULL));
	close(fd);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* One port floods; the other is served all the same. */
START_TEST(two_ports)
{
	struct port_options o[] = { { .name = "one" }, { .name = "two" } };
	static char big[0x400000];
	struct vdev *dev;
	char buf[4];
	int fd;

	make_dir();
	o[0].path = in_dir("1");
	o[1].path = in_dir("2");
	ck_assert_int_eq(ports_create("ports0", o, 2, &dev, &e), 0);
	gr_init(&g, dev, false);
	gr_start(&g, MULTIPORT);
	fd = client(in_dir("2"));
	say(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
	say(2, VIRTIO_CONSOLE_PORT_READY, 1);
	gr_send(&g, TX(1), big, sizeof(big));
	gr_send(&g, TX(2), "abc", 3);
	read_exactly(fd, buf, 3);
	ck_assert(gr_used(&g, TX(1), NULL));
	close(fd);
	gr_fini(&g);
	remove_dir();
}
END_TEST

/* What is in a file stays; what the guest writes comes behind it. */
START_TEST(file)
{
	char buf[16] = "";
	int fd;

	make_dir();
	fd = open(in_dir("f"), O_RDWR | O_CREAT | O_EXCL, 0600);
	ck_assert_int_eq(write(fd, "old ", 4), 4);
	open_one(in_dir("f"));
	start_one(true);
	gr_room(&g, RX(1), 16);
	gr_send(&g, TX(1), "new", 3);
	ck_assert(gr_used(&g, TX(1), NULL));
	ck_assert_int_eq(pread(fd, buf, sizeof(buf), 0), 7);
	ck_assert_str_eq(buf, "old new");
	ck_assert(gr_idle(&g, RX(1)));
	gr_fini(&g);
	close(fd);
	ck_assert_int_eq(unlink(in_dir("f")), 0);
	remove_dir();
}
END_TEST

/* A disk that is full: the port closes, the guest is told, nothing hangs. */
START_TEST(file_is_full)
{
	struct rlimit was, small;
	char *at;
	int fd;

	make_dir();
	fd = open(in_dir("f"), O_RDWR | O_CREAT | O_EXCL, 0600);
	ck_assert_int_eq(write(fd, "12345678", 8), 8);
	open_one(in_dir("f"));
	start_one(true);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	small = was;
	small.rlim_cur = 8;
	setrlimit(RLIMIT_FSIZE, &small);
	gr_send(&g, TX(1), "more", 4);
	ck_assert(gr_used(&g, TX(1), NULL));
	setrlimit(RLIMIT_FSIZE, &was);
	at = gr_room(&g, CTL_RX, 128);
	hears(at, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
	gr_send(&g, TX(1), "still", 5);
	ck_assert(gr_used(&g, TX(1), NULL));
	gr_fini(&g);
	close(fd);
	ck_assert_int_eq(unlink(in_dir("f")), 0);
	remove_dir();
}
END_TEST

/* More than a FIFO holds, before anybody reads it. */
START_TEST(fifo)
{
	enum { PART = 0x20000 };
	static char buf[PART];
	int fd;

	make_dir();
	ck_assert_int_eq(mkfifo(in_dir("p"), 0600), 0);
	open_one(in_dir("p"));
	start_one(true);
	fill(buf, PART, 0);
	gr_send(&g, TX(1), buf, PART);
	ck_assert(gr_idle(&g, TX(1)));
	nobody_spins();
	fd = open(in_dir("p"), O_RDONLY | O_NONBLOCK);
	ck_assert_int_ge(fd, 0);
	memset(buf, 0, sizeof(buf));
	read_exactly(fd, buf, PART);
	is_filled(buf, PART, 0);
	ck_assert(gr_used(&g, TX(1), NULL));
	close(fd);
	gr_fini(&g);
	ck_assert_int_eq(unlink(in_dir("p")), 0);
	remove_dir();
}
END_TEST

static void refused(const char *path, const char *why)
{
	const struct port_options o = { "agent", path };
	struct vdev *dev;

	e.kind = ERR_NONE;
	ck_assert_int_lt(ports_create("ports0", &o, 1, &dev, &e), 0);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(e.text, why) != NULL, "%s", e.text);
}

START_TEST(refused_paths)
{
	char longer[200];
	struct port_end end;

	make_dir();
	refused(dir, "folder");
	refused(in_dir("none/s"), "No such file");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memcpy(longer, "/tmp/", 5);
	refused(longer, "at most 107 bytes");
	/* somebody listens there: and goes on */
	ck_assert_int_eq(port_end_open(&end, in_dir("s"), &e), 0);
	refused(in_dir("s"), "listens there already");
	ck_assert_int_eq(access(in_dir("s"), F_OK), 0);
	port_end_close(&end);
	port_end_close(&end);
	/* a link to nowhere is not followed and not replaced */
	ck_assert_int_eq(symlink("nowhere", in_dir("l")), 0);
	refused(in_dir("l"), "");
	ck_assert_int_eq(unlink(in_dir("l")), 0);
	remove_dir();
}
END_TEST

START_TEST(left_over_socket)
{
	struct port_end end;
	struct stat st;
	pid_t pid;

	make_dir();
	pid = fork();
	if (!pid)
		_exit(port_end_open(&end, in_dir("s"), &e) ? 1 : 0);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(lstat(in_dir("s"), &st), 0);
	ck_assert_int_eq(port_end_open(&end, in_dir("s"), &e), 0);
	ck_assert_int_eq(lstat(in_dir("s"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	/* what somebody else put there is not ours to remove */
	ck_assert_int_eq(unlink(in_dir("s")), 0);
	ck_assert_int_eq(symlink("x", in_dir("s")), 0);
	port_end_close(&end);
	ck_assert_int_eq(unlink(in_dir("s")), 0);
	remove_dir();
}
END_TEST

T_MAIN("ports", both_ways, port_0, one_client_at_a_time,
       next_client_waits_for_the_news, last_words, half_closed,
       closed_in_the_guest, slow_reader, gone_in_the_middle,
       reset_in_the_middle, hostile_messages, no_room, short_news, broken_ring,
       two_ports, file, file_is_full, fifo, refused_paths, left_over_socket)
