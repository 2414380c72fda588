// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_vm - the whole monitor on a stand-in for KVM
 *
 * What must hold: the order of calls, every call failing in turn with a clear
 * error and nothing leaked, every way a run can end, and a stop that is never
 * lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "arm64/platform.h"
#include "fake_kvm.h"
#include "t.h"
#include "vmm/session.h"
#include "vmm/vcpu.h"
#include "vmm/vm.h"

#define MEM_SIZE (64u << 20)

/* A VM with everything around it, as cmd_run makes it. */
struct bench {
	struct vm_config cfg;
	struct pmu_host host;
	struct pmu_plan *plan;
	struct vm_session session;
	struct vm vm;
	struct err e;
	int out_fd;
	char kernel[64];
};

static void wake(void *opaque)
{
	struct bench *b = opaque;

	stop_wake(&b->vm.stop);
}

/* A flat kernel in memory; a path that opens it anew each time. */
static void make_kernel(struct bench *b)
{
	static const uint32_t code[16] = { 0xd503201f, 0x14000000 };
	int fd = memfd_create("kernel", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, code, sizeof(code)), sizeof(code));
	snprintf(b->kernel, sizeof(b->kernel), "/proc/self/fd/%d", fd);
}

static void make_plan(struct bench *b, int counters)
{
	const struct pmu_request req = {
		.mode = PMU_MODE_EMULATED,
		.counters = counters,
		.nr_vcpus = b->cfg.cpus,
	};

	cpuset_set(&b->host.online, 0);
	cpuset_set(&b->host.allowed, 0);
	b->host.nr = 1;
	b->host.dev[0] = (struct pmu_dev){ .name = "fake_pmu", .type = 8 };
	cpuset_set(&b->host.dev[0].cpus, 0);
	ck_assert_int_eq(pmu_plan_make(&b->host, &req, &b->plan, &b->e), 0);
}

static struct bench *bench_new(unsigned int cpus, bool pmu)
{
	struct bench *b = calloc(1, sizeof(*b));
	const struct serial_host host = { wake, b };

	fake_reset();
	make_kernel(b);
	b->cfg = (struct vm_config){
		.cpus = cpus, .mem_size = MEM_SIZE, .mem_base = PLAT_RAM_BASE,
		.kernel = b->kernel, .dev = (char *)"/dev/kvm", .rtc = true,
		.pvpanic = true, .sve = true, .ptrauth = true, .pmu = pmu,
		.pmu_counters = PMU_COUNTERS_ALL, .pmu_partition = -1,
	};
	if (pmu)
		make_plan(b, 4);
	vm_session_init(&b->session, &b->cfg, &b->host, b->plan);
	b->session.confined = true;	/* the test itself stays as it is */
	serial_init(&b->session.serial, &host);
	b->out_fd = memfd_create("out", MFD_CLOEXEC);
	b->session.console = (struct console){
		.in_fd = -1, .out_fd = b->out_fd, .out_file = true,
	};
	console_add_line(&b->session.console, &serial_line_ops,
			 &b->session.serial);
	return b;
}

static void bench_free(struct bench *b)
{
	int kernel = atoi(strrchr(b->kernel, '/') + 1);

	vm_session_fini(&b->session);
	pmu_plan_free(b->plan);
	close(kernel);
	free(b);
}

static enum outcome bench_run(struct bench *b)
{
	enum outcome outcome = OUTCOME_FAILED;

	if (vm_create(&b->vm, &b->session, &b->e) == 0)
		outcome = vm_run(&b->vm);
	if (getenv("T_VERBOSE"))
		fprintf(stderr, "%d: %s %s\n", (int)outcome, b->e.text,
			b->vm.stop.err.text);
	vm_destroy(&b->vm);
	return outcome;
}

START_TEST(runs_to_poweroff)
{
	unsigned int fds = fake_open_fds();
	struct bench *b = bench_new(2, false);

	ck_assert_int_eq(bench_run(b), OUTCOME_POWEROFF);
	ck_assert_uint_eq(fake_count(KVM_ARM_VCPU_INIT), 2);
	bench_free(b);
	ck_assert_uint_eq(fake_open_fds(), fds);
	ck_assert_uint_eq(fake_threads(), 1);
}
END_TEST

/* GIC, then vCPUs, then GIC init, then PMU, then KVM_RUN. */
START_TEST(order_of_calls)
{
	struct bench *b = bench_new(2, true);
	int gic, init, ctrl, pmu, run;

	ck_assert_int_eq(bench_run(b), OUTCOME_POWEROFF);
	gic = fake_find(KVM_CREATE_DEVICE, 0);
	init = fake_find(KVM_ARM_VCPU_INIT, 0);
	pmu = fake_find(KVM_SET_DEVICE_ATTR, (unsigned int)init);
	ctrl = pmu;
	while (fake.call[pmu].vcpu < 0)
		pmu = fake_find(KVM_SET_DEVICE_ATTR, (unsigned int)pmu + 1);
	run = fake_find(KVM_RUN, 0);
	ck_assert_int_lt(gic, fake_find(KVM_CREATE_VCPU, 0));
	ck_assert_int_lt(init, ctrl);
	ck_assert_int_lt(ctrl, pmu);
	ck_assert_int_eq(fake.call[pmu].arg, KVM_ARM_VCPU_PMU_V3_SET_PMU);
	ck_assert_int_lt(pmu, run);
	bench_free(b);
}
END_TEST

/* The plan pins to CPU 0; INIT must see that, on machines with more. */
START_TEST(pins_before_init)
{
	struct bench *b = bench_new(2, true);
	int i = -1;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		T_SKIP("one CPU only");
		bench_free(b);
		return;
	}
	ck_assert_int_eq(bench_run(b), OUTCOME_POWEROFF);
	while ((i = fake_find(KVM_ARM_VCPU_INIT, (unsigned int)(i + 1))) >= 0)
		ck_assert(fake.call[i].on_pinned_cpu);
	bench_free(b);
}
END_TEST

static void fail_each_call(unsigned int cpus, bool pmu)
{
	unsigned int total, n, fds = fake_open_fds();
	struct bench *b = bench_new(cpus, pmu);

	ck_assert_int_eq(bench_run(b), OUTCOME_POWEROFF);
	total = fake.nr_calls;
	bench_free(b);

	for (n = 1; n <= total; n++) {
		enum outcome outcome;

		b = bench_new(cpus, pmu);
		fake.fail_at = n;
		fake.fail_with = -EIO;
		outcome = bench_run(b);
		/* an optional ability or a late call may fail without harm */
		if (outcome != OUTCOME_POWEROFF) {
			ck_assert_int_eq(outcome, OUTCOME_FAILED);
			if (b->e.kind == ERR_NONE)
				b->e = b->vm.stop.err;
			ck_assert_int_ne(b->e.kind, ERR_NONE);
			ck_assert_uint_gt(strlen(b->e.text), 10);
			ck_assert_ptr_null(strchr(b->e.text, '\n'));
		}
		bench_free(b);
		ck_assert_msg(fake_open_fds() == fds,
			      "call %u failed and left a descriptor", n);
		ck_assert_uint_eq(fake_threads(), 1);
	}
}

START_TEST(every_call_fails_once)
{
	fail_each_call(1, false);
}
END_TEST

START_TEST(every_call_fails_once_with_pmu)
{
	fail_each_call(2, true);
}
END_TEST

START_TEST(missing_capabilities_are_named)
{
	static const struct {
		unsigned int cap;
		const char *word;
	} missing[] = {
		{ KVM_CAP_ONE_REG, "KVM_CAP_ONE_REG" },
		{ KVM_CAP_ARM_PSCI_0_2, "KVM_CAP_ARM_PSCI_0_2" },
		{ KVM_CAP_DEVICE_CTRL, "KVM_CAP_DEVICE_CTRL" },
		{ KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT" },
		{ KVM_CAP_ARM_PMU_V3, "PMU" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		struct bench *b = bench_new(1, true);

		fake.lacks_cap = missing[i].cap;
		ck_assert_int_eq(bench_run(b), OUTCOME_FAILED);
		ck_assert_int_eq(b->e.kind, ERR_HOST);
		ck_assert_ptr_nonnull(strstr(b->e.text, missing[i].word));
		bench_free(b);
	}
}
END_TEST

/* The runner of kvm-unit-tests wants the host's answer before the file's. */
START_TEST(host_is_asked_before_files)
{
	struct bench *b = bench_new(1, false);

	b->cfg.irqchip = IRQCHIP_GICV2;
	b->cfg.kernel = (char *)"_NO_FILE_4Uhere_";
	fake.no_gicv2 = true;
	ck_assert_int_eq(bench_run(b), OUTCOME_FAILED);
	ck_assert_int_eq(b->e.kind, ERR_HOST);
	ck_assert_ptr_nonnull(strstr(b->e.text, "gicv2"));

	fake.no_gicv2 = false;
	ck_assert_int_eq(bench_run(b), OUTCOME_FAILED);
	ck_assert_int_eq(b->e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(b->e.text,
		"Fatal: Unable to open kernel _NO_FILE_4Uhere_"));
	b->cfg.kernel = b->kernel;
	bench_free(b);
}
END_TEST

START_TEST(irqchip_falls_back)
{
	struct bench *b = bench_new(1, false);

	fake.no_its = true;
	ck_assert_int_eq(vm_create(&b->vm, &b->session, &b->e), 0);
	ck_assert_int_eq(b->vm.gic.kind, GIC_V3);
	vm_destroy(&b->vm);
	fake.no_gicv3 = true;
	ck_assert_int_eq(vm_create(&b->vm, &b->session, &b->e), 0);
	ck_assert_int_eq(b->vm.gic.kind, GIC_V2M);
	vm_destroy(&b->vm);
	fake.no_gicv2 = true;
	ck_assert_int_eq(vm_create(&b->vm, &b->session, &b->e), -ENODEV);
	ck_assert_int_eq(b->e.kind, ERR_HOST);
	vm_destroy(&b->vm);
	bench_free(b);
}
END_TEST

static uint32_t event_type;

static int script_event(unsigned int vcpu, unsigned int turn,
			struct kvm_run *run)
{
	(void)turn;
	return vcpu ? FAKE_BLOCK : fake_exit_event(run, event_type);
}

START_TEST(system_events)
{
	static const struct {
		uint32_t type;
		enum outcome outcome;
	} events[] = {
		{ KVM_SYSTEM_EVENT_SHUTDOWN, OUTCOME_POWEROFF },
		{ KVM_SYSTEM_EVENT_RESET, OUTCOME_RESET },
		{ KVM_SYSTEM_EVENT_CRASH, OUTCOME_PANIC },
		{ 77, OUTCOME_FAILED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		struct bench *b = bench_new(2, false);

		event_type = events[i].type;
		fake.script = script_event;
		ck_assert_int_eq(bench_run(b), events[i].outcome);
		bench_free(b);
	}
}
END_TEST

static int script_panic(unsigned int vcpu, unsigned int turn,
			struct kvm_run *run)
{
	(void)vcpu;
	return turn ? fake_exit_off(run) :
		fake_exit_mmio(run, PLAT_PVPANIC_BASE, true, 1, 1);
}

START_TEST(pvpanic_ends_it)
{
	struct bench *b = bench_new(1, false);

	fake.script = script_panic;
	ck_assert_int_eq(bench_run(b), OUTCOME_PANIC);
	bench_free(b);
}
END_TEST

static int script_wrong_cpu(unsigned int vcpu, unsigned int turn,
			    struct kvm_run *run)
{
	(void)turn;
	if (vcpu != 1)
		return FAKE_BLOCK;
	run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	run->fail_entry.hardware_entry_failure_reason =
		KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED;
	run->fail_entry.cpu = 5;
	return 0;
}

START_TEST(fail_entry_is_a_sentence)
{
	struct bench *b = bench_new(2, true);

	fake.script = script_wrong_cpu;
	ck_assert_int_eq(bench_run(b), OUTCOME_FAILED);
	ck_assert_ptr_nonnull(strstr(b->vm.stop.err.text, "vCPU 1"));
	ck_assert_ptr_nonnull(strstr(b->vm.stop.err.text, "CPU 5"));
	ck_assert_ptr_nonnull(strstr(b->vm.stop.err.text, "fake_pmu"));
	ck_assert_ptr_nonnull(strstr(b->vm.stop.err.text, "--vcpu-affinity"));
	bench_free(b);
}
END_TEST

static int script_hello(unsigned int vcpu, unsigned int turn,
			struct kvm_run *run)
{
	static const char text[] = "hello\n";

	(void)vcpu;
	if (turn == sizeof(text) - 1)
		return fake_exit_off(run);
	return fake_exit_mmio(run, PLAT_UART_BASE, true, 1,
			      (uint64_t)text[turn]);
}

/* Output is complete although the guest powers off right after it. */
START_TEST(output_is_flushed)
{
	char buf[16] = "";
	struct bench *b = bench_new(1, false);
	int fd = dup(b->out_fd);

	fake.script = script_hello;
	ck_assert_int_eq(bench_run(b), OUTCOME_POWEROFF);
	ck_assert_int_eq(pread(fd, buf, sizeof(buf), 0), 6);
	ck_assert_str_eq(buf, "hello\n");
	close(fd);
	bench_free(b);
}
END_TEST

static void *stop_later(void *arg)
{
	struct bench *b = arg;
	struct timespec ts = { .tv_nsec = rand() % 300000 };

	nanosleep(&ts, NULL);
	stop_post_signal(&b->vm.stop, 15);
	return NULL;
}

/* The text counts however the guest ends after it. */
START_TEST(panic_on_the_console)
{
	static const struct {
		const char *text;
		enum outcome outcome;
	} rows[] = {
		{ "ello", OUTCOME_PANIC },
		{ "ellx", OUTCOME_POWEROFF },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bench *b = bench_new(1, false);

		tripwire_init(&b->session.console.panic, rows[i].text);
		fake.script = script_hello;
		ck_assert_int_eq(bench_run(b), rows[i].outcome);
		bench_free(b);
	}
}
END_TEST

static int script_hang(unsigned int vcpu, unsigned int turn,
		       struct kvm_run *run)
{
	return turn < 6 ? script_hello(vcpu, turn, run) : FAKE_BLOCK;
}

START_TEST(panic_that_hangs_is_ended)
{
	struct bench *b = bench_new(1, false);

	tripwire_init(&b->session.console.panic, "hello\n");
	fake.script = script_hang;
	ck_assert_int_eq(bench_run(b), OUTCOME_PANIC);
	bench_free(b);
}
END_TEST

/* More than the buffer holds at once, to a reader that is slow. */
static int script_flood(unsigned int vcpu, unsigned int turn,
			struct kvm_run *run)
{
	(void)vcpu;
	if (turn == 2 * SERIAL_TX_SIZE)
		return fake_exit_off(run);
	return fake_exit_mmio(run, PLAT_UART_BASE, true, 1, 'f');
}

static void *slow_reader(void *arg)
{
	static char buf[4096];
	int *fd = arg;
	size_t all = 0;
	ssize_t n;

	while ((n = read(*fd, buf, sizeof(buf))) > 0) {
		all += (size_t)n;
		usleep(500);
	}
	return (void *)all;
}

START_TEST(flood_is_complete)
{
	struct bench *b = bench_new(1, false);
	pthread_t thread;
	void *all;
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	b->session.console.out_file = false;
	b->session.console.out_fd = fds[1];
	close(b->out_fd);
	fake.script = script_flood;
	pthread_create(&thread, NULL, slow_reader, &fds[0]);
	ck_assert_int_eq(bench_run(b), OUTCOME_POWEROFF);
	bench_free(b);
	pthread_join(thread, &all);
	ck_assert_uint_eq((size_t)all, 2ul * SERIAL_TX_SIZE);
	close(fds[0]);
}
END_TEST

/* Nobody reads: a signal that comes while the rest is passed on ends it. */
START_TEST(flush_can_be_ended)
{
	struct bench *b = bench_new(1, false);
	pthread_t thread;
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(fds[1], "x", 1) == 1)
		;
	b->session.console.out_file = false;
	b->session.console.out_fd = fds[1];
	close(b->out_fd);
	fake.script = script_hello;
	ck_assert_int_eq(vm_create(&b->vm, &b->session, &b->e), 0);
	pthread_create(&thread, NULL, stop_later, b);
	ck_assert_int_ne(vm_run(&b->vm), OUTCOME_NONE);
	pthread_join(thread, NULL);
	vm_destroy(&b->vm);
	bench_free(b);
	close(fds[0]);
}
END_TEST

static int script_unknown_exit(unsigned int vcpu, unsigned int turn,
			       struct kvm_run *run)
{
	(void)vcpu;
	(void)turn;
	run->exit_reason = 4711;
	return 0;
}

START_TEST(unknown_exit_is_a_fault)
{
	struct bench *b = bench_new(1, false);

	fake.script = script_unknown_exit;
	ck_assert_int_eq(bench_run(b), OUTCOME_FAILED);
	ck_assert_int_eq(b->vm.stop.err.kind, ERR_FAULT);
	bench_free(b);
}
END_TEST

/* Exits that the guest can cause at will and that must not end the VM. */
static int script_hostile(unsigned int vcpu, unsigned int turn,
			  struct kvm_run *run)
{
	static const uint32_t widths[] = { 1, 2, 3, 4, 8 };

	(void)vcpu;
	if (turn == 400)
		return fake_exit_off(run);
	if (turn % 7 == 3) {
		run->exit_reason = KVM_EXIT_ARM_NISV;
		run->arm_nisv.fault_ipa = turn * UINT64_C(0x123457);
		return 0;
	}
	return fake_exit_mmio(run, turn % 3 ? PLAT_UART_BASE + turn % 9 :
			      turn * UINT64_C(0x40100001), turn & 1,
			      widths[turn % 5], UINT64_MAX);
}

START_TEST(hostile_accesses)
{
	struct bench *b = bench_new(1, false);

	fake.script = script_hostile;
	ck_assert_int_eq(bench_run(b), OUTCOME_POWEROFF);
	bench_free(b);
}
END_TEST

static int script_busy(unsigned int vcpu, unsigned int turn,
		       struct kvm_run *run)
{
	/* every kind of place where a stop may arrive */
	if (turn % 3 == vcpu % 3)
		return FAKE_BLOCK;
	return fake_exit_mmio(run, PLAT_UART_BASE + 5, false, 1, 0);
}

START_TEST(stop_is_never_lost)
{
	srand(1);
	for (int i = 0; i < 300; i++) {
		struct bench *b = bench_new(1 + (unsigned int)i % 4, false);
		pthread_t thread;

		fake.script = script_busy;
		ck_assert_int_eq(vm_create(&b->vm, &b->session, &b->e), 0);
		pthread_create(&thread, NULL, stop_later, b);
		ck_assert_int_eq(vm_run(&b->vm), OUTCOME_SIGNAL);
		ck_assert_int_eq(b->vm.stop.signal, 15);
		pthread_join(thread, NULL);
		vm_destroy(&b->vm);
		bench_free(b);
	}
}
END_TEST

T_MAIN("vm", runs_to_poweroff, order_of_calls, pins_before_init,
       every_call_fails_once, every_call_fails_once_with_pmu,
       missing_capabilities_are_named, host_is_asked_before_files,
       irqchip_falls_back, system_events, pvpanic_ends_it,
       fail_entry_is_a_sentence, output_is_flushed, panic_on_the_console,
       panic_that_hangs_is_ended, flood_is_complete,
       flush_can_be_ended, unknown_exit_is_a_fault,
       hostile_accesses, stop_is_never_lost)
