// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * linux-perf: the init of a Linux guest that runs Debian's perf around a real
 * job, gzip of a large file, in the shapes that were published for a
 * partitioned PMU: "perf record" of more events than there are counters,
 * "perf stat" of as many, and sampling at a high rate.
 *
 * "PHASE name" is printed before each run, for whoever watches from the host
 * (hostshare.c); nothing is measured here, as perf sleeps for long when its
 * events come and go. Then it powers off.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOB	"/usr/bin/gzip", "-nc", "/usr/bin/perf"
/* Cycles and instructions, what the emulated PMU can count, in turn */
#define EVENTS	"r11,r8,r11,r8,r11,r8,r11,r8,r11,r8,r11,r8,r11,r8,r11"
#define RECORD	"/usr/bin/perf", "record", "-q", "-B", "-N", \
		"-o", "/tmp/perf.data"

static const struct run {
	const char	*name;
	const char	*argv[24];
} runs[] = {
	{ "warm-up", { JOB } },
	{ "gzip", { JOB } },
	{ "record-15-events-1000-Hz",
	  { RECORD, "-F", "1000", "-e", EVENTS, "--", JOB } },
	{ "stat-15-events",
	  { "/usr/bin/perf", "stat", "-o", "/tmp/perf.stat", "-e", EVENTS,
	    "--", JOB } },
	{ "record-4000-Hz", { RECORD, "-F", "4000", "-e", "r11", "--", JOB } },
	{ "record-15-events-4000-Hz",
	  { RECORD, "-F", "4000", "-e", EVENTS, "--", JOB } },
};

/* Or the kernel limits the rate by how long it finds that a sample takes. */
static void set(const char *name, const char *val)
{
	FILE *f = fopen(name, "we");

	if (!f || fputs(val, f) < 0 || fclose(f))
		printf("FAIL %s: %s\n", name, strerror(errno));
}

static void child(const char *const *argv)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
		_exit(126);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void run(const struct run *r)
{
	int status;
	pid_t pid;

	printf("PHASE %s\n", r->name);
	pid = fork();
	if (!pid)
		child(r->argv);
	if (waitpid(pid, &status, 0) != pid || status)
		printf("FAIL %s: status %x\n", r->name, (unsigned int)status);
}

int main(void)
{
	size_t i;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/tmp", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	setenv("HOME", "/tmp", 1);
	set("/proc/sys/kernel/perf_cpu_time_max_percent", "0");
	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		run(&runs[i]);
	printf("PHASE end\nGUEST DONE\n");
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
