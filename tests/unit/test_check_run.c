// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_check_run - a guest of "tallyvm pmu check" on the stand-in for KVM: it
 * says what a script makes it say, and nothing of it does any harm
 */
#include "t.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arm64/platform.h"
#include "fake_kvm.h"
#include "util.h"
#include "vmm/check_run.h"

static const char *said;	/* what the guest will write */
static unsigned int said_len;
static unsigned int said_times;	/* how often */
static int (*said_end)(struct kvm_run *run);

static int script_say(unsigned int vcpu, unsigned int turn,
		      struct kvm_run *run)
{
	(void)vcpu;
	if (turn < said_len * said_times)
		return fake_exit_mmio(run, PLAT_UART_BASE, true, 1,
				      (unsigned char)said[turn % said_len]);
	return said_end(run);
}

static int exit_reset(struct kvm_run *run)
{
	return fake_exit_event(run, KVM_SYSTEM_EVENT_RESET);
}

static int exit_nonsense(struct kvm_run *run)
{
	run->exit_reason = 4711;
	return 0;
}

static int block(struct kvm_run *run)
{
	(void)run;
	return FAKE_BLOCK;
}

static struct check_run *run;
static struct pmu_host host;
static struct check_want want;

/* As check_run_init() does, with a kernel that any build has. */
static void start(const char *text, unsigned int times,
		  int (*end)(struct kvm_run *run))
{
	static const uint32_t code[16] = { 0xd503201f, 0x14000000 };

	fake_reset();
	said = text;
	said_len = (unsigned int)strlen(text);
	said_times = times;
	said_end = end;
	fake.script = script_say;
	host = (struct pmu_host){
		.nr = 1, .dev[0] = { .name = "fake_pmu", .type = 8 },
	};
	cpuset_set(&host.dev[0].cpus, 0);
	host.online = host.allowed = host.dev[0].cpus;
	want = (struct check_want){
		.mode = PMU_MODE_EMULATED, .counters = 4,
		.cpus = &host.dev[0].cpus, .params = "test=basic n=4",
	};
	run = calloc(1, sizeof(*run));
	run->host = &host;
	run->dev = "/dev/kvm";
	vm_session_init(&run->session, NULL, &host, NULL);
	run->session.signal_fd = loop_signals();
	run->session.confined = true;	/* the test itself stays as it is */
	run->session.kernel_fd = memfd_create("kernel", MFD_CLOEXEC);
	ck_assert_int_eq(write(run->session.kernel_fd, code, sizeof(code)),
			 sizeof(code));
}

static void finish(void)
{
	check_run_fini(run);
	free(run);
}

START_TEST(good)
{
	unsigned int before = fake_open_fds(), i;
	struct err e;

	start("PASS cpu0 n\nGUEST DONE\n", 1, fake_exit_off);
	for (i = 0; i < 3; i++) {
		ck_assert_msg(!check_run_vm(run, &want, NULL, &e), "%s",
			      e.text);
		ck_assert_int_eq(run->words.word[WORD_N].verdict, CHECK_PASS);
		ck_assert_uint_eq(run->len, said_len);
	}
	want.counters = PMU_COUNTERS_ALL;
	want.filter = "deny:CPU_CYCLES";
	ck_assert_msg(!check_run_vm(run, &want, NULL, &e), "%s", e.text);
	finish();
	ck_assert_uint_eq(fake_open_fds(), before);
	ck_assert_uint_eq(fake_threads(), 1);
}
END_TEST

/* The guest ended well, and what it said is nonsense; or the other way. */
START_TEST(bad_guests)
{
	static const struct {
		const char *text;
		unsigned int times;
		int (*end)(struct kvm_run *run);
		const char *why;
	} bad[] = {
		{ "PASS cpu0 n\n", 1, fake_exit_off, "stopped talking" },
		{ "x\n", 1, fake_exit_off, "makes no sense" },
		{ "xxxxxxxxxxxxxxxx", CHECK_SAID_MAX / 8, fake_exit_off,
		  "stopped talking" },
		{ "GUEST DONE\n", 1, exit_reset, "reset" },
		{ "GUEST DONE\n", 1, exit_nonsense, "exit reason" },
	};
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		start(bad[i].text, bad[i].times, bad[i].end);
		ck_assert_int_eq(check_run_vm(run, &want, NULL, &e), -EBADMSG);
		ck_assert_int_eq(e.kind, ERR_FAULT);
		ck_assert_msg(strstr(e.text, bad[i].why) != NULL, "%s",
			      e.text);
		ck_assert_uint_le(run->len, CHECK_SAID_MAX);
		finish();
	}
}
END_TEST

START_TEST(no_such_vm)
{
	struct err e;

	start("GUEST DONE\n", 1, fake_exit_off);
	want.counters = FAKE_COUNTERS + 1;
	ck_assert_int_lt(check_run_vm(run, &want, NULL, &e), 0);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	want.counters = 1;
	want.mode = PMU_MODE_PARTITIONED;
	ck_assert_int_lt(check_run_vm(run, &want, NULL, &e), 0);
	ck_assert_int_eq(e.kind, ERR_HOST);
	/* and the next one is as good as ever */
	want.mode = PMU_MODE_EMULATED;
	ck_assert_msg(!check_run_vm(run, &want, NULL, &e), "%s", e.text);
	finish();
}
END_TEST

static void end_it(struct vm *vm, void *opaque)
{
	unsigned int *begun = opaque;

	++*begun;
	stop_post_signal(&vm->stop, 15);
}

static void count_end(struct vm *vm, void *opaque)
{
	unsigned int *begun = opaque;

	ck_assert_ptr_nonnull(vm->vcpus);
	*begun += 10;
}

START_TEST(ended_by_signal)
{
	unsigned int calls = 0;
	const struct check_hooks hooks = { end_it, count_end, &calls };
	struct err e;

	start("x", 1, block);
	ck_assert_int_eq(check_run_vm(run, &want, &hooks, &e), -EINTR);
	ck_assert_int_eq(run->signal, 15);
	ck_assert_uint_eq(calls, 11);
	finish();
}
END_TEST

T_MAIN("check_run", good, bad_guests, no_such_vm, ended_by_signal)
