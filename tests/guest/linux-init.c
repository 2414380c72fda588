// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * linux-init: the whole user space of a Linux guest.
 *
 * Says what the guest's kernel found of a PMU, counts a loop of known length
 * on every CPU through perf, and ends in the way the kernel command line asks:
 *
 *	tallyvm.test=pmu	report, then power off (default)
 *	tallyvm.test=off	power off at once
 *	tallyvm.test=reboot	reboot
 *	tallyvm.test=panic	kernel panic; loads /pvpanic-mmio.ko if there
 *	tallyvm.test=cat	copy input to output up to a line "quit"
 *	tallyvm.test=size	say the size of the console up to 132x50
 *	tallyvm.test=rng	read the virtio random number device
 *	tallyvm.test=ports	use the console ports "log", "flood" and "echo"
 *	tallyvm.test=memory	use memory, give it back, then sleep for ever
 *	tallyvm.test=idle	sleep for ever
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define PMU_DIR		"/sys/bus/event_source/devices"
#define LOOP_TURNS	1000000
#define LINE		512

static void mount_all(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL) ||
	    mount("dev", "/dev", "devtmpfs", 0, NULL))
		perror("mount");
}

static bool read_line(const char *path, char *buf, size_t len)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(buf, (int)len, f);

	if (f)
		fclose(f);
	buf[ok ? strcspn(buf, "\n") : 0] = '\0';
	return ok;
}

static void test_name(char *buf, size_t len)
{
	static const char key[] = "tallyvm.test=";
	char line[4096];
	const char *p;

	snprintf(buf, len, "pmu");
	if (!read_line("/proc/cmdline", line, sizeof(line)))
		return;
	p = strstr(line, key);
	if (!p)
		return;
	p += sizeof(key) - 1;
	snprintf(buf, len, "%.*s", (int)strcspn(p, " "), p);
}

/* Each read of /dev/kmsg is one record: "prefix;text". */
static void print_perf_lines(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char rec[2048];
	ssize_t n;
	char *text;

	if (fd < 0) {
		perror("/dev/kmsg");
		return;
	}
	while ((n = read(fd, rec, sizeof(rec) - 1)) > 0 || errno == EPIPE) {
		if (n <= 0)
			continue;
		rec[n] = '\0';
		text = strchr(rec, ';');
		if (text && strstr(text, "hw perfevents"))
			printf("INFO dmesg=%.*s\n",
			       (int)strcspn(text + 1, "\n"), text + 1);
	}
	close(fd);
}

/* Return: perf type of a core PMU with @cpu, or -1. */
static int pmu_type(const char *name, char *cpus, size_t len)
{
	char path[LINE], type[32];

	snprintf(path, sizeof(path), PMU_DIR "/%s/cpus", name);
	if (!read_line(path, cpus, len))
		return -1;
	snprintf(path, sizeof(path), PMU_DIR "/%s/type", name);
	return read_line(path, type, sizeof(type)) ? atoi(type) : -1;
}

/* Return: perf type of the last core PMU, or -1 without one. */
static int list_pmus(void)
{
	DIR *dir = opendir(PMU_DIR);
	struct dirent *d;
	char cpus[LINE];
	int type, found = -1;

	while (dir && (d = readdir(dir))) {
		type = pmu_type(d->d_name, cpus, sizeof(cpus));
		if (type < 0)
			continue;
		printf("INFO pmu=%s type=%d cpus=%s\n", d->d_name, type, cpus);
		found = type;
	}
	if (dir)
		closedir(dir);
	return found;
}

static int count_open(uint64_t config)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = config,
		.disabled = 1,
		.pinned = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			    PERF_FLAG_FD_CLOEXEC);
}

static void loop(void)
{
	unsigned int i;

	for (i = 0; i < LOOP_TURNS; i++)
		__asm__ volatile("" : : : "memory");
}

/* Return: false if the event exists but did not count. */
static bool count(const char *what, uint64_t config, int cpu)
{
	int fd = count_open(config);
	uint64_t val = 0;
	ssize_t n;

	if (fd < 0) {
		printf("INFO %s on cpu %d: %s\n", what, cpu, strerror(errno));
		return config != PERF_COUNT_HW_CPU_CYCLES;
	}
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	loop();
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	n = read(fd, &val, sizeof(val));
	close(fd);
	/* a pinned event that could not be scheduled reads as end of file */
	if (n != sizeof(val) || !val) {
		printf("INFO %s on cpu %d: not counted\n", what, cpu);
		return false;
	}
	printf("%s: %llu for a loop of 1,000,000 turns on cpu %d\n", what,
	       (unsigned long long)val, cpu);
	return true;
}

static void count_on(int cpu)
{
	cpu_set_t set;
	bool ok;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		printf("FAIL cpu%d perf: cannot run there: %s\n", cpu,
		       strerror(errno));
		return;
	}
	ok = count("cycles", PERF_COUNT_HW_CPU_CYCLES, cpu);
	count("instructions", PERF_COUNT_HW_INSTRUCTIONS, cpu);
	printf("%s cpu%d perf\n", ok ? "PASS" : "FAIL", cpu);
}

static void test_pmu(void)
{
	long cpu, nr = sysconf(_SC_NPROCESSORS_ONLN);

	printf("INFO cpus=%ld\n", nr);
	print_perf_lines();
	if (list_pmus() < 0) {
		printf("INFO pmu=none\n");
		return;
	}
	for (cpu = 0; cpu < nr; cpu++)
		count_on((int)cpu);
}

static void test_cat(void)
{
	char line[4096];
	struct termios t;

	/* the terminal's own echo would double every line */
	if (!tcgetattr(STDIN_FILENO, &t)) {
		t.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSANOW, &t);
	}
	printf("CAT READY\n");
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n"))
		fputs(line, stdout);
}

static void test_size(void)
{
	struct winsize now, before = { 0 };

	for (;;) {
		if (!ioctl(STDIN_FILENO, TIOCGWINSZ, &now) &&
		    (now.ws_col != before.ws_col ||
		     now.ws_row != before.ws_row))
			printf("SIZE %ux%u\n", now.ws_col, now.ws_row);
		before = now;
		if (now.ws_col == 132 && now.ws_row == 50)
			return;
		usleep(50000);
	}
}

/* The lines of /proc/interrupts that virtio devices have. */
static void print_interrupts(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "virtio"))
			printf("IRQ %s", line);
	if (file)
		fclose(file);
}

static void test_rng(void)
{
	int fd = open("/dev/hwrng", O_RDONLY | O_CLOEXEC);
	unsigned char buf[4096];
	unsigned int seen[256] = { 0 }, kinds = 0, i;
	ssize_t n, len = 0;

	while (fd >= 0 && len < (ssize_t)sizeof(buf) &&
	       (n = read(fd, buf + len, sizeof(buf) - (size_t)len)) > 0)
		len += n;
	for (i = 0; i < (unsigned int)len; i++)
		kinds += !seen[buf[i]]++;
	printf("%s rng %zd bytes, %u different values\n",
	       len == sizeof(buf) && kinds > 200 ? "PASS" : "FAIL", len, kinds);
	print_interrupts();
}

/* Return: the port of that name, or -1. */
static int open_port(const char *name)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	char path[LINE], is[LINE];
	struct dirent *d;
	int fd = -1;

	while (dir && fd < 0 && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%.64s/name",
			 d->d_name);
		if (!read_line(path, is, sizeof(is)) || strcmp(is, name) != 0)
			continue;
		snprintf(path, sizeof(path), "/dev/%.64s", d->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	printf("%s port %s\n", fd < 0 ? "FAIL" : "PASS", name);
	return fd;
}

static bool write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n <= 0)
			return false;
		buf += n;
		len -= (size_t)n;
	}
	return true;
}

/* Lines that can be told apart; the writer waits for whoever reads them. */
static void write_lines(const char *name, unsigned int nr)
{
	int fd = open_port(name);
	char line[64];
	unsigned int i;
	bool ok = fd >= 0;

	for (i = 0; ok && i < nr; i++) {
		snprintf(line, sizeof(line),
			 "%06u the quick brown fox jumps over it\n", i);
		ok = write_all(fd, line, strlen(line));
	}
	printf("%s %u lines to %s\n", ok ? "PASS" : "FAIL", i, name);
	close(fd);
}

/* Sends back what comes, to one client after the other, up to "quit". */
static void echo_port(const char *name)
{
	int fd = open_port(name);
	char buf[4096];
	ssize_t n;

	if (fd < 0)
		return;
	for (;;) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0)
			break;
		if (!n) {
			printf("INFO nobody on %s\n", name);
			usleep(200000);
			continue;
		}
		if (n >= 4 && !memcmp(buf, "quit", 4))
			break;
		if (!write_all(fd, buf, (size_t)n))
			printf("INFO no answer on %s\n", name);
	}
	close(fd);
}

static void test_ports(void)
{
	write_lines("log", 500);
	write_lines("flood", 20000);
	echo_port("echo");
}

/* 96 MiB that the host has to find, and may have back. */
static void test_memory(void)
{
	const size_t len = 96 << 20;
	char *p = malloc(len);

	if (!p)
		perror("malloc");
	else
		memset(p, 1, len);
	/* or the compiler leaves out what nobody reads */
	__asm__ volatile("" : : "r"(p) : "memory");
	printf("MEMORY used\n");
	sleep(2);
	free(p);
	printf("MEMORY free\n");
	for (;;)
		pause();
}

static void test_panic(void)
{
	int fd = open("/pvpanic-mmio.ko", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0))
		perror("pvpanic-mmio.ko");
	fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "c", 1) != 1)
		perror("sysrq-trigger");
}

static void end(int how)
{
	printf("GUEST DONE\n");
	fflush(NULL);
	/* since 6.5 the kernel may start to send in a work item: wait for it */
	tcdrain(STDOUT_FILENO);
	sync();
	reboot(how);
	perror("reboot");
}

int main(void)
{
	char test[32];

	mount_all();
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_name(test, sizeof(test));
	printf("INFO test=%s\n", test);
	if (!strcmp(test, "panic"))
		test_panic();
	else if (!strcmp(test, "cat"))
		test_cat();
	else if (!strcmp(test, "pmu"))
		test_pmu();
	else if (!strcmp(test, "size"))
		test_size();
	else if (!strcmp(test, "rng"))
		test_rng();
	else if (!strcmp(test, "ports"))
		test_ports();
	else if (!strcmp(test, "memory"))
		test_memory();
	while (!strcmp(test, "idle"))
		pause();
	end(!strcmp(test, "reboot") ? RB_AUTOBOOT : RB_POWER_OFF);
	for (;;)
		pause();
}
