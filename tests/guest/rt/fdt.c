// SPDX-License-Identifier: GPL-2.0-or-later
/* fdt - read a flattened device tree; see fdt.h */
#include "guest.h"
#include "fdt.h"

enum { FDT_BEGIN_NODE = 1, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END = 9 };

/* words of the header */
enum { HDR_STRUCT = 2, HDR_STRINGS = 3 };

static uint32_t be32(const uint32_t *p)
{
	return __builtin_bswap32(*p);
}

static const uint32_t *after_name(const char *name)
{
	uintptr_t end = (uintptr_t)name + strlen(name) + 1;

	return (const uint32_t *)((end + 3) & ~(uintptr_t)3);
}

static const uint32_t *after_prop(const uint32_t *p)
{
	return p + 3 + (be32(p + 1) + 3) / 4;
}

fdt_node fdt_next_node(const void *fdt, fdt_node node)
{
	const uint32_t *hdr = fdt;
	const uint32_t *p = node ? after_name(node) :
		(const uint32_t *)((const char *)fdt + be32(hdr + HDR_STRUCT));

	for (;;) {
		switch (be32(p)) {
		case FDT_BEGIN_NODE:
			return (fdt_node)(p + 1);
		case FDT_PROP:
			p = after_prop(p);
			break;
		case FDT_END:
			return NULL;
		default:
			p++;
		}
	}
}

const uint32_t *fdt_prop(const void *fdt, fdt_node node, const char *name,
			 uint32_t *ret_len)
{
	const uint32_t *hdr = fdt;
	const char *strings = (const char *)fdt + be32(hdr + HDR_STRINGS);
	const uint32_t *p;

	if (!node)
		return NULL;
	p = after_name(node);
	while (be32(p) == FDT_PROP || be32(p) == FDT_NOP) {
		if (be32(p) == FDT_NOP) {
			p++;
			continue;
		}
		if (!strcmp(strings + be32(p + 2), name)) {
			if (ret_len)
				*ret_len = be32(p + 1);
			return p + 3;
		}
		p = after_prop(p);
	}
	return NULL;
}

bool fdt_is(const void *fdt, fdt_node node, const char *name,
	    const char *value)
{
	uint32_t len = 0, i;
	const char *s = (const char *)fdt_prop(fdt, node, name, &len);

	for (i = 0; i < len; i += strlen(s + i) + 1)
		if (!strcmp(s + i, value))
			return true;
	return false;
}

fdt_node fdt_find(const void *fdt, const char *compatible)
{
	fdt_node n = fdt_next_node(fdt, NULL);

	while (n && !fdt_is(fdt, n, "compatible", compatible))
		n = fdt_next_node(fdt, n);
	return n;
}

fdt_node fdt_find_name(const void *fdt, const char *name)
{
	size_t len = strlen(name);
	fdt_node n = fdt_next_node(fdt, NULL);

	while (n && (strncmp(n, name, len) || (n[len] && n[len] != '@')))
		n = fdt_next_node(fdt, n);
	return n;
}

uint32_t fdt_cell(const void *fdt, fdt_node node, const char *name,
		  unsigned int i)
{
	uint32_t len = 0;
	const uint32_t *p = fdt_prop(fdt, node, name, &len);

	return p && i < len / 4 ? be32(p + i) : 0;
}

uint64_t fdt_reg(const void *fdt, fdt_node node, unsigned int i)
{
	return (uint64_t)fdt_cell(fdt, node, "reg", i * 4) << 32 |
		fdt_cell(fdt, node, "reg", i * 4 + 1);
}
