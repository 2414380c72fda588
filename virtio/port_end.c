// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port_end - the host's end of a console port: a socket or a file
 */
#include "port_end.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

#define END_LOCK_TRIES	100	/* with END_LOCK_NS between them: a second */
#define END_LOCK_NS	10000000
/* clients that wait for the one before them to leave */
#define END_BACKLOG	4

/*
 * A socket of our own
 */

/*
 * Of two that start at once and find a socket left behind, the second must not
 * remove what the first has just made.  So both hold the folder's lock from the
 * first look at the socket until they listen.
 *
 * Return: a descriptor that holds the lock, or -errno.
 */
static int end_lock_folder(const char *path)
{
	const struct timespec pause = { .tv_nsec = END_LOCK_NS };
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder = slash ?
		strndup(path, slash == path ? 1 : (size_t)(slash - path)) :
		strdup(".");
	_cleanup_fd_ int fd = folder ?
		open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int i;

	if (fd < 0)
		return folder ? -errno : -ENOMEM;
	for (i = 0; i < END_LOCK_TRIES; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return steal_fd(&fd);
		if (errno != EWOULDBLOCK)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

/* A socket that refuses to be connected to has lost its process. */
static bool end_is_left_over(const struct sockaddr_un *addr)
{
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
				     SOCK_NONBLOCK, 0);
	struct stat st;

	return fd >= 0 && !lstat(addr->sun_path, &st) && S_ISSOCK(st.st_mode) &&
	       connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) &&
	       errno == ECONNREFUSED;
}

/* The socket's mode becomes that of the file (Linux net/unix/af_unix.c,
 * unix_bind_bsd()). */
static int end_bind(int fd, const struct sockaddr_un *addr)
{
	const struct sockaddr *sa = (const struct sockaddr *)addr;

	if (fchmod(fd, 0600))
		return -errno;
	if (!bind(fd, sa, sizeof(*addr)))
		return 0;
	if (errno != EADDRINUSE || !end_is_left_over(addr))
		return -errno;
	if (unlink(addr->sun_path))
		return -errno;
	return bind(fd, sa, sizeof(*addr)) ? -errno : 0;
}

static int end_listen_at(struct port_end *end, const struct sockaddr_un *addr)
{
	_cleanup_fd_ int lock = end_lock_folder(end->path);
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
				     SOCK_NONBLOCK, 0);
	struct stat st;
	int r;

	if (lock < 0 || fd < 0)
		return lock < 0 ? lock : -errno;
	r = end_bind(fd, addr);
	if (r)
		return r;
	if (listen(fd, END_BACKLOG) || lstat(end->path, &st)) {
		r = -errno;
		unlink(end->path);
		return r;
	}
	end->dev = st.st_dev;
	end->ino = st.st_ino;
	end->listen_fd = steal_fd(&fd);
	return 0;
}

static int end_listen(struct port_end *end, struct err *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(end->path);
	int r;

	if (len >= sizeof(addr.sun_path))
		return err_config(e, "--port: %s: the path of a socket has at most %zu bytes, this one has %zu",
				  end->path, sizeof(addr.sun_path) - 1, len);
	memcpy(addr.sun_path, end->path, len + 1);
	r = end_listen_at(end, &addr);
	if (r == -EADDRINUSE)
		return err_config(e, "--port: %s: a program listens there already: end it, or give another path",
				  end->path);
	if (r)
		return err_config(e, "--port: %s: cannot make a socket: %s",
				  end->path, err_name(r));
	return 0;
}

/*
 * A file of others
 */

/* Both ends of a FIFO: then there is no need to wait for its reader, and a
 * reader that leaves does no harm to the next one. */
static int end_open_file(struct port_end *end, mode_t mode, struct err *e)
{
	int how = S_ISFIFO(mode) ? O_RDWR : O_WRONLY;

	if (!S_ISREG(mode) && !S_ISFIFO(mode) && !S_ISCHR(mode))
		return err_config(e, "--port: %s is a %s: a port wants a file, a FIFO, a character device, or a path where a socket can be made",
				  end->path,
				  S_ISDIR(mode) ? "folder" : "block device");
	end->fd = open(end->path, how | O_APPEND | O_NONBLOCK | O_NOCTTY |
		       O_CLOEXEC);
	if (end->fd < 0)
		return err_config(e, "--port: cannot write to %s: %s",
				  end->path, err_name(errno));
	return 0;
}

int port_end_open(struct port_end *end, const char *path, struct err *e)
{
	struct stat st;

	*end = (struct port_end){ .path = path, .listen_fd = -1, .fd = -1 };
	if (stat(path, &st)) {
		if (errno == ENOENT)
			return end_listen(end, e);
		return err_config(e, "--port: cannot look at %s: %s", path,
				  err_name(errno));
	}
	return S_ISSOCK(st.st_mode) ? end_listen(end, e) :
				      end_open_file(end, st.st_mode, e);
}

void port_end_drop(struct port_end *end)
{
	if (end->fd >= 0)
		close(steal_fd(&end->fd));
}

/* Only what is still ours: somebody may have put another thing there. */
static void end_unlink(const struct port_end *end)
{
	struct stat st;

	if (!lstat(end->path, &st) && st.st_dev == end->dev &&
	    st.st_ino == end->ino)
		unlink(end->path);
}

void port_end_close(struct port_end *end)
{
	port_end_drop(end);
	if (end->listen_fd < 0)
		return;
	end_unlink(end);
	close(steal_fd(&end->listen_fd));
}

/*
 * At run time
 */

bool port_end_accept(struct port_end *end)
{
	if (end->listen_fd < 0 || end->fd >= 0)
		return false;
	end->fd = accept4(end->listen_fd, NULL, NULL,
			  SOCK_CLOEXEC | SOCK_NONBLOCK);
	return end->fd >= 0;
}

bool port_end_is_over(const struct port_end *end)
{
	struct pollfd fd = { .fd = end->fd };
	int left = 0;

	if (end->listen_fd < 0 || end->fd < 0 || poll(&fd, 1, 0) <= 0)
		return false;
	return !ioctl(end->fd, FIONREAD, &left) && !left;
}

ssize_t port_end_write(const struct port_end *end, const struct iovec *iov,
		       unsigned int nr)
{
	const struct msghdr msg = {
		.msg_iov = (struct iovec *)iov, .msg_iovlen = nr,
	};
	ssize_t n = port_end_is_socket(end) ?
		sendmsg(end->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) :
		writev(end->fd, iov, (int)nr);

	return n < 0 ? -errno : n;
}

ssize_t port_end_read(const struct port_end *end, const struct iovec *iov,
		      unsigned int nr)
{
	ssize_t n = readv(end->fd, iov, (int)nr);

	if (n > 0)
		return n;
	return n < 0 && errno == EAGAIN ? -EAGAIN : -EPIPE;
}
