// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net - the host's end of the network measurements
 *
 * The tap is made here, so that every monitor finds the same one.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"
#include "net.h"

#define TAP		"bench0"
#define START_S		60	/* for the guest to connect */
#define UDP_WINDOWS	25
#define ECHOES		2000
#define TCP_MIB		64
#define ROUNDS		2	/* the first is to warm up */

struct net {
	const struct request *req;
	int listen, control, data, udp;
	char buffer[NET_BUFFER];
};

static struct sockaddr_in here(void)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(NET_PORT),
	};

	inet_pton(AF_INET, NET_HOST_IP, &sin.sin_addr);
	return sin;
}

static void tap_make(void)
{
	struct ifreq ifr = {
		.ifr_name = TAP,
		.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
	};
	struct sockaddr_in sin = here();
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) ||
	    ioctl(fd, TUNSETPERSIST, 1))
		die("/dev/net/tun");
	sin.sin_port = 0;
	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	if (ioctl(sock, SIOCSIFADDR, &ifr))
		die("address of " TAP);
	ifr.ifr_flags = IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, &ifr))
		die(TAP);
	close(sock);
	close(fd);
}

static int bound(int type)
{
	struct sockaddr_in sin = here();
	int sock = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;
	int size = 8 << 20;

	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(sock, (struct sockaddr *)&sin, sizeof(sin)))
		die("bind " NET_HOST_IP);
	return sock;
}

static void set_patience(int sock, unsigned int ms)
{
	const struct timeval tv = {
		.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000,
	};

	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

static int guest_connects(struct net *n)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);

	set_patience(n->listen, START_S * 1000);
	n->control = accept(n->listen, NULL, NULL);
	n->data = accept(n->listen, NULL, NULL);
	set_patience(n->udp, START_S * 1000);
	if (n->control < 0 || n->data < 0 ||
	    recvfrom(n->udp, n->buffer, 1, 0, (struct sockaddr *)&peer,
		     &len) != 1)
		return -1;
	set_patience(n->udp, NET_PATIENCE_MS);
	return connect(n->udp, (struct sockaddr *)&peer, len);
}

static void command(const struct net *n, enum net_op op, uint32_t count)
{
	const struct net_command cmd = { op, count };

	if (write(n->control, &cmd, sizeof(cmd)) != sizeof(cmd))
		die("command to the guest");
}

/* Each returns how much it has moved. */

static uint32_t udp_out(struct net *n)
{
	uint32_t total = 0;

	command(n, NET_UDP_OUT, UDP_WINDOWS);
	for (int w = 0; w < UDP_WINDOWS; w++) {
		int got = 0;

		while (got < NET_WINDOW &&
		       recv(n->udp, n->buffer, NET_PACKET, 0) > 0)
			got++;
		total += (uint32_t)got;
		(void)!send(n->udp, n->buffer, 1, 0);
	}
	return total;
}

static uint32_t udp_in(struct net *n)
{
	uint32_t total = 0, got = 0;

	command(n, NET_UDP_IN, UDP_WINDOWS);
	for (int w = 0; w < UDP_WINDOWS; w++) {
		for (int i = 0; i < NET_WINDOW; i++)
			(void)!send(n->udp, n->buffer, NET_PACKET, 0);
		if (recv(n->udp, &got, sizeof(got), 0) == sizeof(got))
			total += got;
	}
	return total;
}

static uint32_t echo(struct net *n)
{
	uint32_t total = 0;

	command(n, NET_ECHO, ECHOES);
	for (int i = 0; i < ECHOES; i++) {
		(void)!send(n->udp, n->buffer, NET_PACKET, 0);
		total += recv(n->udp, n->buffer, NET_PACKET, 0) > 0;
	}
	return total;
}

static uint32_t tcp_out(struct net *n)
{
	uint64_t left = (uint64_t)TCP_MIB << 20;

	command(n, NET_TCP_OUT, TCP_MIB);
	while (left) {
		ssize_t r = read(n->data, n->buffer, left < NET_BUFFER ? left :
				 NET_BUFFER);

		if (r <= 0)
			return 0;
		left -= (uint64_t)r;
	}
	return TCP_MIB;
}

static uint32_t tcp_in(struct net *n)
{
	uint64_t left = (uint64_t)TCP_MIB << 20;

	command(n, NET_TCP_IN, TCP_MIB);
	while (left) {
		ssize_t r = write(n->data, n->buffer, left < NET_BUFFER ?
				  left : NET_BUFFER);

		if (r <= 0)
			return 0;
		left -= (uint64_t)r;
	}
	return read(n->data, n->buffer, 1) == 1 ? TCP_MIB : 0;
}

static const struct {
	const char *name;
	uint32_t (*run)(struct net *n);
	uint32_t all;		/* what it moves when nothing is lost */
} tests[] = {
	{ "udp_out", udp_out, UDP_WINDOWS * NET_WINDOW },
	{ "udp_in", udp_in, UDP_WINDOWS * NET_WINDOW },
	{ "echo", echo, ECHOES },
	{ "tcp_out", tcp_out, TCP_MIB },
	{ "tcp_in", tcp_in, TCP_MIB },
};

static void run_test(struct net *n, size_t i, int print)
{
	uint64_t idle = idle_ns(), start = counter();
	uint32_t done = tests[i].run(n);
	uint64_t took = counter() - start - (idle_ns() - idle);

	if (!print)
		return;
	if (done < tests[i].all * 99 / 100)
		printf("BENCH %s.%s.failed %u\n", n->req->key, tests[i].name,
		       done);
	else
		printf("BENCH %s.%s %" PRIu64 "\n", n->req->key,
		       tests[i].name, took / done);
}

static void run_tests(struct net *n)
{
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
			run_test(n, i, round);
	command(n, NET_END, 0);
}

int measure_net(const struct request *req)
{
	static struct net n;
	int status, r;
	pid_t pid;

	tap_make();
	n = (struct net){
		.req = req,
		.listen = bound(SOCK_STREAM), .udp = bound(SOCK_DGRAM),
	};
	if (listen(n.listen, 2))
		die("listen");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		child_exec(req);
	r = guest_connects(&n);
	if (r) {
		printf("BENCH %s.failed 1\n", req->key);
		kill(pid, SIGKILL);
	} else {
		run_tests(&n);
	}
	waitpid(pid, &status, 0);
	close(n.control);
	close(n.data);
	close(n.udp);
	close(n.listen);
	return r || status;
}
