/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_files - kernel files of every format, made on the spot
 */
#ifndef TESTS_UNIT_IMAGE_FILES_H
#define TESTS_UNIT_IMAGE_FILES_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a file; blob_free() it */
struct blob {
	uint8_t *p;
	size_t len;
};

/* What to write into an Image */
struct image_spec {
	size_t size;		/* of the file, at least 64 */
	uint64_t text_offset;
	uint64_t image_size;
	uint64_t flags;
	size_t pe_end;		/* end of the PE sections; 0: no PE header */
};

struct blob blob_new(size_t len);
void blob_free(struct blob *b);

/** blob_fd() - a file that holds the first @len bytes of @b */
int blob_fd(const struct blob *b, size_t len);

/** image_make() - an arm64 Image, its payload a pattern hard to compress */
struct blob image_make(const struct image_spec *spec);

struct blob image_gzip(const struct blob *b);
struct blob image_zstd(const struct blob *b);

/** image_zboot() - an EFI zboot file around @payload */
struct blob image_zboot(const char *type, const struct blob *payload);

/** put_le() - store @n bytes, little-endian */
void put_le(uint8_t *p, uint64_t v, size_t n);

#endif /* TESTS_UNIT_IMAGE_FILES_H */
