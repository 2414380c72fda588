// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config_value - from text to a checked value in its place, by option type
 */
#include "config_build.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arm64/platform.h"
#include "util.h"

#define WANTS_MAX 160
/* the largest page an arm64 host can have: memory is mapped in whole pages */
#define MEM_STEP SZ_64K
#define MEM_MIN SZ_2M
/* no arm64 has more than 52 bits of physical address: Arm ARM, FEAT_LPA */
#define MEM_END_MAX BIT(52)

/*
 * A number at the start of @text: decimal, leading zeros and all, or
 * hexadecimal after 0x.  Not strtoull(): that takes signs, blanks and octal.
 * Returns what follows, or NULL if there is no number or it has over 64 bits.
 */
static const char *read_number(const char *text, uint64_t *ret)
{
	bool hex = text[0] == '0' && (text[1] | 0x20) == 'x';
	const char *p = hex ? text + 2 : text;
	unsigned int base = hex ? 16 : 10;
	uint64_t val = 0;

	if (!isxdigit((unsigned char)*p))
		return NULL;
	for (; isxdigit((unsigned char)*p); p++) {
		unsigned int digit = isdigit((unsigned char)*p) ?
			*p - '0' : (*p | 0x20) - 'a' + 10;

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(val, base, &val) ||
		    __builtin_add_overflow(val, digit, &val))
			return NULL;
	}
	/* "BAD" has hexadecimal digits but begins no decimal number */
	if (p == text)
		return NULL;
	*ret = val;
	return p;
}

/* A number and an optional unit letter; @shift is the unit without one. */
static const char *read_size(const char *text, unsigned int shift,
			     uint64_t *ret)
{
	static const char letters[] = "BKMGTP";
	const char *p, *unit;
	uint64_t val;

	p = read_number(text, &val);
	if (!p)
		return NULL;
	unit = *p ? strchr(letters, toupper((unsigned char)*p)) : NULL;
	if (unit) {
		shift = 10 * (unit - letters);
		p++;
	}
	if (val > UINT64_MAX >> shift)
		return NULL;
	*ret = val << shift;
	return p;
}

/* One value on its way to its place. */
struct setting {
	struct config_build *b;
	const struct option_def *def;
	void *place;
	struct err *e;
};

/* Words and integers live in fields of type bool, int or uint64_t. */
static void store(const struct setting *s, uint64_t value)
{
	if (s->def->size == sizeof(bool))
		*(bool *)s->place = value;
	else if (s->def->size == sizeof(int))
		*(int *)s->place = value;
	else if (s->def->size == sizeof(uint64_t))
		*(uint64_t *)s->place = value;
}

static int keep(const struct setting *s, const char *text)
{
	char **field = s->place;
	char *copy = strdup(text);

	if (!copy)
		return err_fault(s->e, -ENOMEM, "keeping a setting");
	free(*field);
	*field = copy;
	return 0;
}

static int wants(const struct setting *s, const char *text)
{
	const char *instead = s->b->from.kind == ORIGIN_COMMAND_LINE ?
		s->def->instead : NULL;
	char buf[WANTS_MAX];

	return err_config(s->e, "wants %s, got \"%.64s\"%s%s",
			  option_wants(s->def, buf, sizeof(buf)), text,
			  instead ? "; " : "", instead ? instead : "");
}

/* The words of TOML, those of the command line, and lkvm's. */
static int set_bool(const struct setting *s, const char *text)
{
	static const char *const words[] = {
		"false", "true", "off", "on", "0", "1",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i], text) != 0)
			continue;
		store(s, i % 2);
		return 0;
	}
	return wants(s, text);
}

static int set_int(const struct setting *s, const char *text)
{
	const char *end;
	uint64_t value;

	end = read_number(text, &value);
	if (!end || *end || value > (uint64_t)s->def->max ||
	    (int64_t)value < s->def->min)
		return wants(s, text);
	store(s, value);
	return 0;
}

/* A word that no enum stands for is kept as it is. */
static int set_word(const struct setting *s, const char *text)
{
	const struct option_word *word;

	for (word = s->def->words; word->name; word++) {
		if (!word->refused && !strcmp(word->name, text)) {
			if (s->def->size == sizeof(char *))
				return keep(s, text);
			store(s, word->value);
			return 0;
		}
		if (word->refused &&
		    !strncmp(word->name, text, strlen(word->name)))
			return err_config(s->e, "\"%.64s\" is known from lkvm "
					  "but not available in this version "
					  "of tallyvm; nothing was started",
					  text);
	}
	return wants(s, text);
}

static int set_name(const struct setting *s, const char *text)
{
	size_t len = strlen(text), i;

	if (!len || len > CONFIG_NAME_MAX)
		return err_config(s->e, "wants 1 to %d characters, got %zu",
				  CONFIG_NAME_MAX, len);
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) &&
		    (!i || !strchr("._-", text[i])))
			return err_config(s->e, "wants letters, digits, \".\", "
					  "\"_\" and \"-\", the first a letter "
					  "or digit; got \"%s\"", text);
	memcpy(s->place, text, len + 1);
	return 0;
}

static int set_string(const struct setting *s, const char *text)
{
	int64_t len = strlen(text);

	if (s->def->max && (len < s->def->min || len > s->def->max))
		return err_config(s->e, "wants a text of %" PRId64 " to %"
				  PRId64 " bytes, this has %" PRId64,
				  s->def->min, s->def->max, len);
	return keep(s, text);
}

/* In a file, a path is relative to the folder of that file. */
static int set_path(const struct setting *s, const char *text)
{
	const char *file = s->b->cfg->config_file;
	const char *slash = file ? strrchr(file, '/') : NULL;
	const struct option_word *word = s->def->words;
	_cleanup_free_ char *full = NULL;
	int len = slash ? slash + 1 - file : 0;

	if (!*text)
		return err_config(s->e, "wants the name of a file, got "
				  "nothing");
	for (; word && word->name; word++)
		if (!strcmp(word->name, text))
			return 0;
	if (s->b->from.kind != ORIGIN_FILE || !slash || *text == '/')
		return keep(s, text);
	if (asprintf(&full, "%.*s%s", len, file, text) < 0) {
		full = NULL;
		return err_fault(s->e, -ENOMEM, "keeping a setting");
	}
	return keep(s, full);
}

static int check_mem(uint64_t size, uint64_t base, struct err *e)
{
	if (size < MEM_MIN || size % MEM_STEP)
		return err_config(e, "wants at least 2M, in steps of 64K; got "
				  "%llu bytes", (unsigned long long)size);
	if (base < PLAT_RAM_BASE || base % SZ_2M)
		return err_config(e, "memory must begin at 0x80000000 or above "
				  "and at a multiple of 2M, not at 0x%llx",
				  (unsigned long long)base);
	if (size > MEM_END_MAX || base > MEM_END_MAX - size)
		return err_config(e, "memory would end above 4096T, where no "
				  "arm64 CPU has addresses");
	return 0;
}

static int set_mem(const struct setting *s, const char *text)
{
	uint64_t size, base = PLAT_RAM_BASE;
	const char *p;
	int ret;

	p = read_size(text, 20, &size);
	if (p && *p == '@')
		p = read_size(p + 1, 0, &base);
	if (!p || *p)
		return wants(s, text);
	ret = check_mem(size, base, s->e);
	if (ret)
		return ret;
	s->b->cfg->mem_size = size;
	s->b->cfg->mem_base = base;
	return 0;
}

static int set_seed(const struct setting *s, const char *text)
{
	const char *end;
	uint64_t value;

	end = read_number(text, &value);
	if (!end || *end)
		return wants(s, text);
	s->b->cfg->kaslr_seed = value;
	s->b->cfg->kaslr_seed_given = true;
	return 0;
}

/* Only kept: what it means depends on the number of vCPUs. */
static int add_pin(const struct setting *s, const char *text)
{
	struct config_build *b = s->b;
	struct config_pin *pins;
	char *copy;

	pins = realloc(b->pins, (b->nr_pins + 1) * sizeof(*pins));
	if (!pins)
		return err_fault(s->e, -ENOMEM, "keeping a CPU list");
	b->pins = pins;
	copy = strdup(text);
	if (!copy)
		return err_fault(s->e, -ENOMEM, "keeping a CPU list");
	b->pins[b->nr_pins].text = copy;
	b->pins[b->nr_pins++].origin = b->from;
	return 0;
}

static int add_device(const struct setting *s, const char *text)
{
	return config_device_text(s->b, s->def, text, s->e);
}

static int set_ipv4(const struct setting *s, const char *text)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, text, &addr) != 1)
		return wants(s, text);
	return keep(s, text);
}

static int hex_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

static int set_mac(const struct setting *s, const char *text)
{
	uint8_t *mac = s->place, got[CONFIG_MAC_LEN];
	const char *p = text;
	uint8_t any = 0;
	size_t i;

	for (i = 0; i < CONFIG_MAC_LEN; i++, p += 3) {
		if (hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0 ||
		    p[2] != (i == CONFIG_MAC_LEN - 1 ? '\0' : ':'))
			return wants(s, text);
		got[i] = hex_digit(p[0]) << 4 | hex_digit(p[1]);
		any |= got[i];
	}
	if (!any || (got[0] & 1))
		return err_config(s->e, "\"%s\" is no address of one device: "
				  "the first byte must be even, and not all "
				  "zero", text);
	memcpy(mac, got, sizeof(got));
	container_of(mac, struct net_config, mac[0])->mac_given = true;
	return 0;
}

/* One more, after a semicolon. */
static int add_string(const struct setting *s, const char *text)
{
	const char *before = *(char **)s->place;
	_cleanup_free_ char *both = NULL;

	if (!*text)
		return wants(s, text);
	if (!before)
		return keep(s, text);
	if (asprintf(&both, "%s;%s", before, text) < 0) {
		both = NULL;
		return err_fault(s->e, -ENOMEM, "keeping a setting");
	}
	return keep(s, both);
}

static int (*const setters[])(const struct setting *s, const char *text) = {
	[OPTION_BOOL] = set_bool,
	[OPTION_INT] = set_int,
	[OPTION_STRING] = set_string,
	[OPTION_NAME] = set_name,
	[OPTION_PATH] = set_path,
	[OPTION_WORD] = set_word,
	[OPTION_SIZE] = set_mem,
	[OPTION_SEED] = set_seed,
	[OPTION_CPULIST] = add_pin,
	[OPTION_DEVICE] = add_device,
	[OPTION_IPV4] = set_ipv4,
	[OPTION_MAC] = set_mac,
	[OPTION_LIST] = add_string,
};

static_assert(ARRAY_SIZE(setters) == OPTION_TYPE_NUM, "one for each type");

int config_set_at(struct config_build *b, const struct option_def *def,
		  void *target, const char *text, struct err *e)
{
	const struct setting s = {
		.b = b,
		.def = def,
		.place = (char *)target + def->offset,
		.e = e,
	};

	return setters[def->type](&s, text);
}

int config_set(struct config_build *b, enum option_id id, const char *text,
	       struct err *e)
{
	int ret = config_set_at(b, &option_table[id], b->cfg, text, e);

	if (!ret)
		b->cfg->origin[id] = b->from;
	return ret;
}
