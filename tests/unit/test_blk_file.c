// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blk_file and the engines: what is refused, QEMU's locks, what O_DIRECT takes,
 * and transfers that the kernel does only in part
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "t.h"
#include "util.h"
#include "virtio/blk_file.h"
#include "virtio/blk_io.h"

static char dir[64], path[96];

static void set_up(void)
{
	snprintf(dir, sizeof(dir), "%s/blk.XXXXXX", getenv("TMPDIR") ?: "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/disk.img", dir);
}

static void tear_down(void)
{
	unlink(path);
	rmdir(path);
	rmdir(dir);
}

/* Makes @path a file of @size bytes that starts with @start. */
static void image(const char *start, off_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, start, strlen(start)),
			 (ssize_t)strlen(start));
	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
}

static void refused(struct blk_file_options o, const char *why)
{
	struct blk_file f;
	struct err e = { 0 };

	o.path = path;
	f.size = 0x5a;
	ck_assert_int_lt(blk_file_open(&o, &f, &e), 0);
	ck_assert_msg(strstr(e.text, why), "'%s' lacks '%s'", e.text, why);
	ck_assert_msg(strstr(e.text, path), "'%s' lacks the path", e.text);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_uint_eq(f.size, 0x5a);	/* untouched */
}

#define REFUSED(why, ...) refused((struct blk_file_options){ __VA_ARGS__ }, why)

START_TEST(what_is_no_disk)
{
	set_up();
	REFUSED("No such file", .ro = false);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	REFUSED("a file or a block device", .ro = true);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	REFUSED("a file or a block device", .ro = true);
	ck_assert_int_eq(unlink(path), 0);
	image("", 0);
	REFUSED("no sector", .ro = false);
	image("", 511);
	REFUSED("no sector", .ro = false);
	tear_down();
}
END_TEST

START_TEST(other_formats_are_refused)
{
	static const char *const starts[] = { "QFI\xfb", "KDMV", "vhdxfile" };
	struct blk_file_options o = { .path = path, .raw = true };
	struct blk_file f;
	struct err e;
	size_t i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		image(starts[i], 4096);
		REFUSED("disks are raw", .ro = false);
		REFUSED("qemu-img convert", .ro = true);
		ck_assert_int_eq(blk_file_open(&o, &f, &e), 0);
		blk_file_close(&f);
	}
	image("QFI", 4096);
	o.raw = false;
	ck_assert_int_eq(blk_file_open(&o, &f, &e), 0);
	blk_file_close(&f);
	blk_file_close(&f);
	tear_down();
}
END_TEST

/* Root's right to write any file, until cap_set_proc() of what is returned. */
static cap_t without_override(void)
{
	const cap_value_t override = CAP_DAC_OVERRIDE;
	cap_t before = cap_get_proc(), now = cap_dup(before);

	ck_assert_int_eq(cap_set_flag(now, CAP_EFFECTIVE, 1, &override,
				      CAP_CLEAR), 0);
	ck_assert_int_eq(cap_set_proc(now), 0);
	cap_free(now);
	return before;
}

START_TEST(not_writable)
{
	struct blk_file_options o = { .path = path, .ro = true };
	struct blk_file f;
	struct err e;
	cap_t before;

	set_up();
	image("", 4096);
	ck_assert_int_eq(chmod(path, 0400), 0);
	before = without_override();
	REFUSED("add 'ro'", .ro = false);
	ck_assert_int_eq(blk_file_open(&o, &f, &e), 0);
	blk_file_close(&f);
	ck_assert_int_eq(cap_set_proc(before), 0);
	cap_free(before);
	tear_down();
}
END_TEST

/* What QEMU's block/file-posix.c does: locks are shared, tests exclusive. */
static void qemu_lock(int fd, off_t byte)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET,
			      .l_start = byte, .l_len = 1 };

	ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
}

static bool qemu_test(int fd, off_t byte)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
			      .l_start = byte, .l_len = 1 };

	ck_assert_int_eq(fcntl(fd, F_OFD_GETLK, &lock), 0);
	return lock.l_type != F_UNLCK;
}

START_TEST(two_writers_are_refused)
{
	struct blk_file_options rw = { .path = path },
				ro = { .path = path, .ro = true };
	struct blk_file f, g;
	struct err e;

	set_up();
	image("", 4096);
	ck_assert_int_eq(blk_file_open(&rw, &f, &e), 0);
	REFUSED("another virtual machine", .ro = false);
	REFUSED("another program writes", .ro = true);
	blk_file_close(&f);
	ck_assert_int_eq(blk_file_open(&ro, &f, &e), 0);
	ck_assert_int_eq(blk_file_open(&ro, &g, &e), 0);
	REFUSED("another virtual machine", .ro = false);
	blk_file_close(&f);
	REFUSED("another virtual machine", .direct = false);
	blk_file_close(&g);
	ck_assert_int_eq(blk_file_open(&rw, &f, &e), 0);
	blk_file_close(&f);
	tear_down();
}
END_TEST

/* Permissions 0 to 3 are read, write, write unchanged, resize. */
START_TEST(qemu_sees_our_locks)
{
	static const bool rw_held[2][4] = { { true, true }, { false, true } };
	static const bool ro_held[2][4] = { { true }, { false, true } };
	struct blk_file_options o = { .path = path };
	struct blk_file f;
	struct err e;
	int fd, i, ro;

	set_up();
	image("", 4096);
	for (ro = 0; ro < 2; ro++) {
		o.ro = ro;
		ck_assert_int_eq(blk_file_open(&o, &f, &e), 0);
		fd = open(path, O_RDWR | O_CLOEXEC);
		ck_assert_int_ge(fd, 0);
		for (i = 0; i < 8; i++)
			ck_assert_int_eq(qemu_test(fd, 100 + i / 4 * 100 +
						   i % 4),
					 (ro ? ro_held : rw_held)[i / 4][i % 4]);
		close(fd);
		blk_file_close(&f);
	}
	tear_down();
}
END_TEST

START_TEST(we_see_qemus_locks)
{
	struct blk_file_options o = { .path = path, .ro = true };
	struct blk_file f;
	struct err e;
	int fd;

	set_up();
	image("", 4096);
	fd = open(path, O_RDWR | O_CLOEXEC);
	qemu_lock(fd, 100);	/* QEMU with readonly=on */
	qemu_lock(fd, 201);
	REFUSED("another virtual machine", .ro = false);
	ck_assert_int_eq(blk_file_open(&o, &f, &e), 0);
	blk_file_close(&f);
	qemu_lock(fd, 101);	/* and one that writes */
	REFUSED("another program writes", .ro = true);
	REFUSED("another virtual machine", .ro = false);
	close(fd);
	tear_down();
}
END_TEST

/* QEMU with the image as a guest's disk; it says nothing and runs no guest. */
static pid_t start_qemu(const char *more)
{
	char drive[160];
	pid_t pid;

	snprintf(drive, sizeof(drive), "if=none,id=d,format=raw,file=%s%s",
		 path, more);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		int fd = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execlp("qemu-system-aarch64", "qemu-system-aarch64", "-M",
		       "virt", "-m", "64", "-S", "-nodefaults", "-display",
		       "none", "-drive", drive, "-device",
		       "virtio-blk-device,drive=d", NULL);
		_exit(127);
	}
	return pid;
}

/*
 * Until QEMU has the image, or has ended; true if it has.  That is asked without
 * a lock of ours, which could keep QEMU out.  Writer or not, it shares no writing,
 * and says so last.
 */
static bool qemu_has_it(pid_t pid)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), ms, status;
	bool has = false;

	ck_assert_int_ge(fd, 0);
	for (ms = 0; !has && ms < 30000; ms += 10) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		usleep(10000);
		has = qemu_test(fd, 201);
	}
	close(fd);
	return has;
}

static void end_qemu(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}

START_TEST(a_real_qemu)
{
	struct blk_file_options o = { .path = path };
	struct blk_file f;
	struct err e;
	int status;
	pid_t pid;

	if (system("qemu-system-aarch64 --version >/dev/null 2>&1")) {
		T_SKIP("no qemu-system-aarch64");
		return;
	}
	set_up();
	image("", 1 << 20);
	pid = start_qemu("");
	ck_assert(qemu_has_it(pid));
	REFUSED("another virtual machine", .ro = false);
	REFUSED("another program writes", .ro = true);
	end_qemu(pid);
	pid = start_qemu(",readonly=on");
	ck_assert(qemu_has_it(pid));
	o.ro = true;
	ck_assert_int_eq(blk_file_open(&o, &f, &e), 0);
	blk_file_close(&f);
	end_qemu(pid);

	/* and the other way round */
	o.ro = false;
	ck_assert_int_eq(blk_file_open(&o, &f, &e), 0);
	pid = start_qemu("");
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	blk_file_close(&f);
	tear_down();
}
END_TEST

START_TEST(what_goes_past_the_page_cache)
{
	struct blk_file f = { .direct = true, .offset_align = 4096,
			      .memory_align = 512 };
	struct iovec iov[2] = { { (void *)0x10200, 4096 },
				{ (void *)0x20000, 8192 } };
	struct blk_io io = { .offset = 8192, .len = 12288, .iov = iov,
			     .nr = 2 };

	ck_assert_uint_eq(blk_file_fd(&f, &io), BLK_FD_DIRECT);
	io.offset = 512;
	ck_assert_uint_eq(blk_file_fd(&f, &io), BLK_FD_CACHED);
	io.offset = 0;
	iov[0].iov_base = (void *)0x10208;
	ck_assert_uint_eq(blk_file_fd(&f, &io), BLK_FD_CACHED);
	iov[0] = (struct iovec){ (void *)0x10200, 512 };
	iov[1].iov_len = 12288 - 512;
	ck_assert_uint_eq(blk_file_fd(&f, &io), BLK_FD_CACHED);
	iov[0].iov_len = 4096;
	iov[1].iov_len = 8192;
	f.direct = false;
	ck_assert_uint_eq(blk_file_fd(&f, &io), BLK_FD_CACHED);
}
END_TEST

START_TEST(partial_transfers)
{
	char a[512], b[1024];
	struct iovec iov[2] = { { a, 512 }, { b, 1024 } };
	struct blk_io io = { .op = BLK_READ, .offset = 1000, .len = 1536,
			     .iov = iov, .nr = 2 };

	ck_assert(!blk_io_settle(&io, -EINTR));
	ck_assert(!blk_io_settle(&io, 100));
	ck_assert_uint_eq(io.offset, 1100);
	ck_assert_uint_eq(io.len, 1436);
	ck_assert_ptr_eq(io.iov[0].iov_base, a + 100);
	ck_assert(!blk_io_settle(&io, 412 + 24));
	ck_assert_uint_eq(io.nr, 1);
	ck_assert_ptr_eq(io.iov[0].iov_base, b + 24);
	ck_assert(blk_io_settle(&io, 1000));
	ck_assert_int_eq(io.result, 0);
	/* nothing at all: the file has been cut off, or the disk is full */
	io = (struct blk_io){ .op = BLK_READ, .len = 512, .iov = iov, .nr = 1 };
	ck_assert(blk_io_settle(&io, 0));
	ck_assert_int_eq(io.result, -EIO);
	io.op = BLK_WRITE;
	ck_assert(blk_io_settle(&io, 0));
	ck_assert_int_eq(io.result, -ENOSPC);
	ck_assert(blk_io_settle(&io, -EDQUOT));
	ck_assert_int_eq(io.result, -EDQUOT);
	io = (struct blk_io){ .op = BLK_FLUSH };
	ck_assert(blk_io_settle(&io, 0));
	ck_assert_int_eq(io.result, 0);
}
END_TEST

T_MAIN("blk_file", what_is_no_disk, other_formats_are_refused, not_writable,
       two_writers_are_refused, qemu_sees_our_locks, we_see_qemus_locks,
       a_real_qemu, what_goes_past_the_page_cache, partial_transfers)
