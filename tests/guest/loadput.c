// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loadput: what a VM's PMU costs each time that its vCPU is loaded and put, in
 * ticks of the generic timer, which on a host emulated with -icount are
 * instructions. Not a guest: it runs in the emulated host instead of tallyvm.
 *
 * A guest stores to user space without end, and each store is one KVM_RUN: a
 * vcpu_load, an entry, an exit, a vcpu_put. Prints "COST name ticks" for one
 * of them, the mean of TURNS, least of ROUNDS: without a PMU; with one that the
 * guest has not touched, or stopped; by how many event counters the VM has, all
 * enabled with the cycle counter; by how many events the host has on the CPU;
 * and for two VMs in turn. Then how many exits a guest takes to read its cycle
 * counter.
 *
 *	loadput emulated|partitioned
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostpmu.h"
#include "rawvm.h"

#define TURNS		200
#define ROUNDS		5
#define COUNTERS	6
#define EVENTS		6
#define READS		100000

/*
 * x0: the counters to enable, x1: 1 to touch the PMU at all, x2: how often to
 * read the cycle counter before each store
 */
asm("	.global loadput_code, loadput_end\n"
"loadput_code:\n"
"	mov	x10, #0x0a000000\n"
"	cbz	x1, 1f\n"
"	mov	x3, #-1\n"
"	msr	pmcntenclr_el0, x3\n"
"	msr	pmintenclr_el1, x3\n"
"	msr	pmovsclr_el0, x3\n"
"	mov	x3, #0x41\n"		/* E, LC */
"	msr	pmcr_el0, x3\n"
"	msr	pmcntenset_el0, x0\n"
"	isb\n"
"1:	mov	x3, x2\n"
"2:	cbz	x3, 3f\n"
"	mrs	x4, pmccntr_el0\n"
"	sub	x3, x3, #1\n"
"	b	2b\n"
"3:	str	x3, [x10]\n"
"	b	1b\n"
"loadput_end:\n");

extern const char loadput_code[], loadput_end[];

enum kind { NO_PMU, EMULATED, PARTITIONED };

static int pmu_type;

/* A VM with @nr event counters, of which the guest enables @enabled */
static void start(struct rawvm *v, enum kind kind, bool touch, uint32_t nr,
		  uint64_t enabled)
{
	int r = 0;

	rawvm_new(v, kind != NO_PMU, loadput_code,
		  (size_t)(loadput_end - loadput_code));
	if (kind != NO_PMU)
		r = rawvm_attr(v, 0, RAWVM_SET_PMU, &pmu_type);
	if (!r && kind == PARTITIONED)
		r = rawvm_attr_u32(v, RAWVM_PARTITION, 1);
	/* A kernel without the patches cannot set it: it is all the same then */
	if (!r && kind != NO_PMU && !rawvm_has_attr(v, RAWVM_SET_NR_COUNTERS))
		r = rawvm_attr_u32(v, RAWVM_SET_NR_COUNTERS, nr);
	if (!r && kind != NO_PMU)
		r = rawvm_pmu_init(v, 0);
	if (r) {
		printf("FAIL PMU: %s\n", strerror(-r));
		exit(1);
	}
	rawvm_set(v, RAWVM_X(0), enabled);
	rawvm_set(v, RAWVM_X(1), touch);
	rawvm_set(v, RAWVM_X(2), 0);
	rawvm_run(v);
}

static uint64_t now(void)
{
	uint64_t val;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r" (val) : : "memory");
	return val;
}

/* One KVM_RUN; with @b of @a and @b in turn */
static uint64_t cost(struct rawvm *a, struct rawvm *b)
{
	uint64_t begin, ticks, least = UINT64_MAX;
	int i, round;

	for (round = 0; round < ROUNDS; round++) {
		begin = now();
		for (i = 0; i < TURNS; i++)
			rawvm_run(b && i % 2 ? b : a);
		ticks = now() - begin;
		if (ticks < least)
			least = ticks;
	}
	return least / TURNS;
}

static void report(const char *name, uint64_t ticks)
{
	printf("COST %s %lu\n", name, (unsigned long)ticks);
}

static void one(const char *name, enum kind kind, bool touch, uint32_t nr,
		uint64_t enabled)
{
	struct rawvm v;

	start(&v, kind, touch, nr, enabled);
	report(name, cost(&v, NULL));
	rawvm_free(&v);
}

/* @n event counters and the cycle counter */
static uint64_t mask(unsigned int n)
{
	return UINT64_C(1) << 31 | ((UINT64_C(1) << n) - 1);
}

static void by_counters(enum kind kind)
{
	char name[64];
	uint32_t n;

	one("run-untouched", kind, false, COUNTERS, 0);
	one("run-stopped", kind, true, COUNTERS, 0);
	for (n = 1; n <= COUNTERS; n++) {
		snprintf(name, sizeof(name), "run-counting-%u", n);
		one(name, kind, true, n, mask(n));
	}
}

static int host_event(void)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = (uint32_t)pmu_type,
		.config = 0x11,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);

	if (fd < 0) {
		printf("FAIL event: %s\n", strerror(errno));
		exit(1);
	}
	return fd;
}

/* All counters are the guest's, so each event of the host is in the way. */
static void by_host_events(enum kind kind)
{
	int fd[EVENTS], n, nr = 0;
	char name[64];

	for (n = 0; n <= EVENTS; n += 2) {
		while (nr < n)
			fd[nr++] = host_event();
		snprintf(name, sizeof(name), "run-host-events-%d", n);
		one(name, kind, true, COUNTERS, mask(COUNTERS));
	}
	while (nr)
		close(fd[--nr]);
}

static void in_turn(enum kind kind)
{
	struct rawvm a, b;

	start(&a, kind, true, 4, mask(4));
	start(&b, kind, true, 4, mask(4));
	report("run-two-in-turn", cost(&a, &b));
	rawvm_free(&a);
	rawvm_free(&b);
}

/* The exits that reading takes, beyond the one that ends it */
static void exits_of_reads(enum kind kind)
{
	struct rawvm v;
	uint64_t before;
	char name[64];

	start(&v, kind, true, 4, mask(0));
	rawvm_set(&v, RAWVM_X(2), READS);
	rawvm_run(&v);
	before = rawvm_exits(&v);
	rawvm_run(&v);
	snprintf(name, sizeof(name), "exits-%d-reads", READS);
	report(name, rawvm_exits(&v) - before);
	rawvm_free(&v);
}

int main(int argc, char **argv)
{
	enum kind kind = argc > 1 && strcmp(argv[1], "partitioned") == 0 ?
			 PARTITIONED : EMULATED;
	cpu_set_t set;

	setvbuf(stdout, NULL, _IOLBF, 0);
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
	pmu_type = hostpmu_type(0);
	one("run-no-pmu", NO_PMU, false, 0, 0);
	by_counters(kind);
	by_host_events(kind);
	in_turn(kind);
	exits_of_reads(kind);
	return 0;
}
