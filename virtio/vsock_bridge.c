// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vsock_bridge - vsock of a guest for programs that only know Unix sockets
 */
#include "vsock_bridge.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "util.h"
#include "vsock_conn.h"

#define BACKLOG 16
/* Of sun_path without its NUL; "_4294967295" has to fit behind PATH. */
#define PATH_LEN_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1 - 11)
#define EVENTS (IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM)

/* A port of the host that the guest can connect to. */
struct port {
	struct worker_source src;	/* src.fd is owned; -1: a free entry */
	struct vsock_bridge *bridge;
	uint32_t number;
};

struct vsock_bridge {
	const char *name;	/* not owned */
	const struct vsock_net *net;
	uint32_t cid;
	struct worker *worker;	/* not owned; NULL: not started yet */
	bool running;		/* between start and stop */
	bool bound;		/* the socket at path is ours, to be removed */
	char path[PATH_LEN_MAX + 1];
	const char *base;	/* last component of path */
	struct worker_source server;	/* the four descriptors are owned */
	struct worker_source names;	/* inotify of path's directory */
	struct worker_source again;
	struct log_limit full;
	struct log_limit strange;
	struct port port[VSOCK_BRIDGE_PORTS_MAX];
	struct vsock_conn conn[VSOCK_BRIDGE_CONNS_MAX];
};

/* ---- connections ---- */

static struct vsock_conn *free_conn(struct vsock_bridge *b)
{
	size_t i;

	for (i = 0; b->running && i < ARRAY_SIZE(b->conn); i++) {
		if (b->conn[i].state == VSOCK_FREE)
			return &b->conn[i];
	}
	if (b->running)
		log_guest(&b->full, "%s: %d connections are open, no more are accepted",
			  b->name, VSOCK_BRIDGE_CONNS_MAX);
	return NULL;
}

static void on_server(struct worker_source *src, uint32_t events)
{
	struct vsock_bridge *b = container_of(src, struct vsock_bridge,
					      server);
	int fd;

	(void)events;
	while ((fd = accept4(src->fd, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		struct vsock_conn *c = free_conn(b);

		if (c)
			vsock_conn_open_host(c, b->worker, fd);
		else
			close(fd);
	}
}

static int unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Where the guest's connections to @port go.  Descriptor or -errno. */
static int connect_port(const struct vsock_bridge *b, uint32_t port)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	_cleanup_fd_ int fd = unix_socket();

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s_%u", b->path, port);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return steal_fd(&fd);
}

static void accept_guest(struct port *p, int fd, uint32_t cid)
{
	struct vsock_bridge *b = p->bridge;
	struct vsock_conn *c;
	int to;

	if (cid != b->cid) {
		log_guest(&b->strange, "%s: connection from CID %u refused",
			  b->name, cid);
		close(fd);
		return;
	}
	c = free_conn(b);
	to = c ? connect_port(b, p->number) : -EAGAIN;
	if (to < 0)
		close(fd);
	else
		vsock_conn_open_guest(c, b->worker, fd, to);
}

static void on_port(struct worker_source *src, uint32_t events)
{
	struct port *p = container_of(src, struct port, src);
	uint32_t cid;
	int fd;

	(void)events;
	while ((fd = p->bridge->net->accept(src->fd, &cid)) >= 0)
		accept_guest(p, fd, cid);
}

static void on_again(struct worker_source *src, uint32_t events)
{
	struct vsock_bridge *b = container_of(src, struct vsock_bridge, again);
	size_t i;

	(void)events;
	for (i = 0; i < ARRAY_SIZE(b->conn); i++) {
		if (b->conn[i].again)
			vsock_conn_serve(&b->conn[i]);
	}
}

/* ---- ports ---- */

/* Return: whether @name is that of a port's socket, as we would write it. */
static bool port_of(const struct vsock_bridge *b, const char *name,
		    uint32_t *ret)
{
	char want[NAME_MAX + 1];
	size_t n = strlen(b->base);
	unsigned long long port;

	if (strncmp(name, b->base, n) != 0 || name[n] != '_')
		return false;
	port = strtoull(name + n + 1, NULL, 10);
	if (port >= UINT32_MAX)	/* VMADDR_PORT_ANY is no port */
		return false;
	snprintf(want, sizeof(want), "%s_%llu", b->base, port);
	*ret = (uint32_t)port;
	return !strcmp(name, want);
}

static struct port *find_port(struct vsock_bridge *b, uint32_t number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(b->port); i++) {
		if (b->port[i].src.fd >= 0 && b->port[i].number == number)
			return &b->port[i];
	}
	return NULL;
}

static struct port *free_port(struct vsock_bridge *b)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(b->port); i++) {
		if (b->port[i].src.fd < 0)
			return &b->port[i];
	}
	return NULL;
}

static void drop_port(struct vsock_bridge *b, struct port *p)
{
	if (b->worker)
		worker_unwatch(b->worker, &p->src);
	close(p->src.fd);
	p->src.fd = -1;
}

static int watch_port(struct vsock_bridge *b, struct port *p)
{
	return b->worker ? worker_watch(b->worker, &p->src, EPOLLIN) : 0;
}

static void add_port(struct vsock_bridge *b, uint32_t number)
{
	struct port *p = free_port(b);
	int fd, r;

	if (find_port(b, number))
		return;
	fd = p ? b->net->listen(number) : -ENOSPC;
	if (fd < 0) {
		log_warn("%s: the guest cannot reach %s_%u: port %u of this host: %s",
			 b->name, b->path, number, number, err_name(fd));
		return;
	}
	p->number = number;
	p->bridge = b;
	p->src = (struct worker_source){ .fd = fd, .fn = on_port };
	r = watch_port(b, p);
	if (r)
		drop_port(b, p);
}

static void on_name(struct vsock_bridge *b, const struct inotify_event *e)
{
	struct port *p;
	uint32_t number;

	if (!e->len || !port_of(b, e->name, &number))
		return;
	if (e->mask & (IN_CREATE | IN_MOVED_TO)) {
		add_port(b, number);
		return;
	}
	p = find_port(b, number);
	if (p)
		drop_port(b, p);
}

static void on_names(struct worker_source *src, uint32_t events)
{
	struct vsock_bridge *b = container_of(src, struct vsock_bridge, names);
	_Alignas(struct inotify_event) char buf[4096];
	ssize_t at, n;

	(void)events;
	while ((n = read(src->fd, buf, sizeof(buf))) > 0) {
		for (at = 0; at < n;) {
			const struct inotify_event *e =
				(const void *)(buf + at);

			on_name(b, e);
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
}

/* ---- making it ---- */

static int watch_directory(struct vsock_bridge *b, const char *dir)
{
	b->names.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (b->names.fd < 0 ||
	    inotify_add_watch(b->names.fd, dir, EVENTS) < 0)
		return -errno;
	return 0;
}

static int scan_directory(struct vsock_bridge *b, const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	uint32_t number;

	if (!d)
		return -errno;
	while ((entry = readdir(d))) {
		if (port_of(b, entry->d_name, &number))
			add_port(b, number);
	}
	closedir(d);
	return 0;
}

static int find_ports(struct vsock_bridge *b, struct err *e)
{
	char copy[sizeof(b->path)];
	const char *dir;
	int r;

	memcpy(copy, b->path, sizeof(copy));
	dir = dirname(copy);
	r = watch_directory(b, dir);
	if (!r)
		r = scan_directory(b, dir);
	return r ? err_config(e, "%s: cannot look for ports: %s", dir,
			      err_name(r)) : 0;
}

/* Nobody listens at a socket whose owner has died. */
static bool is_stale(const struct sockaddr_un *addr)
{
	_cleanup_fd_ int fd = unix_socket();
	struct stat st;

	return !lstat(addr->sun_path, &st) && S_ISSOCK(st.st_mode) &&
		fd >= 0 &&
		connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) &&
		errno == ECONNREFUSED;
}

static int bind_to(int fd, const struct sockaddr_un *addr)
{
	/* the mode of the socket becomes the file's: open to its owner only */
	if (fd < 0 || fchmod(fd, 0600))
		return -errno;
	if (!bind(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		return 0;
	if (errno != EADDRINUSE || !is_stale(addr))
		return -errno;
	unlink(addr->sun_path);
	return bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) ?
		-errno : 0;
}

static int make_socket(struct vsock_bridge *b, struct err *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int r;

	memcpy(addr.sun_path, b->path, sizeof(b->path));
	b->server.fd = unix_socket();
	r = bind_to(b->server.fd, &addr);
	b->bound = !r;
	if (!r && listen(b->server.fd, BACKLOG))
		r = -errno;
	return r ? err_config(e, "%s: cannot listen here: %s", b->path,
			      err_name(r)) : 0;
}

static struct vsock_bridge *allocate(const char *path, const char *name,
				     uint32_t cid, const struct vsock_net *net)
{
	struct vsock_bridge *b = calloc(1, sizeof(*b));
	const char *slash;
	size_t i;

	if (!b)
		return NULL;
	b->name = name;
	b->net = net;
	b->cid = cid;
	snprintf(b->path, sizeof(b->path), "%s", path);
	slash = strrchr(b->path, '/');
	b->base = slash ? slash + 1 : b->path;
	b->server = (struct worker_source){ .fd = -1, .fn = on_server };
	b->names = (struct worker_source){ .fd = -1, .fn = on_names };
	b->again = (struct worker_source){
		.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .fn = on_again,
	};
	for (i = 0; i < ARRAY_SIZE(b->port); i++)
		b->port[i].src.fd = -1;
	for (i = 0; i < ARRAY_SIZE(b->conn); i++)
		vsock_conn_init(&b->conn[i], net, cid, b->again.fd);
	return b;
}

int vsock_bridge_create(const char *path, const char *name, uint32_t cid,
			const struct vsock_net *net,
			struct vsock_bridge **ret, struct err *e)
{
	struct vsock_bridge *b;
	int r;

	if (!*path || strlen(path) > PATH_LEN_MAX)
		return err_config(e, "the path of a vsock bridge has 1 to %zu bytes: %s",
				  PATH_LEN_MAX, path);
	b = allocate(path, name, cid, net);
	if (!b)
		return err_fault(e, -ENOMEM, "%s: no memory for the bridge",
				 name);
	if (b->again.fd < 0)
		r = err_fault(e, -errno, "%s: cannot make an eventfd", name);
	else
		r = make_socket(b, e);
	if (!r)
		r = find_ports(b, e);
	if (r)
		vsock_bridge_destroy(b);
	else
		*ret = b;
	return r;
}

void vsock_bridge_destroy(struct vsock_bridge *b)
{
	size_t i;

	if (!b)
		return;
	for (i = 0; i < ARRAY_SIZE(b->port); i++)
		cleanup_fd_(&b->port[i].src.fd);
	cleanup_fd_(&b->server.fd);
	cleanup_fd_(&b->names.fd);
	cleanup_fd_(&b->again.fd);
	if (b->bound)
		unlink(b->path);
	free(b);
}

/* ---- running ---- */

struct start {
	struct vsock_bridge *b;
	struct worker *worker;
	int ret;
};

static int watch_all(struct vsock_bridge *b)
{
	int r = worker_watch(b->worker, &b->again, EPOLLIN);
	size_t i;

	if (!r)
		r = worker_watch(b->worker, &b->server, EPOLLIN);
	if (!r)
		r = worker_watch(b->worker, &b->names, EPOLLIN);
	for (i = 0; !r && i < ARRAY_SIZE(b->port); i++) {
		if (b->port[i].src.fd >= 0)
			r = watch_port(b, &b->port[i]);
	}
	return r;
}

/* What it listens to stays watched over a stop: it refuses then. */
static void start_here(void *arg)
{
	struct start *s = arg;
	struct vsock_bridge *b = s->b;

	b->running = true;
	if (b->worker)
		return;
	b->worker = s->worker;
	s->ret = watch_all(b);
}

int vsock_bridge_start(struct vsock_bridge *b, struct worker *worker)
{
	struct start s = { .b = b, .worker = worker };

	worker_call(worker, start_here, &s);
	if (s.ret)
		log_error("%s: cannot watch the sockets of %s: %s", b->name,
			  b->path, err_name(s.ret));
	return s.ret;
}

static void stop_here(void *arg)
{
	struct vsock_bridge *b = arg;
	size_t i;

	b->running = false;
	for (i = 0; i < ARRAY_SIZE(b->conn); i++)
		vsock_conn_close(&b->conn[i]);
}

void vsock_bridge_stop(struct vsock_bridge *b)
{
	worker_call(b->worker, stop_here, b);
}
