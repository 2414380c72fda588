/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * toml - read TOML from C
 *
 * A thin wrapper of toml++, which is C++; nothing of C++ shows here, and no
 * exception leaves it.  Knows TOML and nothing about settings.
 */
#ifndef VMM_TOML_H
#define VMM_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TOML_MESSAGE_MAX 256

enum toml_kind {
	TOML_STRING,
	TOML_INTEGER,
	TOML_BOOL,
	TOML_ARRAY,
	TOML_TABLE,
	TOML_OTHER,	/* floating point, date, time */
	TOML_END,	/* not a value: a table that was descended into ends */
	TOML_KIND_NUM
};

/* A place in the text, from 1; columns count characters, not bytes. */
struct toml_place {
	unsigned int line, column;
};

/* One value; strings live until toml_read() returns. */
struct toml_value {
	enum toml_kind kind;
	struct toml_place key;	/* where the key stands */
	struct toml_place at;	/* where the value stands */
	bool boolean;
	int64_t integer;
	const char *string;	/* terminated, but may contain NUL earlier */
	size_t len;		/* of string; elements of an array or table */
};

/* What the reader of a value wants done with what is inside it. */
enum toml_next {
	TOML_SKIP,
	TOML_DESCEND,	/* into a table, or the elements of an array */
};

/**
 * toml_visit - called for each key, in no particular order
 * @arg:   as given to toml_read()
 * @key:   dotted: "pmu.partition"; elements of an array have the array's key
 * @value: the value; for an ARRAY or TABLE, the return value says whether its
 *         contents shall be visited too
 *
 * After the contents of a table it is called once more with the table's key
 * and place, and TOML_END.
 */
typedef enum toml_next (*toml_visit)(void *arg, const char *key,
				     const struct toml_value *value);

struct toml_error {
	struct toml_place at;
	char message[TOML_MESSAGE_MAX];
};

/**
 * toml_read() - parse a whole text, then visit its keys
 * @text, @len: UTF-8, need not be terminated
 * @visit, @arg: called only if the whole text is well-formed
 * @ret: filled when it is not
 *
 * Return: 0, or -EINVAL.
 */
int toml_read(const char *text, size_t len, toml_visit visit, void *arg,
	      struct toml_error *ret);

/** toml_kind_name() - "a string" */
const char *toml_kind_name(enum toml_kind kind);

#ifdef __cplusplus
}
#endif

#endif /* VMM_TOML_H */
