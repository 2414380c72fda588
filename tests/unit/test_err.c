// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * err and log: one line each, cut where it must be, and never mixed
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "err.h"
#include "log.h"
#include "t.h"
#include "util.h"

/* longer than any line may be, without a character that log would replace */
static char huge[4096];

static const char *fill_huge(void)
{
	memset(huge, 'x', sizeof(huge) - 1);
	return huge;
}

START_TEST(each_kind_says_so)
{
	struct err e = { 0 };

	ck_assert_int_eq(err_config(&e, "%s: bad %d", "a", 7), -EINVAL);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_str_eq(e.text, "a: bad 7");

	ck_assert_int_eq(err_host(&e, -ENODEV, "no %s", "KVM"), -ENODEV);
	ck_assert_int_eq(e.kind, ERR_HOST);
	ck_assert_str_eq(e.text, "no KVM");

	ck_assert_int_eq(err_fault(&e, -ENOENT, "open %s", "f"), -ENOENT);
	ck_assert_int_eq(e.kind, ERR_FAULT);
	ck_assert_str_eq(e.text, "open f: No such file or directory");
}
END_TEST

START_TEST(wrap_puts_the_place_in_front)
{
	struct err e = { 0 };

	err_host(&e, -ENODEV, "no PMU");
	ck_assert_int_eq(err_wrap(&e, -ENODEV, "%s:%d", "g.toml", 3), -ENODEV);
	ck_assert_int_eq(e.kind, ERR_HOST);
	ck_assert_str_eq(e.text, "g.toml:3: no PMU");
}
END_TEST

START_TEST(wrap_without_a_cause_names_the_errno)
{
	struct err e = { 0 };

	err_wrap(&e, -ENOMEM, "vCPU %d", 2);
	ck_assert_int_eq(e.kind, ERR_FAULT);
	ck_assert_str_eq(e.text, "vCPU 2: Cannot allocate memory");
}
END_TEST

START_TEST(nobody_has_to_listen)
{
	ck_assert_int_eq(err_config(NULL, "x"), -EINVAL);
	ck_assert_int_eq(err_host(NULL, -EIO, "x"), -EIO);
	ck_assert_int_eq(err_fault(NULL, -EIO, "x"), -EIO);
	ck_assert_int_eq(err_wrap(NULL, -EIO, "x"), -EIO);
}
END_TEST

START_TEST(long_texts_are_cut)
{
	struct err e = { 0 };

	err_config(&e, "%s", fill_huge());
	ck_assert_uint_eq(strlen(e.text), ERR_TEXT_MAX - 1);
	err_fault(&e, -EIO, "%s", huge);
	ck_assert_uint_eq(strlen(e.text), ERR_TEXT_MAX - 1);
	err_wrap(&e, -EIO, "%s", huge);
	ck_assert_uint_eq(strlen(e.text), ERR_TEXT_MAX - 1);

	/* one byte of room, taken by the separator */
	err_config(&e, "%.*s", ERR_TEXT_MAX - 2, huge);
	err_wrap(&e, -EIO, "place");
	ck_assert_uint_eq(strlen(e.text), ERR_TEXT_MAX - 1);
	ck_assert_int_eq(strncmp(e.text, "place: xxx", 10), 0);
}
END_TEST

START_TEST(names_of_errors)
{
	ck_assert_str_eq(err_name(EINVAL), "Invalid argument");
	ck_assert_str_eq(err_name(-EINVAL), "Invalid argument");
	ck_assert_str_eq(err_name(0), "Success");
	ck_assert_str_eq(err_name(99999), "unknown error");
	ck_assert_str_eq(err_name(-99999), "unknown error");
	ck_assert_str_eq(err_name(INT32_MIN), "unknown error");
}
END_TEST

/* What reaches stderr between capture_begin() and capture_end() */
struct capture {
	int saved, fd;
	char text[8192];
};

static void capture_begin(struct capture *c)
{
	c->fd = memfd_create("stderr", 0);
	c->saved = dup(STDERR_FILENO);
	ck_assert_int_ge(c->fd, 0);
	ck_assert_int_ge(dup2(c->fd, STDERR_FILENO), 0);
}

static const char *capture_end(struct capture *c)
{
	ssize_t n = pread(c->fd, c->text, sizeof(c->text) - 1, 0);

	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	close(c->fd);
	c->text[n < 0 ? 0 : n] = '\0';
	return c->text;
}

START_TEST(levels_drop_what_is_above)
{
	struct capture c;

	capture_begin(&c);
	log_set_level(LOG_WARNING);
	log_error("e%d", 1);
	log_warn("w");
	log_info("i");
	log_debug("d");
	ck_assert(log_enabled(LOG_ERROR) && log_enabled(LOG_WARNING));
	ck_assert(!log_enabled(LOG_INFO) && !log_enabled(LOG_DEBUG));
	log_set_level(LOG_DEBUG);
	log_debug("d2");
	log_set_level(LOG_INFO);
	ck_assert_str_eq(capture_end(&c),
			 "tallyvm: e1\ntallyvm: w\ntallyvm: d2\n");
}
END_TEST

START_TEST(raw_terminals_get_a_carriage_return)
{
	struct capture c;

	capture_begin(&c);
	log_set_raw(true);
	log_error("a");
	log_set_raw(false);
	log_error("b");
	ck_assert_str_eq(capture_end(&c), "tallyvm: a\r\ntallyvm: b\n");
}
END_TEST

START_TEST(a_message_is_one_line)
{
	struct capture c;

	capture_begin(&c);
	log_error("a\nb\033[2Jc\td\x7f \xc3\xa4");
	ck_assert_str_eq(capture_end(&c),
			 "tallyvm: a?b?[2Jc?d? \xc3\xa4\n");
}
END_TEST

START_TEST(long_lines_are_cut)
{
	int room = LOG_LINE_MAX - (int)strlen("tallyvm: ") - 1;
	struct capture c;
	const char *text;

	capture_begin(&c);
	log_error("%.*s", room, fill_huge());
	text = capture_end(&c);
	ck_assert_uint_eq(strlen(text), LOG_LINE_MAX);
	ck_assert_str_eq(text + LOG_LINE_MAX - 3, "xx\n");

	capture_begin(&c);
	log_error("%.*s", room + 1, huge);
	text = capture_end(&c);
	ck_assert_uint_eq(strlen(text), LOG_LINE_MAX);
	ck_assert_str_eq(text + LOG_LINE_MAX - 6, "xx...\n");

	capture_begin(&c);
	log_set_raw(true);
	log_error("%s", huge);
	log_set_raw(false);
	text = capture_end(&c);
	ck_assert_uint_eq(strlen(text), LOG_LINE_MAX);
	ck_assert_str_eq(text + LOG_LINE_MAX - 6, "x...\r\n");
}
END_TEST

START_TEST(errno_survives)
{
	struct capture c;

	capture_begin(&c);
	errno = ENOTTY;
	log_error("a");
	ck_assert_int_eq(errno, ENOTTY);
	capture_end(&c);

	/* nobody reads: the message is lost, the caller is not */
	capture_begin(&c);
	close(STDERR_FILENO);
	errno = ENOTTY;
	log_error("a");
	ck_assert_int_eq(errno, ENOTTY);
	capture_end(&c);
}
END_TEST

static unsigned int count_lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

START_TEST(guests_cannot_flood)
{
	struct log_limit limit = { 0 };
	struct capture c;
	const char *text;
	int i;

	capture_begin(&c);
	for (i = 0; i < 1000000; i++)
		log_guest(&limit, "bad kick");
	text = capture_end(&c);
	/* 1 to 8, then 16, 32 ... 524288 */
	ck_assert_uint_eq(count_lines(text), LOG_LIMIT_BURST + 16);
	ck_assert_ptr_nonnull(strstr(text, "(524288 times) bad kick\n"));
	ck_assert_int_eq(strncmp(text, "tallyvm: bad kick\n", 18), 0);

	capture_begin(&c);
	log_set_level(LOG_ERROR);
	limit.count = 0;
	log_guest(&limit, "bad kick");
	log_set_level(LOG_INFO);
	ck_assert_str_eq(capture_end(&c), "");
	ck_assert_uint_eq(limit.count, 1);
}
END_TEST

T_MAIN("err",
       each_kind_says_so,
       wrap_puts_the_place_in_front,
       wrap_without_a_cause_names_the_errno,
       nobody_has_to_listen,
       long_texts_are_cut,
       names_of_errors,
       levels_drop_what_is_above,
       raw_terminals_get_a_carriage_return,
       a_message_is_one_line,
       long_lines_are_cut,
       errno_survives,
       guests_cannot_flood)
