// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pty COMMAND...: run a command on a new terminal
 *
 * For test cases in a host that has no other means.  What COMMAND writes to
 * the terminal goes to stdout; stdin is typed there.  Afterwards one line on
 * stderr, "pty: modes restored" or "pty: modes changed", compares the modes of
 * the terminal with those before; while it ran, "pty: raw" was said once if
 * the terminal was seen in raw mode.  The terminal has 80 columns and 24 rows;
 * SIGUSR1 makes that 132 and 50.  Exit status: that of COMMAND, 128 and the
 * signal that killed it, or 125.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#define LOOK_MS	50

static volatile sig_atomic_t child;
static volatile sig_atomic_t grow;

/* A signal for us is meant for the command. */
static void pass_on(int signal)
{
	kill(child, signal);
}

static void to_grow(int signal)
{
	(void)signal;
	grow = 1;
}

static bool same_modes(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag &&
		a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag;
}

/* Return: false at the end of @from. */
static bool copy(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n > 0 && write(to, buf, (size_t)n) != n)
		perror("pty: write");
	return n > 0;
}

static void look_at_modes(int fd, bool *said)
{
	struct termios t;

	if (*said || tcgetattr(fd, &t) || t.c_lflag & (ICANON | ECHO))
		return;
	*said = true;
	fprintf(stderr, "pty: raw\n");
}

/* Until the command ends; its status is returned as wait(2) has it. */
static int serve(int master, int slave)
{
	struct pollfd fds[2] = {
		{ .fd = master, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	const struct winsize large = { .ws_col = 132, .ws_row = 50 };
	bool said = false;
	int status;

	while (!waitpid(child, &status, WNOHANG)) {
		if (grow)
			ioctl(master, TIOCSWINSZ, &large);
		grow = 0;
		if (poll(fds, 2, LOOK_MS) < 0)
			continue;
		look_at_modes(slave, &said);
		if (fds[0].revents & POLLIN)
			copy(master, STDOUT_FILENO);
		if (fds[1].revents && !copy(STDIN_FILENO, master))
			fds[1].fd = -1;
	}
	while (poll(fds, 1, 0) > 0 && fds[0].revents & POLLIN &&
	       copy(master, STDOUT_FILENO))
		;
	return status;
}

static void run(int master, int slave, char **argv)
{
	/* a shell's background jobs have these ignored */
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	close(master);
	login_tty(slave);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

int main(int argc, char **argv)
{
	const struct sigaction forward = { .sa_handler = pass_on };
	const struct sigaction larger = { .sa_handler = to_grow };
	const struct winsize small = { .ws_col = 80, .ws_row = 24 };
	struct termios before, after;
	int master, slave, status;

	if (argc < 2 || openpty(&master, &slave, NULL, NULL, &small) ||
	    tcgetattr(slave, &before)) {
		perror("pty");
		return 125;
	}
	child = fork();
	if (!child)
		run(master, slave, argv + 1);
	sigaction(SIGUSR1, &larger, NULL);
	sigaction(SIGTERM, &forward, NULL);
	sigaction(SIGINT, &forward, NULL);
	sigaction(SIGQUIT, &forward, NULL);
	status = serve(master, slave);
	tcgetattr(slave, &after);
	fprintf(stderr, "pty: modes %s\n",
		same_modes(&before, &after) ? "restored" : "changed");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
		WEXITSTATUS(status);
}
