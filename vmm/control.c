// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * control - answer those who ask what a VM does, or want it to do something
 */
#include "control.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control_report.h"
#include "control_request.h"
#include "kvm.h"
#include "log.h"
#include "util.h"
#include "vcpu.h"
#include "virtio/balloon.h"
#include "vm.h"

/* SCM_MAX_FD of Linux include/net/scm.h is 253 */
#define FDS_PER_MESSAGE 250

/* ---- listening ---- */

/* The mode of the socket becomes that of the file (Linux net/unix/af_unix.c,
 * unix_bind_bsd()), so that it is never open to others. */
static int bind_path(int fd, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (fchmod(fd, 0600))
		return -errno;
	if (!bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return 0;
	/* left behind by another process that had this PID */
	if (errno != EADDRINUSE || unlink(path))
		return -errno;
	return bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ? -errno : 0;
}

static int listen_at(const char *path)
{
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
				     SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = bind_path(fd, path);
	if (err)
		return err;
	if (listen(fd, CONTROL_CLIENTS_MAX)) {
		err = -errno;
		unlink(path);
		return err;
	}
	return steal_fd(&fd);
}

static int watch_fd(const struct control *c, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int watch_clients(struct control *c)
{
	_cleanup_fd_ int fd = epoll_create1(EPOLL_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	c->epoll_fd = fd;
	err = watch_fd(c, c->listen_fd);
	if (err)
		return err;
	steal_fd(&fd);
	return 0;
}

void control_open(struct control *c, const char *base)
{
	int err;

	if (c->open || !*base)
		return;
	snprintf(c->path, sizeof(c->path), "%.100s.sock", base);
	c->listen_fd = listen_at(c->path);
	err = c->listen_fd < 0 ? c->listen_fd : watch_clients(c);
	if (err) {
		log_debug("\"tallyvm stat\" will show less of this VM: %s: %s",
			  c->path, err_name(err));
		if (c->listen_fd >= 0) {
			close(c->listen_fd);
			unlink(c->path);
		}
		return;
	}
	c->open = true;
}

static void drop_client(struct control *c, unsigned int i)
{
	close(c->client[i].fd);
	c->nr_clients--;
	memmove(&c->client[i], &c->client[i + 1],
		(c->nr_clients - i) * sizeof(c->client[0]));
}

static void drop_clients(struct control *c)
{
	while (c->nr_clients)
		drop_client(c, c->nr_clients - 1);
}

void control_close(struct control *c)
{
	drop_clients(c);
	if (!c->open)
		return;
	close(c->listen_fd);
	close(c->epoll_fd);
	unlink(c->path);
	*c = (struct control){ .open = false };
}

void control_poll(const struct control *c, struct pollfd *fd)
{
	*fd = (struct pollfd){ .fd = c->open ? c->epoll_fd : -1,
			       .events = POLLIN };
}

static bool is_welcome(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) &&
	       (peer.uid == geteuid() || !peer.uid);
}

/* The one that has been silent longest goes.  Return: whether there is room. */
static bool make_room(struct control *c)
{
	unsigned int i;

	if (c->nr_clients < CONTROL_CLIENTS_MAX)
		return true;
	for (i = 0; i < c->nr_clients; i++) {
		if (c->client[i].waits)
			continue;
		drop_client(c, i);
		return true;
	}
	return false;
}

static void take_client(struct control *c)
{
	int fd = accept4(c->listen_fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (!is_welcome(fd) || !make_room(c) || watch_fd(c, fd))
		close(fd);
	else
		c->client[c->nr_clients++] = (struct control_client){ fd, false };
}

/* ---- telling ---- */

static bool send_message(int client, const char *text, const int *fds,
			 unsigned int nr)
{
	union {
		char buf[CMSG_SPACE(FDS_PER_MESSAGE * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { (void *)text, strlen(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c = &control.align;

	if (nr) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(nr * sizeof(int));
		*c = (struct cmsghdr){
			.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(nr * sizeof(int)),
		};
		memcpy(CMSG_DATA(c), fds, nr * sizeof(int));
	}
	return sendmsg(client, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* The descriptors in order of vCPUs, those without one left out. */
static void answer(const struct vm *vm, int client, const char *text)
{
	int fds[FDS_PER_MESSAGE];
	unsigned int i, nr = 0;
	bool ok = true;

	for (i = 0; ok && i < vm->nr_vcpus; i++) {
		if (vm->vcpus[i].stats.fd < 0)
			continue;
		fds[nr++] = vm->vcpus[i].stats.fd;
		if (nr < FDS_PER_MESSAGE)
			continue;
		ok = send_message(client, text, fds, nr);
		text = "+";
		nr = 0;
	}
	if (ok && (nr || *text != '+'))
		send_message(client, text, fds, nr);
}

static bool all_ready(const struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		/* pairs with control_vcpu(): then fd is final */
		if (!atomic_load_explicit(&vm->vcpus[i].stats.ready,
					  memory_order_acquire))
			return false;
	return true;
}

static void ask_vcpus(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		atomic_store(&vm->vcpus[i].stats.wanted, true);
		vcpu_kick(&vm->vcpus[i]);
	}
}

static void answer_all(const struct vm *vm, struct control *c)
{
	_cleanup_free_ char *text = control_report(vm);
	unsigned int i = 0;

	while (i < c->nr_clients) {
		if (!c->client[i].waits) {
			i++;
			continue;
		}
		if (text)
			answer(vm, c->client[i].fd, text);
		drop_client(c, i);
	}
}

/* ---- requests ---- */

/* Return: what is wrong with it, or NULL. */
static const char *set_balloon(const struct vm *vm,
			       const struct control_request *r)
{
	struct vdev *balloon = vm->session->devices.balloon;
	uint64_t bytes = r->mb << 20, max = vm->session->cfg->mem_size;
	struct balloon_state now;

	if (!balloon)
		return "the guest has no balloon: start it with --balloon";
	balloon_get_state(balloon, &now);
	if (r->change == CONTROL_MORE)
		bytes += now.target;
	else if (r->change == CONTROL_LESS)
		bytes = now.target > bytes ? now.target - bytes : 0;
	if (bytes > max)
		return "the guest has less memory than that";
	balloon_set_target(balloon, bytes);
	return NULL;
}

/* Everything but "stat" is answered at once. */
static char *reply(const struct vm *vm, const struct control_request *r)
{
	const char *why = NULL;

	if (r->verb == CONTROL_DEVICES)
		return control_report_devices(vm);
	if (r->verb == CONTROL_BALLOON)
		why = set_balloon(vm, r);
	return why ? control_report_error(why) : control_report_memory(vm);
}

/* Return: whether client @i stays. */
static bool grant(struct vm *vm, unsigned int i,
		  const struct control_request *r)
{
	struct control *c = &vm->session->control;
	_cleanup_free_ char *text = NULL;

	if (r && r->verb == CONTROL_STAT) {
		c->client[i].waits = true;
		epoll_ctl(c->epoll_fd, EPOLL_CTL_DEL, c->client[i].fd, NULL);
		return true;
	}
	text = r ? reply(vm, r) : control_report_error("no request: see tallyvm-stat(1)");
	if (text)
		send_message(c->client[i].fd, text, NULL, 0);
	return false;
}

/* A message of SOCK_SEQPACKET comes whole, or as far as there is room with its
 * real length told. */
static void hear_client(struct vm *vm, unsigned int i)
{
	struct control *c = &vm->session->control;
	char text[CONTROL_REQUEST_MAX];
	struct control_request r;
	ssize_t n = recv(c->client[i].fd, text, sizeof(text),
			 MSG_DONTWAIT | MSG_TRUNC);
	bool ok;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		drop_client(c, i);
		return;
	}
	ok = n <= (ssize_t)sizeof(text) &&
	     !control_request_parse(text, (size_t)n, &r);
	if (!grant(vm, i, ok ? &r : NULL))
		drop_client(c, i);
}

static void hear(struct vm *vm)
{
	struct control *c = &vm->session->control;
	struct epoll_event events[CONTROL_CLIENTS_MAX + 1];
	int n = epoll_wait(c->epoll_fd, events, ARRAY_SIZE(events), 0);
	unsigned int i;

	while (n-- > 0) {
		if (events[n].data.fd == c->listen_fd) {
			take_client(c);
			continue;
		}
		for (i = 0; i < c->nr_clients; i++)
			if (c->client[i].fd == events[n].data.fd)
				break;
		if (i < c->nr_clients && !c->client[i].waits)
			hear_client(vm, i);
	}
}

static bool somebody_waits(const struct control *c)
{
	unsigned int i;

	for (i = 0; i < c->nr_clients; i++)
		if (c->client[i].waits)
			return true;
	return false;
}

void control_serve(struct vm *vm, short revents)
{
	struct control *c = &vm->session->control;

	if (revents)
		hear(vm);
	if (!somebody_waits(c))
		return;
	if (!c->asked)
		ask_vcpus(vm);
	c->asked = true;
	if (all_ready(vm))
		answer_all(vm, c);
}

void control_forget(struct vm *vm)
{
	struct control *c = &vm->session->control;
	unsigned int i;

	drop_clients(c);
	c->asked = false;
	for (i = 0; i < vm->nr_vcpus; i++) {
		if (vm->vcpus[i].stats.ready)
			kvm_close(&vm->vcpus[i].stats.fd);
		vm->vcpus[i].stats.ready = false;
	}
}

void control_vcpu(struct vcpu *v)
{
	int fd;

	if (!atomic_load(&v->stats.wanted) || atomic_load(&v->stats.ready))
		return;
	fd = kvm_ioctl(v->fd, KVM_GET_STATS_FD, NULL);
	v->stats.fd = fd < 0 ? -1 : fd;
	atomic_store_explicit(&v->stats.ready, true, memory_order_release);
	stop_wake(&v->vm->stop);
}
