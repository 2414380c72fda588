/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control - let others of the same user see what a VM does
 *
 * DOC: theory of operation
 *
 * A socket PID.sock (SOCK_SEQPACKET) lies beside the VM's entry in the
 * registry.  A client connects and sends one message, its request
 * (control_request.h); a longer one than CONTROL_REQUEST_MAX is none.  The answer
 * is one message, a JSON text; to "stat" with the KVM statistics descriptors of
 * the first vCPUs, and more messages with those of the rest.  Then the VM closes.
 * An answer is bounded, by the numbers of vCPUs and devices, which the guest has
 * no say in; what its vCPUs and the devices' threads count meanwhile is atomic.
 * What is no request, or cannot be granted, is answered with {"error": "why"}.
 *
 * No client can hold the loop: nothing is waited for, neither a request nor
 * room for an answer, and a client for whom there is no room is dropped.  One
 * that says nothing costs a place in a table of CONTROL_CLIENTS_MAX; when it is
 * full, the one that has been silent longest goes.  After its request no client
 * is listened to.
 *
 * Who may ask is settled twice: the socket has mode 0600, and the kernel says
 * who connected (SO_PEERCRED).
 *
 * The descriptors (KVM_GET_STATS_FD, api.rst 4.133) are opened when the first
 * client comes, so that a VM nobody looks at has none.  They can only be had by
 * a vCPU ioctl, which blocks while the vCPU is in KVM_RUN: each vCPU thread is
 * kicked out of the guest once and asks for its own.
 *
 * All functions run on the main thread, except control_vcpu().
 */
#ifndef VMM_CONTROL_H
#define VMM_CONTROL_H

#include <poll.h>
#include <stdbool.h>

#define CONTROL_CLIENTS_MAX 8

struct vm;
struct vcpu;

struct control_client {
	int fd;			/* owned */
	bool waits;		/* for the answer to "stat"; else it is silent */
};

struct control {
	bool open;
	int listen_fd;		/* owned, when open, like epoll_fd */
	int epoll_fd;		/* listen_fd and the clients that are silent */
	unsigned int nr_clients;
	struct control_client client[CONTROL_CLIENTS_MAX];	/* oldest first */
	bool asked;		/* this VM's vCPUs */
	char path[108];
};

/* A vCPU's statistics: owned by its thread until ready is true. */
struct control_stats {
	_Atomic bool wanted;	/* set by the loop, then a kick */
	_Atomic bool ready;	/* set by the thread: fd is final */
	int fd;			/* owned; -1: this kernel has none */
};

/**
 * control_open() - listen
 * @c:    zeroed
 * @base: path without ".sock", of the registry's entry
 *
 * Before privileges are dropped; six system calls.  Failing is no error.
 */
void control_open(struct control *c, const char *base);

/** control_close() - drop clients, stop listening; legal on a zeroed object */
void control_close(struct control *c);

/** control_poll() - what the loop is to wait for */
void control_poll(const struct control *c, struct pollfd *fd);

/** control_serve() - take clients and requests if @revents says so; answer
 * those for whom everything is ready */
void control_serve(struct vm *vm, short revents);

/** control_forget() - the VM goes away: its clients and descriptors too */
void control_forget(struct vm *vm);

/** control_vcpu() - on the thread of @v, outside KVM_RUN: get the descriptor if
 * it is wanted */
void control_vcpu(struct vcpu *v);

#endif /* VMM_CONTROL_H */
