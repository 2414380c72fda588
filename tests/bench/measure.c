// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * measure - command line, child, and the count of instructions
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

void die(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(1);
}

void child_exec(const struct request *req)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = open(req->console,
		       O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
		       0600);

	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(out, 2) < 0)
		_exit(126);
	execv(req->argv[0], req->argv);
	_exit(127);
}

uint64_t counter(void)
{
	uint64_t now;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(now) :: "memory");
	return now;
}

/*
 * Time the only CPU spent idle, in ns: the clock jumps to the next timer when
 * nothing runs, and those jumps are not instructions.  The kernel books idle
 * time in one of two fields, by whether anybody waits for a disk.
 */
uint64_t idle_ns(void)
{
	FILE *f = fopen("/proc/timer_list", "re");
	uint64_t ns, sum = 0;
	char line[256];
	int found = 0;

	if (!f)
		die("/proc/timer_list");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " .idle_sleeptime : %" SCNu64, &ns) != 1 &&
		    sscanf(line, " .iowait_sleeptime: %" SCNu64, &ns) != 1)
			continue;
		sum += ns;
		found++;
	}
	fclose(f);
	if (found == 2)
		return sum;
	fputs("measure: /proc/timer_list: want one CPU's idle_sleeptime and iowait_sleeptime\n",
	      stderr);
	exit(1);
}

/* Returns the wait status of one run; *ret_instructions is what it took. */
static int run_once(const struct request *req, uint64_t *ret_instructions)
{
	uint64_t idle = idle_ns();
	uint64_t start = counter();
	int status;
	pid_t pid = vfork();

	if (pid < 0)
		die("vfork");
	if (pid == 0)
		child_exec(req);
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	*ret_instructions = counter() - start - (idle_ns() - idle);
	return status;
}

/* Lets the kernel finish what it put off: freed memory, RCU, work queues. */
static void settle(void)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };

	nanosleep(&pause, NULL);
}

static void print_console_size(const struct request *req)
{
	struct stat st;

	if (stat(req->console, &st))
		die(req->console);
	printf("BENCH %s.bytes %lld\n", req->key, (long long)st.st_size);
}

int measure_time(const struct request *req)
{
	for (unsigned int i = 0; i <= req->repeats; i++) {
		uint64_t n;
		int status = run_once(req, &n);

		if (!WIFEXITED(status) || WEXITSTATUS(status)) {
			printf("BENCH %s.failed %#x\n", req->key, status);
			return 1;
		}
		if (i)
			printf("BENCH %s.instructions %" PRIu64 "\n", req->key,
			       n);
		settle();
	}
	print_console_size(req);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const struct request *req);
} measurements[] = {
	{ "time", measure_time },
	{ "split", measure_split },
	{ "calls", measure_calls },
	{ "memory", measure_memory },
	{ "net", measure_net },
};

static void usage(void)
{
	fputs("usage: measure time|split|calls|memory|net [-k KEY] [-o CONSOLE]\n"
	      "               [-r REPEATS] [-m GUEST_MB] -- VMM ARGUMENT...\n",
	      stderr);
	exit(2);
}

static void parse(int argc, char **argv, struct request *req)
{
	int opt;

	while ((opt = getopt(argc, argv, "+k:o:r:m:")) != -1) {
		if (opt == 'k')
			req->key = optarg;
		else if (opt == 'o')
			req->console = optarg;
		else if (opt == 'r')
			req->repeats = (unsigned int)strtoul(optarg, NULL, 10);
		else if (opt == 'm')
			req->guest_mb = (unsigned int)strtoul(optarg, NULL, 10);
		else
			usage();
	}
	req->argv = argv + optind;
	if (!req->argv[0])
		usage();
}

int main(int argc, char **argv)
{
	struct request req = {
		.key = "run",
		.console = "/tmp/console",
		.repeats = 2,
		.guest_mb = 256,
	};

	if (argc < 2)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	parse(argc - 1, argv + 1, &req);
	for (size_t i = 0; i < sizeof(measurements) / sizeof(*measurements);
	     i++)
		if (!strcmp(argv[1], measurements[i].name))
			return measurements[i].run(&req);
	usage();
}
