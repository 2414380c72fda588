// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_host - what the host does meanwhile; the contract is in check_host.h
 */
#include "check_host.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "privilege.h"
#include "util.h"
#include "vm.h"

#define EVENT_CPU_CYCLES	0x11	/* Arm ARM, common events */
/* some tenths of a millisecond on hardware */
#define WORK_TURNS		300000
/* pieces of work that a vCPU is left on the busy CPU */
#define STAY			3
/* in percent; differences that a disturbed counter makes are far larger */
#define TOLERANCE		20
/* of an event's time in percent: so much makes it a measure */
#define WHOLE			95

static int open_event(const struct pmu_dev *dev, bool kernel)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = dev->type,
		.config = EVENT_CPU_CYCLES,
		.exclude_kernel = !kernel,
		.exclude_hv = 1,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			  PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

/*
 * With the kernel's cycles, as the time has the kernel's part in it too; it is
 * small on hardware, and perf may not allow everybody to see it.
 */
static void open_event_allowed(struct check_host *h, unsigned int i)
{
	const struct pmu_dev *dev = &h->host->dev[i];
	int fd = open_event(dev, true);

	h->user_only[i] = fd == -EACCES || fd == -EPERM;
	h->event[i] = h->user_only[i] ? open_event(dev, false) : fd;
}

/* The compiler may neither shorten this nor leave it out. */
static void work(void)
{
	uint64_t i;

	for (i = 0; i < WORK_TURNS; i++)
		asm volatile("" : "+r" (i));
}

static bool read_event(int fd, struct check_measure *ret)
{
	uint64_t val[3];

	if (fd < 0 || read(fd, val, sizeof(val)) != sizeof(val))
		return false;
	*ret = (struct check_measure){
		.cycles = val[0], .enabled_ns = val[1], .running_ns = val[2],
	};
	return true;
}

static void work_measured(int fd, struct check_measure *sum)
{
	struct check_measure a, b;

	if (!sum || !read_event(fd, &a)) {
		work();
		return;
	}
	work();
	if (!read_event(fd, &b))
		return;
	sum->pieces++;
	sum->cycles += b.cycles - a.cycles;
	sum->running_ns += b.running_ns - a.running_ns;
	sum->enabled_ns += b.enabled_ns - a.enabled_ns;
}

static bool set_affinity(pthread_t thread, const struct cpuset *cpus)
{
	return !pthread_setaffinity_np(thread, sizeof(cpus->bits),
				       (const cpu_set_t *)cpus->bits);
}

static bool pin(pthread_t thread, unsigned int cpu)
{
	struct cpuset one = { { 0 } };

	cpuset_set(&one, cpu);
	return set_affinity(thread, &one);
}

static uint64_t seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec;
}

/* Where the vCPU is, in a job that moves it. */
struct mover {
	unsigned int cpu, stayed;
};

static void move(struct check_host *h, struct mover *m)
{
	const struct cpuset *cpus = h->job.cpus;
	unsigned int first = cpuset_next(cpus, 0), next;

	if (m->cpu == first && m->stayed++ < STAY)
		return;
	next = cpuset_next(cpus, m->cpu + 1);
	if (next >= CPUSET_MAX)
		next = first;
	if (next == m->cpu)
		return;
	h->moves += pin(h->job.vm->vcpus[0].thread, next);
	*m = (struct mover){ .cpu = next };
}

static void end_guest(struct vm *vm)
{
	struct err e;

	err_fault(&e, 0, "the guest did not end within %d s",
		  CHECK_GUEST_SECONDS);
	stop_post_err(&vm->stop, &e);
}

static void do_load(struct check_host *h)
{
	const struct check_job *job = &h->job;
	unsigned int first = cpuset_next(job->cpus, 0);
	uint64_t end = seconds_now() + CHECK_GUEST_SECONDS;
	struct mover m = { .cpu = first };

	pin(pthread_self(), first);
	if (job->vm)
		pin(job->vm->vcpus[0].thread, first);
	while (h->order == CHECK_LOAD) {
		work_measured(h->event[job->pmu], job->measure);
		if (!job->vm)
			continue;
		if (job->move)
			move(h, &m);
		if (seconds_now() >= end) {
			end_guest(job->vm);
			break;
		}
	}
	set_affinity(pthread_self(), &h->host->allowed);
}

/* With the lock held. */
static void do_watch(struct check_host *h)
{
	struct timespec end;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += CHECK_GUEST_SECONDS;
	while (h->order == CHECK_WATCH && r != ETIMEDOUT)
		r = pthread_cond_clockwait(&h->change, &h->lock,
					   CLOCK_MONOTONIC, &end);
	if (r == ETIMEDOUT)
		end_guest(h->job.vm);
}

/* With the lock held.  A job may be taken back before it was begun. */
static void rest(struct check_host *h)
{
	while (h->order == CHECK_REST) {
		h->busy = false;
		pthread_cond_broadcast(&h->change);
		pthread_cond_wait(&h->change, &h->lock);
	}
}

/* Nothing to do until the order that is being carried out is taken back. */
static void wait_for_end(struct check_host *h, enum check_order order)
{
	while ((int)order == h->order)
		pthread_cond_wait(&h->change, &h->lock);
}

static void serve(struct check_host *h)
{
	pthread_mutex_lock(&h->lock);
	for (rest(h); h->order != CHECK_QUIT; rest(h)) {
		if (h->order == CHECK_WATCH) {
			do_watch(h);
			wait_for_end(h, CHECK_WATCH);
			continue;
		}
		pthread_mutex_unlock(&h->lock);
		do_load(h);
		pthread_mutex_lock(&h->lock);
		wait_for_end(h, CHECK_LOAD);
	}
	pthread_mutex_unlock(&h->lock);
}

/* Capabilities belong to threads: this one gives up its own. */
static void *host_thread(void *arg)
{
	struct check_host *h = arg;
	unsigned int i;

	pthread_setname_np(pthread_self(), "check");
	for (i = 0; i < h->host->nr; i++)
		open_event_allowed(h, i);
	(void)privilege_drop(NULL);
	serve(h);
	for (i = 0; i < h->host->nr; i++)
		if (h->event[i] >= 0)
			close(h->event[i]);
	return NULL;
}

static void wait_until_rests(struct check_host *h)
{
	pthread_mutex_lock(&h->lock);
	while (h->busy)
		pthread_cond_wait(&h->change, &h->lock);
	pthread_mutex_unlock(&h->lock);
}

static void give_order(struct check_host *h, enum check_order order)
{
	pthread_mutex_lock(&h->lock);
	h->order = order;
	/* here, not by the thread: the end may be waited for before it wakes */
	if (order != CHECK_REST)
		h->busy = true;
	pthread_cond_broadcast(&h->change);
	pthread_mutex_unlock(&h->lock);
}

int check_host_start(struct check_host *h, const struct pmu_host *host,
		     struct err *e)
{
	int r;

	h->host = host;
	h->order = CHECK_REST;
	h->busy = true;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->change, NULL);
	r = pthread_create(&h->thread, NULL, host_thread, h);
	if (r)
		return err_fault(e, -r, "starting a thread beside the guest");
	h->started = true;
	wait_until_rests(h);
	return 0;
}

void check_host_stop(struct check_host *h)
{
	if (!h->started)
		return;
	give_order(h, CHECK_QUIT);
	pthread_join(h->thread, NULL);
	pthread_cond_destroy(&h->change);
	pthread_mutex_destroy(&h->lock);
	h->started = false;
}

int check_host_event(const struct check_host *h, unsigned int i)
{
	return h->event[i] < 0 ? h->event[i] : 0;
}

void check_host_begin(struct check_host *h, const struct check_job *job)
{
	h->job = *job;
	h->moves = 0;
	give_order(h, job->order);
}

void check_host_end(struct check_host *h)
{
	give_order(h, CHECK_REST);
	wait_until_rests(h);
}

/* How far two ratios a/b and c/d differ, in percent of the first. */
static double differ(double a, double b, double c, double d)
{
	double x = a / b, y = c / d;

	return 100 * (x > y ? x - y : y - x) / x;
}

/* Whether a measure is one at all; @when: "before", "with" or "after". */
static bool is_whole(const struct check_measure *m, const char *when,
		     char *why)
{
	if (!m->pieces || !m->running_ns || !m->cycles)
		snprintf(why, CHECK_WHY_MAX,
			 "a cycles event of a host thread counted nothing %s the guest",
			 when);
	else if (m->running_ns < m->enabled_ns / 100 * WHOLE)
		snprintf(why, CHECK_WHY_MAX,
			 "a cycles event of a host thread had a counter for only a part of its time %s the guest: the host has more events than counters",
			 when);
	else
		return true;
	return false;
}

/* By what tells more: cycles for the work, or cycles for the time. */
static double difference(const struct check_measure *a,
			 const struct check_measure *b)
{
	double per_work = differ((double)a->cycles, (double)a->pieces,
				 (double)b->cycles, (double)b->pieces);
	double per_time = differ((double)a->cycles, (double)a->running_ns,
				 (double)b->cycles, (double)b->running_ns);

	return per_work < per_time ? per_work : per_time;
}

enum check_verdict check_host_judge(const struct check_measure m[3],
				    char *why)
{
	double with, after;

	/* without a guest nobody but the host can be at fault */
	if (!is_whole(&m[0], "before", why) || !is_whole(&m[2], "after", why))
		return CHECK_SKIP;
	if (!is_whole(&m[1], "with", why))
		return CHECK_FAIL;
	with = difference(&m[0], &m[1]);
	after = difference(&m[0], &m[2]);
	if (with <= TOLERANCE && after <= TOLERANCE)
		return CHECK_PASS;
	snprintf(why, CHECK_WHY_MAX,
		 "a host thread's cycles for the same work differ by %.0f %% with the guest and by %.0f %% after it",
		 with, after);
	return CHECK_FAIL;
}
