/*
 * The library under load.
 *
 *   stress FOLDER memory HOOKS CALLBACKS    memory must not grow
 *   stress FOLDER storm MILLISECONDS        eight threads call four scripts while others come and go
 */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static w_Tcallback table[W_MAX_CALLBACKS];

static w_Targs *class_of(int id, w_Targs *args)
{
    char *nick;
    (void)id;
    return w_unpack(args, "s", &nick) ? w_pack("l", nick && *nick == 'o' ? 3L : 0L) : NULL;
}

static w_Targs *my_info(int id, w_Targs *args)
{
    (void)id, (void)args;
    return w_pack("ssssss", "nick", "desc", "<tag>", "speed", "mail", "0");
}

static w_Targs *add(int id, w_Targs *args)
{
    long a, b;
    (void)id;
    return w_unpack(args, "ll", &a, &b) ? w_pack("l", a + b) : NULL;
}

/* ---- memory ------------------------------------------------------------------------------- */

static const char *const WORK = "\
import vh\n\
def OnParsedMsgChat(nick, text):\n\
    return 0 if 'badword' in text else 1\n\
def OnParsedMsgPM(nick, text, to):\n\
    return (text, 1)\n\
def ask(n):\n\
    for i in range(n):\n\
        assert vh.GetUserClass('op') == 3 and vh.GetMyINFO('x')[0] == 'nick'\n\
        assert vh.CallDynamicFunction('add', i, 1) == i + 1\n\
    return n\n\
def same(value): return value\n";

static long resident(void)
{
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &size, &pages) != 2)
        exit(2);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static void work(int id, long hooks, long callbacks)
{
    const char *const json = "{\"a\":[1,2.5,\"x\"],\"b\":null}";
    long i;
    w_Targs *args;
    for (i = 0; i < hooks; i++) {
        int pm = i % 4 == 0;
        args = pm ? w_pack("sss", "nick", "how are you", "to") : w_pack("ss", "nick", "how are you");
        w_Targs *result = w_CallHook(id, pm ? W_OnParsedMsgPM : W_OnParsedMsgChat, args);
        char *text;
        long value = 0;
        if (pm)
            CHECK(w_unpack(result, "sl", &text, &value) && value == 1);
        else
            CHECK(w_unpack(result, "l", &value) && value == 1);
        w_free_args(result);
        w_free_args(args);
    }
    /* Three callbacks each time. */
    for (i = 0; i < callbacks; i += 3 * 1000) {
        args = w_pack("l", 1000L);
        CHECK(number(w_CallFunction(id, "ask", args)) == 1000);
        w_free_args(args);
    }
    for (i = 0; i < hooks / 100; i++) {
        args = w_pack("D", json);
        CHECK(gave(w_CallFunction(id, "same", args), "D", json));
        w_free_args(args);
        CHECK(!w_CallFunction(id, "missing", NULL));
    }
}

static void memory(long hooks, long callbacks)
{
    int id = w_ReserveID();
    long before, grown;
    CHECK(w_RegisterFunction(id, "add", add));
    CHECK(load_as(id, "work", WORK) == id);
    /* What is needed once. */
    work(id, hooks / 10, callbacks / 10);
    before = resident();
    work(id, hooks, callbacks);
    grown = resident() - before;
    fprintf(stderr, "%ld hook calls and %ld callbacks: %ld bytes more\n", hooks, callbacks, grown);
    CHECK(grown < 1 << 20);
}

/* ---- storm -------------------------------------------------------------------------------- */

#define THREADS 8
#define STAY 4
#define COME 3

static const char *const COUNTING = "\
import vh\n\
calls = 0\n\
def count(a, b):\n\
    global calls\n\
    calls += 1\n\
    return vh.GetUserClass(a) + vh.CallDynamicFunction('add', 1, 2)\n\
OnParsedMsgChat = count\n\
def total(): return calls\n";

static const char *const PASSING = "\
import vh\n\
def count(a, b): return vh.GetUserClass(a) + 3\n\
OnParsedMsgChat = count\n";

static atomic_int stop;
static atomic_long called[STAY], reloads;
static int stay[STAY], come[COME];

static void *caller(void *arg)
{
    long i;
    for (i = (long)arg; !atomic_load(&stop); i++) {
        w_Targs *args = w_pack("ss", "op", "hello");
        int which = (int)(i % STAY), other = come[i % COME];
        int as_hook = i / STAY % 2 == 0;
        w_Targs *result = as_hook ? w_CallHook(stay[which], W_OnParsedMsgChat, args)
                                  : w_CallFunction(stay[which], "count", args);
        CHECK(number(result) == 6);
        atomic_fetch_add(&called[which], 1);
        /* One that may be there or not, or on its way. */
        result = as_hook ? w_CallFunction(other, "count", args)
                         : w_CallHook(other, W_OnParsedMsgChat, args);
        CHECK(!result || number(result) == 6);
        w_HasHook(other, W_OnParsedMsgChat);
        w_free_args(args);
    }
    return NULL;
}

static void *changer(void *arg)
{
    char name[16];
    long me = (long)arg, i;
    int id = come[me];
    snprintf(name, sizeof name, "come%ld", me);
    for (i = 0; !atomic_load(&stop); i++) {
        CHECK(load_as(id, name, PASSING) == id);
        CHECK(w_RegisterFunction(id, "add", add) == 1);
        if (i % 3 == 0)
            CHECK(w_UnregisterFunction(id, "add") == 1);
        CHECK(w_Unload(id) == 1);
        atomic_fetch_add(&reloads, 1);
    }
    return NULL;
}

static void storm(long milliseconds)
{
    pthread_t callers[THREADS], changers[COME];
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    char name[16];
    long i;
    for (i = 0; i < STAY; i++) {
        snprintf(name, sizeof name, "stay%ld", i);
        stay[i] = w_ReserveID();
        CHECK(w_RegisterFunction(stay[i], "add", add));
        CHECK(load_as(stay[i], name, COUNTING) == stay[i]);
    }
    for (i = 0; i < COME; i++)
        come[i] = w_ReserveID();
    for (i = 0; i < THREADS; i++)
        pthread_create(&callers[i], NULL, caller, (void *)i);
    for (i = 0; i < COME; i++)
        pthread_create(&changers[i], NULL, changer, (void *)i);
    nanosleep(&time, NULL);
    atomic_store(&stop, 1);
    for (i = 0; i < THREADS; i++)
        pthread_join(callers[i], NULL);
    for (i = 0; i < COME; i++)
        pthread_join(changers[i], NULL);
    for (i = 0; i < STAY; i++) {
        long total = number(w_CallFunction(stay[i], "total", NULL));
        CHECK(total == atomic_load(&called[i]) && total > 0);
        fprintf(stderr, "script %ld: %ld calls of %ld\n", i, total, atomic_load(&called[i]));
    }
    fprintf(stderr, "%ld loads and unloads meanwhile\n", atomic_load(&reloads));
    CHECK(atomic_load(&reloads) > 0);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    folder = argv[1];
    w_LogLevel(0);
    table[W_GetUserClass] = class_of;
    table[W_GetMyINFO] = my_info;
    CHECK(w_Begin(table) == 1);
    if (strcmp(argv[2], "memory") == 0)
        memory(atol(argv[3]), argc > 4 ? atol(argv[4]) : 0);
    else
        storm(atol(argv[3]));
    CHECK(w_End() == 1);
    if (failures)
        fprintf(stderr, "%d checks failed\n", failures);
    else
        puts("all checks passed");
    return failures != 0;
}
