// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blk: every request a driver may make and those it may not, on both engines,
 * and what a host does that fails
 *
 * Names such as B18 are those of the catalogue of hostile block requests in
 * virtio-villain.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blk_rig.h"
#include "t.h"
#include "util.h"
#include "virtio/vdev_driver.h"

#define SIZE	(UINT64_C(1) << 20)
#define SECTORS	(SIZE / 512)
#define HDR	((uint32_t)sizeof(struct virtio_blk_outhdr))

/* fdatasync(2) of the device's threads comes here; -errno to answer with. */
static _Atomic int fdatasync_error;
static _Atomic int fdatasync_calls;

int fdatasync(int fd)
{
	fdatasync_calls++;
	if (!fdatasync_error)
		return fsync(fd);
	errno = -fdatasync_error;
	return -1;
}

/* Return: false: @test is skipped as far as that engine goes. */
static bool uring_here(const char *test)
{
	struct blk_rig rig;
	struct blk_options o;
	struct vdev *dev = NULL;
	struct err e;
	int rc;

	disk_image(&rig, 512);
	o = disk_options(&rig);
	o.engine = BLK_ENGINE_URING;
	rc = blk_create(&o, "probe", &dev, &e);
	if (!rc)
		vdev_destroy(dev);
	else
		t_skip(test, "io_uring is not possible here (%s), only system calls were tried",
		       err_name(rc));
	unlink(rig.path);
	rmdir(rig.dir);
	return !rc;
}

/* Runs @fn on each engine that this host has, past the page cache and not. */
#define each(fn) on_each(__func__, fn)

static void on_each(const char *test, void (*fn)(struct blk_rig *rig))
{
	struct blk_options o;
	struct blk_rig rig;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		bool uring = !(i & 1);

		if (uring && !uring_here(test))
			continue;
		disk_image(&rig, SIZE);
		o = disk_options(&rig);
		o.engine = uring ? BLK_ENGINE_URING : BLK_ENGINE_SYNC;
		o.direct = i & 2;
		disk_up(&rig, &o);
		fn(&rig);
		ck_assert_uint_eq(vdev_status(rig.dev) &
				  VIRTIO_CONFIG_S_NEEDS_RESET, 0);
		disk_down(&rig);
	}
}

static void check_pattern(const uint8_t *data, uint64_t offset, size_t len)
{
	size_t i;

	for (i = 0; i < len && data[i] == disk_pattern(offset + i); i++)
		;
	ck_assert_msg(i == len, "byte %zu after %llu", i,
		      (unsigned long long)offset);
}

static void read_some(struct blk_rig *rig)
{
	static const struct { uint64_t sector; uint32_t len; } want[] = {
		{ 0, 512 }, { 1, 512 }, { 8, 4096 }, { 3, 65536 },
		{ SECTORS - 1, 512 }, { 0, SIZE }, { SECTORS, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		memset(disk_ram(rig, RIG_DATA), 0, SIZE);
		ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_IN,
					      want[i].sector, want[i].len), 0);
		check_pattern(disk_ram(rig, RIG_DATA), want[i].sector * 512,
			      want[i].len);
	}
}

START_TEST(read_gives_the_image)
{
	each(read_some);
}
END_TEST

static void write_some(struct blk_rig *rig)
{
	uint8_t back[2048];

	memset(disk_ram(rig, RIG_DATA), 0x5a, 8192);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_OUT, 1, 1024), 0);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_OUT, 16, 8192), 0);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_FLUSH, 0, 0), 0);
	disk_file(rig, 0, back, sizeof(back));
	check_pattern(back, 0, 512);
	ck_assert_uint_eq(back[512], 0x5a);
	ck_assert_uint_eq(back[1535], 0x5a);
	check_pattern(back + 1536, 1536, 512);
	disk_file(rig, UINT64_C(16) * 512 + 8191, back, 2);
	ck_assert_uint_eq(back[0], 0x5a);
	ck_assert_uint_eq(back[1], disk_pattern(16 * 512 + 8192));
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_IN, 2, 512), 0);
	ck_assert_uint_eq(*(uint8_t *)disk_ram(rig, RIG_DATA), 0x5a);
}

START_TEST(write_lands_where_it_should)
{
	each(write_some);
}
END_TEST

/* 2.7.4: a device must not care how a request is cut into buffers. */
static void scattered(struct blk_rig *rig)
{
	struct disk_buf buf[100];
	unsigned int nr = 0;
	uint32_t i;

	disk_header(rig, VIRTIO_BLK_T_IN, 5);
	for (i = 0; i < HDR; i += 4)
		buf[nr++] = (struct disk_buf){ RIG_HDR + i, 4, false };
	for (i = 0; i < 64; i++)
		buf[nr++] = (struct disk_buf){
			RIG_DATA + i * UINT64_C(97), 64, true };
	/* and the status not alone */
	buf[nr - 1].len++;
	ck_assert_uint_eq(disk_do(rig, buf, nr), 64 * 64 + 1);
	for (i = 0; i < 64; i++)
		check_pattern(disk_ram(rig, RIG_DATA + i * UINT64_C(97)),
			      UINT64_C(2560) + i * UINT64_C(64), 64);
	ck_assert_uint_eq(*(uint8_t *)disk_ram(rig, buf[nr - 1].offset + 64),
			  0);
}

START_TEST(scattered_request)
{
	each(scattered);
}
END_TEST

static void header_with_data(struct blk_rig *rig)
{
	struct disk_buf buf[] = {
		{ RIG_HDR, HDR + 12, false },
		{ RIG_DATA, 500, false },
		{ RIG_STATUS, 1, true },
	};
	uint8_t back[512];

	memset(disk_ram(rig, RIG_HDR), 0x33, 64);
	memset(disk_ram(rig, RIG_DATA), 0x44, 500);
	disk_header(rig, VIRTIO_BLK_T_OUT, 7);
	ck_assert_uint_eq(disk_do(rig, buf, 3), 1);
	ck_assert_uint_eq(*(uint8_t *)disk_ram(rig, RIG_STATUS), 0);
	disk_file(rig, UINT64_C(7) * 512, back, sizeof(back));
	ck_assert_uint_eq(back[11], 0x33);
	ck_assert_uint_eq(back[12], 0x44);
	ck_assert_uint_eq(back[511], 0x44);
}

START_TEST(header_and_data_in_one_buffer)
{
	each(header_with_data);
}
END_TEST

/* stderr into a file without a name; what was there before is returned. */
static int catch_stderr(int *ret_file)
{
	int saved = dup(STDERR_FILENO);

	*ret_file = memfd_create("stderr", MFD_CLOEXEC);
	ck_assert_int_ge(*ret_file, 0);
	ck_assert_int_ge(dup2(*ret_file, STDERR_FILENO), 0);
	return saved;
}

/* The kernel refuses most of it, too, which is logged: it must not be asked. */
static void said_nothing(int file, int saved)
{
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	ck_assert_int_eq(lseek(file, 0, SEEK_END), 0);
	close(saved);
	close(file);
}

/* B1, B2, B6, B18, B66 */
static void out_of_range(struct blk_rig *rig)
{
	static const struct { uint64_t sector; uint32_t len; } bad[] = {
		{ SECTORS, 512 }, { SECTORS + 1, 0 }, { SECTORS - 1, 1024 },
		{ UINT64_MAX, 512 }, { UINT64_MAX, 0 },
		{ UINT64_MAX / 512, 512 }, { UINT64_MAX / 512 + 1, 512 },
		{ UINT64_MAX - 3, 4096 }, { (UINT64_MAX >> 9) + 2, 512 },
		{ INT64_MAX / 512, 1024 },
		{ 0, 1 }, { 0, 511 }, { 0, 513 }, { 1, 1000 },
		{ 0, SIZE + 512 }, { 1, SIZE },
	};
	uint8_t before[512], after[512];
	int file, saved;
	size_t i;

	saved = catch_stderr(&file);
	disk_file(rig, SIZE - 512, before, 512);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_IN,
					      bad[i].sector, bad[i].len),
				  VIRTIO_BLK_S_IOERR);
		ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_OUT,
					      bad[i].sector, bad[i].len),
				  VIRTIO_BLK_S_IOERR);
	}
	said_nothing(file, saved);
	disk_file(rig, SIZE - 512, after, 512);
	ck_assert_mem_eq(before, after, 512);
}

START_TEST(nothing_beyond_the_end)
{
	each(out_of_range);
}
END_TEST

/* The same RAM many times makes more than one system call transfers. */
START_TEST(enormous_request)
{
	struct disk_buf buf[202];
	struct blk_options o;
	struct blk_rig rig;
	unsigned int i;

	disk_image(&rig, 512);
	ck_assert_int_eq(truncate(rig.path, INT64_C(1) << 32), 0);
	o = disk_options(&rig);
	disk_up(&rig, &o);
	disk_header(&rig, VIRTIO_BLK_T_IN, 0);
	buf[0] = (struct disk_buf){ RIG_HDR, HDR, false };
	for (i = 1; i < 201; i++)
		buf[i] = (struct disk_buf){ 0x300000, 0xc00000, true };
	buf[201] = (struct disk_buf){ RIG_STATUS, 1, true };
	ck_assert_uint_eq(disk_do(&rig, buf, 202), 1);
	ck_assert_uint_eq(*(uint8_t *)disk_ram(&rig, RIG_STATUS),
			  VIRTIO_BLK_S_IOERR);
	disk_down(&rig);
}
END_TEST

/* B11, B12, B212, and T9 to T13 of the ring's part of the catalogue */
static void malformed(struct blk_rig *rig)
{
	const struct disk_buf hdr = { RIG_HDR, HDR, false };
	const struct disk_buf status = { RIG_STATUS, 1, true };
	const struct {
		struct disk_buf buf[4];
		unsigned int nr;
		uint32_t type, len;
		int status;	/* -1: there is none */
	} bad[] = {
		{ { hdr }, 1, VIRTIO_BLK_T_IN, 0, -1 },
		{ { hdr, { RIG_DATA, 512, false } }, 2, VIRTIO_BLK_T_OUT, 0,
		  -1 },
		{ { { RIG_HDR, 1, false } }, 1, VIRTIO_BLK_T_IN, 0, -1 },
		{ { { RIG_HDR, HDR - 1, false }, status }, 2, VIRTIO_BLK_T_IN,
		  1, VIRTIO_BLK_S_IOERR },
		{ { status }, 1, VIRTIO_BLK_T_IN, 1, VIRTIO_BLK_S_IOERR },
		{ { { RIG_HDR, HDR, true }, status }, 2, VIRTIO_BLK_T_IN, 1,
		  VIRTIO_BLK_S_IOERR },
		{ { hdr, { RIG_DATA, 512, false }, status }, 3,
		  VIRTIO_BLK_T_IN, 1, VIRTIO_BLK_S_IOERR },
		{ { hdr, { RIG_DATA, 512, true }, status }, 3,
		  VIRTIO_BLK_T_OUT, 1, VIRTIO_BLK_S_IOERR },
		{ { hdr, { RIG_DATA, 512, false }, { RIG_DATA, 512, true },
		    status }, 4, VIRTIO_BLK_T_OUT, 1, VIRTIO_BLK_S_IOERR },
		{ { hdr, { RIG_DATA, 16, true }, status }, 3,
		  VIRTIO_BLK_T_DISCARD, 1, VIRTIO_BLK_S_IOERR },
		{ { hdr, status }, 2, VIRTIO_BLK_T_DISCARD, 1,
		  VIRTIO_BLK_S_IOERR },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		disk_header(rig, bad[i].type, 0);
		ck_assert_uint_eq(disk_do(rig, bad[i].buf, bad[i].nr),
				  bad[i].len);
		ck_assert_uint_eq(*(uint8_t *)disk_ram(rig, RIG_STATUS),
				  bad[i].status < 0 ? 0xee : bad[i].status);
	}
}

START_TEST(malformed_requests)
{
	each(malformed);
}
END_TEST

static void unknown(struct blk_rig *rig)
{
	static const uint32_t types[] = { 2, 3, 5, 6, 7, 9, 10, 12, 14, 15,
		0x100, 0x80000000, UINT32_MAX };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		ck_assert_uint_eq(disk_request(rig, types[i], 0, 512),
				  VIRTIO_BLK_S_UNSUPP);
}

START_TEST(unknown_types)
{
	each(unknown);
}
END_TEST

static void discard_some(struct blk_rig *rig)
{
	uint8_t back[8192];

	ck_assert_uint_eq(disk_range(rig, VIRTIO_BLK_T_DISCARD, 8, 8, 0), 0);
	disk_file(rig, 0, back, sizeof(back));
	check_pattern(back, 0, 4096);
	ck_assert_uint_eq(back[4096] | back[8191], 0);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_IN, 8, 4096), 0);
	ck_assert_uint_eq(*(uint8_t *)disk_ram(rig, RIG_DATA + 1), 0);
	ck_assert_uint_eq(disk_range(rig, VIRTIO_BLK_T_DISCARD, 0, 0, 0), 0);
}

START_TEST(discard_makes_a_hole)
{
	each(discard_some);
}
END_TEST

static uint64_t allocated(struct blk_rig *rig)
{
	struct stat st;

	ck_assert_int_eq(stat(rig->path, &st), 0);
	ck_assert_int_eq(st.st_size, SIZE);
	return (uint64_t)st.st_blocks * 512;
}

static void zero_some(struct blk_rig *rig)
{
	uint64_t before = allocated(rig);
	uint8_t back[1024];

	ck_assert_uint_eq(disk_range(rig, VIRTIO_BLK_T_WRITE_ZEROES, 1, 1, 0),
			  0);
	disk_file(rig, 0, back, sizeof(back));
	check_pattern(back, 0, 512);
	ck_assert_uint_eq(back[512] | back[1023], 0);
	ck_assert_uint_eq(disk_range(rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, SECTORS,
				    0), 0);
	disk_file(rig, SIZE - 1024, back, sizeof(back));
	ck_assert_uint_eq(back[0] | back[1023], 0);
	ck_assert_uint_ge(allocated(rig), before);
	ck_assert_uint_eq(disk_range(rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, SECTORS,
				    VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP), 0);
	ck_assert_uint_lt(allocated(rig), before);
}

START_TEST(zeroes_stay_allocated_unless_unmapped)
{
	each(zero_some);
}
END_TEST

/* B13, B16, B17 */
static void bad_ranges(struct blk_rig *rig)
{
	static const uint32_t types[] = { VIRTIO_BLK_T_DISCARD,
					  VIRTIO_BLK_T_WRITE_ZEROES };
	static const struct { uint64_t sector; uint32_t nr; } bad[] = {
		{ SECTORS, 1 }, { SECTORS - 1, 2 }, { 0, SECTORS + 1 },
		{ 0, UINT32_MAX }, { UINT64_MAX, 1 }, { UINT64_MAX, UINT32_MAX },
		{ UINT64_MAX / 512 + 1, 8 },
	};
	static const uint32_t lens[] = { 1, 15, 17, 32, 16 * 256 };
	int file, saved = catch_stderr(&file);
	size_t t, i;

	for (t = 0; t < ARRAY_SIZE(types); t++) {
		for (i = 0; i < ARRAY_SIZE(bad); i++)
			ck_assert_uint_eq(disk_range(rig, types[t],
						    bad[i].sector, bad[i].nr,
						    0), VIRTIO_BLK_S_IOERR);
		for (i = 0; i < ARRAY_SIZE(lens); i++)
			ck_assert_uint_eq(disk_request(rig, types[t], 0,
						      lens[i]),
					  VIRTIO_BLK_S_IOERR);
		ck_assert_uint_eq(disk_range(rig, types[t], 0, 1, 2),
				  VIRTIO_BLK_S_UNSUPP);
		ck_assert_uint_eq(disk_range(rig, types[t], 0, 1, 0x80000000),
				  VIRTIO_BLK_S_UNSUPP);
	}
	ck_assert_uint_eq(disk_range(rig, VIRTIO_BLK_T_DISCARD, 0, 1,
				    VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP),
			  VIRTIO_BLK_S_UNSUPP);
	said_nothing(file, saved);
}

START_TEST(bad_ranges_are_refused)
{
	each(bad_ranges);
}
END_TEST

/* B19, B20, B21; and without FLUSH a write is on the disk when it is done */
static void not_negotiated(struct blk_rig *rig)
{
	disk_probe(rig, BIT(VIRTIO_F_VERSION_1));
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_FLUSH, 0, 0),
			  VIRTIO_BLK_S_UNSUPP);
	ck_assert_uint_eq(disk_range(rig, VIRTIO_BLK_T_DISCARD, 0, 1, 0),
			  VIRTIO_BLK_S_UNSUPP);
	ck_assert_uint_eq(disk_range(rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, 1, 0),
			  VIRTIO_BLK_S_UNSUPP);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_OUT, 1, 512), 0);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_OUT, 8, 4096), 0);
}

START_TEST(features_not_negotiated)
{
	each(not_negotiated);
}
END_TEST

/* B57, from a driver that does not look at F_RO */
START_TEST(read_only_disk)
{
	struct blk_rig rig;
	struct blk_options o;
	uint8_t back[512];
	int file, saved;

	disk_image(&rig, SIZE);
	o = disk_options(&rig);
	o.ro = true;
	disk_up(&rig, &o);
	ck_assert(rig.dev->offered & BIT(VIRTIO_BLK_F_RO));
	ck_assert(!(rig.dev->offered & (BIT(VIRTIO_BLK_F_DISCARD) |
					BIT(VIRTIO_BLK_F_WRITE_ZEROES))));
	saved = catch_stderr(&file);
	ck_assert_uint_eq(disk_request(&rig, VIRTIO_BLK_T_OUT, 0, 512),
			  VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(disk_range(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, 1, 0),
			  VIRTIO_BLK_S_UNSUPP);
	said_nothing(file, saved);
	disk_file(&rig, 0, back, sizeof(back));
	check_pattern(back, 0, sizeof(back));
	ck_assert_uint_eq(disk_request(&rig, VIRTIO_BLK_T_IN, 0, 512), 0);
	disk_down(&rig);
}
END_TEST

START_TEST(serial_number)
{
	static const char serial[] = "0123456789abcdefghij-too-long";
	struct blk_rig rig;
	struct blk_options o;
	const char *data;

	disk_image(&rig, SIZE);
	o = disk_options(&rig);
	o.serial = serial;
	disk_up(&rig, &o);
	data = disk_ram(&rig, RIG_DATA);
	memset(disk_ram(&rig, RIG_DATA), '#', 64);
	ck_assert_uint_eq(disk_request(&rig, VIRTIO_BLK_T_GET_ID, 0, 20), 0);
	ck_assert_mem_eq(data, serial, 20);
	ck_assert_int_eq(data[20], '#');
	memset(disk_ram(&rig, RIG_DATA), '#', 64);
	ck_assert_uint_eq(disk_request(&rig, VIRTIO_BLK_T_GET_ID, 0, 5), 0);
	ck_assert_mem_eq(data, "01234#", 6);
	disk_down(&rig);
}
END_TEST

static uint64_t config(struct blk_rig *rig, size_t offset, unsigned int len)
{
	return vdev_config_read(rig->dev, offset, len);
}

#define CONFIG(rig, field)						\
	config((rig), offsetof(struct virtio_blk_config, field),	\
	       sizeof(((struct virtio_blk_config *)0)->field))

START_TEST(configuration_space)
{
	struct blk_rig rig;
	struct blk_options o;

	disk_image(&rig, SIZE + 100);	/* less than a sector: not seen */
	o = disk_options(&rig);
	o.queues = 3;
	disk_up(&rig, &o);
	ck_assert_uint_eq(CONFIG(&rig, capacity), SECTORS);
	ck_assert_uint_eq(CONFIG(&rig, seg_max), VQ_SIZE_MAX - 2);
	ck_assert_uint_eq(CONFIG(&rig, blk_size), 512);
	ck_assert_uint_eq(CONFIG(&rig, physical_block_exp), 3);
	ck_assert_uint_eq(CONFIG(&rig, num_queues), 3);
	ck_assert_uint_eq(CONFIG(&rig, max_discard_seg), 1);
	ck_assert_uint_gt(CONFIG(&rig, max_discard_sectors), 0);
	ck_assert_uint_eq(CONFIG(&rig, write_zeroes_may_unmap), 1);
	ck_assert_uint_eq(config(&rig, rig.dev->config_size, 1), 0);
	ck_assert(rig.dev->offered & BIT(VIRTIO_BLK_F_MQ));
	ck_assert(!(rig.dev->offered & BIT(VIRTIO_F_RING_PACKED)));
	ck_assert_uint_eq(disk_request(&rig, VIRTIO_BLK_T_IN, SECTORS, 512),
			  VIRTIO_BLK_S_IOERR);
	disk_down(&rig);
}
END_TEST

#define MANY	80		/* three descriptors each */
#define BATCH	64		/* of virtio/blk.c */

static void add_read(struct blk_rig *rig, unsigned int queue, unsigned int i)
{
	const uint64_t at = RIG_DATA + i * UINT64_C(0x2000);
	struct virtio_blk_outhdr hdr = { .type = VIRTIO_BLK_T_IN,
					 .sector = i };
	const struct disk_buf buf[] = {
		{ at, HDR, false }, { at + 512, 4096, true },
		{ at + 64, 1, true },
	};

	memcpy(disk_ram(rig, at), &hdr, sizeof(hdr));
	*(uint8_t *)disk_ram(rig, at + 64) = 0xee;
	disk_chain(rig, queue, buf, 3);
}

static void many(struct blk_rig *rig)
{
	uint64_t i, at;

	for (i = 0; i < MANY; i++)
		add_read(rig, 0, (unsigned int)i);
	vdev_notify(rig->dev, 0);
	for (i = 0; i < MANY; i++)
		ck_assert_uint_eq(disk_wait(rig, 0).len, 4097);
	for (i = 0; i < MANY; i++) {
		at = RIG_DATA + i * 0x2000;
		ck_assert_uint_eq(*(uint8_t *)disk_ram(rig, at + 64), 0);
		check_pattern(disk_ram(rig, at + 512), i * 512, 4096);
	}
	vdev_set_status(rig->dev, 0);
	ck_assert_uint_ge(rig->signals, 1);
	disk_probe(rig, ~BIT(VIRTIO_F_RING_PACKED));
}

START_TEST(many_at_a_time)
{
	each(many);
}
END_TEST

static void nothing(void *arg)
{
	(void)arg;
}

/* A driver that wants to hear of each request hears of BATCH in one. */
START_TEST(one_interrupt_for_a_batch)
{
	struct blk_rig rig;
	struct blk_options o;
	unsigned int i;

	disk_image(&rig, SIZE);
	o = disk_options(&rig);
	o.engine = BLK_ENGINE_SYNC;
	disk_create(&rig, &o);
	disk_probe(&rig, ~(BIT(VIRTIO_F_RING_PACKED) |
			   BIT(VIRTIO_RING_F_EVENT_IDX)));
	/* in the second round the thread has seen what comes with DRIVER_OK */
	for (i = 0; i < 2; i++)
		worker_call(&rig.dev->worker[0], nothing, NULL);
	for (i = 0; i < MANY; i++)
		add_read(&rig, 0, i);
	ck_assert_uint_eq(rig.signals, 0);
	vdev_notify(rig.dev, 0);
	for (i = 0; i < MANY; i++)
		ck_assert_uint_eq(disk_wait(&rig, 0).len, 4097);
	vdev_set_status(rig.dev, 0);
	ck_assert_uint_eq(rig.signals, (MANY + BATCH - 1) / BATCH);
	disk_down(&rig);
}
END_TEST

/* B22: one buffer in the hands of two queues, which are two threads */
START_TEST(several_queues)
{
	struct blk_rig rig;
	struct blk_options o;
	unsigned int q;

	disk_image(&rig, SIZE);
	o = disk_options(&rig);
	o.queues = 4;
	disk_up(&rig, &o);
	for (q = 0; q < 4; q++)
		add_read(&rig, q, 1);
	for (q = 0; q < 4; q++)
		vdev_notify(rig.dev, q);
	for (q = 0; q < 4; q++)
		ck_assert_uint_eq(disk_wait(&rig, q).len, 4097);
	disk_down(&rig);
}
END_TEST

/* S29, S53: after the reset nothing of the guest's memory changes any more. */
static void reset_in_flight(struct blk_rig *rig)
{
	const size_t len = MANY * (size_t)0x2000;
	unsigned int turn, i;
	uint8_t *data;

	for (turn = 0; turn < 20; turn++) {
		for (i = 0; i < MANY; i++)
			add_read(rig, 0, i);
		vdev_notify(rig->dev, 0);
		vdev_set_status(rig->dev, 0);
		data = disk_ram(rig, RIG_DATA);
		memset(data, 0x11, len);
		usleep(1000);
		/* the first byte is right, and each is like the one before */
		ck_assert(data[0] == 0x11 && !memcmp(data, data + 1, len - 1));
		disk_probe(rig, ~BIT(VIRTIO_F_RING_PACKED));
	}
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_IN, 0, 512), 0);
}

START_TEST(reset_with_requests_on_their_way)
{
	each(reset_in_flight);
}
END_TEST

/* Somebody cuts the image off: an I/O error, then all is well again. */
static void cut_off(struct blk_rig *rig)
{
	ck_assert_int_eq(truncate(rig->path, 4096), 0);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_IN, 8, 4096),
			  VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_IN, 4, 4096),
			  VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_IN, 0, 4096), 0);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_OUT, 8, 4096), 0);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_IN, 8, 4096), 0);
}

START_TEST(image_cut_off)
{
	each(cut_off);
}
END_TEST

/*
 * A limit on the file's size stands for a full disk.  It holds for the file of
 * Check, too, which is smaller.
 */
static void disk_full(struct blk_rig *rig)
{
	struct rlimit limit = { .rlim_cur = SIZE / 2, .rlim_max = RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_OUT, SECTORS - 8, 4096),
			  VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_OUT, SECTORS / 2 - 4,
				      4096), VIRTIO_BLK_S_IOERR);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_uint_eq(disk_request(rig, VIRTIO_BLK_T_OUT, SECTORS - 8, 4096),
			  0);
}

START_TEST(disk_that_cannot_grow)
{
	each(disk_full);
}
END_TEST

START_TEST(a_failed_flush_stays_failed)
{
	struct blk_rig rig;
	struct blk_options o;
	int before = fdatasync_calls;

	disk_image(&rig, SIZE);
	o = disk_options(&rig);
	o.engine = BLK_ENGINE_SYNC;
	disk_up(&rig, &o);
	ck_assert_uint_eq(disk_request(&rig, VIRTIO_BLK_T_FLUSH, 0, 0), 0);
	ck_assert_int_eq(fdatasync_calls, before + 1);
	fdatasync_error = -EIO;
	ck_assert_uint_eq(disk_request(&rig, VIRTIO_BLK_T_FLUSH, 0, 0),
			  VIRTIO_BLK_S_IOERR);
	fdatasync_error = 0;
	ck_assert_uint_eq(disk_request(&rig, VIRTIO_BLK_T_FLUSH, 0, 0),
			  VIRTIO_BLK_S_IOERR);
	disk_probe(&rig, ~BIT(VIRTIO_F_RING_PACKED));
	ck_assert_uint_eq(disk_request(&rig, VIRTIO_BLK_T_FLUSH, 0, 0),
			  VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(disk_request(&rig, VIRTIO_BLK_T_IN, 0, 512), 0);
	disk_down(&rig);
}
END_TEST

/* A ring that was closed holds its files for a while, but not the locks. */
START_TEST(an_image_is_free_again_at_once)
{
	struct blk_options o;
	struct blk_rig rig;
	struct vdev *dev = NULL;
	struct err e = { 0 };
	unsigned int i;

	disk_image(&rig, SIZE);
	o = disk_options(&rig);
	for (i = 0; i < 10; i++) {
		ck_assert_msg(!blk_create(&o, "d", &dev, &e), "%s", e.text);
		vdev_destroy(dev);
	}
	disk_create(&rig, &o);
	disk_down(&rig);
}
END_TEST

START_TEST(options_out_of_range)
{
	static const unsigned int queues[] = { 0, BLK_QUEUES_MAX + 1 };
	struct vdev *dev = NULL;
	struct blk_options o;
	struct blk_rig rig;
	struct err e;
	size_t i;

	disk_image(&rig, SIZE);
	o = disk_options(&rig);
	for (i = 0; i < ARRAY_SIZE(queues); i++) {
		o.queues = queues[i];
		ck_assert_int_eq(blk_create(&o, "d", &dev, &e), -EINVAL);
		ck_assert_int_eq(e.kind, ERR_CONFIG);
	}
	o.queues = BLK_QUEUES_MAX;
	disk_up(&rig, &o);
	ck_assert_uint_eq(disk_request(&rig, VIRTIO_BLK_T_IN, 0, 512), 0);
	disk_down(&rig);
	ck_assert_ptr_null(dev);
}
END_TEST

T_MAIN("blk", read_gives_the_image, write_lands_where_it_should,
       scattered_request, header_and_data_in_one_buffer,
       nothing_beyond_the_end, enormous_request, malformed_requests,
       unknown_types, discard_makes_a_hole,
       zeroes_stay_allocated_unless_unmapped, bad_ranges_are_refused,
       features_not_negotiated, read_only_disk, serial_number,
       configuration_space, many_at_a_time, one_interrupt_for_a_batch,
       several_queues,
       reset_with_requests_on_their_way, image_cut_off, disk_that_cannot_grow,
       a_failed_flush_stays_failed,
       an_image_is_free_again_at_once, options_out_of_range)
