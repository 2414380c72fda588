// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_console - the host's side of the serial port
 */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_kvm.h"
#include "t.h"
#include "vmm/console.h"
#include "vmm/serial.h"

static struct serial s;
static struct console c;
static int in[2], out[2];

static void on_wake(void *opaque)
{
	(void)opaque;
}

/* A console on two pipes, as console_open() would make it of them. */
static void setup(void)
{
	const struct serial_host host = { on_wake, NULL };

	fake_reset();
	serial_init(&s, &host);
	serial_attach(&s, 3, 0x1000000, 32);
	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe2(out, O_NONBLOCK), 0);
	c = (struct console){ .in_fd = in[0], .out_fd = out[1] };
	console_add_line(&c, &serial_line_ops, &s);
}

static void teardown(void)
{
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
}

static int waits_for_input(void)
{
	struct pollfd fds[2];

	console_poll(&c, fds);
	return fds[0].fd == c.in_fd;
}

static uint8_t rd(unsigned int reg)
{
	return (uint8_t)serial_ops.read(&s, reg, 1);
}

/* One byte of room is room: nothing else would make the loop look again. */
START_TEST(input_with_one_byte_of_room)
{
	static const uint8_t fill[SERIAL_RX_SIZE - 1];

	setup();
	serial_rx_put(&s, fill, sizeof(fill));
	ck_assert(waits_for_input());
	ck_assert_int_eq(write(in[1], "xy", 2), 2);
	ck_assert_int_eq(console_input(&c), CONSOLE_OK);
	ck_assert(!waits_for_input());
	teardown();
}
END_TEST

START_TEST(end_of_input_is_not_the_end)
{
	setup();
	close(in[1]);
	in[1] = -1;
	ck_assert_int_eq(console_input(&c), CONSOLE_OK);
	ck_assert_int_eq(c.in_fd, -1);
	ck_assert_int_eq(console_input(&c), CONSOLE_OK);
	teardown();
}
END_TEST

static enum console_event type(const char *keys)
{
	ck_assert_int_eq(write(in[1], keys, strlen(keys)),
			 (ssize_t)strlen(keys));
	return console_input(&c);
}

static void expect(const char *text)
{
	serial_ops.write(&s, 1, 1, 1);
	for (; *text; text++)
		ck_assert_int_eq(rd(0), *text);
	ck_assert_uint_eq(rd(5) & 1, 0);
}

START_TEST(escape_key)
{
	setup();
	c.in_tty = true;
	ck_assert_int_eq(type("a\001\001b\001c\001"), CONSOLE_OK);
	ck_assert_int_eq(type("d"), CONSOLE_OK);
	expect("a\001bcd");
	ck_assert_int_eq(type("\001"), CONSOLE_OK);
	ck_assert_int_eq(type("x"), CONSOLE_QUIT);
	teardown();
}
END_TEST

START_TEST(a_pipe_has_no_escape)
{
	setup();
	ck_assert_int_eq(type("\001x"), CONSOLE_OK);
	expect("\001x");
	teardown();
}
END_TEST

START_TEST(full_pipe_is_waited_for)
{
	static char buf[1 << 20];
	struct pollfd fds[2];
	size_t n = 0;

	setup();
	while (!c.out_blocked && n < sizeof(buf)) {
		for (int i = 0; i < 4096; i++, n++)
			serial_ops.write(&s, 0, 1, 'o');
		ck_assert_int_eq(console_output(&c), CONSOLE_OK);
	}
	ck_assert(c.out_blocked);
	console_poll(&c, fds);
	ck_assert_int_eq(fds[1].fd, c.out_fd);
	ck_assert_int_gt(read(out[0], buf, sizeof(buf)), 0);
	ck_assert_int_eq(console_output(&c), CONSOLE_OK);
	teardown();
}
END_TEST

START_TEST(nobody_reads)
{
	setup();
	signal(SIGPIPE, SIG_IGN);
	close(out[0]);
	out[0] = -1;
	serial_ops.write(&s, 0, 1, 'o');
	ck_assert_int_eq(console_output(&c), CONSOLE_GONE);
	teardown();
}
END_TEST

START_TEST(full_disk_is_said_once)
{
	setup();
	close(out[1]);
	out[1] = open("/dev/full", O_WRONLY);
	c.out_fd = out[1];
	for (int i = 0; i < 3; i++) {
		serial_ops.write(&s, 0, 1, 'o');
		ck_assert_int_eq(console_output(&c), CONSOLE_OK);
		ck_assert(c.out_failed);
	}
	teardown();
}
END_TEST

/* Raw while it is open, as before after it is closed. */
START_TEST(terminal_modes_come_back)
{
	struct termios before, raw, after;
	int master, slave, saved = dup(0);

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	if (fork() == 0) {
		/* a session of its own, so that the terminal is ours */
		setsid();
		dup2(slave, 0);
		if (ioctl(0, TIOCSCTTY, 0))
			_exit(77);
		tcgetattr(0, &before);
		console_open(&c, NULL);
		tcgetattr(0, &raw);
		console_close(&c);
		tcgetattr(0, &after);
		_exit(!c.in_tty && (before.c_lflag & ICANON) &&
		      !(raw.c_lflag & (ICANON | ISIG | ECHO)) &&
		      after.c_lflag == before.c_lflag &&
		      after.c_iflag == before.c_iflag ? 0 : 1);
	}
	int status;

	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
	close(master);
	close(slave);
	close(saved);
}
END_TEST

T_MAIN("console", input_with_one_byte_of_room, end_of_input_is_not_the_end,
       escape_key, a_pipe_has_no_escape, full_pipe_is_waited_for, nobody_reads,
       full_disk_is_said_once, terminal_modes_come_back)
