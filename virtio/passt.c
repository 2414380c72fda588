// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * passt - the program that gives a guest a network without any rights
 */
#include "passt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "util.h"

#define PASST_HELP_MAX 32768

int passt_find(char *ret, size_t len, const char *who, struct err *e)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t n = strcspn(path, ":");

		if (*path == '/') {
			snprintf(ret, len, "%.*s/passt", (int)n, path);
			if (!access(ret, X_OK))
				return 0;
		}
		path += n + (path[n] == ':');
	}
	return err_host(e, -ENOENT, "%s: mode=user needs the program passt, "
			"which is not in PATH; install the package passt, or "
			"use mode=tap", who);
}

bool passt_can_vhost_user(const char *path)
{
	const char *argv[] = { path, "--help", NULL };
	_cleanup_free_ char *help = malloc(PASST_HELP_MAX);

	return help && !child_output(path, argv, help, PASST_HELP_MAX) &&
		strstr(help, "--vhost-user");
}

static void args_add(struct passt_args *a, const char *arg)
{
	a->argv[a->nr++] = arg;
}

/* Return: 0 or -E2BIG; two places stay free behind it. */
static int args_format(struct passt_args *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int args_format(struct passt_args *a, const char *fmt, ...)
{
	size_t room = sizeof(a->text) - a->used;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(a->text + a->used, room, fmt, ap);
	va_end(ap);
	if ((size_t)len >= room || a->nr + 3 > PASST_ARGS_MAX)
		return -E2BIG;
	args_add(a, a->text + a->used);
	a->used += (size_t)len + 1;
	return 0;
}

/* One of "8080:80", "tcp:8080:80", "udp:53". */
static int args_port(struct passt_args *a, const char *item, size_t len)
{
	bool udp = len > 4 && !strncmp(item, "udp:", 4);

	if (udp || (len > 4 && !strncmp(item, "tcp:", 4))) {
		item += 4;
		len -= 4;
	}
	args_add(a, udp ? "-u" : "-t");
	return args_format(a, "%.*s", (int)len, item);
}

static int args_ports(struct passt_args *a, const char *forward)
{
	int r = 0;

	while (!r && forward && *forward) {
		size_t n = strcspn(forward, ";");

		if (n)
			r = args_port(a, forward, n);
		forward += n + (forward[n] == ';');
	}
	return r;
}

int passt_args(struct passt_args *ret, const char *path,
	       const struct net_options *o, bool vhost_user)
{
	*ret = (struct passt_args){ .nr = 0 };
	args_add(ret, path);
	args_add(ret, "--foreground");
	args_add(ret, "--quiet");
	if (vhost_user)
		args_add(ret, "--vhost-user");
	if (o->guest_ip) {
		args_add(ret, "--address");
		args_add(ret, o->guest_ip);
	}
	if (o->host_ip) {
		args_add(ret, "--gateway");
		args_add(ret, o->host_ip);
	}
	args_add(ret, "--fd");
	args_add(ret, STR(CHILD_FD));
	return args_ports(ret, o->forward);
}

static int passt_socket(const void *arg, int fd[2])
{
	int flags;

	(void)arg;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return -errno;
	flags = fcntl(fd[0], F_GETFL);
	return fcntl(fd[0], F_SETFL, flags | O_NONBLOCK) ? -errno : 0;
}

int passt_start(struct helper *h, const char *path, const char *who,
		const struct net_options *o, bool vhost_user, int *ret,
		struct err *e)
{
	struct passt_args args;
	const struct child_how how = {
		.path = path, .argv = args.argv, .sockets = passt_socket,
	};

	if (passt_args(&args, path, o, vhost_user))
		return err_config(e, "%s: forward: more ports than passt is given",
				  who);
	return helper_start(h, who, "passt", &how, ret, e);
}
