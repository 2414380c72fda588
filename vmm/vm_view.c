// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_view - look at a running VM from outside; the contract is in the header
 */
#include "vm_view.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

#define PROC_ROOT "/proc"
#define MESSAGE_MAX (1u << 20)
#define ASK_TRIES 3
#define FDS_PER_MESSAGE 253	/* SCM_MAX_FD, Linux include/net/scm.h */

/* What the VM sent: one text, and descriptors in order of vCPUs. */
struct answer {
	char *text;		/* owned, MESSAGE_MAX + 1 bytes */
	bool complete;
	unsigned int nr;
	int fd[CONFIG_CPUS_MAX];	/* owned */
};

/* ---- the control socket ---- */

static int connect_to(const char *dir, pid_t pid)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	/* also how long connect(2) waits while others are before us */
	const struct timeval limit = { .tv_sec = VM_VIEW_WAIT_MS / 1000 };
	int n;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)))
		return -errno;
	n = snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%d.sock", dir,
		     (int)pid);
	if (n < 0 || (size_t)n >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return steal_fd(&fd);
}

static void take_fds(struct msghdr *msg, struct answer *a)
{
	struct cmsghdr *c;
	size_t nr, i;
	int fd;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		nr = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < nr; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (a->nr < ARRAY_SIZE(a->fd))
				a->fd[a->nr++] = fd;
			else
				close(fd);
		}
	}
}

/* Return: more to come? */
static bool receive(int sock, struct answer *a)
{
	union {
		char buf[CMSG_SPACE(FDS_PER_MESSAGE * sizeof(int))];
		struct cmsghdr align;
	} control;
	char more[8];
	struct iovec iov = {
		a->complete ? more : a->text,
		a->complete ? sizeof(more) : MESSAGE_MAX,
	};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (n <= 0)
		return false;
	take_fds(&msg, a);
	if (!a->complete)
		a->text[n] = '\0';
	a->complete = true;
	return true;
}

/* The VM answers when all its vCPUs have left the guest once.
 *
 * Return: whether there is no use in asking again.
 */
static bool ask(const char *dir, pid_t pid, struct answer *a)
{
	_cleanup_fd_ int sock = connect_to(dir, pid);
	struct pollfd fd = { .fd = sock, .events = POLLIN };

	int r = 0;

	if (sock < 0)
		return true;
	do
		r = poll(&fd, 1, VM_VIEW_WAIT_MS);
	while (r == 1 && receive(sock, a));
	return a->complete || r != 1;
}

/* A VM with too many clients at a time hangs up on the last. */
static void ask_patiently(const char *dir, pid_t pid, struct answer *a)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	unsigned int tries;

	for (tries = 0; tries < ASK_TRIES; tries++) {
		if (ask(dir, pid, a))
			return;
		nanosleep(&pause, NULL);
	}
}

/* ---- what it says ---- */

static void keep_text(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; from && from[i] && i < size - 1; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	to[i] = '\0';
}

static void keep_pmu(json_t *pmu, struct vm_view *view)
{
	const char *mode;
	int counters;
	json_t *note;

	if (json_unpack(pmu, "{s:s, s:i, s:o}", "mode", &mode, "counters",
			&counters, "note", &note))
		return;
	keep_text(view->mode, sizeof(view->mode), mode);
	keep_text(view->note, sizeof(view->note), json_string_value(note));
	view->counters = counters;
}

/* @a's descriptors are for the vCPUs that say they have one, in order. */
static void keep_vcpus(json_t *list, struct vm_view *view, struct answer *a)
{
	int displaced, fail_entry, has_stats;
	unsigned int next = 0;
	json_t *vcpu;
	size_t i;

	json_array_foreach(list, i, vcpu) {
		if (i >= view->nr ||
		    json_unpack(vcpu, "{s:b, s:i, s:b}",
				"displaced", &displaced,
				"fail_entry", &fail_entry,
				"stats", &has_stats))
			return;
		view->vcpu[i].displaced = displaced;
		view->vcpu[i].fail_entry = fail_entry;
		if (!has_stats || next == a->nr)
			continue;
		if (!kvm_stats_open(a->fd[next], &view->vcpu[i].stats))
			a->fd[next] = -1;
		next++;
	}
}

static void understand(struct vm_view *view, struct answer *a)
{
	json_t *root = json_loads(a->text, JSON_REJECT_DUPLICATES, NULL);
	int pid = 0;

	if (!json_unpack(root, "{s:i}", "pid", &pid) && pid == view->vm.pid) {
		view->answered = true;
		keep_pmu(json_object_get(root, "pmu"), view);
		keep_vcpus(json_object_get(root, "vcpus"), view, a);
	}
	json_decref(root);
}

/* ---- the view ---- */

static int make_vcpus(struct vm_view *view)
{
	unsigned int i;

	view->vcpu = calloc(view->vm.nr_vcpus, sizeof(*view->vcpu));
	if (!view->vcpu)
		return -ENOMEM;
	view->nr = view->vm.nr_vcpus;
	for (i = 0; i < view->nr; i++) {
		view->vcpu[i].stats.fd = -1;
		view->vcpu[i].cpu = -1;
	}
	return 0;
}

static int keep_room(struct vm_view *view)
{
	struct vcpu_view *v;

	for (v = view->vcpu; v < view->vcpu + view->nr; v++) {
		if (!v->stats.nr)
			continue;
		v->stats_before = calloc(v->stats.nr,
					 sizeof(*v->stats_before));
		if (!v->stats_before)
			return -ENOMEM;
	}
	return 0;
}

int vm_view_open(const char *dir, const struct registry_vm *vm,
		 struct vm_view *ret)
{
	struct answer a = { .text = malloc(MESSAGE_MAX + 1) };
	unsigned int i;
	int err;

	*ret = (struct vm_view){ .vm = *vm, .counters = vm->counters };
	snprintf(ret->mode, sizeof(ret->mode), "%s", vm->mode);
	err = a.text ? make_vcpus(ret) : -ENOMEM;
	if (!err) {
		ask_patiently(dir, vm->pid, &a);
		if (a.complete)
			understand(ret, &a);
		err = keep_room(ret);
	}
	for (i = 0; i < a.nr; i++)
		if (a.fd[i] >= 0)
			close(a.fd[i]);
	free(a.text);
	if (!err)
		vm_thread_find(ret, PROC_ROOT);
	return err;
}

static void sample_stats(struct vcpu_view *v)
{
	unsigned int i;

	for (i = 0; i < v->stats.nr; i++)
		v->stats_before[i] = v->stats.stat[i].value;
	kvm_stats_read(&v->stats);
}

void vm_view_sample(struct vm_view *view)
{
	const uint64_t before = view->when_ns;
	struct timespec ts;
	unsigned int i;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	view->when_ns = (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
	view->elapsed_ns = before ? view->when_ns - before : 0;
	for (i = 0; i < view->nr; i++) {
		vm_thread_sample(&view->vcpu[i], view->vm.pid, PROC_ROOT);
		sample_stats(&view->vcpu[i]);
	}
}

void vm_view_close(struct vm_view *view)
{
	unsigned int i;

	for (i = 0; i < view->nr; i++) {
		kvm_stats_close(&view->vcpu[i].stats);
		free(view->vcpu[i].stats_before);
	}
	free(view->vcpu);
	*view = (struct vm_view){ .nr = 0 };
}
