// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtiofsd - the program that shares a directory; see virtiofsd.h
 */
#include "virtiofsd.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "util.h"

#define HELP_MAX 32768

/* ---- which one ---- */

/* Where distributions put what nobody starts by hand. */
static const char *const places[] = {
	"/usr/libexec/virtiofsd",	/* Debian 13, Fedora */
	"/usr/lib/qemu/virtiofsd",	/* Debian 12 */
	"/usr/lib/virtiofsd",		/* Arch */
};

static bool in_path(char *ret, size_t len)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t n = strcspn(path, ":");

		if (n && *path == '/') {
			snprintf(ret, len, "%.*s/virtiofsd", (int)n, path);
			if (!access(ret, X_OK))
				return true;
		}
		path += n + (path[n] == ':');
	}
	return false;
}

static int find(char *ret, size_t len, struct err *e)
{
	size_t i;

	if (in_path(ret, len))
		return 0;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (access(places[i], X_OK))
			continue;
		snprintf(ret, len, "%s", places[i]);
		return 0;
	}
	return err_host(e, -ENOENT,
			"sharing a directory needs virtiofsd, which is not in PATH, /usr/libexec or /usr/lib/qemu; install the package virtiofsd (Debian 13) or qemu-system-common (Debian 12)");
}

struct virtiofsd_kind virtiofsd_kind(const char *help)
{
	return (struct virtiofsd_kind){
		.rust = strstr(help, "--shared-dir"),
		.readonly = strstr(help, "--readonly"),
	};
}

static int ask_kind(const char *path, struct virtiofsd_kind *ret,
		    struct err *e)
{
	const char *argv[] = { path, "--help", NULL };
	_cleanup_free_ char *help = malloc(HELP_MAX);
	int r = help ? child_output(path, argv, help, HELP_MAX) : -ENOMEM;

	if (r)
		return err_fault(e, r, "cannot run %s --help", path);
	*ret = virtiofsd_kind(help);
	if (!ret->rust && !strstr(help, "--socket-path"))
		return err_host(e, -ENOTSUP,
				"%s cannot be used; to --help it says: %.*s",
				path, (int)strcspn(help, "\n"), help);
	return 0;
}

/* ---- its command line ---- */

/* An "-o" ends at a comma; libfuse takes a byte after a backslash as it is. */
static void escape(char *ret, size_t len, const char *key, const char *value)
{
	size_t n = (size_t)snprintf(ret, len, "%s", key);

	for (; *value && n + 2 < len; value++) {
		if (*value == ',' || *value == '\\')
			ret[n++] = '\\';
		ret[n++] = *value;
	}
	ret[n] = '\0';
}

void virtiofsd_args(struct virtiofsd_kind kind, const char *path,
		    const struct fs_options *o, const char *dir,
		    struct virtiofsd_args *ret)
{
	const char *cache = o->cache ? o->cache : "auto";
	const char **arg = ret->argv;

	if (!kind.rust && !strcmp(cache, "never"))
		cache = "none";
	snprintf(ret->cache, sizeof(ret->cache), "%scache=%s",
		 kind.rust ? "--" : "", cache);
	*arg++ = path;
	*arg++ = "--fd=" STR(CHILD_FD);
	if (kind.rust) {
		*arg++ = "--shared-dir";
		*arg++ = dir;
		*arg++ = ret->cache;
		*arg++ = "--log-level=error";
		if (o->ro && kind.readonly)
			*arg++ = "--readonly";
	} else {
		escape(ret->source, sizeof(ret->source), "source=", dir);
		*arg++ = "-o";
		*arg++ = ret->source;
		*arg++ = "-o";
		*arg++ = ret->cache;
		*arg++ = "-o";
		*arg++ = "log_level=err";
	}
	*arg = NULL;
}

/* ---- read-only, for a virtiofsd that has no option for it ---- */

/*
 * In the child: the directory and all below it are mounted read-only in a mount
 * namespace of its own.  The last component of a path leads to the mount on
 * top, except for "/": there the root itself is what becomes read-only.
 */
static int readonly_mount(const void *arg)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	const char *dir = arg;

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(dir, dir, NULL, MS_BIND | MS_REC, NULL) ||
	    mount_setattr(AT_FDCWD, dir, AT_RECURSIVE, &attr, sizeof(attr)))
		return -errno;
	return 0;
}

static int check_readonly(struct virtiofsd_kind kind,
			  const struct fs_options *o, const char *path,
			  struct err *e)
{
	if (!o->ro || kind.readonly || !geteuid())
		return 0;
	return err_host(e, -EPERM,
			"%s has no --readonly, and only root can mount %s read-only for it; virtiofsd 1.13 has the option",
			path, o->dir);
}

/* ---- the connection ---- */

static int unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/*
 * Neither program takes a socket that is connected already, so one listens at
 * an abstract address that the kernel chooses: nothing is left in a file
 * system.  Others could connect to it; with a backlog of 0 only one connection
 * can wait (Linux net/unix/af_unix.c, unix_recvq_full()), and ours has got in
 * when connect() succeeds.
 */
static int socket_pair(const void *arg, int ret[2])
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(addr);
	_cleanup_fd_ int server = unix_socket();
	_cleanup_fd_ int client = unix_socket();

	(void)arg;
	if (server < 0 || client < 0 ||
	    bind(server, (struct sockaddr *)&addr, sizeof(sa_family_t)) ||
	    listen(server, 0) ||
	    getsockname(server, (struct sockaddr *)&addr, &len) ||
	    connect(client, (struct sockaddr *)&addr, len))
		return -errno;
	ret[0] = steal_fd(&client);
	ret[1] = steal_fd(&server);
	return 0;
}

/* To one that somebody else runs; @arg is the path. */
static int connect_to(const void *arg, int ret[2])
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	_cleanup_fd_ int fd = unix_socket();

	memcpy(addr.sun_path, arg, strlen(arg) + 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	ret[0] = steal_fd(&fd);
	return 0;
}

int virtiofsd_meet(const char *path, struct keeper *ret, struct err *e)
{
	const struct child_how how = { .sockets = connect_to, .arg = path };
	const size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
	int r;

	if (strlen(path) > max)
		return err_config(e, "%s: too long for a socket, at most %zu bytes",
				  path, max);
	r = keeper_start(ret, &how);
	return r ? err_fault(e, r, "%s: cannot make a process that connects",
			     path) : 0;
}

/* ---- start ---- */

static int find_dir(const char *dir, char *ret, struct err *e)
{
	struct stat st;

	if (!realpath(dir, ret) || stat(ret, &st))
		return err_config(e, "%s: cannot be shared: %s", dir,
				  err_name(errno));
	if (!S_ISDIR(st.st_mode))
		return err_config(e, "%s: cannot be shared: not a directory",
				  dir);
	return 0;
}

static int run(struct virtiofsd_kind kind, const char *path,
	       const struct fs_options *o, const char *dir, const char *name,
	       struct helper *ret_helper, int *ret_fd, struct err *e)
{
	struct virtiofsd_args args = { 0 };
	struct child_how how = {
		.path = path, .argv = args.argv, .sockets = socket_pair,
	};
	int r;

	virtiofsd_args(kind, path, o, dir, &args);
	if (o->ro && !kind.readonly) {
		how.prepare = readonly_mount;
		how.arg = dir;
	}
	r = helper_start(ret_helper, name, "virtiofsd", &how, ret_fd, e);
	/* a thread that served a queue is gone, and the rest lives on without */
	if (!r && kind.rust)
		ret_helper->fatal = " panicked at ";
	return r;
}

int virtiofsd_start(const struct fs_options *o, const char *name,
		    struct helper *ret_helper, int *ret_fd, struct err *e)
{
	struct virtiofsd_kind kind = { 0 };
	char path[PATH_MAX], dir[PATH_MAX];
	int r = find_dir(o->dir, dir, e);

	if (!r)
		r = find(path, sizeof(path), e);
	if (!r)
		r = ask_kind(path, &kind, e);
	if (!r)
		r = check_readonly(kind, o, path, e);
	return r ? r : run(kind, path, o, dir, name, ret_helper, ret_fd, e);
}
