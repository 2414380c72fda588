// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net_tap_up - what is done to an interface besides moving frames
 */
#include "net_tap_up.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "util.h"

static struct ifreq tap_request(const struct net_tap *t)
{
	struct ifreq ifr = { 0 };

	memcpy(ifr.ifr_name, t->name, IFNAMSIZ);
	return ifr;
}

/* With the netmask of the address's class, as lkvm has it: /24 by default. */
static int tap_set_address(const struct net_tap *t, int sock, const char *ip)
{
	struct ifreq ifr = tap_request(t);
	struct sockaddr_in sin = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, ip, &sin.sin_addr) != 1)
		return -EINVAL;
	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	return ioctl(sock, SIOCSIFADDR, &ifr) ? -errno : 0;
}

static int tap_set_up(const struct net_tap *t, int sock)
{
	struct ifreq ifr = tap_request(t);

	if (ioctl(sock, SIOCGIFFLAGS, &ifr))
		return -errno;
	ifr.ifr_flags |= IFF_UP;
	return ioctl(sock, SIOCSIFFLAGS, &ifr) ? -errno : 0;
}

uint16_t net_tap_mtu(const struct net_tap *t)
{
	_cleanup_fd_ int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = tap_request(t);

	if (sock < 0 || ioctl(sock, SIOCGIFMTU, &ifr) ||
	    ifr.ifr_mtu > UINT16_MAX)
		return 0;
	return (uint16_t)ifr.ifr_mtu;
}

/*
 * A child of its own session: Ctrl-C on our terminal is not for it.  Signals
 * are as everywhere again, whatever this thread blocks.
 */
static int tap_spawn(char *const argv[], int stdin_fd, pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID |
				 POSIX_SPAWN_SETSIGMASK |
				 POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawn_file_actions_init(&files);
	if (stdin_fd >= 0)
		posix_spawn_file_actions_adddup2(&files, stdin_fd, 0);
	else
		posix_spawn_file_actions_addopen(&files, 0, "/dev/null",
						 O_RDONLY, 0);
	r = -posix_spawnp(ret, argv[0], &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return r;
}

/* Return: its exit status, or 128 and the signal that ended it. */
static int tap_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

static int tap_script(const struct net_tap *t, const char *script,
		      const char *who, struct err *e)
{
	char *argv[] = { (char *)script, (char *)t->name, NULL };
	pid_t pid;
	int r = tap_spawn(argv, -1, &pid);

	if (r)
		return err_config(e, "%s: script %s: %s", who, script,
				  err_name(r));
	r = tap_wait(pid);
	if (r)
		return err_config(e, "%s: script %s %s has failed: status %d",
				  who, script, t->name, r);
	return 0;
}

int net_tap_up(const struct net_tap *t, const struct net_options *o,
	       const char *who, struct err *e)
{
	const char *ip = o->host_ip ? o->host_ip : NET_HOST_IP;
	_cleanup_fd_ int sock = -1;
	int r;

	if (o->script)
		return tap_script(t, o->script, who, e);
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	r = sock < 0 ? -errno : tap_set_address(t, sock, ip);
	if (r)
		return err_host(e, r, "%s: giving %s the address %s: %s",
				who, t->name, ip, err_name(r));
	r = tap_set_up(t, sock);
	if (r)
		return err_host(e, r, "%s: bringing %s up: %s", who, t->name,
				err_name(r));
	return 0;
}

int net_tap_on_end(struct net_tap *t, const char *script, const char *who,
		   struct err *e)
{
	char *argv[] = {
		(char *)"sh", (char *)"-c",
		(char *)"while read -r _; do :; done; exec \"$0\" \"$1\"",
		(char *)script, t->name, NULL
	};
	int pipefd[2], r;

	if (access(script, X_OK))
		return err_config(e, "%s: downscript %s: %s", who, script,
				  err_name(errno));
	if (pipe2(pipefd, O_CLOEXEC))
		return err_fault(e, -errno, "%s: pipe", who);
	r = tap_spawn(argv, pipefd[0], &t->waiter);
	close(pipefd[0]);
	if (r) {
		close(pipefd[1]);
		t->waiter = 0;
		return err_fault(e, r, "%s: starting sh for the downscript",
				 who);
	}
	t->waiter_fd = pipefd[1];
	return 0;
}

void net_tap_end(struct net_tap *t)
{
	cleanup_fd_(&t->waiter_fd);
	t->waiter_fd = -1;
	if (t->waiter)
		tap_wait(t->waiter);
	t->waiter = 0;
}
