// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64/inflate - unpack a compressed kernel in one go
 */
#include <assert.h>
#include <errno.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "inflate.h"

/* windowBits of inflateInit2(): the largest window, and a gzip header */
#define GZIP_ONLY	(15 + 16)

static int zlib_error(int r, const z_stream *z)
{
	switch (r) {
	case Z_STREAM_END:
		return 0;
	case Z_MEM_ERROR:
		return -ENOMEM;
	case Z_OK:
	case Z_BUF_ERROR:	/* one side is used up */
		return z->avail_out ? -ENODATA : -ENOSPC;
	default:
		return -EBADMSG;
	}
}

int inflate_gzip(const void *src, size_t len, void *dst, size_t room,
		 size_t *ret)
{
	z_stream z = {
		.next_in = (Bytef *)src,
		.avail_in = (uInt)len,
		.next_out = dst,
		.avail_out = (uInt)room,
	};
	int r;

	assert(len <= INFLATE_MAX && room <= INFLATE_MAX);
	if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
		return -ENOMEM;
	r = zlib_error(inflate(&z, Z_FINISH), &z);
	inflateEnd(&z);
	if (!r)
		*ret = room - z.avail_out;
	return r;
}

static int zstd_error(size_t code)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_dstSize_tooSmall:
		return -ENOSPC;
	case ZSTD_error_srcSize_wrong:
		return -ENODATA;
	case ZSTD_error_memory_allocation:
		return -ENOMEM;
	default:
		return -EBADMSG;
	}
}

int inflate_zstd(const void *src, size_t len, void *dst, size_t room,
		 size_t *ret)
{
	size_t n;

	assert(len <= INFLATE_MAX && room <= INFLATE_MAX);
	n = ZSTD_findFrameCompressedSize(src, len);
	if (!ZSTD_isError(n))
		n = ZSTD_decompress(dst, room, src, n);
	if (ZSTD_isError(n))
		return zstd_error(n);
	*ret = n;
	return 0;
}
