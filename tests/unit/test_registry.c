// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_registry - VMs are found while they run, and only then
 */
#include "vmm/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t.h"
#include "util.h"

static char top[64];

static void setup(void)
{
	strcpy(top, "/tmp/tallyvm-registry-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	setenv("XDG_RUNTIME_DIR", top, 1);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
	unsetenv("XDG_RUNTIME_DIR");
}

static struct vm_config config(const char *name)
{
	struct vm_config cfg = { .cpus = 2 };

	snprintf(cfg.name, sizeof(cfg.name), "%s", name);
	return cfg;
}

static const struct pmu_dev dev = { .name = "armv8_pmuv3_0", .type = 8 };

/* 2 vCPUs, on CPU 4 and on CPUs 5 and 6 */
static struct pmu_plan *plan_new(void)
{
	struct pmu_plan *plan =
		calloc(1, sizeof(*plan) + 2 * sizeof(plan->vcpu[0]));
	unsigned int i;

	plan->nr = 2;
	plan->host_reserve = 1;
	for (i = 0; i < 2; i++) {
		plan->vcpu[i].mode = PMU_MODE_PARTITIONED;
		plan->vcpu[i].counters = 3;
		plan->vcpu[i].dev = &dev;
		cpuset_set(&plan->vcpu[i].cpus, 4 + i);
	}
	cpuset_set(&plan->vcpu[1].cpus, 6);
	return plan;
}

static size_t list(struct registry_vm **vms)
{
	char dir[REGISTRY_PATH_MAX];
	struct err e;
	size_t nr;

	ck_assert_ptr_nonnull(registry_dir(dir));
	ck_assert_msg(!registry_list(dir, vms, &nr, &e), "%s", e.text);
	return nr;
}

static bool exists(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/tallyvm/%s", top, name);
	return !access(path, F_OK);
}

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/tallyvm", top);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/tallyvm/%s", top, name);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

/* Locks belong to open files, not to processes: one process can do both. */
START_TEST(add_list_remove)
{
	struct vm_config cfg = config("web");
	struct pmu_plan *plan = plan_new();
	struct registry r = { .added = false };
	struct registry_vm *vms = NULL;
	char text[64];

	setup();
	ck_assert_uint_eq(list(&vms), 0);
	registry_add(&r, &cfg, plan);
	ck_assert(r.added);
	registry_add(&r, &cfg, plan);
	ck_assert_uint_eq(list(&vms), 1);
	ck_assert_str_eq(vms->name, "web");
	ck_assert_int_eq(vms->pid, getpid());
	ck_assert_str_eq(vms->pmu, "armv8_pmuv3_0");
	ck_assert_str_eq(vms->mode, "partitioned");
	ck_assert_int_eq(vms->counters, 3);
	ck_assert_uint_eq(vms->host_reserve, 1);
	ck_assert_uint_eq(vms->nr_vcpus, 2);
	ck_assert_str_eq(cpuset_format(&vms->cpus, text, sizeof(text)), "4-6");
	free(vms);
	registry_remove(&r);
	registry_remove(&r);
	ck_assert_uint_eq(list(&vms), 0);
	free(plan);
	teardown();
}
END_TEST

START_TEST(no_pmu)
{
	struct vm_config cfg = config("plain");
	struct registry r = { .added = false };
	struct registry_vm *vms = NULL;

	setup();
	registry_add(&r, &cfg, NULL);
	ck_assert_uint_eq(list(&vms), 1);
	ck_assert_str_eq(vms->pmu, "");
	ck_assert_str_eq(vms->mode, "off");
	ck_assert(cpuset_empty(&vms->cpus));
	free(vms);
	registry_remove(&r);
	teardown();
}
END_TEST

/* A process that is killed leaves its files; they go when somebody looks. */
START_TEST(killed)
{
	struct vm_config cfg = config("victim");
	struct registry r = { .added = false };
	struct registry_vm *vms = NULL;
	char json[32], sock[32];
	int ready[2], status;
	pid_t pid;

	setup();
	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		registry_add(&r, &cfg, NULL);
		status = write(ready[1], "+", 1) == 1;
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], json, 1), 1);
	ck_assert_uint_eq(list(&vms), 1);
	ck_assert_int_eq(vms->pid, pid);
	free(vms);
	snprintf(json, sizeof(json), "%d.json", pid);
	snprintf(sock, sizeof(sock), "%d.sock", pid);
	put(sock, "");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ck_assert(exists(json));
	ck_assert_uint_eq(list(&vms), 0);
	ck_assert(!exists(json));
	ck_assert(!exists(sock));
	close(ready[0]);
	close(ready[1]);
	teardown();
}
END_TEST

/* The PID of a VM that was killed is given to another. */
START_TEST(pid_used_again)
{
	struct vm_config cfg = config("second");
	struct registry r = { .added = false };
	struct registry_vm *vms = NULL;
	char name[32];

	setup();
	snprintf(name, sizeof(name), "%d.json", getpid());
	put(name, "{\"left\": \"over\"}");
	registry_add(&r, &cfg, NULL);
	ck_assert(r.added);
	ck_assert_uint_eq(list(&vms), 1);
	ck_assert_str_eq(vms->name, "second");
	free(vms);
	registry_remove(&r);
	teardown();
}
END_TEST

#define GOOD(name, vcpus)						\
	"{\"version\":1,\"name\":\"" name "\",\"pid\":7,\"pmu\":null,"	\
	"\"mode\":\"off\",\"counters\":0,\"host_reserve\":0,"		\
	"\"vcpus\":[" vcpus "]}"

/* Locked by somebody, so not left over; but not understood. */
START_TEST(malformed)
{
	static const char *const texts[] = {
		"", "{", "[]", "null", "{\"version\":1}",
		GOOD("a\\u001b[2J", "{\"cpus\":\"\"}"),
		GOOD("a b", "{\"cpus\":\"\"}"),
		GOOD("a", ""), GOOD("a", "{}"), GOOD("a", "1"),
		GOOD("a", "{\"cpus\":\"x\"}"), GOOD("a", "{\"cpus\":\"9999\"}"),
	};
	struct registry_vm *vms = NULL;
	char path[128];
	size_t i;
	int fd;

	setup();
	put("7.json", GOOD("a", "{\"cpus\":\"1\"}"));
	snprintf(path, sizeof(path), "%s/tallyvm/7.json", top);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_uint_eq(list(&vms), 1);
	free(vms);
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		put("7.json", texts[i]);
		ck_assert_msg(list(&vms) == 0, "%s", texts[i]);
		ck_assert(exists("7.json"));
	}
	close(fd);
	teardown();
}
END_TEST

/* What is not an entry is neither read nor removed. */
START_TEST(strangers)
{
	struct registry_vm *vms = NULL;
	char path[128];

	setup();
	put("notes.json", "");
	put("12.txt", "");
	put(".json", "");
	snprintf(path, sizeof(path), "%s/tallyvm/13.json", top);
	ck_assert_int_eq(symlink("/etc/hostname", path), 0);
	snprintf(path, sizeof(path), "%s/tallyvm/14.json", top);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_uint_eq(list(&vms), 0);
	ck_assert(exists("notes.json"));
	ck_assert(exists("12.txt"));
	ck_assert(exists(".json"));
	ck_assert(!access("/etc/hostname", F_OK));
	teardown();
}
END_TEST

/* Between making its file and locking it, a VM must not lose it; one that was
 * killed just then leaves an empty file. */
START_TEST(being_born)
{
	struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	struct registry_vm *vms = NULL;
	char path[128];

	setup();
	put("15.json", "");
	ck_assert_uint_eq(list(&vms), 0);
	ck_assert(exists("15.json"));
	snprintf(path, sizeof(path), "%s/tallyvm/15.json", top);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
	ck_assert_uint_eq(list(&vms), 0);
	ck_assert(!exists("15.json"));
	teardown();
}
END_TEST

/* No directory, no entry: the VM runs all the same. */
START_TEST(nowhere)
{
	struct vm_config cfg = config("alone"), nameless = config("");
	struct registry r = { .added = false };
	char buf[REGISTRY_PATH_MAX], longer[200];

	setup();
	registry_add(&r, &nameless, NULL);
	ck_assert(!r.added);
	setenv("XDG_RUNTIME_DIR", "/proc/self/nothing", 1);
	registry_add(&r, &cfg, NULL);
	ck_assert(!r.added);
	registry_remove(&r);
	setenv("XDG_RUNTIME_DIR", "not/absolute", 1);
	ck_assert_ptr_null(registry_dir(buf));
	memset(longer, 'x', sizeof(longer));
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	setenv("XDG_RUNTIME_DIR", longer, 1);
	ck_assert_ptr_null(registry_dir(buf));
	registry_add(&r, &cfg, NULL);
	ck_assert(!r.added);
	unsetenv("XDG_RUNTIME_DIR");
	ck_assert_str_eq(registry_dir(buf), "/run/tallyvm");
	setenv("XDG_RUNTIME_DIR", top, 1);
	teardown();
}
END_TEST

START_TEST(claims)
{
	struct vm_config cfg = config("web");
	struct pmu_plan *plan = plan_new();
	struct registry r = { .added = false };
	struct pmu_claim *found = NULL;
	unsigned int nr = 9;

	setup();
	registry_add(&r, &cfg, plan);
	ck_assert_int_eq(registry_claims(&found, &nr, NULL), 0);
	ck_assert_uint_eq(nr, 1);
	ck_assert_str_eq(found->name, "web");
	ck_assert_uint_eq(found->nr_vcpus, 2);
	ck_assert(cpuset_has(&found->cpus, 6));
	free(found);
	registry_remove(&r);
	ck_assert_int_eq(registry_claims(&found, &nr, NULL), 0);
	ck_assert_uint_eq(nr, 0);
	free(found);
	free(plan);
	teardown();
}
END_TEST

T_MAIN("registry", add_list_remove, no_pmu, killed, pid_used_again, malformed,
       strangers, being_born, nowhere, claims)
