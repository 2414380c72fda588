/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fdt - read a flattened device tree (Devicetree Specification, chapter 5)
 *
 * Only what the guests ask.  libfdt is not used because its object code makes
 * unaligned accesses, which fault while the MMU is off.  The tree comes from
 * the monitor under test and is trusted to be well formed.
 */
#ifndef TESTS_GUEST_FDT_H
#define TESTS_GUEST_FDT_H

#include <stdbool.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* A node is the address of its name in the structure block. */
typedef const char *fdt_node;

/** fdt_next_node() - nodes in the order of the tree; NULL: from the root */
fdt_node fdt_next_node(const void *fdt, fdt_node node);
/** fdt_prop() - value of a property, big endian, or NULL */
const uint32_t *fdt_prop(const void *fdt, fdt_node node, const char *name,
			 uint32_t *ret_len);
/** fdt_find() - first node whose "compatible" has @compatible, or NULL */
fdt_node fdt_find(const void *fdt, const char *compatible);
/** fdt_find_name() - first node called @name up to its "@", or NULL */
fdt_node fdt_find_name(const void *fdt, const char *name);
/** fdt_is() - property @name is the string @value, or a list that has it */
bool fdt_is(const void *fdt, fdt_node node, const char *name,
	    const char *value);
/** fdt_cell() - cell @i of a property, 0 when there is none */
uint32_t fdt_cell(const void *fdt, fdt_node node, const char *name,
		  unsigned int i);
/** fdt_reg() - address @i of "reg" with two address and two size cells */
uint64_t fdt_reg(const void *fdt, fdt_node node, unsigned int i);

#pragma GCC visibility pop

#endif /* TESTS_GUEST_FDT_H */
