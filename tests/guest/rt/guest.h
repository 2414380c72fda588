/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest - what a bare-metal guest has instead of a C library
 *
 * A guest is one file that defines guest_test().  It runs at EL1 with the MMU
 * off, so all data accesses are Device accesses: they must be aligned, and
 * exclusive or atomic instructions must not be used.  CPUs talk through
 * volatile words that each have one writer.
 *
 * Output, one line each: "PASS cpuN name", "FAIL cpuN name: why",
 * "INFO key=value", and "GUEST DONE" before PSCI SYSTEM_OFF.
 *
 * The guests also run on QEMU's "virt" machine, whose console is a PL011.
 */
#ifndef TESTS_GUEST_GUEST_H
#define TESTS_GUEST_GUEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* direct, position-independent access instead of a GOT */
#pragma GCC visibility push(hidden)

#define BIT(n)		(UINT64_C(1) << (n))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NORETURN	__attribute__((noreturn))
#define PRINTF(f, a)	__attribute__((format(printf, f, a)))

#define STR_(x)		#x
#define STR(x)		STR_(x)
#define read_sysreg(reg) ({						\
	uint64_t val_;							\
	asm volatile("mrs %0, " STR(reg) : "=r" (val_) : : "memory");	\
	val_;								\
})
#define write_sysreg(val, reg)						\
	asm volatile("msr " STR(reg) ", %0" : : "r" ((uint64_t)(val))	\
		     : "memory")

#define isb()		asm volatile("isb" : : : "memory")
#define dsb()		asm volatile("dsb sy" : : : "memory")
#define wfi()		asm volatile("wfi" : : : "memory")
#define wfe()		asm volatile("wfe" : : : "memory")
#define sev()		asm volatile("dsb sy; sev" : : : "memory")
#define irq_enable()	asm volatile("msr daifclr, #2" : : : "memory")
#define irq_disable()	asm volatile("msr daifset, #2" : : : "memory")

/*
 * Device registers: one plain load or store each.  With an addressing mode of
 * the compiler's choice (a post-indexed one, say) the CPU does not describe
 * the access to the hypervisor, and KVM cannot emulate it (Arm ARM, ESR_ELx,
 * ISS encoding for an exception from a Data Abort, ISV).
 */
#define DEFINE_MMIO(bits, suffix, reg)					\
static inline uint##bits##_t mmio_read##bits(uint64_t addr)		\
{									\
	uint##bits##_t val;						\
									\
	asm volatile("ldr" suffix " %" reg "0, [%1]"			\
		     : "=r" (val) : "r" (addr) : "memory");		\
	return val;							\
}									\
static inline void mmio_write##bits(uint64_t addr, uint##bits##_t val)	\
{									\
	asm volatile("str" suffix " %" reg "0, [%1]"			\
		     : : "r" (val), "r" (addr) : "memory");		\
}
DEFINE_MMIO(8, "b", "w")
DEFINE_MMIO(16, "h", "w")
DEFINE_MMIO(32, "", "w")
DEFINE_MMIO(64, "", "x")

/* --- the guest itself, one for each file --- */

/** guest_test() - the test; "GUEST DONE" and power-off follow its return */
void guest_test(void);

/* --- guest.c: console, report, boot arguments, time --- */

extern const void *dtb;			/* as the boot protocol's x0 says */
extern uint64_t uart_base;
extern bool uart_is_pl011;

void putc(char c);
/** getc() - wait for a byte from the console */
char getc(void);
/** printf() - %s %c %u %d %x, each with or without "l"; no widths */
void printf(const char *fmt, ...) PRINTF(1, 2);

/** check() - one PASS or FAIL line.  Return: @ok */
bool check(bool ok, const char *name, const char *why, ...) PRINTF(3, 4);
/** guest_done() - "GUEST DONE", power off */
NORETURN void guest_done(void);

/** arg_str() - value of boot argument "name=value" or, for a bare word, "";
 * ends at a space.  Return: NULL when absent */
const char *arg_str(const char *name);
/** arg_u64() - decimal or 0x value of a boot argument, or @def */
uint64_t arg_u64(const char *name, uint64_t def);

uint64_t time_now(void);		/* ticks of the virtual counter */
uint64_t time_ms(uint64_t ms);		/* ticks in @ms milliseconds */
void delay_ms(uint64_t ms);

int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
size_t strlen(const char *s);
void *memset(void *p, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);

/* --- exception.c --- */

struct exc_frame {
	uint64_t x[19];
	uint64_t lr;
	uint64_t elr;
	uint64_t spsr;
};

/**
 * try_read(), try_write() - an access that may fault
 * @addr:  where
 * @width: bytes: 1, 2, 4, 8, or 16 for LDP/STP of two registers
 * @val:   result; 0 after a fault
 *
 * Return: true if the access completed, false if a data abort was taken.
 */
bool try_read(uint64_t addr, unsigned int width, uint64_t *val);
bool try_write(uint64_t addr, unsigned int width, uint64_t val);

/**
 * fault_expect() - from now on a data abort or an undefined instruction is
 * remembered and passed over, on this CPU
 */
void fault_expect(void);
/** fault_none() - the end of that.  Return: true if nothing happened */
bool fault_none(void);

/* --- mmu.c --- */

/** mmu_on() - cached RAM, for guests that share memory with devices; once, on
 * the boot CPU, before anything is shared */
void mmu_on(void);

/* --- cpu.c: PSCI and the other CPUs --- */

/* CPUS_MAX: from guest.mk, because start.S needs it too */

enum psci_fn {				/* Arm DEN0022, SMC64 where it exists */
	PSCI_VERSION = 0x84000000,
	PSCI_CPU_OFF = 0x84000002,
	PSCI_SYSTEM_OFF = 0x84000008,
	PSCI_SYSTEM_RESET = 0x84000009,
};
#define PSCI_CPU_ON		UINT64_C(0xc4000003)
#define PSCI_AFFINITY_INFO	UINT64_C(0xc4000004)

int64_t psci(uint64_t fn, uint64_t a, uint64_t b, uint64_t c);

unsigned int cpu_id(void);		/* index in the device tree's order */
unsigned int cpu_count(void);		/* "cpu" nodes, at most CPUS_MAX */
uint64_t cpu_mpidr(unsigned int cpu);	/* affinity, from the device tree */

/** cpu_start() - CPU_ON; @fn runs there, then CPU_OFF.  Return: PSCI's */
int64_t cpu_start(unsigned int cpu, void (*fn)(void));
/** cpu_wait() - until that CPU is off.  Return: false after @ms */
bool cpu_wait(unsigned int cpu, uint64_t ms);
/** on_each_cpu() - @fn on every CPU, one after the other, the boot CPU first */
void on_each_cpu(void (*fn)(void));

/* --- gic.c: GICv2 or GICv3, as the device tree says --- */

/** gic_version() - 2, 3, or 0 without one */
unsigned int gic_version(void);
/** gic_cpu_init() - distributor (harmless if repeated) and this CPU's part */
void gic_cpu_init(void);
/** gic_enable() - one interrupt of this CPU or an SPI to the boot CPU */
void gic_enable(unsigned int intid);
/** irq_handler() - called with each acknowledged interrupt; a guest that
 * enables none need not define it */
void irq_handler(unsigned int intid);
/* called by the exception vector */
void gic_dispatch(void);

#pragma GCC visibility pop

#endif /* TESTS_GUEST_GUEST_H */
