// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs: the program that is started for it, what it is told, and its end
 *
 * Where a test needs a virtiofsd, this program is it: PATH then has a link of
 * that name, and main() looks at its own.
 */
#include "virtio/fs.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "driver_t.h"
#include "ear.h"
#include "fake_backend.h"
#include "t.h"
#include "util.h"
#include "virtio/virtiofsd.h"

#define BASE	UINT64_C(0x80000000)

/* ---- being virtiofsd ---- */

static int be_virtiofsd(int argc, char **argv)
{
	const char *how = getenv("FAKE_VIRTIOFSD");
	struct fake_backend b;
	int fd = -1, i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help"))
			return puts(how ? how : "--shared-dir --readonly") < 0;
		sscanf(argv[i], "--fd=%d", &fd);
	}
	if (getenv("FAKE_FAILURE")) {
		fputs("it starts\nthe sky is \033[1mfalling\n", stderr);
		return 1;
	}
	fake_backend_init(&b);
	fake_backend_serve(&b, fd);
	return 3;
}

/* ---- the stage ---- */

struct stage {
	char dir[64];
	char link[128];
	char socket[128];
	struct gmem mem;
	struct driver_t driver;
	struct vdev *dev;
	struct err err;
	struct ear ear;
};

/* Its name in PATH is virtiofsd, and it still is this program. */
static void make_link(const struct stage *s)
{
	char self[PATH_MAX] = "";

	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1),
			 0);
	ck_assert_int_eq(symlink(self, s->link), 0);
	setenv("PATH", s->dir, 1);
}

static struct stage *stage_new(void)
{
	struct stage *s = calloc(1, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	strcpy(s->dir, "/tmp/test_fs.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->dir));
	snprintf(s->link, sizeof(s->link), "%s/virtiofsd", s->dir);
	snprintf(s->socket, sizeof(s->socket), "%s/socket", s->dir);
	make_link(s);
	unsetenv("FAKE_VIRTIOFSD");
	unsetenv("FAKE_FAILURE");
	ck_assert_int_eq(gmem_init_shared(&s->mem, BASE, SZ_2M), 0);
	ear_open(&s->ear);
	return s;
}

static bool stage_hears(struct stage *s, const char *text)
{
	return ear_hears(&s->ear, text);
}

static int stage_create(struct stage *s, const struct fs_options *o)
{
	int r = fs_create(o, "fs0", &s->dev, &s->err);

	if (!r) {
		ck_assert_int_eq(vdev_start_workers(s->dev), 0);
		driver_attach(&s->driver, s->dev, &s->mem);
	}
	return r;
}

static void stage_free(struct stage *s)
{
	vdev_destroy(s->dev);
	gmem_fini(&s->mem);
	ear_close(&s->ear);
	unlink(s->link);
	unlink(s->socket);
	ck_assert_int_eq(rmdir(s->dir), 0);
	free(s);
}

static const struct fs_options good = { .dir = "/", .tag = "share" };

/* ---- the device ---- */

START_TEST(a_directory_is_shared)
{
	struct stage *s = stage_new();
	uint64_t c;

	ck_assert_int_eq(stage_create(s, &good), 0);
	ck_assert_uint_eq(s->dev->ops->id, VIRTIO_ID_FS);
	ck_assert_uint_eq(s->dev->nr_queues, 2);
	c = vdev_config_read(s->dev, 0, 8);
	ck_assert_mem_eq(&c, "share\0\0", 8);
	ck_assert_uint_eq(vdev_config_read(s->dev, 36, 4), 1);
	ck_assert_uint_eq(vdev_config_read(s->dev, 40, 4), 0);
	driver_start(s->dev, 2);
	ck_assert(!driver_needs_reset(s->dev));
	vdev_detach(s->dev);
	driver_attach(&s->driver, s->dev, &s->mem);
	driver_start(s->dev, 2);
	ck_assert(!driver_needs_reset(s->dev));
	stage_free(s);
}
END_TEST

/* Its last child is the program of the device, the first is its keeper. */
static pid_t child(void)
{
	char text[64] = "";
	FILE *f = fopen("/proc/thread-self/children", "re");
	int keeper, program;

	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	fclose(f);
	ck_assert_int_eq(sscanf(text, "%d %d", &keeper, &program), 2);
	return program;
}

/* At once the first time, and then by a reset. */
START_TEST(a_killed_virtiofsd_is_replaced)
{
	struct stage *s = stage_new();
	pid_t pid;

	ck_assert_int_eq(stage_create(s, &good), 0);
	driver_start(s->dev, 2);
	ck_assert(!driver_needs_reset(s->dev));
	ck_assert_int_eq(kill(child(), SIGKILL), 0);
	ck_assert(stage_hears(s, "fs0: virtiofsd is back"));
	ck_assert(!driver_needs_reset(s->dev));
	pid = child();
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert(driver_soon(s->dev, driver_needs_reset));
	ck_assert(stage_hears(s, "fs0: virtiofsd has closed the connection"));
	ck_assert(stage_hears(s, "fs0: virtiofsd was killed by signal 9"));
	driver_start(s->dev, 2);
	ck_assert(!driver_needs_reset(s->dev));
	ck_assert_int_ne(child(), pid);
	stage_free(s);
}
END_TEST

/* A slow machine is given one more each second. */
START_TEST(a_guest_that_ends_it_all_the_time_has_to_wait)
{
	struct stage *s = stage_new();
	int64_t start = now_ms();
	int64_t n;

	ck_assert_int_eq(stage_create(s, &good), 0);
	driver_start(s->dev, 2);
	ck_assert_int_eq(kill(child(), SIGKILL), 0);
	ck_assert(stage_hears(s, "fs0: virtiofsd is back"));
	for (n = 0; !driver_needs_reset(s->dev); n++) {
		ck_assert_int_lt(n, HELPER_BURST +
				 (now_ms() - start) / HELPER_EACH_MS);
		ck_assert_int_eq(kill(child(), SIGKILL), 0);
		ck_assert(driver_soon(s->dev, driver_needs_reset));
		driver_start(s->dev, 2);
	}
	ck_assert_int_ge(n, HELPER_BURST);
	ck_assert(stage_hears(s, "virtiofsd has ended too often"));
	usleep(1000 * HELPER_EACH_MS);
	driver_start(s->dev, 2);
	ck_assert(!driver_needs_reset(s->dev));
	stage_free(s);
}
END_TEST

/* Killed while no driver runs, as during a reboot. */
START_TEST(a_virtiofsd_that_died_unseen)
{
	struct stage *s = stage_new();
	int i;

	ck_assert_int_eq(stage_create(s, &good), 0);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(kill(child(), SIGKILL), 0);
		usleep(100000);
		driver_start(s->dev, 2);
		ck_assert(!driver_needs_reset(s->dev));
		vdev_set_status(s->dev, 0);
	}
	stage_free(s);
}
END_TEST

START_TEST(virtiofsd_ends_with_the_device)
{
	struct stage *s = stage_new();
	pid_t pid;

	ck_assert_int_eq(stage_create(s, &good), 0);
	pid = child();
	stage_free(s);
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
}
END_TEST

START_TEST(a_virtiofsd_that_cannot_start_says_why)
{
	struct stage *s = stage_new();

	setenv("FAKE_FAILURE", "1", 1);
	ck_assert_int_lt(stage_create(s, &good), 0);
	ck_assert_str_eq(s->err.text,
			 "fs0: virtiofsd cannot share /: the sky is ?[1mfalling");
	stage_free(s);
}
END_TEST

START_TEST(a_virtiofsd_that_already_runs)
{
	struct stage *s = stage_new();
	struct fs_options o = { .tag = "x", .socket = s->socket };
	struct fake_backend b;

	fake_backend_init(&b);
	fake_backend_listen(&b, s->socket);
	ck_assert_int_eq(stage_create(s, &o), 0);
	driver_start(s->dev, 2);
	ck_assert(!driver_needs_reset(s->dev));
	/* gone, and back a while later without the guest's doing anything */
	unlink(s->socket);
	fake_backend_stop(&b);
	ck_assert(stage_hears(s, "cannot connect to virtiofsd: No such file"));
	ck_assert(!driver_needs_reset(s->dev));
	fake_backend_init(&b);
	fake_backend_listen(&b, s->socket);
	ck_assert(stage_hears(s, "fs0: virtiofsd is back"));
	ck_assert(!driver_needs_reset(s->dev));
	/* a reset tries at once, and says when there is none */
	unlink(s->socket);
	fake_backend_stop(&b);
	driver_start(s->dev, 2);
	ck_assert(driver_needs_reset(s->dev));
	fake_backend_init(&b);
	fake_backend_listen(&b, s->socket);
	driver_start(s->dev, 2);
	ck_assert(!driver_needs_reset(s->dev));
	fake_backend_stop(&b);
	stage_free(s);
}
END_TEST

/* ---- what is wrong ---- */

static const struct {
	struct fs_options o;
	const char *want;
} bad[] = {
	{ { .dir = "/", .tag = "" }, "has 1 to 36 bytes" },
	{ { .dir = "/", .tag = "a23456789b23456789c23456789d234567" },
	  NULL },
	{ { .dir = "/", .tag = "a23456789b23456789c23456789d23456789e" },
	  "has 1 to 36 bytes" },
	{ { .dir = "/nowhere/at/all", .tag = "x" },
	  "/nowhere/at/all: cannot be shared: " },
	{ { .dir = "/proc/self/exe", .tag = "x" }, "not a directory" },
	{ { .socket = "/nowhere/at/all", .tag = "x" },
	  "/nowhere/at/all: cannot connect to virtiofsd: " },
	{ { .socket = "/nowhere", .tag = "x", .ro = true },
	  "--readonly" },
};

START_TEST(bad_options)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct stage *s = stage_new();
		int r = stage_create(s, &bad[i].o);

		ck_assert_int_eq(r, bad[i].want ? -EINVAL : 0);
		if (bad[i].want) {
			ck_assert_int_eq(s->err.kind, ERR_CONFIG);
			ck_assert_ptr_nonnull(strstr(s->err.text,
						     bad[i].want));
		}
		stage_free(s);
	}
}
END_TEST

START_TEST(a_path_too_long_for_a_socket)
{
	struct keeper k = { 0 };
	char path[200];
	struct err e;

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(virtiofsd_meet(path, &k, &e), -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "at most 107 bytes"));
}
END_TEST

START_TEST(another_program_of_the_name)
{
	struct stage *s = stage_new();

	setenv("FAKE_VIRTIOFSD", "I am a teapot", 1);
	ck_assert_int_eq(stage_create(s, &good), -ENOTSUP);
	ck_assert_int_eq(s->err.kind, ERR_HOST);
	ck_assert_ptr_nonnull(strstr(s->err.text, "teapot"));
	stage_free(s);
}
END_TEST

/* ---- command lines ---- */

static void join(const struct virtiofsd_args *a, char *ret, size_t len)
{
	size_t i, n = 0;

	ret[0] = '\0';
	for (i = 0; a->argv[i]; i++)
		n += (size_t)snprintf(ret + n, len - n, "%s%s", i ? " " : "",
				      a->argv[i]);
}

static const struct {
	const char *help, *dir, *cache;
	bool ro;
	const char *want;
} lines[] = {
	{ "--shared-dir --readonly", "/d", NULL, false,
	  "v --fd=3 --shared-dir /d --cache=auto --log-level=error" },
	{ "--shared-dir --readonly", "/a,b", "never", true,
	  "v --fd=3 --shared-dir /a,b --cache=never --log-level=error --readonly" },
	{ "--shared-dir", "/d", "always", true,
	  "v --fd=3 --shared-dir /d --cache=always --log-level=error" },
	{ "-o source=PATH --socket-path", "/d", NULL, false,
	  "v --fd=3 -o source=/d -o cache=auto -o log_level=err" },
	{ "-o source=PATH --socket-path", "/a,b\\", "never", true,
	  "v --fd=3 -o source=/a\\,b\\\\ -o cache=none -o log_level=err" },
};

START_TEST(both_kinds_are_told_the_same)
{
	char text[512];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		struct fs_options o = {
			.cache = lines[i].cache, .ro = lines[i].ro,
		};
		struct virtiofsd_args a;

		virtiofsd_args(virtiofsd_kind(lines[i].help), "v", &o,
			       lines[i].dir, &a);
		join(&a, text, sizeof(text));
		ck_assert_str_eq(text, lines[i].want);
	}
}
END_TEST

int main(int argc, char **argv)
{
	const TTest *const tests[] = {
		a_directory_is_shared,
		a_killed_virtiofsd_is_replaced,
		a_guest_that_ends_it_all_the_time_has_to_wait,
		a_virtiofsd_that_died_unseen,
		virtiofsd_ends_with_the_device,
		a_virtiofsd_that_cannot_start_says_why,
		a_virtiofsd_that_already_runs,
		bad_options,
		a_path_too_long_for_a_socket,
		another_program_of_the_name,
		both_kinds_are_told_the_same,
	};
	const char *name = strrchr(argv[0], '/');

	if (name && !strcmp(name, "/virtiofsd"))
		return be_virtiofsd(argc, argv);
	return t_run("fs", tests, ARRAY_SIZE(tests));
}
