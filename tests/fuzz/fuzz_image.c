// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_image - kernel files: headers that lie, broken streams */
#include "arm64/image.h"
#include "fuzz.h"

#define RAM	UINT64_C(0x1000000)	/* room for a kernel that unpacks */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	struct boot_layout layout;
	struct err e = { 0 };
	struct gmem mem;
	int fd, r;

	fuzz_check(!gmem_init(&mem, FUZZ_BASE, RAM));
	fd = fuzz_file(&in);
	r = boot_load(&mem, fd, "kernel", size & 1 ? fd : -1, "initrd",
		      &layout, &e);
	fuzz_check(!r == (e.kind == ERR_NONE));
	if (!r) {
		fuzz_check(layout.kernel.entry >= mem.base &&
			   layout.kernel.entry < gmem_end(&mem));
		fuzz_check(layout.dtb >= mem.base &&
			   layout.dtb < gmem_end(&mem));
		fuzz_check(layout.initrd_end <= gmem_end(&mem));
	}
	gmem_fini(&mem);
	return 0;
}
