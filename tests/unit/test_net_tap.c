// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_net_tap - interfaces of the kernel that this runs on
 *
 * In a network namespace of its own, so nothing of the machine is touched.
 * Where that, or /dev/net/tun, is not to be had, the tests are skipped.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "compat/net.h"
#include "t.h"
#include "util.h"
#include "virtio/net_tap.h"

static struct net_tap t;
static struct err e;

static const struct net_options plain = { .fd = -1, .pairs = 1 };

/* Return: false, @test is skipped, where kernel or rights do not allow it. */
static bool namespace(const char *test)
{
	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		t_skip(test, "no network namespace: %s", strerror(errno));
		return false;
	}
	if (access("/dev/net/tun", R_OK | W_OK)) {
		t_skip(test, "/dev/net/tun: %s", strerror(errno));
		return false;
	}
	memset(&t, 0, sizeof(t));
	e = (struct err){ ERR_NONE, "" };
	return true;
}

static int request(unsigned long req, const char *name, struct ifreq *ifr)
{
	int sock = socket(AF_INET, SOCK_DGRAM, 0), r;

	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
	r = ioctl(sock, req, ifr) ? -errno : 0;
	close(sock);
	return r;
}

static bool is_up(const char *name)
{
	struct ifreq ifr = { 0 };

	return !request(SIOCGIFFLAGS, name, &ifr) && ifr.ifr_flags & IFF_UP;
}

/* Dotted, "" when it has none. */
static const char *address(const char *name)
{
	static char text[INET_ADDRSTRLEN];
	struct sockaddr_in sin;
	struct ifreq ifr = { 0 };

	text[0] = '\0';
	if (!request(SIOCGIFADDR, name, &ifr)) {
		memcpy(&sin, &ifr.ifr_addr, sizeof(sin));
		inet_ntop(AF_INET, &sin.sin_addr, text, sizeof(text));
	}
	return text;
}

static void open_tap(const struct net_options *o)
{
	ck_assert_msg(!net_tap_open(&t, o, "net0", &e), "%s", e.text);
}

START_TEST(new_interface)
{
	if (!namespace(__func__))
		return;
	open_tap(&plain);
	ck_assert_str_eq(t.name, "tap0");
	ck_assert(is_up("tap0"));
	ck_assert_str_eq(address("tap0"), NET_HOST_IP);
	ck_assert_uint_eq(t.mtu, 1500);
	ck_assert(net_tap_alive(&t));
	net_tap_close(&t);
	ck_assert_uint_eq(if_nametoindex("tap0"), 0);
	net_tap_close(&t);
}
END_TEST

START_TEST(name_and_address)
{
	struct net_options o = plain;

	if (!namespace(__func__))
		return;
	o.tapif = "guest7";
	o.host_ip = "10.1.2.3";
	open_tap(&o);
	ck_assert_str_eq(t.name, "guest7");
	ck_assert_str_eq(address("guest7"), "10.1.2.3");
	net_tap_close(&t);
	o.host_ip = "10.1.2";
	ck_assert_int_eq(net_tap_open(&t, &o, "net0", &e), -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "10.1.2"));
	ck_assert_uint_eq(if_nametoindex("guest7"), 0);
}
END_TEST

/* An interface that is there: "ip tuntap add kept0 mode tap [multi_queue]" */
static void make_persistent(short flags)
{
	struct ifreq ifr = {
		.ifr_name = "kept0",
		.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | flags),
	};
	int fd = open("/dev/net/tun", O_RDWR);

	ck_assert_int_eq(ioctl(fd, TUNSETIFF, &ifr), 0);
	ck_assert_int_eq(ioctl(fd, TUNSETPERSIST, 1), 0);
	close(fd);
}

START_TEST(existing_interface)
{
	struct net_options o = plain;

	if (!namespace(__func__))
		return;
	make_persistent(0);
	o.tapif = "kept0";
	open_tap(&o);
	ck_assert(!is_up("kept0"));
	ck_assert_str_eq(address("kept0"), "");
	net_tap_close(&t);
	ck_assert_uint_ne(if_nametoindex("kept0"), 0);
	/* one queue is all it has */
	o.pairs = 2;
	ck_assert_int_eq(net_tap_open(&t, &o, "net0", &e), -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "multi_queue"));
}
END_TEST

/* What net_tap_open() says on stderr, in @ret. */
static void open_and_listen(const struct net_options *o, char *ret, size_t len)
{
	int saved = dup(STDERR_FILENO), file = memfd_create("stderr", 0);
	ssize_t n;

	ck_assert_int_ge(dup2(file, STDERR_FILENO), 0);
	open_tap(o);
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	n = pread(file, ret, len - 1, 0);
	ck_assert_int_ge(n, 0);
	ret[n] = '\0';
	close(saved);
	close(file);
}

/* lkvm takes them in silence. */
START_TEST(addresses_that_do_nothing)
{
	struct net_options o = plain;
	char said[512];

	if (!namespace(__func__))
		return;
	o.host_ip = "10.1.2.3";
	open_and_listen(&o, said, sizeof(said));
	ck_assert_str_eq(said, "");
	net_tap_close(&t);
	o.guest_ip = "10.1.2.4";
	open_and_listen(&o, said, sizeof(said));
	ck_assert_ptr_nonnull(strstr(said, "net0: guest_ip does nothing with a tap"));
	ck_assert_ptr_null(strstr(said, "host_ip"));
	net_tap_close(&t);
	o.guest_ip = NULL;
	o.script = "true";
	open_and_listen(&o, said, sizeof(said));
	ck_assert_ptr_nonnull(strstr(said, "host_ip does nothing where a script brings tap0 up"));
	net_tap_close(&t);
	make_persistent(0);
	o.script = NULL;
	o.tapif = "kept0";
	open_and_listen(&o, said, sizeof(said));
	ck_assert_ptr_nonnull(strstr(said, "kept0 was there before"));
	net_tap_close(&t);
}
END_TEST

START_TEST(existing_with_queues)
{
	struct net_options o = plain;

	if (!namespace(__func__))
		return;
	make_persistent(IFF_MULTI_QUEUE);
	o.tapif = "kept0";
	open_tap(&o);
	net_tap_close(&t);
	o.pairs = 3;
	open_tap(&o);
	ck_assert_uint_eq(t.nr_fds, 3);
	net_tap_close(&t);
}
END_TEST

START_TEST(in_use)
{
	struct net_options o = plain;
	struct net_tap other;

	if (!namespace(__func__))
		return;
	o.tapif = "busy0";
	open_tap(&o);
	ck_assert_int_eq(net_tap_open(&other, &o, "net1", &e), -EBUSY);
	ck_assert_ptr_nonnull(strstr(e.text, "busy0 is in use"));
	net_tap_close(&t);
}
END_TEST

START_TEST(not_a_tap)
{
	struct net_options o = plain;

	if (!namespace(__func__))
		return;
	o.tapif = "lo";
	ck_assert_int_eq(net_tap_open(&t, &o, "net0", &e), -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "lo is no tap"));
	ck_assert_uint_eq(t.nr_fds, 0);
}
END_TEST

static bool is_detached(int fd)
{
	struct ifreq ifr = { 0 };

	ck_assert_int_eq(ioctl(fd, TUNGETIFF, &ifr), 0);
	return ifr.ifr_flags & IFF_DETACH_QUEUE;
}

START_TEST(queues)
{
	struct net_options o = plain;

	if (!namespace(__func__))
		return;
	o.pairs = NET_PAIRS_MAX;
	open_tap(&o);
	ck_assert_uint_eq(t.nr_fds, NET_PAIRS_MAX);
	for (unsigned int nr = NET_PAIRS_MAX; nr; nr -= nr > 3 ? 3 : 1) {
		ck_assert_int_eq(net_tap_use(&t, nr), 0);
		for (unsigned int i = 0; i < NET_PAIRS_MAX; i++)
			ck_assert_int_eq(is_detached(t.fd[i]), i >= nr);
		ck_assert(net_tap_alive(&t));
	}
	ck_assert_int_eq(net_tap_use(&t, NET_PAIRS_MAX), 0);
	net_tap_close(&t);
}
END_TEST

START_TEST(offloads)
{
	uint64_t features;

	if (!namespace(__func__))
		return;
	open_tap(&plain);
	features = net_tap_features(&t);
	ck_assert(features & BIT(VIRTIO_NET_F_CSUM));
	ck_assert(features & BIT(VIRTIO_NET_F_GUEST_CSUM));
	ck_assert(features & BIT(VIRTIO_NET_F_HOST_TSO6));
	ck_assert(features & BIT(VIRTIO_NET_F_GUEST_ECN));
	ck_assert_int_eq(net_tap_offload(&t, features), 0);
	/* each by itself: what makes no sense alone is left out */
	for (unsigned int bit = 0; bit < 64; bit++) {
		ck_assert_int_eq(net_tap_offload(&t, BIT(bit)), 0);
		ck_assert_int_eq(net_tap_offload(&t, features & ~BIT(bit)), 0);
	}
	ck_assert_int_eq(net_tap_offload(&t, 0), 0);
	net_tap_close(&t);
}
END_TEST

/* What the kernel answers to each misuse of a header is no crash of ours. */
START_TEST(kernel_refuses)
{
	struct virtio_net_hdr_v1 hdr = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 0xffff,
	};
	char frame[64] = { 0 };
	struct iovec iov[] = {
		{ &hdr, sizeof(hdr) }, { frame, sizeof(frame) },
	};

	if (!namespace(__func__))
		return;
	open_tap(&plain);
	ck_assert_int_eq(writev(t.fd[0], iov, 2), -1);
	ck_assert_int_eq(errno, EINVAL);
	hdr = (struct virtio_net_hdr_v1){ .gso_type = 0x55, .gso_size = 100 };
	ck_assert_int_eq(writev(t.fd[0], iov, 2), -1);
	ck_assert_int_eq(errno, EINVAL);
	net_tap_close(&t);
}
END_TEST

/* "ip link del" */
static void delete_interface(const char *name)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} msg = {
		.head = { .nlmsg_len = sizeof(msg),
			  .nlmsg_type = RTM_DELLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.info.ifi_index = (int)if_nametoindex(name),
	};
	int sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	char answer[256];

	ck_assert_int_eq(send(sock, &msg, sizeof(msg), 0), sizeof(msg));
	ck_assert_int_gt(recv(sock, answer, sizeof(answer), 0), 0);
	close(sock);
}

START_TEST(deleted)
{
	struct ifreq ifr = { 0 };

	if (!namespace(__func__))
		return;
	open_tap(&plain);
	delete_interface("tap0");
	ck_assert_int_eq(request(SIOCGIFFLAGS, "tap0", &ifr), -ENODEV);
	ck_assert(!net_tap_alive(&t));
	ck_assert_int_eq(read(t.fd[0], &ifr, sizeof(ifr)), -1);
	ck_assert_int_eq(errno, EBADFD);
	ck_assert_int_eq(net_tap_offload(&t, 0), -EBADFD);
	net_tap_close(&t);
}
END_TEST

START_TEST(by_descriptor)
{
	struct net_options o = plain;
	struct ifreq ifr = {
		.ifr_name = "mine0",
		.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
	};

	if (!namespace(__func__))
		return;
	o.fd = open("/dev/net/tun", O_RDWR);
	ck_assert_int_eq(net_tap_open(&t, &o, "net0", &e), -EINVAL);
	ck_assert_int_eq(ioctl(o.fd, TUNSETIFF, &ifr), 0);
	o.pairs = 2;
	ck_assert_int_eq(net_tap_open(&t, &o, "net0", &e), -EINVAL);
	o.pairs = 1;
	open_tap(&o);
	ck_assert_str_eq(t.name, "mine0");
	ck_assert(!is_up("mine0"));
	ck_assert(fcntl(t.fd[0], F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(t.fd[0], F_GETFD) & FD_CLOEXEC);
	net_tap_close(&t);
}
END_TEST

START_TEST(bad_descriptor)
{
	struct net_options o = plain;
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	if (!namespace(__func__))
		return;
	o.fd = open("/dev/null", O_RDWR);
	ck_assert_int_eq(net_tap_open(&t, &o, "net0", &e), -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "fd="));
	close(o.fd);
	o.fd = open("/dev/net/tun", O_RDWR);
	ck_assert_int_eq(ioctl(o.fd, TUNSETIFF, &ifr), 0);
	ck_assert_int_eq(net_tap_open(&t, &o, "net0", &e), -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "IFF_VNET_HDR"));
	close(o.fd);
}
END_TEST

/*
 * Scripts
 */

static char dir[] = "/tmp/net_tap.XXXXXX";

static const char *script(const char *name, const char *text)
{
	static char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\n%s\n", text);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0755), 0);
	return path;
}

static void said(const char *want)
{
	char path[64], line[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/said", dir);
	f = fopen(path, "r");
	if (f) {
		(void)!fgets(line, sizeof(line), f);
		fclose(f);
		unlink(path);
	}
	ck_assert_str_eq(line, want);
}

START_TEST(scripts)
{
	struct net_options o = plain;
	char up[64], down[64];

	if (!namespace(__func__))
		return;
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(up, sizeof(up), "%s",
		 script("up", "echo up $1 >${0%/*}/said"));
	snprintf(down, sizeof(down), "%s",
		 script("down", "echo down $1 >${0%/*}/said"));
	o.script = up;
	o.downscript = down;
	open_tap(&o);
	said("up tap0\n");
	ck_assert_str_eq(address("tap0"), "");
	said("");
	net_tap_close(&t);
	said("down tap0\n");
	o.script = script("bad", "exit 3");
	ck_assert_int_eq(net_tap_open(&t, &o, "net0", &e), -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "status 3"));
	said("");
	/* one that was there before is the script's as well */
	make_persistent(0);
	o.tapif = "kept0";
	o.script = up;
	open_tap(&o);
	said("up kept0\n");
	net_tap_close(&t);
	said("down kept0\n");
	o.tapif = NULL;
	o.script = "/nowhere/up";
	ck_assert_int_eq(net_tap_open(&t, &o, "net0", &e), -EINVAL);
	o.script = NULL;
	o.downscript = "/nowhere/down";
	ck_assert_int_eq(net_tap_open(&t, &o, "net0", &e), -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "/nowhere/down"));
	ck_assert_uint_eq(if_nametoindex("tap0"), 0);
	unlink(up);
	unlink(down);
	unlink(script("bad", ""));
	rmdir(dir);
}
END_TEST

T_MAIN("net_tap", new_interface, name_and_address, existing_interface,
       addresses_that_do_nothing, existing_with_queues, in_use, not_a_tap, queues, offloads,
       kernel_refuses, deleted, by_descriptor, bad_descriptor, scripts)
