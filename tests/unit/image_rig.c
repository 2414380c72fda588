// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * image_rig - guest memory and a file system that fails on demand, for the
 * loader
 */
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image_rig.h"
#include "util.h"

#define GUARD	SZ_64K

struct rig_reads reads;

/* Takes the place of libc's for the loader under test. */
ssize_t pread(int fd, void *buf, size_t len, off_t off)
{
	reads.count++;
	if (reads.err) {
		errno = reads.err;
		reads.err = 0;
		return -1;
	}
	if (reads.end_at == reads.count)
		return 0;
	if (reads.most && len > reads.most)
		len = reads.most;
	return syscall(SYS_pread64, fd, buf, len, off);
}

void rig_init(struct rig *rig, uint64_t size)
{
	size_t len = size + 2 * GUARD;
	char *map = mmap(NULL, len, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	memset(rig, 0, sizeof(*rig));
	memset(&reads, 0, sizeof(reads));
	ck_assert_ptr_ne(map, MAP_FAILED);
	ck_assert_int_eq(mprotect(map + GUARD, size, PROT_READ | PROT_WRITE),
			 0);
	rig->m = (struct gmem){ BASE, size, map + GUARD, map, len };
}

void rig_fini(struct rig *rig)
{
	munmap(rig->m.map, rig->m.map_len);
}

const void *at(const struct rig *rig, uint64_t gpa)
{
	return (const char *)rig->m.host + (gpa - BASE);
}

static void check_layout(const struct rig *rig, bool initrd)
{
	const struct boot_layout *b = &rig->b;
	uint64_t top = BASE + rig->m.size;

	ck_assert_uint_ge(b->kernel.entry, BASE);
	ck_assert_uint_lt(b->kernel.entry, b->kernel.end);
	ck_assert_uint_eq(b->kernel.entry % 4, 0);
	ck_assert_uint_le(b->kernel.end, b->dtb);
	ck_assert_uint_eq(b->dtb % 8, 0);
	ck_assert_uint_le(b->dtb + PLAT_DTB_MAX, top);
	ck_assert_uint_le(b->dtb + PLAT_DTB_MAX, BASE + SZ_512M);
	if (!initrd) {
		ck_assert_uint_eq(b->initrd_start, 0);
		ck_assert_uint_eq(b->initrd_end, 0);
		return;
	}
	ck_assert_uint_eq(b->initrd_start % SZ_4K, 0);
	ck_assert_uint_le(b->kernel.end, b->initrd_start);
	ck_assert_uint_lt(b->initrd_start, b->initrd_end);
	ck_assert_uint_le(b->initrd_end, b->dtb);
}

int load_fd(struct rig *rig, int fd, int initrd)
{
	struct boot_layout before = rig->b;
	int r = boot_load(&rig->m, fd, "vmlinuz", initrd, "initrd", &rig->b,
			  &rig->e);

	if (!r) {
		check_layout(rig, initrd >= 0);
		return 0;
	}
	ck_assert_int_lt(r, 0);
	ck_assert_int_ne(rig->e.kind, ERR_NONE);
	ck_assert_ptr_null(strchr(rig->e.text, '\n'));
	ck_assert_mem_eq(&before, &rig->b, sizeof(before));
	return r;
}
