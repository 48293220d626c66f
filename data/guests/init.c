/* The first and only program of a guest: it answers messages from the notebook and the other guest.

   It needs no C library, no driver and no module: the shared piece of memory is the second region
   of a device on the PCI bus, and Linux lets root map it as a file.  Without a message for IDLE
   rounds of a millisecond each it turns the guest off, so none stays when its notebook has died. */

#include <elf.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#ifdef __x86_64__
#include "x86-64.h"
#else
#include "AArch64.h"
#endif
#include "ring.h"
#include "thread.h"

#define DEVICE "/sys/bus/pci/devices/0000:00:10.0/"
#define SIZE 0x100000
#define SPIN 20000 /* empty polls before it sleeps between them */
#define IDLE 300000

enum { HERE, ECHO, ANSWER, PING, ARRIVE, GO }; /* the kinds of messages, in their first word */

static long map_window(void)
{
    call(SYS_mount, (long)"none", (long)"/sys", (long)"sysfs", 0, 0, 0);
    long file = call(SYS_openat, AT_FDCWD, (long)DEVICE "enable", O_WRONLY, 0, 0, 0);
    call(SYS_write, file, (long)"1", 1, 0, 0, 0);
    file = call(SYS_openat, AT_FDCWD, (long)DEVICE "resource2", O_RDWR, 0, 0, 0);
    return call(SYS_mmap, 0, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

/* Between the window and our copy of the parcel, word by word: it is a device's memory. */
static void carry(int out, unsigned long size)
{
    volatile unsigned long *there = (volatile unsigned long *)(window + PARCEL(ME));
    for (unsigned long i = 0; i < (size + 7) / 8; i++)
        if (out)
            there[i] = parcel[i];
        else
            parcel[i] = there[i];
}

static unsigned long now(void)
{
    struct timespec time;
    call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0, 0, 0, 0);
    return time.tv_sec * 1000000000ul + time.tv_nsec;
}

/* There and back so many times; then as many system calls that do nothing, to compare. */
static void ping(unsigned long times, unsigned long *said)
{
    static unsigned long word[WORDS];
    unsigned long wrong = 0, began = now();
    for (unsigned long i = 0; i < times; i++) {
        word[0] = ECHO, word[1] = i;
        put(!ME, word);
        while (!take(!ME, word))
            ;
        wrong += word[0] != ANSWER || word[1] != 3 * i + 1;
    }
    said[1] = now() - began, said[2] = wrong, began = now();
    for (unsigned long i = 0; i < times; i++)
        call(SYS_getppid, 0, 0, 0, 0, 0, 0);
    said[3] = now() - began;
}

static void handle(unsigned long *word)
{
    long signal = 0;
    if (word[0] == PING)
        ping(word[1], word);
    if (word[0] == ARRIVE) {
        unsigned long stack_size = word[1];
        base = word[2], data_size = word[3], finished_at = word[4];
        carry(0, LENGTH * 8 + stack_size + data_size);
        arrive(stack_size, word[5]);
        word[1] = child;
    }
    if (word[0] == GO) {
        word[1] = go(word[1], &signal);
        word[2] = signal, word[3] = look();
        carry(1, LENGTH * 8 + word[3] + data_size);
    }
    put(NOTEBOOK, word);
}

/* The names that this Linux has for itself (`uname`), into the parcel. */
static void say_hello(void)
{
    static unsigned long word[WORDS];
    word[0] = HERE, word[1] = now();
    call(SYS_uname, (long)parcel, 0, 0, 0, 0, 0);
    carry(1, 6 * 65);
    put(NOTEBOOK, word);
}

void _start(void)
{
    static unsigned long word[WORDS];
    window = (char *)map_window();
    say_hello();
    for (unsigned long empty = 0; empty < SPIN + IDLE; empty++) {
        if (take(!ME, word)) {
            word[0] = ANSWER, word[1] = 3 * word[1] + 1;
            put(!ME, word);
            empty = 0;
        } else if (take(NOTEBOOK, word)) {
            handle(word);
            empty = 0;
        } else if (empty > SPIN) {
            struct timespec pause = {0, 1000000};
            call(SYS_nanosleep, (long)&pause, 0, 0, 0, 0, 0);
        }
    }
    call(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0, 0, 0);
}
