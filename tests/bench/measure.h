/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * measure - what one run of a VMM costs, measured from beside it
 *
 * Runs as a static arm64 program in the emulated host.  Each measurement
 * starts the VMM as a child, its console in a file on tmpfs, and prints lines
 * "BENCH <key> <value>".  Nothing here is timed by a wall clock: with QEMU's
 * icount=shift=0 the counter of the emulated host advances by one for each
 * instruction executed, by the host or by its guest.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>
#include <sys/types.h>

struct request {
	const char *key;	/* prefix of what is printed */
	const char *console;	/* file for the child's stdout and stderr */
	unsigned int repeats;
	unsigned int guest_mb;	/* guest memory, to tell it from the VMM's own */
	char **argv;		/* the VMM and its arguments */
};

/**
 * measure_time() - instructions from before vfork to after wait4, without idle
 *
 * The first run is discarded: it fills the page cache.  Prints each repeat as
 * "KEY.instructions" and the size of what the guest wrote as "KEY.bytes".
 */
int measure_time(const struct request *req);

/**
 * measure_split() - the same run by where the instructions were executed
 *
 * Prints "KEY.vmm", "KEY.kernel" and "KEY.guest", from INST_RETIRED counted on
 * the CPU.  The counting costs a little itself: read it as proportions.
 */
int measure_split(const struct request *req);

/**
 * measure_calls() - system calls, ioctls and page faults before KVM_RUN
 *
 * Follows every thread and child of the VMM with ptrace and kills it at the
 * first KVM_RUN.  Prints "KEY.calls", "KEY.ioctls" and "KEY.faults"; execve is
 * counted, KVM_RUN is not.
 */
int measure_calls(const struct request *req);

/**
 * measure_memory() - what the VMM itself holds while its guest spins
 *
 * Prints "KEY.anonymous" and "KEY.rss" in kB, without the guest's memory.
 */
int measure_memory(const struct request *req);

/**
 * measure_net() - what frames cost to and from a guest that runs net_guest()
 *
 * The guest is to be on the tap "bench0".  Prints what one packet, one round
 * trip and one MiB take: "KEY.udp_out", "KEY.udp_in", "KEY.echo",
 * "KEY.tcp_out", "KEY.tcp_in".
 */
int measure_net(const struct request *req);

/** counter() - instructions since the host began, idle time included */
uint64_t counter(void);

/** idle_ns() - how much of that was idle */
uint64_t idle_ns(void);

/** child_exec() - in the child: console to its file, then execve; no return */
void child_exec(const struct request *req) __attribute__((noreturn));

/** die() - print what failed with errno's text, and exit with 1 */
void die(const char *what) __attribute__((noreturn));

#endif /* BENCH_MEASURE_H */
