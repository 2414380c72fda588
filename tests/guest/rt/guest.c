// SPDX-License-Identifier: GPL-2.0-or-later
/* guest - console, report, boot arguments and time; see guest.h */
#include "guest.h"
#include "fdt.h"

#define UART_LSR	5	/* 16550: line status */
#define UART_LSR_DR	BIT(0)
#define UART_LSR_THRE	BIT(5)
#define UART_FIFO	16
#define PL011_FR	0x18
#define PL011_FR_RXFE	BIT(4)
#define PL011_FR_TXFF	BIT(5)

const void *dtb;
uint64_t uart_base = 0x1000000;	/* before the device tree is read */
bool uart_is_pl011;

static const char *bootargs;

void guest_main(const void *fdt);

static uint8_t uart_read(unsigned int offset)
{
	return mmio_read8(uart_base + offset);
}

static uint32_t pl011_flags(void)
{
	return mmio_read32(uart_base + PL011_FR);
}

static bool uart_can_send(void)
{
	return uart_is_pl011 ? !(pl011_flags() & PL011_FR_TXFF) :
		uart_read(UART_LSR) & UART_LSR_THRE;
}

static bool uart_has_byte(void)
{
	return uart_is_pl011 ? !(pl011_flags() & PL011_FR_RXFE) :
		uart_read(UART_LSR) & UART_LSR_DR;
}

/* An empty 16550 takes 16 bytes: one look for as many, each is an exit. */
void putc(char c)
{
	static uint8_t room[CPUS_MAX];

	if (!room[cpu_id()]) {
		while (!uart_can_send())
			;
		room[cpu_id()] = uart_is_pl011 ? 1 : UART_FIFO;
	}
	room[cpu_id()]--;
	mmio_write8(uart_base, (uint8_t)c);
}

char getc(void)
{
	while (!uart_has_byte())
		;
	return (char)uart_read(0);
}

static void puts_raw(const char *s)
{
	while (*s)
		putc(*s++);
}

static void put_number(uint64_t v, unsigned int base)
{
	char buf[21];
	char *p = buf + sizeof(buf);

	*--p = '\0';
	do {
		*--p = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	puts_raw(p);
}

static void put_signed(int64_t v)
{
	if (v < 0)
		putc('-');
	put_number(v < 0 ? -(uint64_t)v : (uint64_t)v, 10);
}

static void vprintf(const char *fmt, va_list ap)
{
	bool wide;

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			putc(*fmt);
			continue;
		}
		wide = *++fmt == 'l';
		fmt += wide;
		if (*fmt == 's')
			puts_raw(va_arg(ap, const char *));
		else if (*fmt == 'c')
			putc((char)va_arg(ap, int));
		else if (*fmt == 'd')
			put_signed(wide ? va_arg(ap, int64_t) :
				   va_arg(ap, int));
		else if (*fmt == 'u' || *fmt == 'x')
			put_number(wide ? va_arg(ap, uint64_t) :
				   va_arg(ap, unsigned int),
				   *fmt == 'x' ? 16 : 10);
		else
			putc(*fmt);
	}
}

void printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

bool check(bool ok, const char *name, const char *why, ...)
{
	va_list ap;

	printf("%s cpu%u %s", ok ? "PASS" : "FAIL", cpu_id(), name);
	if (!ok) {
		puts_raw(": ");
		va_start(ap, why);
		vprintf(why, ap);
		va_end(ap);
	}
	putc('\n');
	return ok;
}

void guest_done(void)
{
	puts_raw("GUEST DONE\n");
	psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}

const char *arg_str(const char *name)
{
	size_t len = strlen(name);
	const char *p = bootargs;

	while (p && *p) {
		while (*p == ' ')
			p++;
		if (!strncmp(p, name, len)) {
			if (p[len] == '=')
				return p + len + 1;
			if (!p[len] || p[len] == ' ')
				return p + len;
		}
		while (*p && *p != ' ')
			p++;
	}
	return NULL;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

uint64_t arg_u64(const char *name, uint64_t def)
{
	const char *p = arg_str(name);
	int base = 10;
	uint64_t v = 0;

	if (!p || digit(*p) > 9)
		return def;
	if (p[0] == '0' && p[1] == 'x') {
		base = 16;
		p += 2;
	}
	for (; digit(*p) < base; p++)
		v = v * (uint64_t)base + (uint64_t)digit(*p);
	return v;
}

uint64_t time_now(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

uint64_t time_ms(uint64_t ms)
{
	return read_sysreg(cntfrq_el0) / 1000 * ms;
}

void delay_ms(uint64_t ms)
{
	uint64_t start = time_now();

	while (time_now() - start < time_ms(ms))
		;
}

static void console_find(void)
{
	fdt_node n = fdt_find(dtb, "ns16550a");

	if (!n) {
		n = fdt_find(dtb, "arm,pl011");
		uart_is_pl011 = n != NULL;
	}
	if (n)
		uart_base = fdt_reg(dtb, n, 0);
}

void guest_main(const void *fdt)
{
	dtb = fdt;
	console_find();
	bootargs = (const char *)fdt_prop(dtb, fdt_find_name(dtb, "chosen"),
					  "bootargs", NULL);
	guest_test();
	guest_done();
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; a++, b++, n--)
		if (*a != *b || !*a)
			return *a - *b;
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

/* GCC may call these for structures and loops of its own. */
void *memset(void *p, int c, size_t n)
{
	volatile uint8_t *d = p;

	while (n--)
		*d++ = (uint8_t)c;
	return p;
}

void *memcpy(void *d, const void *s, size_t n)
{
	volatile uint8_t *to = d;
	const uint8_t *from = s;

	while (n--)
		*to++ = *from++;
	return d;
}
