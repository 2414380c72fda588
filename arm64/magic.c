// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64/magic - what a file is, by its first bytes
 */
#include <string.h>

#include "magic.h"
#include "util.h"

/* How many bytes of nothing but text make a text file */
#define TEXT_PROBE	256

/* Microsoft PE format: MS-DOS header, COFF header, row of a section */
#define DOS_SIZE	64
#define DOS_PE_OFFSET	0x3c
#define COFF_SIZE	24
#define COFF_SECTIONS	6
#define COFF_OPT_SIZE	20
#define SECTION_SIZE	40
#define SECTION_RAW_LEN	16
#define SECTION_RAW_OFF	20

#define UNPACK "; unpack it first"

/*
 * A flat binary begins with an instruction, so each pattern is one that no
 * program begins with.
 */
static const struct {
	size_t off;
	const char *bytes;
	size_t len;
	const char *what;
} refused[] = {
	{ 0, "\x7f" "ELF", 4, "is an ELF file; use arch/arm64/boot/Image of "
		"the kernel build, or objcopy -O binary" },
	{ 0x202, "HdrS", 4, "is a kernel for x86" },
	{ 0, "\xfd" "7zXZ\0", 6, "is compressed with xz" UNPACK },
	{ 4, "1AY&SY", 6, "is compressed with bzip2" UNPACK },
	{ 0, "\x28\xb5\x2f\xfd", 4, "is compressed with zstd" UNPACK },
	{ 0, "\x04\x22\x4d\x18", 4, "is compressed with lz4" UNPACK },
	{ 0, "\x02\x21\x4c\x18", 4, "is compressed with lz4" UNPACK },
	{ 0, "\x89LZO", 4, "is compressed with lzop" UNPACK },
	{ 0, "\x5d\0\0\0", 4, "is compressed with lzma" UNPACK },
	{ 0, "\x5d\0\0\x80\0", 5, "is compressed with lzma" UNPACK },
	{ 0, "PK\x03\x04", 4, "is a zip file" UNPACK },
	{ 0, "\x27\x05\x19\x56", 4, "is a U-Boot image; use the Image that it "
		"was made from" },
	{ 0, "\xd0\x0d\xfe\xed", 4, "is a device tree or a U-Boot FIT image; "
		"use the Image that it was made from" },
	{ 0, "ANDROID!", 8, "is an Android boot image; use the Image that it "
		"was made from" },
	{ 0, "!<arch>\n", 8, "is an archive (a .deb?)" UNPACK },
	{ 0, "070701", 6, "is an initramfs, not a kernel: --initrd" },
};

static uint32_t le(const uint8_t *p, size_t n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

bool magic_is(const uint8_t *head, size_t len, size_t off, const char *bytes,
	      size_t n)
{
	return off <= len && n <= len - off && !memcmp(head + off, bytes, n);
}

static bool is_text(const uint8_t *head, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < TEXT_PROBE; i++)
		if ((head[i] < 0x20 || head[i] > 0x7e) &&
		    !(head[i] >= '\t' && head[i] <= '\r'))
			return false;
	return len > 0;
}

/* Where the MS-DOS header says that the COFF header is; 0: no MS-DOS header */
static size_t pe_offset(const uint8_t *head, size_t len)
{
	if (len < DOS_SIZE || !magic_is(head, len, 0, "MZ", 2))
		return 0;
	return le(head + DOS_PE_OFFSET, 4);
}

const char *magic_refused(const uint8_t *head, size_t len)
{
	size_t i, pe = pe_offset(head, len);

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		if (magic_is(head, len, refused[i].off, refused[i].bytes,
			     refused[i].len))
			return refused[i].what;
	if (len < DOS_SIZE && magic_is(head, len, 0, "MZ", 2))
		return "truncated: begins like a kernel and ends within its "
			"header";
	if (pe && magic_is(head, len, pe, "PE\0", 4))
		return "is an EFI program without an arm64 Image header; use "
			"the kernel itself";
	if (is_text(head, len))
		return "is a text file, not a kernel";
	if (len < 4)
		return "is shorter than one instruction";
	return NULL;
}

uint64_t magic_pe_end(const uint8_t *head, size_t len)
{
	size_t pe = pe_offset(head, len);
	uint64_t max;
	size_t row, nr;

	if (!pe)
		return 0;
	if (pe > len || len - pe < COFF_SIZE)
		return (uint64_t)pe + COFF_SIZE;
	if (!magic_is(head, len, pe, "PE\0", 4))
		return 0;
	row = pe + COFF_SIZE + le(head + pe + COFF_OPT_SIZE, 2);
	nr = le(head + pe + COFF_SECTIONS, 2);
	max = row + nr * SECTION_SIZE;
	for (; nr && row + SECTION_SIZE <= len; nr--, row += SECTION_SIZE) {
		uint64_t end = (uint64_t)le(head + row + SECTION_RAW_OFF, 4) +
			       le(head + row + SECTION_RAW_LEN, 4);

		max = end > max ? end : max;
	}
	return max;
}
