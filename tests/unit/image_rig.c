// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * image_rig - guest memory for the loader, and what is true of every load
 */
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "image_rig.h"
#include "util.h"

#define GUARD	SZ_64K

void image_rig_init(struct image_rig *rig, uint64_t size)
{
	size_t len = size + 2 * GUARD;
	char *map = mmap(NULL, len, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	memset(rig, 0, sizeof(*rig));
	ck_assert_ptr_ne(map, MAP_FAILED);
	ck_assert_int_eq(mprotect(map + GUARD, size, PROT_READ | PROT_WRITE),
			 0);
	rig->m = (struct gmem){
		.base = BASE, .size = size, .host = map + GUARD,
		.map = map, .map_len = len,
	};
}

void image_rig_fini(struct image_rig *rig)
{
	munmap(rig->m.map, rig->m.map_len);
}

const void *image_rig_at(const struct image_rig *rig, uint64_t gpa)
{
	return (const char *)rig->m.host + (gpa - BASE);
}

static void check_layout(const struct image_rig *rig, bool initrd)
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
	/* on either side of the device tree, never across */
	if (b->initrd_start < b->dtb)
		ck_assert_uint_le(b->initrd_end, b->dtb);
	else
		ck_assert_uint_ge(b->initrd_start, b->dtb + PLAT_DTB_MAX);
	ck_assert_uint_le(b->initrd_end, top);
	ck_assert_uint_le(b->initrd_end, BASE + SZ_512M);
}

int image_rig_load(struct image_rig *rig, int fd, int initrd)
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
