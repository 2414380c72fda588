// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * toml - toml++ behind a C interface
 *
 * Header-only use of toml++, with what is not needed left out: no exceptions,
 * no formatters, nothing that makes an iostream, so that a start without a
 * TOML file runs no C++ code at all.
 *
 * toml++ frees tables by recursion.  Nesting is therefore limited before and
 * while it parses: a text of a megabyte can ask for half a million tables in
 * one another by "a.a.a.a...", which would overflow the stack.
 *
 * It asserts what the text may get wrong ("[[=", version 3.3), just before it
 * checks the same and reports it.  So its assertions are switched off; NDEBUG
 * would have the compiler assume them, which removes the check.
 */
#undef NDEBUG
#define TOML_ASSERT(expr) static_cast<void>(0)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_FLOAT_CHARCONV 1
#define TOML_MAX_NESTED_VALUES 16

#include "toml.h"

#include <toml++/toml.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace {

constexpr unsigned int dots_max = 256;	/* in one line */

struct walk {
	toml_visit visit;
	void *arg;
};

toml_place place_of(const toml::source_region &source)
{
	return { source.begin.line, source.begin.column };
}

void fail(toml_error *ret, toml_place at, std::string_view message)
{
	ret->at = at;
	std::snprintf(ret->message, sizeof(ret->message), "%.*s",
		      static_cast<int>(message.size()), message.data());
}

/* Dots in strings count too: no line of settings comes near the limit. */
bool check_nesting(std::string_view text, toml_error *ret)
{
	unsigned int line = 1, column = 1, dots = 0;

	for (char c : text) {
		if (c == '.' && ++dots > dots_max) {
			fail(ret, { line, column },
			     "more than 256 dots in one line");
			return false;
		}
		column++;
		if (c == '\n') {
			line++;
			column = 1;
			dots = 0;
		}
	}
	return true;
}

toml_value describe(const toml::node &node, toml_place key)
{
	toml_value v = {};

	v.kind = TOML_OTHER;
	v.key = key;
	v.at = place_of(node.source());
	if (const auto *string = node.as_string()) {
		v.kind = TOML_STRING;
		v.string = string->get().c_str();
		v.len = string->get().size();
	} else if (const auto *integer = node.as_integer()) {
		v.kind = TOML_INTEGER;
		v.integer = integer->get();
	} else if (const auto *boolean = node.as_boolean()) {
		v.kind = TOML_BOOL;
		v.boolean = boolean->get();
	} else if (const auto *array = node.as_array()) {
		v.kind = TOML_ARRAY;
		v.len = array->size();
	} else if (const auto *table = node.as_table()) {
		v.kind = TOML_TABLE;
		v.len = table->size();
	}
	return v;
}

void walk_table(const walk &w, const toml::table &table,
		const std::string &prefix);

void walk_node(const walk &w, const std::string &key, toml_place at,
	       const toml::node &node)
{
	toml_value v = describe(node, at);

	if (w.visit(w.arg, key.c_str(), &v) != TOML_DESCEND)
		return;
	if (const auto *table = node.as_table()) {
		walk_table(w, *table, key + ".");
		v.kind = TOML_END;
		w.visit(w.arg, key.c_str(), &v);
	}
	if (const auto *array = node.as_array())
		for (const toml::node &element : *array)
			walk_node(w, key, at, element);
}

void walk_table(const walk &w, const toml::table &table,
		const std::string &prefix)
{
	for (const auto &[key, node] : table)
		walk_node(w, prefix + std::string(key.str()),
			  place_of(key.source()), node);
}

} /* namespace */

extern "C" int toml_read(const char *text, size_t len, toml_visit visit,
			 void *arg, toml_error *ret)
{
	const std::string_view view(text, len);

	if (!check_nesting(view, ret))
		return -EINVAL;
	const toml::parse_result result = toml::parse(view);
	if (!result) {
		fail(ret, place_of(result.error().source()),
		     result.error().description());
		return -EINVAL;
	}
	walk_table({ visit, arg }, result.table(), "");
	return 0;
}

extern "C" const char *toml_kind_name(enum toml_kind kind)
{
	static const char *const names[] = {
		"a string", "an integer", "true or false", "an array",
		"a table", "a number with a point, a date or a time",
		"the end of a table",
	};

	static_assert(sizeof(names) / sizeof(names[0]) == TOML_KIND_NUM,
		      "a name for each kind");
	return names[kind];
}
