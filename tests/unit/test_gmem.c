// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gmem: alignment, what is outside, and arithmetic at the ends of 64 bits
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gmem.h"
#include "t.h"
#include "util.h"

#define BASE	UINT64_C(0x80000000)
#define SIZE	UINT64_C(0x400000)

START_TEST(init_maps_zeroed_aligned_memory)
{
	struct gmem m;
	size_t i;

	ck_assert_int_eq(gmem_init(&m, BASE, SIZE), 0);
	ck_assert_uint_eq(m.base, BASE);
	ck_assert_uint_eq(m.size, SIZE);
	ck_assert_uint_eq(gmem_end(&m), BASE + SIZE);
	ck_assert_uint_eq((uintptr_t)m.host % SZ_2M, 0);
	for (i = 0; i < SIZE; i += 4096)
		ck_assert_int_eq(((char *)m.host)[i], 0);
	memset(m.host, 0x5a, SIZE);
	gmem_fini(&m);
}
END_TEST

START_TEST(host_and_guest_agree_within_a_block)
{
	struct gmem m;

	ck_assert_int_eq(gmem_init(&m, BASE + 0x11000, SIZE), 0);
	ck_assert_uint_eq((uintptr_t)m.host % SZ_2M, 0x11000);
	memset(m.host, 0x5a, SIZE);
	gmem_fini(&m);
}
END_TEST

START_TEST(shared_memory_is_the_same_in_its_descriptor)
{
	struct gmem m;
	char byte = 0;
	void *host;

	ck_assert_int_eq(gmem_init_shared(&m, BASE, SIZE), 0);
	ck_assert(m.shared);
	ck_assert_uint_eq((uintptr_t)m.host % SZ_2M, 0);
	ck_assert_int_eq(gmem_slice(&m, BASE + SIZE - 1, 1, &host), 0);
	*(char *)host = 0x5a;
	ck_assert_int_eq(pread(m.fd, &byte, 1, SIZE - 1), 1);
	ck_assert_int_eq(byte, 0x5a);
	ck_assert_int_eq(pread(m.fd, &byte, 1, SIZE), 0);
	gmem_fini(&m);
	ck_assert(!m.shared);
	ck_assert_int_eq(gmem_init_shared(&m, BASE + 1, SIZE), -EINVAL);
	gmem_fini(&m);
}
END_TEST

START_TEST(memory_takes_nothing_until_touched)
{
	struct gmem m;
	unsigned char in_core;

	ck_assert_int_eq(gmem_init(&m, BASE, UINT64_C(1) << 40), 0);
	ck_assert_int_eq(mincore(m.host, 4096, &in_core), 0);
	ck_assert_int_eq(in_core & 1, 0);
	gmem_fini(&m);
}
END_TEST

START_TEST(fini_is_legal_twice_and_on_zeroes)
{
	struct gmem m = { 0 };

	gmem_fini(&m);
	ck_assert_int_eq(gmem_init(&m, BASE, SIZE), 0);
	gmem_fini(&m);
	ck_assert_ptr_null(m.host);
	ck_assert_uint_eq(m.size, 0);
	gmem_fini(&m);
}
END_TEST

static const struct {
	uint64_t base, size;
	int want;
} bad_inits[] = {
	{ BASE, 0, -EINVAL },
	{ BASE, SIZE + 1, -EINVAL },
	{ BASE + 8, SIZE, -EINVAL },
	{ UINT64_MAX - 0xfff, 0x2000, -EINVAL },
	{ 0, UINT64_MAX - 0xfff, -ENOMEM },
	{ 0, UINT64_C(1) << 63, -ENOMEM },
	{ 0, UINT64_C(1) << 62, -ENOMEM },
};

START_TEST(init_refuses)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_inits); i++) {
		struct gmem m;

		memset(&m, 0xff, sizeof(m));
		ck_assert_int_eq(gmem_init(&m, bad_inits[i].base,
					   bad_inits[i].size),
				 bad_inits[i].want);
		ck_assert_ptr_null(m.map);
		gmem_fini(&m);
	}
}
END_TEST

static const struct {
	uint64_t gpa, len;
	int want;
} slices[] = {
	{ BASE, SIZE, 0 },
	{ BASE, 0, 0 },
	{ BASE + SIZE, 0, 0 },
	{ BASE + SIZE - 1, 1, 0 },
	{ BASE + 0x1234, 8, 0 },
	{ BASE, SIZE + 1, -EFAULT },
	{ BASE + 1, SIZE, -EFAULT },
	{ BASE + SIZE, 1, -EFAULT },
	{ BASE + SIZE + 1, 0, -EFAULT },
	{ BASE - 1, 0, -EFAULT },
	{ BASE - 1, 1, -EFAULT },
	{ BASE - 1, 2, -EFAULT },
	{ 0, 1, -EFAULT },
	{ 0, UINT64_MAX, -EFAULT },
	{ BASE, UINT64_MAX, -EFAULT },
	{ BASE + 1, UINT64_MAX, -EFAULT },
	{ BASE + SIZE - 1, UINT64_MAX, -EFAULT },
	{ UINT64_MAX, 1, -EFAULT },
	{ UINT64_MAX, UINT64_MAX, -EFAULT },
	{ BASE + SIZE - 8, UINT64_MAX - (BASE + SIZE - 8) + 1, -EFAULT },
};

START_TEST(slice_checks_both_ends)
{
	struct gmem m;
	size_t i;

	ck_assert_int_eq(gmem_init(&m, BASE, SIZE), 0);
	for (i = 0; i < ARRAY_SIZE(slices); i++) {
		char mark, *p = &mark;
		void *got = p;

		ck_assert_int_eq(gmem_slice(&m, slices[i].gpa, slices[i].len,
					    &got), slices[i].want);
		if (!slices[i].want)
			p = (char *)m.host + (slices[i].gpa - BASE);
		ck_assert_ptr_eq(got, p);
	}
	gmem_fini(&m);
}
END_TEST

START_TEST(slice_at_the_top_of_the_address_space)
{
	const uint64_t top = UINT64_MAX - 0x1fffff;
	struct gmem m;
	void *p;

	/* the last page is left out: base + size may not wrap to 0 */
	ck_assert_int_eq(gmem_init(&m, top, SZ_2M - 0x1000), 0);
	ck_assert_int_eq(gmem_slice(&m, top, SZ_2M - 0x1000, &p), 0);
	ck_assert_int_eq(gmem_slice(&m, top, SZ_2M, &p), -EFAULT);
	ck_assert_int_eq(gmem_slice(&m, top + 0x1000, UINT64_MAX, &p),
			 -EFAULT);
	ck_assert_int_eq(gmem_slice(&m, 0, 1, &p), -EFAULT);
	gmem_fini(&m);
}
END_TEST

T_MAIN("gmem",
       init_maps_zeroed_aligned_memory,
       host_and_guest_agree_within_a_block,
       shared_memory_is_the_same_in_its_descriptor,
       memory_takes_nothing_until_touched,
       fini_is_legal_twice_and_on_zeroes,
       init_refuses,
       slice_checks_both_ends,
       slice_at_the_top_of_the_address_space)
