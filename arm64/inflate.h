/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arm64/inflate - unpack a compressed kernel in one go
 *
 * From memory to memory: both libraries then need no window of their own, and
 * nothing is ever written past the room given, which is what stops a
 * decompression bomb.
 */
#ifndef ARM64_INFLATE_H
#define ARM64_INFLATE_H

#include <stddef.h>

/* Room and input are limited to this by the callers (zlib counts in uInt). */
#define INFLATE_MAX	0x7fffffff

/**
 * inflate_gzip() - unpack the first member of a gzip file (RFC 1952)
 * inflate_zstd() - unpack the first frame of a zstd file (RFC 8878)
 * @src:  compressed bytes
 * @len:  how many, at most INFLATE_MAX; what follows the member is ignored
 * @dst:  where to; undefined content up to @room after a failure
 * @room: bytes there, at most INFLATE_MAX
 * @ret:  bytes unpacked; untouched on failure
 *
 * Both check the sums that the format carries.
 *
 * Return: 0, -ENOSPC (more than @room), -ENODATA (the input ends early),
 * -EBADMSG (damaged), -ENOMEM.
 */
int inflate_gzip(const void *src, size_t len, void *dst, size_t room,
		 size_t *ret);
int inflate_zstd(const void *src, size_t len, void *dst, size_t room,
		 size_t *ret);

#endif /* ARM64_INFLATE_H */
