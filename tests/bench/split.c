// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * split - instructions of the VMM, of the host kernel and of the guest
 *
 * Three INST_RETIRED counters on the whole CPU, each blind to the other two
 * parts.  On a host with VHE the kernel runs at EL2, user space at EL0 and the
 * guest at EL1 and EL0, and perf's exclude bits tell them apart.
 */
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

enum part {
	PART_VMM,
	PART_KERNEL,
	PART_GUEST,
	PART_NUM
};

static const char *const part_name[PART_NUM] = {
	[PART_VMM] = "vmm",
	[PART_KERNEL] = "kernel",
	[PART_GUEST] = "guest",
};

static int counter_open(enum part part)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.disabled = 1,
		.exclude_user = part == PART_KERNEL,
		.exclude_kernel = part == PART_VMM,
		.exclude_host = part == PART_GUEST,
		.exclude_guest = part != PART_GUEST,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, /* pid= */ -1,
			      /* cpu= */ 0, /* group= */ -1,
			      PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		die("perf_event_open for INST_RETIRED");
	return fd;
}

static int run(const struct request *req)
{
	pid_t pid = vfork();
	int status;

	if (pid < 0)
		die("vfork");
	if (pid == 0)
		child_exec(req);
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	return status;
}

int measure_split(const struct request *req)
{
	int fd[PART_NUM];
	int status;

	for (int i = 0; i < PART_NUM; i++)
		fd[i] = counter_open(i);
	status = run(req);	/* discarded, as in measure_time() */
	for (int i = 0; i < PART_NUM; i++)
		ioctl(fd[i], PERF_EVENT_IOC_ENABLE, 0);
	status = status ? status : run(req);
	for (int i = 0; i < PART_NUM; i++)
		ioctl(fd[i], PERF_EVENT_IOC_DISABLE, 0);
	if (status) {
		printf("BENCH %s.failed %#x\n", req->key, (unsigned int)status);
		return 1;
	}
	for (int i = 0; i < PART_NUM; i++) {
		uint64_t n;

		if (read(fd[i], &n, sizeof(n)) != sizeof(n))
			die("read of a perf counter");
		printf("BENCH %s.%s %" PRIu64 "\n", req->key, part_name[i], n);
		close(fd[i]);
	}
	return 0;
}
