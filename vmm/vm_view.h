/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_view - look at a running VM from outside
 *
 * Four sources: its entry in the registry, what its process tells through its
 * control socket, KVM's statistics of each vCPU, and /proc for the threads.
 * Each may be missing, and then what it would have said is not known.  The
 * process of a VM is trusted no more than its guest: all of it is checked.
 */
#ifndef VMM_VM_VIEW_H
#define VMM_VM_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "kvm_stats.h"
#include "registry.h"
#include "virtio/balloon.h"
#include "vm_virtio.h"

#define VM_MEMORY_UNKNOWN UINT64_MAX

/* Since the vCPU's thread began; values that are not known are UINT64_MAX. */
struct vcpu_times {
	uint64_t guest_ns;	/* in the guest, in steps of a clock tick */
	uint64_t host_ns;	/* in the host, on the vCPU's behalf */
	uint64_t wait_ns;	/* ready, and another had the CPU */
	uint64_t migrations;	/* from one CPU to another */
};

struct vcpu_view {
	int tid;		/* 0: not found */
	int cpu;		/* where it ran last, -1 not known */
	char cpus[64];		/* that it may use now, as a list */
	bool displaced;		/* off the CPUs of its plan: watch.h */
	uint64_t fail_entry;	/* times that KVM refused to run it */
	struct vcpu_times now, before;
	struct kvm_stats stats;	/* fd is -1 without */
	uint64_t *stats_before;	/* owned, as many as stats */
};

/* By its balloon; bytes, or VM_MEMORY_UNKNOWN. */
struct vm_memory {
	bool known;		/* it has a balloon; else nothing else is set */
	bool driver;		/* the guest uses it */
	uint64_t size;		/* that the guest was started with */
	uint64_t target;	/* that the balloon is to hold */
	uint64_t balloon;	/* that it holds */
	uint64_t reported;	/* that the guest reported free, in all */
	uint64_t age_ms;	/* of guest */
	uint64_t guest[BALLOON_STAT_NUM];
};

/* One virtio device; counters are since the guest was started. */
struct device_view {
	char name[VDEV_NAME_MAX];	/* "net0" */
	char kind[16];		/* "net"; "": one without a name */
	char status[16];	/* virtio/vdev_state.h */
	uint64_t faults, misuse;
	bool has_frames;	/* a network device */
	uint64_t bad_frames;	/* UINT64_MAX: not known */
};

struct vm_devices {
	bool known;
	unsigned int nr;
	struct device_view device[VIRTIO_DEVICES_MAX];
};

struct vm_view {
	struct registry_vm vm;
	bool answered;		/* what follows is from the VM itself */
	char mode[16];		/* in effect; else as planned */
	int counters;		/* in effect; else as planned, -1: all */
	char note[256];		/* what is not as planned and why */
	struct vm_memory memory;
	struct vm_devices devices;
	unsigned int nr;
	struct vcpu_view *vcpu;	/* owned */
	uint64_t when_ns;	/* of the last sample, CLOCK_MONOTONIC */
	uint64_t elapsed_ns;	/* since the one before; 0: there is none */
};

/**
 * vm_view_open() - ask a VM
 * @dir: of its entry
 * @ret: to be closed by vm_view_close(), also after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int vm_view_open(const char *dir, const struct registry_vm *vm,
		 struct vm_view *ret);

/** vm_view_sample() - read everything that changes; what was read before is
 * kept for the difference */
void vm_view_sample(struct vm_view *view);

/**
 * vm_view_sample_memory() - ask again for its memory, where it has a balloon
 * @dir: as for vm_view_open()
 *
 * The guest is given half a second for new statistics.
 *
 * Return: 0 or -ENOMEM.
 */
int vm_view_sample_memory(const char *dir, struct vm_view *view);

/**
 * vm_view_sample_devices() - ask again for its devices, if it has answered once
 * @dir: as for vm_view_open()
 *
 * Return: 0, also when they are not known now; -ENOMEM.
 */
int vm_view_sample_devices(const char *dir, struct vm_view *view);

/**
 * vm_devices_understand() - the answer to "devices"
 * @text: of a process that says to be @pid
 * @ret:  filled; not known if the answer means nothing
 */
void vm_devices_understand(const char *text, pid_t pid,
			   struct vm_devices *ret);

/**
 * vm_memory_understand() - the answer to "memory" and "balloon"
 * @text: of a process that says to be @pid
 * @ret:  filled unless the answer was refused or means nothing
 * @why:  @len bytes: the reason when it was refused, else ""
 *
 * Return: 0; -EOPNOTSUPP: refused; -EPROTO: it means nothing.
 */
int vm_memory_understand(const char *text, pid_t pid, struct vm_memory *ret,
			 char *why, size_t len);

/** vm_view_close() - legal on a zeroed object */
void vm_view_close(struct vm_view *view);

/* vm_thread.c */

/** vm_thread_find() - set the tid of each vCPU by its thread's name */
void vm_thread_find(struct vm_view *view, const char *proc);

/** vm_thread_sample() - what /proc says of one vCPU's thread */
void vm_thread_sample(struct vcpu_view *v, pid_t pid, const char *proc);

#endif /* VMM_VM_VIEW_H */
