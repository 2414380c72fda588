// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * image: every format of a kernel, cut, changed and lying
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arm64/magic.h"
#include "image_files.h"
#include "image_rig.h"
#include "t.h"
#include "util.h"

/* How the next reads go wrong; each test that looks begins with all 0. */
static struct {
	unsigned int count;	/* reads so far */
	int err;		/* the next read fails with this, once */
	size_t most;		/* no read gives more bytes, unless 0 */
	unsigned int end_at;	/* this read finds the end of file */
} reads;

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

static int load(struct image_rig *rig, const struct blob *b)
{
	int fd = blob_fd(b, b->len);
	int r = image_rig_load(rig, fd, -1);

	close(fd);
	return r;
}

static void expect_bytes(const struct image_rig *rig, uint64_t gpa,
			 const struct blob *b)
{
	ck_assert_mem_eq(image_rig_at(rig, gpa), b->p, b->len);
}

static void load_ok(struct image_rig *rig, const struct blob *b)
{
	ck_assert_msg(!load(rig, b), "%s", rig->e.text);
}

/* @b does not load into @size bytes: @errnum, and a text with @text in it */
static void refused(uint64_t size, const struct blob *b, int errnum,
		    const char *text)
{
	struct image_rig rig;

	image_rig_init(&rig, size);
	ck_assert_int_eq(load(&rig, b), errnum);
	ck_assert_int_eq(rig.e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(rig.e.text, text) != NULL, "\"%s\" lacks \"%s\"",
		      rig.e.text, text);
	ck_assert_int_eq(strncmp(rig.e.text, "vmlinuz: ", 9), 0);
	image_rig_fini(&rig);
}

static void refused_image(const struct image_spec *spec, int errnum,
			  const char *text)
{
	struct blob b = image_make(spec);

	refused(64 * MB, &b, errnum, text);
	blob_free(&b);
}

/* An Image as kernels of today are: sections, bss behind them */
static const struct image_spec usual = {
	.size = 3000,
	.image_size = 3 * MB,
	.flags = 0xa,
	.pe_end = 3000,
};

START_TEST(image_goes_to_the_start_of_memory)
{
	struct blob b = image_make(&usual);
	struct image_rig rig;

	memset(&reads, 0, sizeof(reads));
	image_rig_init(&rig, 64 * MB);
	load_ok(&rig, &b);
	ck_assert_int_eq(rig.b.kernel.kind, IMAGE_ARM64);
	ck_assert_uint_eq(rig.b.kernel.entry, BASE);
	ck_assert_uint_eq(rig.b.kernel.end, BASE + 3 * MB);
	expect_bytes(&rig, BASE, &b);
	ck_assert_uint_eq(reads.count, 2);
	image_rig_fini(&rig);
	blob_free(&b);
}
END_TEST

START_TEST(a_second_load_is_the_same)
{
	struct blob b = image_make(&usual);
	int fd = blob_fd(&b, b.len);
	struct boot_layout first;
	struct image_rig rig;

	image_rig_init(&rig, 64 * MB);
	ck_assert_int_eq(image_rig_load(&rig, fd, fd), 0);
	first = rig.b;
	memset(rig.m.host, 0, 4 * MB);
	lseek(fd, 100, SEEK_SET);
	ck_assert_int_eq(image_rig_load(&rig, fd, fd), 0);
	ck_assert_mem_eq(&first, &rig.b, sizeof(first));
	expect_bytes(&rig, BASE, &b);
	close(fd);
	image_rig_fini(&rig);
	blob_free(&b);
}
END_TEST

static void expect_place(const struct blob *b, const struct blob *image,
			 enum image_kind kind, uint64_t offset, uint64_t mem)
{
	struct image_rig rig;

	image_rig_init(&rig, 64 * MB);
	load_ok(&rig, b);
	ck_assert_int_eq(rig.b.kernel.kind, kind);
	ck_assert_uint_eq(rig.b.kernel.entry, BASE + offset);
	ck_assert_uint_eq(rig.b.kernel.end, BASE + offset + mem);
	expect_bytes(&rig, BASE + offset, image);
	image_rig_fini(&rig);
}

/* The same Image in every wrapping goes to the same place. */
static void expect_all(const struct image_spec *spec, uint64_t offset,
		       uint64_t mem)
{
	struct blob image = image_make(spec);
	struct blob gz = image_gzip(&image), zst = image_zstd(&image);
	struct blob zgz = image_zboot("gzip", &gz);
	struct blob zzst = image_zboot("zstd", &zst);

	expect_place(&image, &image, IMAGE_ARM64, offset, mem);
	expect_place(&gz, &image, IMAGE_GZIP, offset, mem);
	expect_place(&zgz, &image, IMAGE_ZBOOT, offset, mem);
	expect_place(&zzst, &image, IMAGE_ZBOOT, offset, mem);
	blob_free(&image);
	blob_free(&gz);
	blob_free(&zst);
	blob_free(&zgz);
	blob_free(&zzst);
}

START_TEST(every_wrapping)
{
	struct image_spec spec = usual;

	expect_all(&spec, 0, 3 * MB);
	spec.size = 3 * MB;	/* as zboot has it: with its bss */
	expect_all(&spec, 0, 3 * MB);
}
END_TEST

START_TEST(older_kernels_have_a_text_offset)
{
	struct image_spec spec = usual;

	spec.text_offset = 0x80000;
	expect_all(&spec, 0x80000, 3 * MB);
	spec.text_offset = 0;
	spec.image_size = 0;	/* before Linux 3.17 */
	spec.pe_end = 0;
	expect_all(&spec, 0x80000, spec.size);
	spec.text_offset = UINT64_C(0x0000080000000000); /* of the other end */
	expect_all(&spec, 0x80000, spec.size);
}
END_TEST

START_TEST(a_signature_may_follow_the_kernel)
{
	struct image_spec spec = usual;
	struct blob b;
	struct image_rig rig;

	spec.size = 8000;
	spec.image_size = 4000;
	b = image_make(&spec);
	image_rig_init(&rig, 64 * MB);
	load_ok(&rig, &b);
	ck_assert_uint_eq(rig.b.kernel.end, BASE + 4000);
	ck_assert_mem_eq(image_rig_at(&rig, BASE), b.p, 4000);
	ck_assert_int_eq(*(const char *)image_rig_at(&rig, BASE + 4000), 0);
	image_rig_fini(&rig);
	blob_free(&b);
}
END_TEST

/* kbuild appends the size to a zstd payload; gzip(1) ignores what follows. */
START_TEST(bytes_after_the_payload_are_ignored)
{
	struct blob image = image_make(&usual), gz = image_gzip(&image);
	struct blob zst = image_zstd(&image), b;

	gz.p[gz.len] = 0x55;
	gz.len += 4;
	b = image_zboot("gzip", &gz);
	expect_place(&b, &image, IMAGE_ZBOOT, 0, 3 * MB);
	blob_free(&b);
	zst.p = realloc(zst.p, zst.len + 4);
	put_le(zst.p + zst.len, image.len, 4);
	zst.len += 4;
	b = image_zboot("zstd", &zst);
	expect_place(&b, &image, IMAGE_ZBOOT, 0, 3 * MB);
	blob_free(&b);
	blob_free(&image);
	blob_free(&gz);
	blob_free(&zst);
}
END_TEST

START_TEST(flat_binary)
{
	struct blob b = blob_new(5000);
	struct image_rig rig;

	memset(b.p, 0xd5, b.len);
	image_rig_init(&rig, 64 * MB);
	load_ok(&rig, &b);
	ck_assert_int_eq(rig.b.kernel.kind, IMAGE_FLAT);
	ck_assert_uint_eq(rig.b.kernel.entry, BASE + 0x80000);
	ck_assert_uint_eq(rig.b.kernel.end, BASE + 0x80000 + 5000);
	expect_bytes(&rig, BASE + 0x80000, &b);
	b.len = 4;
	load_ok(&rig, &b);
	image_rig_fini(&rig);
	blob_free(&b);
}
END_TEST

START_TEST(headers_that_lie)
{
	struct image_spec s = usual;

	s.flags = 0xb;
	refused_image(&s, -EINVAL, "big-endian");
	s = usual;
	s.text_offset = 0x80001;
	refused_image(&s, -EINVAL, "not a multiple of 4");
	s = usual;
	s.image_size = 2999;
	refused_image(&s, -EINVAL, "2999 bytes of memory");
	s.pe_end = 0;
	refused_image(&s, -EINVAL, "but it is 3000 bytes long");
	s = usual;
	s.pe_end = 3001;
	refused_image(&s, -EINVAL, "promises 3001 bytes, there are 3000");
	s.pe_end = UINT32_MAX;
	refused_image(&s, -EINVAL, "promises");
}
END_TEST

START_TEST(headers_that_want_too_much)
{
	static const uint64_t much[] = {
		64 * MB - SZ_64K + 1, 64 * MB, 600 * MB, BIT(31), BIT(32),
		BIT(63), UINT64_MAX - BASE, UINT64_MAX - 3, UINT64_MAX,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(much); i++) {
		struct image_spec s = usual;

		s.image_size = much[i];
		refused_image(&s, -ENOSPC, "does not fit");
		s.image_size = usual.image_size;
		s.text_offset = much[i] & ~UINT64_C(3);
		refused_image(&s, -ENOSPC, "does not fit");
		s.image_size = much[i];
		refused_image(&s, -ENOSPC, "does not fit");
	}
}
END_TEST

static const struct {
	size_t off;
	const char *bytes;
	size_t len;
	const char *text;
} foreign[] = {
	{ 0, "\x7f" "ELF\2\1\1", 7, "ELF file" },
	{ 0x202, "HdrS", 4, "x86" },
	{ 0, "\xfd" "7zXZ\0\0", 7, "xz" },
	{ 0, "BZh91AY&SY", 10, "bzip2" },
	{ 0, "\x28\xb5\x2f\xfd", 4, "zstd" },
	{ 0, "\x04\x22\x4d\x18", 4, "lz4" },
	{ 0, "\x02\x21\x4c\x18", 4, "lz4" },
	{ 0, "\x89LZO\0\r\n", 7, "lzop" },
	{ 0, "\x5d\0\0\0\4", 5, "lzma" },
	{ 0, "\x5d\0\0\x80\0", 5, "lzma" },
	{ 0, "PK\3\4", 4, "zip" },
	{ 0, "\x27\x05\x19\x56", 4, "U-Boot image" },
	{ 0, "\xd0\x0d\xfe\xed", 4, "FIT" },
	{ 0, "ANDROID!", 8, "Android" },
	{ 0, "!<arch>\n", 8, "archive" },
	{ 0, "070701", 6, "initramfs" },
};

START_TEST(foreign_formats_are_named)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(foreign); i++) {
		struct blob b = blob_new(4096);

		memcpy(b.p + foreign[i].off, foreign[i].bytes, foreign[i].len);
		refused(64 * MB, &b, -EINVAL, foreign[i].text);
		blob_free(&b);
	}
}
END_TEST

START_TEST(efi_programs_are_named)
{
	struct blob b = image_make(&usual);

	memset(b.p + 56, 0, 4);
	refused(64 * MB, &b, -EINVAL, "EFI program");
	blob_free(&b);
}
END_TEST

START_TEST(text_is_named)
{
	static const char script[] = "#!/bin/sh\n\techo hello\r\n";
	struct blob b = blob_new(2000);

	memset(b.p, 'a', b.len);
	refused(64 * MB, &b, -EINVAL, "text file");
	memcpy(b.p, script, sizeof(script) - 1);
	b.len = sizeof(script) - 1;
	refused(64 * MB, &b, -EINVAL, "text file");
	b.len = 1;
	refused(64 * MB, &b, -EINVAL, "text file");
	b.len = 0;
	refused(64 * MB, &b, -EINVAL, "is empty");
	blob_free(&b);
}
END_TEST

START_TEST(zboot_refusals)
{
	static const char *const types[] = {
		"lzma", "xzkern", "lz4", "lzo", "lzo22", "zstd22",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	struct blob payload = blob_new(100);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct blob b = image_zboot(types[i], &payload);

		refused(64 * MB, &b, -EINVAL, types[i]);
		blob_free(&b);
	}
	blob_free(&payload);
}
END_TEST

static void bad_zboot(uint32_t off, uint32_t size, const char *text)
{
	struct blob image = image_make(&usual), gz = image_gzip(&image);
	struct blob b = image_zboot("gzip", &gz);

	put_le(b.p + 8, off, 4);
	put_le(b.p + 12, size, 4);
	refused(64 * MB, &b, -EINVAL, text);
	blob_free(&image);
	blob_free(&gz);
	blob_free(&b);
}

START_TEST(zboot_payload_outside_of_the_file)
{
	bad_zboot(UINT32_MAX, UINT32_MAX, "truncated");
	bad_zboot(4096, UINT32_MAX, "truncated");
	bad_zboot(UINT32_MAX, 0, "truncated");
	bad_zboot(4096, 0, "truncated");
	bad_zboot(0, 100, "damaged");
}
END_TEST

START_TEST(compressed_things_that_are_no_kernel)
{
	struct blob b = blob_new(5000), gz, zst, zb;

	gz = image_gzip(&b);
	refused(64 * MB, &gz, -EINVAL, "not an arm64 Image");
	zst = image_zstd(&b);
	zb = image_zboot("zstd", &zst);
	refused(64 * MB, &zb, -EINVAL, "not an arm64 Image");
	blob_free(&gz);
	b.len = 20;
	gz = image_gzip(&b);
	refused(64 * MB, &gz, -EINVAL, "not an arm64 Image");
	blob_free(&b);
	blob_free(&gz);
	blob_free(&zst);
	blob_free(&zb);
}
END_TEST

START_TEST(a_compressed_header_is_checked_too)
{
	struct image_spec s = usual;
	struct blob image, gz;

	s.image_size = 100 * MB;
	image = image_make(&s);
	gz = image_gzip(&image);
	refused(64 * MB, &gz, -ENOSPC, "does not fit");
	blob_free(&image);
	blob_free(&gz);

	s = usual;
	s.pe_end = 3001;
	image = image_make(&s);
	gz = image_gzip(&image);
	refused(64 * MB, &gz, -EINVAL, "promises 3001 bytes");
	blob_free(&image);
	blob_free(&gz);
}
END_TEST

START_TEST(bombs_stop_at_the_end_of_memory)
{
	struct blob zeroes = blob_new(8 * MB + 1), gz, zst, zb;

	gz = image_gzip(&zeroes);
	ck_assert_uint_lt(gz.len, 10000);
	refused(8 * MB, &gz, -ENOSPC, "more than the 8 MB");
	refused(SZ_64K, &gz, -ENOSPC, "more than the 0 MB");
	zst = image_zstd(&zeroes);
	zb = image_zboot("zstd", &zst);
	refused(8 * MB, &zb, -ENOSPC, "more than the 8 MB");
	blob_free(&zb);
	zb = image_zboot("gzip", &gz);
	refused(8 * MB, &zb, -ENOSPC, "more than the 8 MB");
	blob_free(&zeroes);
	blob_free(&gz);
	blob_free(&zst);
	blob_free(&zb);
}
END_TEST

/* Larger than memory before it is unpacked: nothing of it is read. */
START_TEST(compressed_data_larger_than_memory)
{
	struct blob b = blob_new(3 * MB);

	memset(&reads, 0, sizeof(reads));
	memcpy(b.p, "\x1f\x8b\x08", 3);
	refused(2 * MB, &b, -ENOSPC, "more than the 2 MB");
	ck_assert_uint_eq(reads.count, 1);
	blob_free(&b);
}
END_TEST

static void cut_everywhere(const struct blob *b, size_t full)
{
	struct image_rig rig;
	size_t len;

	image_rig_init(&rig, 8 * MB);
	for (len = 0; len < full; len++) {
		int fd = blob_fd(b, len);

		ck_assert_msg(image_rig_load(&rig, fd, -1) == -EINVAL,
			      "loads when cut to %zu bytes", len);
		close(fd);
	}
	ck_assert_int_eq(load(&rig, b), 0);
	image_rig_fini(&rig);
}

START_TEST(files_cut_anywhere)
{
	struct image_spec small = { 1500, 0, 1 * MB, 0xa, 1500 };
	struct blob image = image_make(&small);
	struct blob gz = image_gzip(&image), zst = image_zstd(&image), b;

	cut_everywhere(&image, image.len);
	cut_everywhere(&gz, gz.len);
	b = image_zboot("gzip", &gz);
	cut_everywhere(&b, b.len - 100);
	blob_free(&b);
	b = image_zboot("zstd", &zst);
	cut_everywhere(&b, b.len - 100);
	blob_free(&b);
	blob_free(&image);
	blob_free(&gz);
	blob_free(&zst);
}
END_TEST

/*
 * image_rig_load() checks the layout of whatever still loads; an @image that
 * was unpacked must be what it was, as the sums promise.
 */
static unsigned int flip_bits(const struct blob *b, size_t from, size_t to,
			      const struct blob *image)
{
	unsigned int loaded = 0;
	struct image_rig rig;
	size_t bit;

	image_rig_init(&rig, 4 * MB);
	for (bit = from * 8; bit < to * 8; bit++) {
		b->p[bit / 8] ^= 1 << bit % 8;
		if (!load(&rig, b)) {
			loaded++;
			if (image && rig.b.kernel.kind != IMAGE_FLAT)
				expect_bytes(&rig, BASE, image);
		}
		b->p[bit / 8] ^= 1 << bit % 8;
	}
	image_rig_fini(&rig);
	return loaded;
}

START_TEST(every_bit_of_a_header)
{
	struct image_spec small = { 1500, 0, 1 * MB, 0xa, 1500 };
	struct blob image = image_make(&small);
	struct blob gz = image_gzip(&image), zst = image_zstd(&image);
	struct blob zgz = image_zboot("gzip", &gz);
	struct blob zzst = image_zboot("zstd", &zst);
	unsigned int loaded;

	/* what loads is what does not matter: code, reserved, PE details */
	loaded = flip_bits(&image, 0, 330, NULL);
	ck_assert_uint_gt(loaded, 500);
	ck_assert_uint_lt(loaded, 2600);
	flip_bits(&gz, 0, 64, &image);
	flip_bits(&gz, gz.len - 16, gz.len, &image);
	flip_bits(&zgz, 0, 64, &image);
	flip_bits(&zzst, 0, 64, &image);
	flip_bits(&zzst, 4096, 4096 + 64, &image);
	flip_bits(&zzst, 4096 + zst.len - 16, 4096 + zst.len, &image);
	blob_free(&image);
	blob_free(&gz);
	blob_free(&zst);
	blob_free(&zgz);
	blob_free(&zzst);
}
END_TEST

START_TEST(reads_that_go_wrong)
{
	struct blob b = image_make(&usual);
	int fd = blob_fd(&b, b.len);
	struct image_rig rig;

	memset(&reads, 0, sizeof(reads));
	image_rig_init(&rig, 64 * MB);
	reads.err = EINTR;
	ck_assert_int_eq(image_rig_load(&rig, fd, fd), 0);
	memset(rig.m.host, 0, MB);
	reads.most = 7;
	ck_assert_int_eq(image_rig_load(&rig, fd, fd), 0);
	expect_bytes(&rig, BASE, &b);
	expect_bytes(&rig, rig.b.initrd_start, &b);
	reads.most = 0;
	reads.err = EIO;
	ck_assert_int_eq(image_rig_load(&rig, fd, -1), -EIO);
	ck_assert_int_eq(rig.e.kind, ERR_FAULT);
	ck_assert_str_eq(rig.e.text, "vmlinuz: read: Input/output error");
	reads.count = 0;
	reads.end_at = 2;
	ck_assert_int_eq(image_rig_load(&rig, fd, -1), -EINVAL);
	ck_assert_str_eq(rig.e.text,
			 "vmlinuz: became shorter while it was read");
	reads.count = 0;
	reads.end_at = 3;
	ck_assert_int_eq(image_rig_load(&rig, fd, fd), -EINVAL);
	ck_assert_str_eq(rig.e.text,
			 "initrd: became shorter while it was read");
	memset(&reads, 0, sizeof(reads));
	close(fd);
	image_rig_fini(&rig);
	blob_free(&b);
}
END_TEST

START_TEST(only_regular_files)
{
	int dir = open("/", O_RDONLY | O_DIRECTORY), pipefd[2];
	struct blob b = image_make(&usual);
	int fd = blob_fd(&b, b.len);
	struct image_rig rig;

	image_rig_init(&rig, 64 * MB);
	ck_assert_int_eq(pipe(pipefd), 0);
	ck_assert_int_eq(image_rig_load(&rig, pipefd[0], -1), -EINVAL);
	ck_assert_ptr_nonnull(strstr(rig.e.text, "vmlinuz: is not a regular"));
	ck_assert_int_eq(image_rig_load(&rig, dir, -1), -EINVAL);
	ck_assert_ptr_nonnull(strstr(rig.e.text, "vmlinuz: is not a regular"));
	ck_assert_int_eq(image_rig_load(&rig, fd, pipefd[0]), -EINVAL);
	ck_assert_ptr_nonnull(strstr(rig.e.text, "initrd: is not a regular"));
	ck_assert_int_eq(image_rig_load(&rig, 9999, -1), -EBADF);
	ck_assert_int_eq(rig.e.kind, ERR_FAULT);
	close(pipefd[0]);
	close(pipefd[1]);
	close(dir);
	close(fd);
	image_rig_fini(&rig);
	blob_free(&b);
}
END_TEST

/* With a buffer that ends where the file does, for the sanitizers */
static void look_at_cut(const struct blob *b, size_t len)
{
	uint8_t *cut = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(cut);
	memcpy(cut, b->p, len);
	ck_assert(len >= 0x206 || !magic_is(cut, len, 0x202, "HdrS", 4));
	ck_assert(len < 64 || magic_pe_end(cut, len) > len ||
		  len == b->len);
	magic_refused(cut, len);
	free(cut);
}

START_TEST(nothing_is_read_beyond_the_end)
{
	struct blob b = image_make(&usual);
	size_t len;

	memcpy(b.p + 0x202, "HdrS", 4);
	for (len = 0; len <= b.len; len++)
		look_at_cut(&b, len);
	ck_assert(magic_is(b.p, 0x206, 0x202, "HdrS", 4));
	ck_assert(!magic_is(b.p, 0x205, 0x202, "HdrS", 4));
	ck_assert(!magic_is(b.p, 0x100, 0x202, "HdrS", 4));
	ck_assert(!magic_is(b.p, b.len, SIZE_MAX, "HdrS", 4));
	blob_free(&b);
}
END_TEST

START_TEST(kinds_have_names)
{
	ck_assert_str_eq(image_kind_name(IMAGE_FLAT), "flat binary");
	ck_assert_str_eq(image_kind_name(IMAGE_ARM64), "Image");
	ck_assert_str_eq(image_kind_name(IMAGE_GZIP), "Image.gz");
	ck_assert_str_eq(image_kind_name(IMAGE_ZBOOT), "EFI zboot");
}
END_TEST

T_MAIN("image",
       image_goes_to_the_start_of_memory,
       a_second_load_is_the_same,
       every_wrapping,
       older_kernels_have_a_text_offset,
       a_signature_may_follow_the_kernel,
       bytes_after_the_payload_are_ignored,
       flat_binary,
       headers_that_lie,
       headers_that_want_too_much,
       foreign_formats_are_named,
       efi_programs_are_named,
       text_is_named,
       zboot_refusals,
       zboot_payload_outside_of_the_file,
       compressed_things_that_are_no_kernel,
       a_compressed_header_is_checked_too,
       bombs_stop_at_the_end_of_memory,
       compressed_data_larger_than_memory,
       files_cut_anywhere,
       every_bit_of_a_header,
       reads_that_go_wrong,
       only_regular_files,
       nothing_is_read_beyond_the_end,
       kinds_have_names)
