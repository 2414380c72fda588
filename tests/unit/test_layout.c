// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * layout: where kernel, initrd and device tree lie, and what no longer fits
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image_rig.h"
#include "t.h"
#include "util.h"

static int sparse_fd(uint64_t size)
{
	int fd = memfd_create("initrd", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	return fd;
}

/* Loads a flat kernel and an initrd, each of that many bytes (0: no initrd) */
static int load_sizes(struct image_rig *rig, uint64_t mem, uint64_t kernel,
		      uint64_t initrd)
{
	int fd = sparse_fd(kernel), ird = initrd ? sparse_fd(initrd) : -1;
	int r;

	image_rig_init(rig, mem);
	ck_assert_int_eq(pwrite(fd, "\x1f\x20\x03\xd5", 4, 0), 4);
	r = image_rig_load(rig, fd, ird);
	close(fd);
	if (ird >= 0)
		close(ird);
	image_rig_fini(rig);
	return r;
}

static const struct {
	uint64_t mem, dtb;
} dtb_places[] = {
	{ 4 * MB, 2 * MB },
	{ 64 * MB, 62 * MB },
	{ 65 * MB, 64 * MB },
	{ 512 * MB, 510 * MB },
	{ 513 * MB, 510 * MB },
	{ 4096 * MB, 510 * MB },
	/* too small for kvmtool's place */
	{ 2 * MB, 2 * MB - SZ_64K },
	{ 1 * MB, 1 * MB - SZ_64K },
	{ 3 * MB - SZ_4K, 2 * MB },
};

START_TEST(place_of_the_device_tree)
{
	struct image_rig rig;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dtb_places); i++) {
		ck_assert(!load_sizes(&rig, dtb_places[i].mem, 4096, 4096));
		ck_assert_uint_eq(rig.b.dtb, BASE + dtb_places[i].dtb);
		ck_assert_uint_eq(rig.b.initrd_start, rig.b.dtb - 4096);
	}
}
END_TEST

/* Behind a kernel that says where it ends, bss included, all follows. */
static int load_image(struct image_rig *rig, uint64_t mem, uint64_t image_size,
		      uint64_t initrd)
{
	uint64_t header[8] = { 0, 0, htole64(image_size), 0, 0, 0, 0,
		htole64(0x644d5241) };
	int fd = sparse_fd(4096), ird = sparse_fd(initrd), r;

	image_rig_init(rig, mem);
	ck_assert_int_eq(pwrite(fd, header, sizeof(header), 0),
			 sizeof(header));
	r = image_rig_load(rig, fd, ird);
	close(fd);
	close(ird);
	image_rig_fini(rig);
	return r;
}

START_TEST(layout_of_an_image)
{
	const uint64_t dtb = SZ_64K, room = 8 * MB - 3 * SZ_64K;
	struct image_rig rig;

	ck_assert_int_eq(load_image(&rig, 8 * MB, SZ_64K + 1, 5000), 0);
	ck_assert_uint_eq(rig.b.dtb, BASE + SZ_64K + dtb);
	ck_assert_uint_eq(rig.b.initrd_start, rig.b.dtb + PLAT_DTB_MAX);
	ck_assert_int_eq(load_image(&rig, 8 * MB, SZ_64K + 1, room), 0);
	ck_assert_int_eq(load_image(&rig, 8 * MB, SZ_64K + 1, room + 1),
			 -ENOSPC);
	ck_assert_ptr_nonnull(strstr(rig.e.text, "--mem 12M"));
	ck_assert_int_eq(load_image(&rig, 8 * MB, 8 * MB - SZ_64K + 1, 1),
			 -ENOSPC);
	ck_assert_int_eq(load_image(&rig, 600 * MB, 510 * MB, SZ_2M),
			 -ENOSPC);
}
END_TEST

START_TEST(limits_of_the_kernel)
{
	const uint64_t flat = PLAT_FLAT_OFFSET;
	struct image_rig rig;

	ck_assert_int_eq(load_sizes(&rig, 8 * MB, 6 * MB - flat, 0), 0);
	ck_assert_uint_eq(rig.b.kernel.end, rig.b.dtb);
	/* the last place for a device tree is at the very end */
	ck_assert_int_eq(load_sizes(&rig, 8 * MB, 8 * MB - flat - SZ_64K, 0),
			 0);
	ck_assert_uint_eq(rig.b.kernel.end, rig.b.dtb);
	ck_assert_int_eq(load_sizes(&rig, 8 * MB, 8 * MB - flat - SZ_64K + 1,
				    0), -ENOSPC);
	ck_assert_str_eq(rig.e.text, "vmlinuz: does not fit into guest memory "
			 "of 8 MB: --mem 10M would be enough");
	ck_assert_int_eq(load_sizes(&rig, 8 * MB, 9 * MB, 0), -ENOSPC);
	ck_assert_int_eq(load_sizes(&rig, SZ_64K, 4096, 0), -ENOSPC);
	ck_assert_int_eq(load_sizes(&rig, SZ_4K, 4096, 0), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(rig.e.text, "--mem 4M"));
}
END_TEST

START_TEST(limits_of_the_initrd)
{
	const uint64_t low = PLAT_FLAT_OFFSET + 4096;
	struct image_rig rig;

	/* a kernel that ends in a page keeps that page */
	ck_assert_int_eq(load_sizes(&rig, 16 * MB, 4095, 14 * MB - low), 0);
	ck_assert_uint_eq(rig.b.initrd_start, BASE + low);
	ck_assert_int_eq(load_sizes(&rig, 16 * MB, 4095, 14 * MB - low + 1),
			 -ENOSPC);
	ck_assert_int_eq(rig.e.kind, ERR_CONFIG);
	ck_assert_str_eq(rig.e.text, "initrd: does not fit into guest memory "
			 "of 16 MB: --mem 18M would be enough");
	ck_assert_int_eq(load_sizes(&rig, 18 * MB, 4095, 14 * MB - low + 1),
			 0);
	ck_assert_int_eq(load_sizes(&rig, 16 * MB, 4096, 600 * MB), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(rig.e.text, "first 512 MB"));
	ck_assert_int_eq(load_sizes(&rig, 4096 * MB, 4096, BIT(40)), -ENOSPC);
}
END_TEST

/* What the text says would be enough for this file is enough for it. */
static void follow_advice(uint64_t kernel, uint64_t initrd)
{
	struct image_rig rig;
	int tries, r;

	r = load_sizes(&rig, SZ_64K, kernel, initrd);
	ck_assert_int_eq(r, -ENOSPC);
	for (tries = 0; r && tries < 2; tries++) {
		const char *advice = strstr(rig.e.text, "--mem ");
		unsigned long mb;

		ck_assert_ptr_nonnull(advice);
		mb = strtoul(advice + strlen("--mem "), NULL, 10);
		r = load_sizes(&rig, mb * MB, kernel, initrd);
		/* once for the kernel, once for the initrd */
		ck_assert(!r || !strncmp(rig.e.text, "initrd", 6));
	}
	ck_assert_int_eq(r, 0);
}

START_TEST(advice_can_be_followed)
{
	static const uint64_t sizes[] = {
		4, 4096, MB, MB + 1, 2 * MB, 2 * MB + 4096, 7 * MB - 1,
	};
	size_t k, i;

	for (k = 0; k < ARRAY_SIZE(sizes); k++)
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			follow_advice(sizes[k], sizes[i]);
}
END_TEST

T_MAIN("layout",
       layout_of_an_image,
       place_of_the_device_tree,
       limits_of_the_kernel,
       limits_of_the_initrd,
       advice_can_be_followed)
