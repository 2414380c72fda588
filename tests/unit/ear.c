// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ear - what is logged while a test listens
 */
#include "ear.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "t.h"

void ear_open(struct ear *ear)
{
	ear->fd = memfd_create("log", MFD_CLOEXEC);
	ck_assert_int_ge(ear->fd, 0);
	ear->saved = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(ear->fd, STDERR_FILENO), 0);
}

const char *ear_text(struct ear *ear)
{
	ssize_t n = pread(ear->fd, ear->text, sizeof(ear->text) - 1, 0);

	ear->text[n > 0 ? n : 0] = '\0';
	return ear->text;
}

bool ear_hears(struct ear *ear, const char *text)
{
	int i;

	for (i = 0; i < 500 && !strstr(ear_text(ear), text); i++)
		usleep(10000);
	return strstr(ear_text(ear), text);
}

void ear_close(struct ear *ear)
{
	dup2(ear->saved, STDERR_FILENO);
	close(ear->saved);
	close(ear->fd);
}
