// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * image_files - kernel files of every format, made on the spot
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "image_files.h"

#define PE	64	/* where the PE header of the kernel is, too */
#define OPT	160	/* bytes of optional header */

void put_le(uint8_t *p, uint64_t v, size_t n)
{
	for (; n--; v >>= 8)
		*p++ = (uint8_t)v;
}

struct blob blob_new(size_t len)
{
	struct blob b = { calloc(1, len ? len : 1), len };

	ck_assert_ptr_nonnull(b.p);
	return b;
}

void blob_free(struct blob *b)
{
	free(b->p);
	b->p = NULL;
}

int blob_fd(const struct blob *b, size_t len)
{
	int fd = memfd_create("kernel", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, b->p, len), (ssize_t)len);
	return fd;
}

static void put_section(uint8_t *row, size_t off, size_t len)
{
	put_le(row + 8, len, 4);
	put_le(row + 12, off, 4);
	put_le(row + 16, len, 4);
	put_le(row + 20, off, 4);
}

static void put_pe(uint8_t *p, size_t end)
{
	uint8_t *row = p + PE + 24 + OPT;

	put_le(p, 0x5a4d, 2);		/* "MZ" */
	put_le(p + 60, PE, 4);
	put_le(p + PE, 0x4550, 4);	/* "PE" */
	put_le(p + PE + 4, 0xaa64, 2);	/* arm64 */
	put_le(p + PE + 6, 2, 2);
	put_le(p + PE + 20, OPT, 2);
	put_section(row, 512, 512);
	put_section(row + 40, 1024, end - 1024);
}

struct blob image_make(const struct image_spec *spec)
{
	struct blob b = blob_new(spec->size);
	uint32_t x = 1;
	size_t i;

	for (i = 320; i < spec->size; i++) {
		x = x * 1664525 + 1013904223;
		b.p[i] = x >> 24;
	}
	put_le(b.p + 8, spec->text_offset, 8);
	put_le(b.p + 16, spec->image_size, 8);
	put_le(b.p + 24, spec->flags, 8);
	memcpy(b.p + 56, "ARM\x64", 4);
	if (spec->pe_end)
		put_pe(b.p, spec->pe_end);
	return b;
}

struct blob image_gzip(const struct blob *b)
{
	struct blob out = blob_new(b->len + b->len / 100 + 1000);
	z_stream z = {
		.next_in = b->p,
		.avail_in = (uInt)b->len,
		.next_out = out.p,
		.avail_out = (uInt)out.len,
	};

	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 31, 8,
				      Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	out.len = z.total_out;
	deflateEnd(&z);
	return out;
}

struct blob image_zstd(const struct blob *b)
{
	struct blob out = blob_new(ZSTD_compressBound(b->len));
	ZSTD_CCtx *ctx = ZSTD_createCCtx();

	ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1);
	out.len = ZSTD_compress2(ctx, out.p, out.len, b->p, b->len);
	ck_assert(!ZSTD_isError(out.len));
	ZSTD_freeCCtx(ctx);
	return out;
}

/* 4 KiB of header and some bytes after the payload, as the kernel build has */
struct blob image_zboot(const char *type, const struct blob *payload)
{
	struct blob b = blob_new(4096 + payload->len + 100);

	memcpy(b.p, "MZ\0\0zimg", 8);
	put_le(b.p + 8, 4096, 4);
	put_le(b.p + 12, payload->len, 4);
	memcpy(b.p + 24, type, strlen(type));
	put_le(b.p + 56, 0x818223cd, 4);
	memcpy(b.p + 4096, payload->p, payload->len);
	return b;
}
