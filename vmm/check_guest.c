// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_guest - the guests inside tallyvm; the contract is in check_guest.h
 */
#include "check_guest.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"

struct image {
	const char *start;
	size_t size;
};

#ifdef __aarch64__

/* The assembler is told where to look for the files: scripts/targets.mk. */
#define IMAGE(name, file)						\
	asm(".pushsection .rodata, \"a\"\n"				\
	    ".balign 16\n"						\
	    #name "_start: .incbin \"" file "\"\n"			\
	    #name "_end:\n"						\
	    ".popsection\n");						\
	extern const char name##_start[] __attribute__((visibility("hidden")));	\
	extern const char name##_end[] __attribute__((visibility("hidden")))

IMAGE(check_guest_check, "check.bin");
IMAGE(check_guest_bench, "bench.bin");

static struct image image_of(enum check_guest which)
{
	if (which == CHECK_GUEST_BENCH)
		return (struct image){
			check_guest_bench_start,
			(size_t)(check_guest_bench_end -
				 check_guest_bench_start),
		};
	return (struct image){
		check_guest_check_start,
		(size_t)(check_guest_check_end - check_guest_check_start),
	};
}

#else

static struct image image_of(enum check_guest which)
{
	(void)which;
	return (struct image){ NULL, 0 };
}

#endif

int check_guest_open(enum check_guest which, struct err *e)
{
	const struct image image = image_of(which);
	_cleanup_fd_ int fd = -1;
	ssize_t n;

	if (!image.size)
		return err_host(e, -EOPNOTSUPP, "this tallyvm was not built for arm64 and has no guest to start: use one that was, on an arm64 host");
	fd = memfd_create("guest", MFD_CLOEXEC);
	if (fd < 0)
		return err_fault(e, -errno, "making a file of the %s",
				 CHECK_GUEST_NAME);
	n = write(fd, image.start, image.size);
	if (n < 0 || (size_t)n != image.size)
		return err_fault(e, n < 0 ? -errno : -EIO, "writing the %s",
				 CHECK_GUEST_NAME);
	return steal_fd(&fd);
}
