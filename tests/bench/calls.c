// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * calls - what a VMM asks of the kernel before its guest runs
 */
#include <elf.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#include "measure.h"

#define KVM_RUN		0xae80	/* _IO(KVMIO, 0x80), linux/kvm.h */
#define TRACE_OPTIONS	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | \
			 PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
			 PTRACE_O_EXITKILL)

struct tally {
	unsigned long calls;
	unsigned long ioctls;
	int kvm_run;		/* seen: stop */
};

/* Counts one system call as @pid enters it. */
static void count_entry(pid_t pid, struct tally *t)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		die("PTRACE_GET_SYSCALL_INFO");
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (info.entry.nr == SYS_ioctl && info.entry.args[1] == KVM_RUN) {
		t->kvm_run = 1;
		return;
	}
	t->calls++;
	if (info.entry.nr == SYS_ioctl)
		t->ioctls++;
}

/* Minor and major page faults of the process so far. */
static unsigned long faults(pid_t pid)
{
	char path[64], text[512];
	unsigned long minor = 0, major = 0;
	const char *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f || !fgets(text, sizeof(text), f))
		die(path);
	fclose(f);
	/* the name in parentheses may hold anything; fields follow it */
	p = strrchr(text, ')');
	if (!p || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %lu %*u %lu",
			 &minor, &major) != 2)
		die("fields of /proc/PID/stat");
	return minor + major;
}

/* The signal to deliver when the tracee goes on; 0 for ptrace's own stops. */
static int passed_signal(int status)
{
	int sig = WSTOPSIG(status);

	if (sig == (SIGTRAP | 0x80) || sig == SIGTRAP || sig == SIGSTOP)
		return 0;
	return sig;
}

/* Goes on until KVM_RUN or until the last tracee is gone. */
static void trace(struct tally *t)
{
	int status;
	pid_t pid;

	while (!t->kvm_run && (pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status))
			continue;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			count_entry(pid, t);
		if (!t->kvm_run)
			ptrace(PTRACE_SYSCALL, pid, 0, passed_signal(status));
	}
}

static pid_t start_traced(const struct request *req)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		child_exec(req);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		die("wait for the traced child");
	if (ptrace(PTRACE_SETOPTIONS, pid, 0, TRACE_OPTIONS))
		die("PTRACE_SETOPTIONS");
	return pid;
}

/*
 * Lets the child go on to its execve: what child_exec() does to set up the
 * console is not the VMM's.
 */
static void skip_to_execve(pid_t pid)
{
	struct ptrace_syscall_info info = { 0 };
	int status;

	do {
		ptrace(PTRACE_SYSCALL, pid, 0, 0);
		if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			die("wait for execve");
		ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
	} while (info.op != PTRACE_SYSCALL_INFO_ENTRY ||
		 info.entry.nr != SYS_execve);
}

int measure_calls(const struct request *req)
{
	struct tally t = { .calls = 1 };	/* execve itself */
	pid_t pid = start_traced(req);

	skip_to_execve(pid);
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	trace(&t);
	if (!t.kvm_run) {
		printf("BENCH %s.failed no KVM_RUN\n", req->key);
		return 1;
	}
	printf("BENCH %s.calls %lu\n", req->key, t.calls);
	printf("BENCH %s.ioctls %lu\n", req->key, t.ioctls);
	printf("BENCH %s.faults %lu\n", req->key, faults(pid));
	kill(pid, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
	return 0;
}
