// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * helper: a program beside us: what it says, and every way in which it ends
 */
#include "virtio/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "ear.h"
#include "gmem.h"
#include "t.h"
#include "util.h"

/* A shell that runs one script, and what is logged meanwhile. */
struct stage {
	struct helper h;
	struct worker worker;
	struct err err;
	struct ear ear;
};

static void stage_init(struct stage *s)
{
	memset(s, 0, sizeof(*s));
	ck_assert_int_eq(worker_start(&s->worker, "test"), 0);
	ear_open(&s->ear);
}

static void stage_fini(struct stage *s)
{
	worker_stop(&s->worker);
	helper_fini(&s->h);
	ear_close(&s->ear);
}

static void stage_run(struct stage *s, const char *script)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	const struct child_how how = { .path = "/bin/sh", .argv = argv };

	ck_assert_int_eq(helper_start(&s->h, "dev0", "a shell", &how, NULL,
				      &s->err), 0);
}

static bool stage_hears(struct stage *s, const char *text)
{
	return ear_hears(&s->ear, text);
}

static const struct {
	const char *script, *want;
} ends[] = {
	{ "exit 0", "dev0: a shell has ended with exit status 0" },
	{ "exit 7", "dev0: a shell has ended with exit status 7" },
	{ "kill -SEGV $$", "dev0: a shell was killed by signal 11" },
	{ "echo words >&2", "dev0: a shell: words" },
	{ "echo 1; echo; echo 2", "dev0: a shell: 1\ntallyvm: dev0: a shell: 2" },
	{ "printf 'a\\033[31mb\\r\\n'", "dev0: a shell: a?[31mb?" },
	{ "cat; echo stdin is empty", "dev0: a shell: stdin is empty" },
	{ "trap '' TERM; kill -TERM $$; kill -PIPE $$",
	  "dev0: a shell was killed by signal 13" },
};

START_TEST(its_words_and_its_end_are_logged)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		struct stage s;

		stage_init(&s);
		/* as in our main thread: its signals are its own */
		signal(SIGPIPE, SIG_IGN);
		stage_run(&s, ends[i].script);
		helper_watch(&s.h, &s.worker);
		helper_watch(&s.h, &s.worker);
		ck_assert(stage_hears(&s, ends[i].want));
		stage_fini(&s);
	}
}
END_TEST

START_TEST(a_flood_of_words_is_bounded)
{
	struct stage s;
	const char *p;
	int lines = 0;

	stage_init(&s);
	stage_run(&s, "i=0; while [ $i -lt 5000 ]; do echo flood; i=$((i+1)); done");
	helper_watch(&s.h, &s.worker);
	ck_assert(stage_hears(&s, "exit status 0"));
	for (p = s.ear.text; (p = strchr(p, '\n')); p++)
		lines++;
	ck_assert_int_lt(lines, 40);
	stage_fini(&s);
}
END_TEST

START_TEST(a_line_without_end_is_cut)
{
	struct stage s;

	stage_init(&s);
	stage_run(&s, "printf '%05000d\\n' 7; echo next");
	helper_watch(&s.h, &s.worker);
	ck_assert(stage_hears(&s, "a shell: next"));
	ck_assert_uint_lt(strlen(s.ear.text), UINT64_C(2) * HELPER_LINE_MAX);
	stage_fini(&s);
}
END_TEST

START_TEST(the_last_words_of_one_that_failed)
{
	struct stage s;
	int i;

	stage_init(&s);
	stage_run(&s, "echo first; printf second");
	for (i = 0; i < 500 && strcmp(helper_last(&s.h), "second") != 0; i++)
		usleep(10000);
	ck_assert_str_eq(helper_last(&s.h), "second");
	stage_fini(&s);
}
END_TEST

static int a_pipe(const void *arg, int ret[2])
{
	(void)arg;
	return pipe2(ret, O_CLOEXEC) ? -errno : 0;
}

START_TEST(one_that_does_not_end_is_killed_with_its_children)
{
	const char *argv[] = { "sh", "-c", "sleep 1000 & wait", NULL };
	const struct child_how how = {
		.path = "/bin/sh", .argv = argv, .sockets = a_pipe,
	};
	struct stage s;
	int held;
	char c;

	/* while one of them lives, the pipe has a writer */
	stage_init(&s);
	ck_assert_int_eq(helper_start(&s.h, "dev0", "x", &how, &held, &s.err),
			 0);
	usleep(100000);
	stage_fini(&s);
	ck_assert_int_eq(read(held, &c, 1), 0);
	close(held);
	helper_fini(&s.h);
}
END_TEST

START_TEST(kill_is_at_once)
{
	struct stage s;

	stage_init(&s);
	helper_kill(&s.h);
	stage_run(&s, "sleep 1000");
	helper_watch(&s.h, &s.worker);
	usleep(100000);
	helper_kill(&s.h);
	ck_assert(stage_hears(&s, "killed by signal 9"));
	stage_fini(&s);
}
END_TEST

static int cannot(const void *arg)
{
	return *(const int *)arg;
}

START_TEST(what_cannot_be_run_says_so)
{
	static const int error = -EPERM;
	const char *argv[] = { "x", NULL };
	const struct child_how missing = { .path = "/nowhere", .argv = argv };
	const struct child_how forbidden = {
		.path = "/bin/sh", .argv = argv,
		.prepare = cannot, .arg = &error,
	};
	const struct child_how *hows[] = { &missing, &forbidden };
	const char *const want[] = {
		"cannot run /nowhere: No such file",
		"cannot run /bin/sh: Operation not permitted",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hows); i++) {
		struct stage s;

		stage_init(&s);
		ck_assert_int_eq(helper_start(&s.h, "dev0", "x", hows[i],
					      NULL, &s.err), 0);
		helper_watch(&s.h, &s.worker);
		ck_assert(stage_hears(&s, want[i]));
		stage_fini(&s);
	}
}
END_TEST

/* The second time, too: then it comes from a process that has none of ours. */
START_TEST(only_the_descriptor_named_is_inherited)
{
	char script[128];
	const char *argv[] = { "sh", "-c", script, NULL };
	const struct child_how how = {
		.path = "/bin/sh", .argv = argv, .sockets = a_pipe,
	};
	struct stage s;
	int other = dup(STDIN_FILENO);	/* without close-on-exec */
	int fd, again;

	stage_init(&s);
	snprintf(script, sizeof(script),
		 "echo >&3; for i in 4 5 6 7 8 9 %d; do [ ! -e /dev/fd/$i ] || echo has $i; done; echo right",
		 other);
	ck_assert_int_eq(helper_start(&s.h, "dev0", "x", &how, &fd, &s.err), 0);
	helper_watch(&s.h, &s.worker);
	ck_assert(stage_hears(&s, "dev0: x has ended with exit status 0"));
	ck_assert_int_eq(helper_again(&s.h, &again), 0);
	ck_assert(stage_hears(&s, "right\ntallyvm: dev0: x has ended with exit status 0\ntallyvm: dev0: x: right"));
	ck_assert_ptr_null(strstr(s.ear.text, "has 4"));
	ck_assert_ptr_null(strstr(s.ear.text, "x: has"));
	close(other);
	close(fd);
	close(again);
	stage_fini(&s);
}
END_TEST

/* A slow machine is given one more each second. */
START_TEST(again_and_again_but_not_too_often)
{
	int64_t start = now_ms(), n;
	struct stage s;
	pid_t before;
	int r;

	stage_init(&s);
	stage_run(&s, "echo here; sleep 1000");
	helper_watch(&s.h, &s.worker);
	for (n = 0;; n++) {
		before = s.h.pid;
		r = helper_again(&s.h, NULL);
		if (r)
			break;
		ck_assert_int_lt(n, HELPER_BURST +
				 (now_ms() - start) / HELPER_EACH_MS);
		ck_assert_int_ne(s.h.pid, before);
		ck_assert_int_eq(kill(before, 0), -1);
		ck_assert_int_eq(kill(s.h.pid, 0), 0);
	}
	ck_assert_int_eq(r, -EBUSY);
	ck_assert_int_ge(n, HELPER_BURST);
	ck_assert_int_eq(kill(s.h.pid, 0), 0);
	usleep(1000 * HELPER_EACH_MS);
	ck_assert_int_eq(helper_again(&s.h, NULL), 0);
	ck_assert(stage_hears(&s, "a shell: here"));
	ck_assert(stage_hears(&s, "a shell was killed by signal 9"));
	stage_fini(&s);
}
END_TEST

START_TEST(the_word_that_ends_it)
{
	struct stage s;

	stage_init(&s);
	stage_run(&s, "echo a thread has panicked; sleep 1000");
	s.h.fatal = " panicked";
	helper_watch(&s.h, &s.worker);
	ck_assert(stage_hears(&s, "a shell was killed by signal 9"));
	ck_assert_ptr_nonnull(strstr(s.ear.text, "a shell: a thread has panicked"));
	stage_fini(&s);
}
END_TEST

static bool has_line(const char *path, const char *text)
{
	char line[512];
	bool found = false;
	FILE *f = fopen(path, "re");

	ck_assert_ptr_nonnull(f);
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, text);
	fclose(f);
	return found;
}

/* It outlives each VM, and so would the memory of one. */
START_TEST(its_keeper_has_no_guest_memory)
{
	struct gmem mem, shared;
	struct stage s;
	char path[64];

	ck_assert_int_eq(gmem_init(&mem, 0x80000000, 0x400000), 0);
	ck_assert_int_eq(gmem_init_shared(&shared, 0x80000000, 0x400000), 0);
	stage_init(&s);
	stage_run(&s, "sleep 1000");
	snprintf(path, sizeof(path), "/proc/%d/status", s.h.keeper.pid);
	ck_assert(has_line(path, "tallyvm-keeper"));
	if (!geteuid()) {	/* it cannot be looked into by others */
		snprintf(path, sizeof(path), "/proc/%d/maps",
			 s.h.keeper.pid);
		ck_assert(!has_line(path, "guest-memory"));
	}
	ck_assert(has_line("/proc/self/maps", "guest-memory"));
	stage_fini(&s);
	gmem_fini(&shared);
	gmem_fini(&mem);
}
END_TEST

/* @arg: what is in the end that is to be had; NULL: a failure.  In the keeper,
 * where Check does not work. */
static int one_end(const void *arg, int ret[2])
{
	int fd[2];

	if (!arg || pipe2(fd, O_CLOEXEC) || write(fd[1], arg, 1) != 1)
		return -ENOENT;
	close(fd[1]);
	ret[0] = fd[0];
	return 0;
}

START_TEST(a_keeper_without_a_program_gives_a_descriptor)
{
	struct child_how how = { .sockets = one_end, .arg = "x" };
	struct keeper_started it;
	struct keeper k;
	char c = 0;
	int i;

	ck_assert_int_eq(keeper_start(&k, &how), 0);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(keeper_ask(&k, &it), 0);
		ck_assert_int_eq(it.pid, 0);
		ck_assert_int_eq(it.words, -1);
		ck_assert_int_eq(read(it.fd, &c, 1), 1);
		ck_assert_int_eq(c, 'x');
		close(it.fd);
	}
	keeper_stop(&k);
	how.arg = NULL;
	ck_assert_int_eq(keeper_start(&k, &how), 0);
	ck_assert_int_eq(keeper_ask(&k, &it), -ENOENT);
	keeper_stop(&k);
}
END_TEST

START_TEST(a_keeper_that_is_late_is_ended)
{
	struct stage s;

	stage_init(&s);
	stage_run(&s, "sleep 1000");
	kill(s.h.keeper.pid, SIGSTOP);
	ck_assert_int_eq(helper_again(&s.h, NULL), -ETIMEDOUT);
	ck_assert_int_eq(s.h.keeper.pid, 0);
	ck_assert_int_eq(helper_again(&s.h, NULL), -ESRCH);
	stage_fini(&s);
}
END_TEST

START_TEST(without_its_keeper_it_is_not_started_again)
{
	struct stage s;

	stage_init(&s);
	stage_run(&s, "sleep 1000");
	helper_watch(&s.h, &s.worker);
	kill(s.h.keeper.pid, SIGKILL);
	usleep(100000);
	ck_assert_int_lt(helper_again(&s.h, NULL), 0);
	ck_assert(stage_hears(&s, "a shell cannot be started again: "));
	stage_fini(&s);
}
END_TEST

START_TEST(output_is_kept_up_to_its_room)
{
	const char *argv[] = { "sh", "-c", "echo 1234; yes | head -c 500000",
			       NULL };
	char buf[8];

	ck_assert_int_eq(child_output("/bin/sh", argv, buf, sizeof(buf)), 0);
	ck_assert_str_eq(buf, "1234\ny\n");
	argv[2] = "exit 3";
	ck_assert_int_eq(child_output("/bin/sh", argv, buf, sizeof(buf)), 0);
	ck_assert_str_eq(buf, "");
	ck_assert_int_eq(child_output("/nowhere", argv, buf, sizeof(buf)),
			 0);
	ck_assert_str_eq(buf, "cannot ");
}
END_TEST

T_MAIN("helper",
       its_words_and_its_end_are_logged,
       a_flood_of_words_is_bounded,
       a_line_without_end_is_cut,
       the_last_words_of_one_that_failed,
       one_that_does_not_end_is_killed_with_its_children,
       kill_is_at_once,
       what_cannot_be_run_says_so,
       only_the_descriptor_named_is_inherited,
       again_and_again_but_not_too_often,
       the_word_that_ends_it,
       its_keeper_has_no_guest_memory,
       a_keeper_without_a_program_gives_a_descriptor,
       a_keeper_that_is_late_is_ended,
       without_its_keeper_it_is_not_started_again,
       output_is_kept_up_to_its_room)
