// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net_guest - the guest's end of the network measurements
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

#define BUFFERS (8 << 20)	/* of the UDP socket: a window and more */

static char buffer[NET_BUFFER];

static struct sockaddr_in address(const char *ip, uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(port),
	};

	inet_pton(AF_INET, ip, &sin.sin_addr);
	return sin;
}

static int interface_up(void)
{
	struct sockaddr_in sin = address(NET_GUEST_IP, 0);
	struct ifreq ifr = { .ifr_name = "eth0" };
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	if (ioctl(sock, SIOCSIFADDR, &ifr))
		return 1;
	ifr.ifr_flags = IFF_UP;
	return ioctl(sock, SIOCSIFFLAGS, &ifr) ? 1 : 0;
}

static int connected(int type)
{
	struct sockaddr_in sin = address(NET_HOST_IP, NET_PORT);
	int sock = socket(AF_INET, type, 0), size = BUFFERS;
	const struct timeval patience = {
		.tv_usec = NET_PATIENCE_MS * 1000,
	};

	if (connect(sock, (struct sockaddr *)&sin, sizeof(sin)))
		return -1;
	if (type == SOCK_DGRAM) {
		setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size,
			   sizeof(size));
		setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience,
			   sizeof(patience));
	}
	return sock;
}

static void udp_out(int sock, uint32_t windows)
{
	while (windows--) {
		for (int i = 0; i < NET_WINDOW; i++)
			(void)!send(sock, buffer, NET_PACKET, 0);
		(void)!recv(sock, buffer, sizeof(buffer), 0);
	}
}

static void udp_in(int sock, uint32_t windows)
{
	while (windows--) {
		uint32_t got = 0;

		while (got < NET_WINDOW &&
		       recv(sock, buffer, NET_PACKET, 0) > 0)
			got++;
		(void)!send(sock, &got, sizeof(got), 0);
	}
}

static void echo(int sock, uint32_t count)
{
	while (count--) {
		ssize_t n = recv(sock, buffer, NET_PACKET, 0);

		if (n > 0)
			(void)!send(sock, buffer, (size_t)n, 0);
	}
}

static void tcp_out(int sock, uint32_t mib)
{
	uint64_t left = (uint64_t)mib << 20;

	while (left) {
		ssize_t n = write(sock, buffer, sizeof(buffer));

		if (n <= 0)
			return;
		left -= (uint64_t)n;
	}
}

static void tcp_in(int sock, uint32_t mib)
{
	uint64_t left = (uint64_t)mib << 20;

	while (left) {
		ssize_t n = read(sock, buffer, sizeof(buffer));

		if (n <= 0)
			return;
		left -= (uint64_t)n;
	}
	(void)!write(sock, "", 1);
}

int net_guest(void)
{
	struct net_command cmd;
	int control, data, udp;

	if (interface_up())
		return 1;
	control = connected(SOCK_STREAM);
	data = connected(SOCK_STREAM);
	udp = connected(SOCK_DGRAM);
	if (control < 0 || data < 0 || udp < 0)
		return 1;
	(void)!send(udp, buffer, 1, 0);
	while (read(control, &cmd, sizeof(cmd)) == sizeof(cmd)) {
		if (cmd.op == NET_END)
			return 0;
		if (cmd.op == NET_UDP_OUT)
			udp_out(udp, cmd.count);
		else if (cmd.op == NET_UDP_IN)
			udp_in(udp, cmd.count);
		else if (cmd.op == NET_ECHO)
			echo(udp, cmd.count);
		else if (cmd.op == NET_TCP_OUT)
			tcp_out(data, cmd.count);
		else
			tcp_in(data, cmd.count);
	}
	return 1;
}
