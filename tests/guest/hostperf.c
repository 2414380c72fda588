// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hostperf: what the host does to its PMU and to VMs while a test runs. Not a
 * guest: it runs beside tallyvm in the emulated host.
 *
 *	hostperf [-q] [-e N] [-p N] [-g] [-s PERIOD] [-m MS [-c CPUS]] COMMAND...
 *
 *	-e N	N events on each CPU, that rotate
 *	-p N	N pinned events on each CPU
 *	-g	a pinned group of two on each CPU: what counts the same at the
 *		same time in two counters, whatever the kernel does to groups
 *	-s P	another one on each CPU that samples every P cycles
 *	-m MS	move each thread of COMMAND to another CPU every MS, when it
 *		has had time to start
 *	-c N	only among the first N CPUs
 *	-q	count what never happens (software increments of the host)
 *
 * All count CPU cycles, in the host and in its guests, or nothing: QEMU without
 * -icount may zero a CPU's counters when the overflow timer of one of them ends,
 * and has no timer for what does not happen. At the end a line for
 * each kind says how much of its time it was counting, and how many cycles that
 * makes for all of it; of groups, by how much the two differ at most. Exit
 * status: COMMAND's, or 99 if an event did not count, or a pinned one was given
 * up.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostpmu.h"

#define EVENTS_MAX	256
#define CPUS_MAX	64
#define BROKEN		99
#define START_MS	200
#define EVENT_SW_INCR	0
#define EVENT_CYCLES	0x11

enum kind { FLEXIBLE, PINNED, SAMPLING, LEADER, TWIN, KIND_NUM };

static const char *const kind_name[KIND_NUM] = {
	"flexible", "pinned", "sampling", "leading", "twin",
};

struct event {
	int		fd;
	enum kind	kind;
	int		cpu;
	struct perf_event_mmap_page *page;	/* SAMPLING only */
};

struct options {
	int		nr[KIND_NUM];
	uint64_t	period;
	int		move_ms, move_cpus;
	uint64_t	config;			/* the event, of PMUv3 */
};

static struct event events[EVENTS_MAX];
static int nr_events;

static void open_event(const struct options *o, enum kind kind, int cpu)
{
	struct event *ev = &events[nr_events];
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = (uint32_t)hostpmu_type(cpu),
		.config = o->config,
		.pinned = kind == PINNED || kind == LEADER,
		.disabled = kind == LEADER,	/* until its twin is there */
		.sample_period = kind == SAMPLING ? o->period : 0,
		.sample_type = kind == SAMPLING ? PERF_SAMPLE_IP : 0,
		.wakeup_events = 1,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	int leader = kind == TWIN ? events[nr_events - 1].fd : -1;

	if (nr_events == EVENTS_MAX)
		return;
	ev->kind = kind;
	ev->cpu = cpu;
	ev->fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, leader, 0);
	if (ev->fd < 0) {
		fprintf(stderr, "hostperf: %s event on CPU %d: %s\n",
			kind_name[kind], cpu, strerror(errno));
		exit(BROKEN);
	}
	if (kind == SAMPLING)
		ev->page = mmap(NULL, 9 * (size_t)getpagesize(),
				PROT_READ | PROT_WRITE, MAP_SHARED, ev->fd, 0);
	if (kind == TWIN)
		ioctl(leader, PERF_EVENT_IOC_ENABLE, 0);
	nr_events++;
}

static void open_all(const struct options *o)
{
	int cpu, kind, i, nr_cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);

	for (cpu = 0; cpu < nr_cpus; cpu++)
		for (kind = 0; kind < KIND_NUM; kind++)
			for (i = 0; i < o->nr[kind]; i++)
				open_event(o, (enum kind)kind, cpu);
}

static uint64_t drain(struct event *ev)
{
	uint64_t head;

	if (!ev->page || ev->page == MAP_FAILED)
		return 0;
	head = __atomic_load_n(&ev->page->data_head, __ATOMIC_ACQUIRE);
	__atomic_store_n(&ev->page->data_tail, head, __ATOMIC_RELEASE);
	return head;
}

static int thread_cpu;

/* Each thread to the next of the CPUs, one after the other */
static int move_threads(pid_t pid, int nr_cpus)
{
	int moved = 0;
	char path[64];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		cpu_set_t set;

		if (e->d_name[0] == '.')
			continue;
		CPU_ZERO(&set);
		CPU_SET(thread_cpu++ % nr_cpus, &set);
		moved += !sched_setaffinity(atoi(e->d_name), sizeof(set), &set);
	}
	if (d)
		closedir(d);
	thread_cpu++;
	return moved;
}

/* What is left of them to do is to be read: both of a group to the same time. */
static void stop_groups(void)
{
	int i;

	for (i = 0; i < nr_events; i++)
		if (events[i].kind == LEADER)
			ioctl(events[i].fd, PERF_EVENT_IOC_DISABLE, 0);
}

/* Return how many are at fault. */
static int report(const struct options *o, enum kind kind)
{
	bool counts = o->config == EVENT_CYCLES;
	uint64_t val[3], enabled = 0, running = 0, counted = 0, bytes = 0;
	int i, nr = 0, bad = 0;

	for (i = 0; i < nr_events; i++) {
		if (events[i].kind != kind)
			continue;
		nr++;
		bytes += drain(&events[i]);
		if (read(events[i].fd, val, sizeof(val)) != sizeof(val) ||
		    (counts && !val[0]) || !val[2]) {
			printf("hostperf: a %s event on CPU %d is lost\n",
			       kind_name[kind], events[i].cpu);
			bad++;
			continue;
		}
		counted += val[0];
		enabled += val[1];
		running += val[2];
	}
	if (nr)
		printf("hostperf: %d %s, counting %d%% of the time, %.0f cycles a second, %lu bytes\n",
		       nr, kind_name[kind],
		       enabled ? (int)(100 * running / enabled) : 0,
		       running ? (double)counted * 1e9 / (double)running : 0,
		       (unsigned long)bytes);
	return bad;
}

/*
 * By how much two counts of the same differ, whole periods left out. The driver
 * has a 32-bit counter overflow every DRIVER_PERIOD (armpmu_event_set_period():
 * half of its range), and QEMU without -icount makes one too many or too few of
 * that when other counters of the CPU change all the time: seen by 2^31 + 71,400
 * of 2 * 10^10, where everything else is within 2 * 10^6. No guest's write does
 * just that.
 */
#define DRIVER_PERIOD	(UINT64_C(1) << 31)

static uint64_t apart(uint64_t a, uint64_t b)
{
	uint64_t d = (a > b ? a - b : b - a) % DRIVER_PERIOD;

	return d < DRIVER_PERIOD / 2 ? d : DRIVER_PERIOD - d;
}

/* The two of a group, in thousandths of the first */
static void report_groups(void)
{
	uint64_t a[3], b[3], part, most = 0;
	int i;

	for (i = 1; i < nr_events; i++) {
		if (events[i].kind != TWIN ||
		    read(events[i - 1].fd, a, sizeof(a)) != sizeof(a) ||
		    read(events[i].fd, b, sizeof(b)) != sizeof(b) || !a[0])
			continue;
		part = apart(a[0], b[0]) * 1000 / a[0];
		printf("hostperf: CPU %d, %lu cycles, its twin %lu\n",
		       events[i].cpu, (unsigned long)a[0], (unsigned long)b[0]);
		most = part > most ? part : most;
	}
	printf("hostperf: groups at most %lu thousandths apart\n",
	       (unsigned long)most);
}

static int watch(const struct options *o, pid_t pid)
{
	int i, status, moved = 0, ms = o->move_ms ? o->move_ms : 20, time = 0;

	for (; waitpid(pid, &status, WNOHANG) == 0; time += ms) {
		if (o->move_ms && time > START_MS)
			moved += move_threads(pid, o->move_cpus);
		for (i = 0; i < nr_events; i++)
			drain(&events[i]);
		usleep((useconds_t)ms * 1000);
	}
	if (o->move_ms)
		printf("hostperf: moved %d times\n", moved);
	return WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN;
}

static void parse(int argc, char **argv, struct options *o)
{
	int opt;

	while ((opt = getopt(argc, argv, "+qe:p:gs:m:c:")) != -1) {
		switch (opt) {
		case 'q': o->config = EVENT_SW_INCR; break;
		case 'e': o->nr[FLEXIBLE] = atoi(optarg); break;
		case 'p': o->nr[PINNED] = atoi(optarg); break;
		case 'g': o->nr[LEADER] = o->nr[TWIN] = 1; break;
		case 's': o->period = strtoull(optarg, NULL, 0);
			  o->nr[SAMPLING] = 1; break;
		case 'm': o->move_ms = atoi(optarg); break;
		case 'c': o->move_cpus = atoi(optarg); break;
		default: exit(BROKEN);
		}
	}
}

int main(int argc, char **argv)
{
	struct options o = {
		.move_cpus = (int)sysconf(_SC_NPROCESSORS_ONLN),
		.config = EVENT_CYCLES,
	};
	int status, kind, bad = 0;
	pid_t pid;

	parse(argc, argv, &o);
	open_all(&o);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execvp(argv[optind], argv + optind);
		_exit(BROKEN);
	}
	status = watch(&o, pid);
	stop_groups();
	for (kind = 0; kind < KIND_NUM; kind++)
		bad += report(&o, (enum kind)kind);
	if (o.nr[TWIN])
		report_groups();
	return bad ? BROKEN : status;
}
