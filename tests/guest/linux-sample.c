// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * linux-sample: the whole user space of a Linux guest that finds out what a
 * perf sample costs, and what counting costs.
 *
 * Runs the same loop without perf, with a counting group, with more events
 * than there are counters, and with an event that samples. Time is that of the
 * generic timer, which on a host emulated with -icount is instructions. Prints
 * "COST name ticks", then powers off.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOOPS		60000000
#define PERIOD		100000
#define EVENTS		15
#define PAGES		64
#define READS		2000

/* Or the kernel limits the rate by how long it finds that a sample takes. */
static void no_limit(void)
{
	FILE *f = fopen("/proc/sys/kernel/perf_cpu_time_max_percent", "we");

	if (!f || fputs("0", f) < 0 || fclose(f))
		printf("FAIL limit: %s\n", strerror(errno));
}

static uint64_t now(void)
{
	uint64_t val;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r" (val) : : "memory");
	return val;
}

static uint64_t work(void)
{
	uint64_t start = now();
	volatile unsigned int i;

	for (i = 0; i < LOOPS; i++)
		;
	return now() - start;
}

static int event_open(uint64_t config, uint64_t period, int group)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_RAW,
		.config = config,
		.sample_period = period,
		.sample_type = period ? PERF_SAMPLE_IP | PERF_SAMPLE_TIME : 0,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, group, 0);

	if (fd < 0)
		printf("FAIL open: %s\n", strerror(errno));
	return fd;
}

static void cost_of_samples(uint64_t plain)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct perf_event_mmap_page *ring;
	uint64_t ticks, samples;
	int fd = event_open(0x11, PERIOD, -1);

	ring = mmap(NULL, (PAGES + 1) * page, PROT_READ, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED) {
		printf("FAIL mmap: %s\n", strerror(errno));
		return;
	}
	ticks = work();
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	/* header, ip, time; read-only mapping: the ring is overwritten */
	samples = ring->data_head / 24;
	printf("INFO samples=%lu\n", (unsigned long)samples);
	printf("COST linux-sample %lu\n", samples ?
	       (unsigned long)((ticks - plain) / samples) : 0);
	munmap(ring, (PAGES + 1) * page);
	close(fd);
}

/* Four events in a group, all the time */
static void cost_of_counting(uint64_t plain)
{
	uint64_t val[3], ticks, start;
	int fd = event_open(0x11, 0, -1), i;

	for (i = 0; i < 2; i++)
		event_open(0x11, 0, fd);
	ticks = work();
	printf("COST linux-counting-permille %ld\n",
	       ((long)ticks - (long)plain) * 1000 / (long)plain);
	start = now();
	for (i = 0; i < READS; i++)
		if (read(fd, val, sizeof(val)) != sizeof(val))
			printf("FAIL read: %s\n", strerror(errno));
	printf("COST linux-read-event %lu\n",
	       (unsigned long)((now() - start) / READS));
	close(fd);
}

/* As "perf record" with 15 events: rotation at each tick */
static void cost_of_rotation(uint64_t plain)
{
	int i;

	for (i = 0; i < EVENTS; i++)
		event_open(0x11, 1000000, -1);
	printf("COST linux-15-events-permille %ld\n",
	       ((long)work() - (long)plain) * 1000 / (long)plain);
}

int main(void)
{
	uint64_t plain;

	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	no_limit();
	setvbuf(stdout, NULL, _IOLBF, 0);
	work();
	plain = work();
	printf("COST linux-loop %lu\n", (unsigned long)plain);
	cost_of_counting(plain);
	cost_of_samples(plain);
	cost_of_rotation(plain);
	printf("GUEST DONE\n");
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
