// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hostshare: how the instructions of a CPU divide between the host and its
 * guest, in each phase of what the guest does. Not a guest: it runs beside
 * tallyvm in the emulated host, on CPU 0.
 *
 *	hostshare COMMAND...
 *
 * COMMAND's output is passed on. At each line "PHASE name" in it, "SHARE name
 * host guest" is printed for the phase before, in instructions.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostpmu.h"

#define INST_RETIRED	0x08

enum who { HOST, GUEST, WHO_NUM };

static int fd[WHO_NUM];
static uint64_t before[WHO_NUM];

static void open_event(enum who who)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = (uint32_t)hostpmu_type(0),
		.config = INST_RETIRED,
		.pinned = 1,
		.exclude_host = who == GUEST,
		.exclude_guest = who == HOST,
	};

	fd[who] = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
	if (fd[who] < 0) {
		printf("FAIL hostshare: %s\n", strerror(errno));
		exit(1);
	}
}

static void phase(const char *ended, const char *line)
{
	uint64_t val[WHO_NUM];
	int i;

	for (i = 0; i < WHO_NUM; i++)
		if (read(fd[i], &val[i], sizeof(val[i])) != sizeof(val[i]))
			printf("FAIL hostshare: no count\n");
	if (*ended)
		printf("SHARE %s %lu %lu\n", ended,
		       (unsigned long)(val[HOST] - before[HOST]),
		       (unsigned long)(val[GUEST] - before[GUEST]));
	printf("%s", line);
	memcpy(before, val, sizeof(before));
}

int main(int argc, char **argv)
{
	char line[512], name[64] = "", next[64];
	int to[2], status;
	pid_t pid;
	FILE *f;

	setvbuf(stdout, NULL, _IOLBF, 0);
	open_event(HOST);
	open_event(GUEST);
	if (argc < 2 || pipe(to))
		return 1;
	pid = fork();
	if (!pid) {
		dup2(to[1], STDOUT_FILENO);
		dup2(to[1], STDERR_FILENO);
		close(to[0]);
		close(to[1]);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	close(to[1]);
	f = fdopen(to[0], "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "PHASE %63s", next) != 1) {
			printf("%s", line);
			continue;
		}
		phase(name, line);
		memcpy(name, next, sizeof(name));
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
	       WEXITSTATUS(status) : 1;
}
