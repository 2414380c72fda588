/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkvm - options of "lkvm run" that tallyvm knows but has not built
 *
 * A command line made for kvmtool must not lose a part of what it asks for in
 * silence, and its author should not be told that "--disk" is a spelling
 * mistake.  So each option that lkvm has and tallyvm has not is listed: to be
 * refused by name, or to be accepted where it asks for the absence of
 * something that tallyvm does not give to guests anyway.
 */
#ifndef VMM_LKVM_H
#define VMM_LKVM_H

#include <stdbool.h>
#include <stddef.h>

struct lkvm_option {
	const char *name;	/* long name without "--"; NULL ends the list */
	const char *instead;	/* what does the same job here, or NULL */
	char letter;		/* short form, or 0 */
	bool flag;		/* takes no value, has a --no- form in lkvm */
	bool accepted;		/* asks for an absence: nothing to do */
};

extern const struct lkvm_option lkvm_options[];

/**
 * lkvm_find() - look up by long name: exact, else the first it can begin
 * @name:    what follows "--", not terminated
 * @len:     its length
 * @negated: set when it is the --no- form of a flag; untouched otherwise
 *
 * Return: the option, or NULL.
 */
const struct lkvm_option *lkvm_find(const char *name, size_t len,
				    bool *negated);

/** lkvm_find_letter() - look up by short letter.  Return: option or NULL */
const struct lkvm_option *lkvm_find_letter(char letter);

#endif /* VMM_LKVM_H */
