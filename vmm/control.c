// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * control - answer those who ask what a VM does; see control.h
 */
#include "control.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "json.h"
#include "kvm.h"
#include "log.h"
#include "util.h"
#include "vcpu.h"
#include "vm.h"

#define CONTROL_VERSION 1
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

void control_open(struct control *c, const char *base)
{
	int fd;

	if (c->open || !*base)
		return;
	snprintf(c->path, sizeof(c->path), "%.100s.sock", base);
	fd = listen_at(c->path);
	if (fd < 0) {
		log_debug("\"tallyvm stat\" will show less of this VM: %s: %s",
			  c->path, err_name(fd));
		return;
	}
	c->listen_fd = fd;
	c->open = true;
}

static void drop_clients(struct control *c)
{
	while (c->nr_clients)
		close(c->client[--c->nr_clients]);
}

void control_close(struct control *c)
{
	drop_clients(c);
	if (!c->open)
		return;
	close(c->listen_fd);
	unlink(c->path);
	*c = (struct control){ .open = false };
}

void control_poll(const struct control *c, struct pollfd *fd)
{
	*fd = (struct pollfd){ .fd = c->open ? c->listen_fd : -1,
			       .events = POLLIN };
}

static bool is_welcome(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) &&
	       (peer.uid == geteuid() || !peer.uid);
}

static void take_client(struct control *c)
{
	int fd = accept4(c->listen_fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (c->nr_clients == CONTROL_CLIENTS_MAX || !is_welcome(fd))
		close(fd);
	else
		c->client[c->nr_clients++] = fd;
}

/* ---- what is told ---- */

static json_t *pmu_report(const struct vm *vm)
{
	const struct pmu_plan *plan = vm->session->plan;
	const struct pmu_vm *pv = &vm->pmu;

	if (pv->state != PMU_ST_VERIFIED)
		return json_null();
	return json_pack("{s:s, s:s, s:i, s:i, s:o}",
			 "name", plan->vcpu[0].dev->name,
			 "mode", pmu_mode_name(pv->mode),
			 "counters", (int)pv->n,
			 "host_reserve", (int)plan->host_reserve,
			 "note", json_out_text(pv->note));
}

static json_t *vcpu_report(const struct vm *vm, unsigned int i)
{
	static const struct cpuset any = { { 0 } };
	const struct pmu_plan *plan = vm->session->plan;

	return json_pack("{s:o, s:b, s:i, s:b}",
			 "cpus", json_out_cpus(plan ? &plan->vcpu[i].cpus :
					       &any),
			 "displaced", (int)watch_displaced(&vm->watch, i),
			 "fail_entry", (int)atomic_load(&vm->vcpus[i].refused),
			 "stats", vm->vcpus[i].stats.fd >= 0);
}

static char *report(const struct vm *vm)
{
	json_t *vcpus = json_array(), *root;
	unsigned int i;
	char *text;

	for (i = 0; vcpus && i < vm->nr_vcpus; i++)
		json_array_append_new(vcpus, vcpu_report(vm, i));
	root = json_pack("{s:i, s:s, s:i, s:o, s:o}",
			 "version", CONTROL_VERSION,
			 "name", vm->session->cfg->name,
			 "pid", (int)getpid(),
			 "pmu", pmu_report(vm),
			 "vcpus", vcpus);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
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
	_cleanup_free_ char *text = report(vm);
	unsigned int i;

	for (i = 0; text && i < c->nr_clients; i++)
		answer(vm, c->client[i], text);
	drop_clients(c);
}

void control_serve(struct vm *vm, short revents)
{
	struct control *c = &vm->session->control;

	if (revents)
		take_client(c);
	if (!c->nr_clients)
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
