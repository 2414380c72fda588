// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory - what a VMM holds beside the memory of its guest
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

struct held {
	unsigned long anonymous;	/* kB */
	unsigned long rss;
};

/*
 * Adds up /proc/PID/smaps.  "Anonymous:" counts every page that no file backs,
 * also the written pages of private file mappings (.data), so nothing hides.
 * The guest's memory is the one mapping at least as large as it was asked for.
 */
static struct held held_by(pid_t pid, unsigned int guest_mb)
{
	struct held sum = { 0 };
	unsigned long kb, size = 0;
	char path[64], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	f = fopen(path, "re");
	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Size: %lu kB", &kb) == 1)
			size = kb;
		if (size >= guest_mb * 1024UL)
			continue;
		if (sscanf(line, "Rss: %lu kB", &kb) == 1)
			sum.rss += kb;
		if (sscanf(line, "Anonymous: %lu kB", &kb) == 1)
			sum.anonymous += kb;
	}
	fclose(f);
	return sum;
}

int measure_memory(const struct request *req)
{
	/* long after any VMM has entered its guest */
	const struct timespec start_up = { .tv_nsec = 500 * 1000 * 1000 };
	struct held held;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		child_exec(req);
	nanosleep(&start_up, NULL);
	if (waitpid(pid, NULL, WNOHANG) != 0) {
		printf("BENCH %s.failed ended before it was looked at\n",
		       req->key);
		return 1;
	}
	held = held_by(pid, req->guest_mb);
	printf("BENCH %s.anonymous %lu\n", req->key, held.anonymous);
	printf("BENCH %s.rss %lu\n", req->key, held.rss);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}
