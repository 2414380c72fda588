// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64/image - kernel and initrd files, and where they lie in guest memory
 *
 * A plain kernel is read once, straight to its place.  A compressed one is
 * read to a buffer and unpacked to the start of guest memory, which is its
 * place already unless it is older than Linux 5.8 and wants a text_offset.
 * Whatever a file says about itself is checked against what is there.
 */
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "inflate.h"
#include "log.h"
#include "magic.h"
#include "platform.h"
#include "util.h"

/* Enough for the header of every format; the PE header of an Image is first. */
#define HEAD_MAX	4096

/*
 * The payload must lie in the first 512 MiB: kernels before 4.2 look for the
 * device tree in the same 512 MiB as themselves (booting.rst), and kvmtool
 * keeps to it for all.
 */
#define WINDOW_MAX	SZ_512M

/* Documentation/arch/arm64/booting.rst, "Call the kernel image" */
struct arm64_header {
	uint32_t code[2];
	uint64_t text_offset;
	uint64_t image_size;
	uint64_t flags;
	uint64_t res[3];
	uint32_t magic;
	uint32_t pe_offset;
};

static_assert(sizeof(struct arm64_header) == 64, "as in booting.rst");

#define ARM64_MAGIC		0x644d5241	/* "ARM\x64" */
#define ARM64_FLAG_BE		BIT(0)
#define ARM64_OLD_OFFSET	0x80000		/* where image_size is 0 */

/* drivers/firmware/efi/libstub/zboot-header.S */
struct zboot_header {
	uint8_t mz[4];
	uint8_t zimg[4];
	uint32_t offset;
	uint32_t size;
	uint32_t res[2];
	char type[32];
	uint32_t linux_magic;
	uint32_t pe_offset;
};

static_assert(sizeof(struct zboot_header) == 64, "as in zboot-header.S");

struct file {
	int fd;
	const char *path;
	uint64_t size;
};

/* A kernel on its way into guest memory */
struct load {
	const struct gmem *m;
	struct file file;
	uint64_t base;		/* 2 MiB aligned start of the window */
	uint64_t limit;		/* end of the window, not below base */
	struct err *e;
	size_t head_len;
	uint8_t head[HEAD_MAX];	/* the first bytes of the file */
};

/* What an Image header asks for, relative to the start of the window */
struct span {
	uint64_t offset;
	uint64_t mem;		/* bytes of memory, with bss */
	uint64_t data;		/* bytes of them that come from the file */
	bool mem_is_known;	/* and not only that of the file */
};

static int file_init(struct file *f, int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_fault(e, -errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_config(e, "%s: is not a regular file; copy what it "
				  "holds to one", path);
	if (!st.st_size)
		return err_config(e, "%s: is empty", path);
	f->fd = fd;
	f->path = path;
	f->size = (uint64_t)st.st_size;
	return 0;
}

static int file_read(const struct file *f, uint64_t off, void *dst,
		     uint64_t len, struct err *e)
{
	uint64_t done = 0;

	while (done < len) {
		ssize_t n = pread(f->fd, (char *)dst + done, len - done,
				  (off_t)(off + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_fault(e, -errno, "%s: read", f->path);
		if (!n)
			return err_config(e, "%s: became shorter while it was "
					  "read", f->path);
		done += (uint64_t)n;
	}
	return 0;
}

/*
 * @end: first address after what must lie in memory
 *
 * The memory that is enough: all of it, and 2 MiB for the device tree.
 */
static int no_room(const struct load *l, const struct file *f, uint64_t end)
{
	uint64_t need = end - l->m->base;

	if (need > WINDOW_MAX - SZ_2M)
		err_config(l->e, "%s: does not fit: kernel, initrd and device "
			   "tree must lie in the first %" PRIu64 " MB of guest "
			   "memory", f->path, WINDOW_MAX >> 20);
	else
		err_config(l->e, "%s: does not fit into guest memory of %"
			   PRIu64 " MB: --mem %" PRIu64 "M would be enough",
			   f->path, l->m->size >> 20,
			   (ALIGN_UP(need, SZ_2M) + SZ_2M) >> 20);
	return -ENOSPC;
}

/* Sum that stays at the largest value instead of wrapping */
static uint64_t add(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

static int check_room(const struct load *l, const struct span *s)
{
	uint64_t len = add(s->offset, s->mem);

	if (len > l->limit - l->base)
		return no_room(l, &l->file, add(l->base, len));
	return 0;
}

static int place(const struct load *l, enum image_kind kind,
		 const struct span *s, struct image *ret)
{
	ret->kind = kind;
	ret->entry = l->base + s->offset;
	ret->end = ret->entry + s->mem;
	ret->end_is_known = s->mem_is_known;
	return 0;
}

static int read_to_place(const struct load *l, enum image_kind kind,
			 const struct span *s, struct image *ret)
{
	void *dst;
	int r;

	r = check_room(l, s);
	if (r)
		return r;
	r = gmem_slice(l->m, l->base + s->offset, s->data, &dst);
	if (r)
		return r;
	r = file_read(&l->file, 0, dst, s->data, l->e);
	if (r)
		return r;
	return place(l, kind, s, ret);
}

static int check_sizes(const struct load *l, const struct arm64_header *h,
		       uint64_t promised, uint64_t size)
{
	uint64_t mem = le64toh(h->image_size);

	if (promised > size)
		return err_config(l->e, "%s: truncated: the header promises %"
				  PRIu64 " bytes, there are %" PRIu64,
				  l->file.path, promised, size);
	/* what follows the promised part is no kernel: a signature */
	if (mem && mem < (promised ? promised : size))
		return err_config(l->e, "%s: the header gives the kernel %"
				  PRIu64 " bytes of memory (image_size), but "
				  "it is %" PRIu64 " bytes long", l->file.path,
				  mem, promised ? promised : size);
	return 0;
}

/*
 * @head: first @len bytes of an Image, at least its header if it is whole
 * @size: bytes that the Image has in all
 */
static int check_header(const struct load *l, const uint8_t *head, size_t len,
			uint64_t size, struct span *ret)
{
	struct arm64_header h;
	uint64_t mem;
	int r;

	if (len < sizeof(h))
		return err_config(l->e, "%s: truncated: %zu bytes are less "
				  "than an arm64 Image header", l->file.path,
				  len);
	memcpy(&h, head, sizeof(h));
	if (le64toh(h.flags) & ARM64_FLAG_BE)
		return err_config(l->e, "%s: is a big-endian kernel; tallyvm "
				  "starts little-endian ones only",
				  l->file.path);
	if (le64toh(h.text_offset) % 4)
		return err_config(l->e, "%s: the header asks for text_offset %#"
				  PRIx64 ", which is not a multiple of 4",
				  l->file.path, le64toh(h.text_offset));
	r = check_sizes(l, &h, magic_pe_end(head, len), size);
	if (r)
		return r;
	mem = le64toh(h.image_size);
	ret->offset = mem ? le64toh(h.text_offset) : ARM64_OLD_OFFSET;
	ret->mem = mem ? mem : size;
	ret->mem_is_known = mem;
	ret->data = size < ret->mem ? size : ret->mem;
	return 0;
}

static int load_arm64(const struct load *l, struct image *ret)
{
	struct span s = { 0 };
	int r;

	r = check_header(l, l->head, l->head_len, l->file.size, &s);
	if (r)
		return r;
	return read_to_place(l, IMAGE_ARM64, &s, ret);
}

static int load_flat(const struct load *l, struct image *ret)
{
	const struct span s = {
		.offset = PLAT_FLAT_OFFSET,
		.mem = l->file.size,
		.data = l->file.size,
	};
	const char *what = magic_refused(l->head, l->head_len);

	if (what)
		return err_config(l->e, "%s: %s", l->file.path, what);
	return read_to_place(l, IMAGE_FLAT, &s, ret);
}

static bool has_arm64_magic(const uint8_t *head, size_t len)
{
	uint32_t magic;

	if (len < offsetof(struct arm64_header, pe_offset))
		return false;
	memcpy(&magic, head + offsetof(struct arm64_header, magic),
	       sizeof(magic));
	return le32toh(magic) == ARM64_MAGIC;
}

/* A way of compression: by the name that EFI zboot has for it */
struct packer {
	const char *name;
	int (*unpack)(const void *src, size_t len, void *dst, size_t room,
		      size_t *ret);
};

static const struct packer packers[] = {
	{ "gzip", inflate_gzip },
	{ "zstd", inflate_zstd },
};

static int unpack_error(const struct load *l, const struct packer *p, int r)
{
	const char *path = l->file.path;

	switch (r) {
	case -ENOSPC:
		err_config(l->e, "%s: unpacks to more than the %" PRIu64 " MB "
			   "of guest memory that a kernel may take", path,
			   (l->limit - l->base) >> 20);
		return r;
	case -ENODATA:
		return err_config(l->e, "%s: truncated: the %s data ends early",
				  path, p->name);
	case -EBADMSG:
		return err_config(l->e, "%s: the %s data is damaged", path,
				  p->name);
	default:
		return err_fault(l->e, r, "%s: unpacking %s", path, p->name);
	}
}

/* Unpack @len bytes at @off of the file to the start of the window. */
static int unpack(const struct load *l, const struct packer *p, uint64_t off,
		  uint64_t len, size_t *ret)
{
	uint64_t room = l->limit - l->base;
	_cleanup_free_ void *src = NULL;
	void *dst;
	int r;

	static_assert(WINDOW_MAX <= INFLATE_MAX, "fits the libraries' types");
	if (len > room)
		return unpack_error(l, p, -ENOSPC);
	src = malloc(len);
	if (!src)
		return unpack_error(l, p, -ENOMEM);
	r = file_read(&l->file, off, src, len, l->e);
	if (r)
		return r;
	r = gmem_slice(l->m, l->base, room, &dst);
	if (r)
		return r;
	r = p->unpack(src, len, dst, room, ret);
	return r ? unpack_error(l, p, r) : 0;
}

static int load_packed(const struct load *l, enum image_kind kind,
		       const struct packer *p, uint64_t off, uint64_t len,
		       struct image *ret)
{
	struct span s = { 0 };
	size_t size = 0;
	void *host;
	int r;

	r = unpack(l, p, off, len, &size);
	if (r)
		return r;
	r = gmem_slice(l->m, l->base, size, &host);
	if (r)
		return r;
	if (!has_arm64_magic(host, size))
		return err_config(l->e, "%s: what it unpacks to is not an "
				  "arm64 Image", l->file.path);
	r = check_header(l, host, size, size, &s);
	if (r)
		return r;
	r = check_room(l, &s);
	if (r)
		return r;
	memmove((char *)host + s.offset, host, s.data);
	return place(l, kind, &s, ret);
}

static int load_gzip(const struct load *l, struct image *ret)
{
	return load_packed(l, IMAGE_GZIP, &packers[0], 0, l->file.size, ret);
}

static int load_zboot(const struct load *l, struct image *ret)
{
	uint64_t off, size;
	struct zboot_header h;
	size_t i;

	if (l->head_len < sizeof(h))
		return err_config(l->e, "%s: truncated: %zu bytes are less "
				  "than an EFI zboot header", l->file.path,
				  l->head_len);
	memcpy(&h, l->head, sizeof(h));
	off = le32toh(h.offset);
	size = le32toh(h.size);
	if (off + size > l->file.size)
		return err_config(l->e, "%s: truncated: the compressed kernel "
				  "ends at byte %" PRIu64 ", the file at %"
				  PRIu64, l->file.path, off + size,
				  l->file.size);
	for (i = 0; i < ARRAY_SIZE(packers); i++)
		if (!strncmp(h.type, packers[i].name, sizeof(h.type)))
			return load_packed(l, IMAGE_ZBOOT, &packers[i], off,
					   size, ret);
	return err_config(l->e, "%s: is an EFI zboot kernel packed with "
			  "\"%.*s\"; tallyvm unpacks gzip and zstd",
			  l->file.path, (int)sizeof(h.type), h.type);
}

static const struct {
	const char *name;
	int (*load)(const struct load *l, struct image *ret);
} kinds[] = {
	[IMAGE_FLAT]	= { "flat binary", load_flat },
	[IMAGE_ARM64]	= { "Image", load_arm64 },
	[IMAGE_GZIP]	= { "Image.gz", load_gzip },
	[IMAGE_ZBOOT]	= { "EFI zboot", load_zboot },
};

static_assert(ARRAY_SIZE(kinds) == IMAGE_KIND_NUM, "a row for each kind");

static enum image_kind kind_of(const struct load *l)
{
	if (has_arm64_magic(l->head, l->head_len))
		return IMAGE_ARM64;
	if (magic_is(l->head, l->head_len, 0, "MZ", 2) &&
	    magic_is(l->head, l->head_len, 4, "zimg", 4))
		return IMAGE_ZBOOT;
	if (magic_is(l->head, l->head_len, 0, "\x1f\x8b\x08", 3))
		return IMAGE_GZIP;
	return IMAGE_FLAT;
}

static int load_kernel(struct load *l, int fd, const char *path,
		       struct image *ret)
{
	int r;

	r = file_init(&l->file, fd, path, l->e);
	if (r)
		return r;
	l->head_len = l->file.size < HEAD_MAX ? l->file.size : HEAD_MAX;
	r = file_read(&l->file, 0, l->head, l->head_len, l->e);
	if (r)
		return r;
	return kinds[kind_of(l)].load(l, ret);
}

/*
 * booting.rst: 8-byte aligned, at most 2 MiB, and for kernels before 4.2 not
 * across a 2 MiB boundary; aligned to its own size it never is.
 */
static int place_dtb_behind(const struct load *l, struct boot_layout *b)
{
	uint64_t dtb = ALIGN_UP(b->kernel.end, PLAT_DTB_MAX);

	if (dtb > l->limit || l->limit - dtb < PLAT_DTB_MAX)
		return no_room(l, &l->file, b->kernel.end);
	b->dtb = dtb;
	return 0;
}

/*
 * Where kvmtool has it: in the last 2 MiB block that holds it.  In a memory too
 * small for that, at the very end.
 */
static int place_dtb_last(const struct load *l, struct boot_layout *b)
{
	uint64_t size = l->limit - l->base;

	if (size >= PLAT_DTB_MAX + SZ_2M) {
		b->dtb = ALIGN_UP(l->limit - PLAT_DTB_MAX - SZ_2M, SZ_2M);
		if (b->dtb >= b->kernel.end)
			return 0;
	}
	if (size >= PLAT_DTB_MAX) {
		b->dtb = ALIGN_DOWN(l->limit - PLAT_DTB_MAX, PLAT_DTB_MAX);
		if (b->dtb >= b->kernel.end)
			return 0;
	}
	return no_room(l, &l->file, b->kernel.end);
}

/* Between the kernel and the device tree at the end, or behind both. */
static int load_initrd(const struct load *l, int fd, const char *path,
		       struct boot_layout *b)
{
	bool behind = b->kernel.end_is_known;
	uint64_t low = behind ? b->dtb + PLAT_DTB_MAX :
		ALIGN_UP(b->kernel.end, SZ_4K);
	uint64_t high = behind ? l->limit : b->dtb;
	struct file f = { .fd = -1 };
	void *dst;
	int r;

	r = file_init(&f, fd, path, l->e);
	if (r)
		return r;
	if (low > high || f.size > high - low)
		return no_room(l, &f, add(low, f.size));
	b->initrd_start = behind ? low : ALIGN_DOWN(high - f.size, SZ_4K);
	b->initrd_end = b->initrd_start + f.size;
	r = gmem_slice(l->m, b->initrd_start, f.size, &dst);
	if (r)
		return r;
	return file_read(&f, 0, dst, f.size, l->e);
}

int boot_load(const struct gmem *m, int kernel_fd, const char *kernel_path,
	      int initrd_fd, const char *initrd_path,
	      struct boot_layout *ret, struct err *e)
{
	struct boot_layout b = { .dtb = 0 };
	struct load l = {
		.m = m,
		.base = ALIGN_UP(m->base, SZ_2M),
		.limit = m->base + m->size,
		.e = e,
	};
	int r;

	if (m->size > WINDOW_MAX)
		l.limit = m->base + WINDOW_MAX;
	if (l.limit < l.base)
		l.limit = l.base;
	r = load_kernel(&l, kernel_fd, kernel_path, &b.kernel);
	if (r)
		return r;
	r = b.kernel.end_is_known ? place_dtb_behind(&l, &b) :
		place_dtb_last(&l, &b);
	if (r)
		return r;
	if (initrd_fd >= 0)
		r = load_initrd(&l, initrd_fd, initrd_path, &b);
	if (r)
		return r;
	log_debug("%s: %s at %#" PRIx64 "-%#" PRIx64 ", initrd at %#" PRIx64
		  ", device tree at %#" PRIx64, kernel_path,
		  image_kind_name(b.kernel.kind), b.kernel.entry, b.kernel.end,
		  b.initrd_start, b.dtb);
	*ret = b;
	return 0;
}

const char *image_kind_name(enum image_kind kind)
{
	return kinds[kind].name;
}
