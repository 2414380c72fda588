/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arm64/image - kernel and initrd files, and where they lie in guest memory
 *
 * Files are untrusted: every size in them is checked before it is used, and
 * nothing is read or decompressed past the end of guest memory.
 *
 * Formats: arm64 Image (Documentation/arch/arm64/booting.rst), the same
 * compressed by gzip, EFI zboot (drivers/firmware/efi/libstub/
 * zboot-header.S) with gzip or zstd, and flat binaries with no header.
 */
#ifndef ARM64_IMAGE_H
#define ARM64_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "gmem.h"

enum image_kind {
	IMAGE_FLAT,
	IMAGE_ARM64,
	IMAGE_GZIP,		/* Image inside gzip */
	IMAGE_ZBOOT,		/* Image inside EFI zboot */
	IMAGE_KIND_NUM
};

struct image {
	enum image_kind kind;
	uint64_t entry;		/* guest physical, where execution starts */
	uint64_t end;		/* first address after what it occupies */
	bool end_is_known;	/* image_size says so, bss included; a flat
				 * binary may use more than its file shows */
};

struct boot_layout {
	struct image kernel;
	uint64_t initrd_start;	/* both 0 without an initrd */
	uint64_t initrd_end;
	uint64_t dtb;		/* PLAT_DTB_MAX bytes reserved here */
};

/**
 * boot_load() - put kernel and initrd into guest memory, and place the DTB
 * @m:           guest memory, zeroed
 * @kernel_fd:   kernel file, open for reading; any position, left anywhere,
 *               so that a reset can call this again with the same descriptor
 * @kernel_path: for messages
 *               (both files are regular ones: a pipe is refused)
 * @initrd_fd:   or -1
 * @initrd_path: for messages, may be NULL without an initrd
 * @ret:         filled on success
 * @e:           filled on failure with file and reason
 *
 * All lies in the first min(RAM, 512 MiB).  Behind a kernel that says where it
 * ends the device tree and then the initrd follow at once, so that a small
 * guest touches few huge pages.  With any other kernel the device tree lies at
 * the end and the initrd just below it, both as kvmtool places them; in a
 * memory too small for that the device tree takes the last 64 KiB.
 * A compressed file is held in memory while it is unpacked.
 *
 * Return: 0, -EINVAL with ERR_CONFIG (not a kernel, truncated, lies about its
 * size), -ENOSPC with ERR_CONFIG (does not fit: the text says how much memory
 * would be enough), -ENOMEM, or what read gave.
 */
int boot_load(const struct gmem *m, int kernel_fd, const char *kernel_path,
	      int initrd_fd, const char *initrd_path,
	      struct boot_layout *ret, struct err *e);

/** image_kind_name() - "Image", "Image.gz", "EFI zboot", "flat binary" */
const char *image_kind_name(enum image_kind kind);

#endif /* ARM64_IMAGE_H */
