/* What calls through the library cost, against the least CPython takes for such a call. */
#include <Python.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wrapper.h"

/* Many short rounds, the best of which counts: what else runs can only add. */
#define ROUNDS 100

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

#define ONE_ROUND(result, calls, what)                                                             \
    do {                                                                                           \
        double start_ = now();                                                                     \
        for (int i_ = 0; i_ < (calls); i_++) {                                                     \
            what;                                                                                  \
        }                                                                                          \
        double took_ = (now() - start_) / (calls);                                                 \
        if (took_ < result)                                                                        \
            result = took_;                                                                        \
    } while (0)

#define BEST(result, calls, what)                                                                  \
    do {                                                                                           \
        result = 1e18;                                                                             \
        for (int round_ = 0; round_ < ROUNDS; round_++)                                            \
            ONE_ROUND(result, calls, what);                                                        \
    } while (0)

/* Floor and measured in turn, so that a machine that changes its pace does so for both. */
#define BOTH(floor, least, result, calls, what)                                                    \
    do {                                                                                           \
        floor = result = 1e18;                                                                     \
        for (int round_ = 0; round_ < ROUNDS; round_++) {                                          \
            ONE_ROUND(floor, calls, least);                                                        \
            ONE_ROUND(result, calls, what);                                                        \
        }                                                                                          \
    } while (0)

static void row(const char *what, double ns, double floor, const char *goal)
{
    printf("%-58s %8.1f ns  ", what, ns);
    if (floor > 0)
        printf("%6.2f x  ", ns / floor);
    else
        printf("%10s", "");
    puts(goal);
    fflush(stdout);
}

static w_Targs *class_of(int id, w_Targs *args)
{
    char *nick;
    (void)id;
    return w_unpack(args, "s", &nick) ? w_pack("l", 1L) : NULL;
}

static w_Targs *add(int id, w_Targs *args)
{
    long a, b;
    (void)id;
    return w_unpack(args, "ll", &a, &b) ? w_pack("l", a + b) : NULL;
}

static double resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%*d %ld", &pages) != 1)
            pages = 0;
        fclose(file);
    }
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

#define NICK "SomeNick42"
#define TEXT "hello everybody, how are you today?"
#define DICT                                                                                       \
    "{\"name\":\"value\",\"number\":5,\"half\":0.5,\"yes\":true,\"none\":null,"                     \
    "\"list\":[1,2,3],\"inner\":{\"a\":1,\"b\":2},\"more\":\"some more text\"}"

static const char *const SOURCE = "\
import vh\n\
from itertools import repeat\n\
from time import perf_counter_ns\n\
def OnParsedMsgChat(nick, msg): return 1\n\
def OnParsedMsgPM(nick, msg, to): return vh.GetUserClass(nick)\n\
def nothing(): pass\n\
def same(x): return x\n\
def best(n, f, *x):\n\
    least = 1e9\n\
    for _ in range(100):\n\
        t = perf_counter_ns()\n\
        for _ in repeat(None, n): f(*x)\n\
        least = min(least, (perf_counter_ns() - t) / n)\n\
    return least\n\
def ask(): return best(2000, vh.GetUserClass, 'SomeNick42')\n\
def dynamic_only(n):\n\
    for _ in repeat(None, n): vh.CallDynamicFunction('add', 1, 2)\n\
def dynamic(): return best(2000, vh.CallDynamicFunction, 'add', 1, 2)\n\
";

static double real(w_Targs *result)
{
    double value = 0;
    w_unpack(result, "d", &value);
    w_free_args(result);
    return value;
}

/* For a profiler: `abi DIR WHAT TIMES`. */
__attribute__((noinline, noclone)) static int one(int id, const char *what, int times)
{
    w_Targs *args = NULL;
    const char *function = NULL;
    int hook = -1;

    if (!strcmp(what, "hook")) {
        args = w_pack("ss", NICK, TEXT);
        hook = W_OnParsedMsgChat;
    } else if (!strcmp(what, "callback")) {
        args = w_pack("sss", NICK, TEXT, NICK);
        hook = W_OnParsedMsgPM;
    } else if (!strcmp(what, "call")) {
        function = "nothing";
    } else if (!strcmp(what, "list")) {
        char *names[11] = {NICK, NICK, NICK, NICK, NICK, NICK, NICK, NICK, NICK, NICK, NULL};
        args = w_pack("L", names);
        function = "same";
    } else if (!strcmp(what, "dict")) {
        args = w_pack("D", DICT);
        function = "same";
    } else if (!strcmp(what, "dynamic")) {
        args = w_pack("l", (long)times);
        times = 1;
        function = "dynamic_only";
    } else {
        return 2;
    }
    for (int i = 0; i < times; i++) {
        if (function)
            w_free_args(w_CallFunction(id, function, args));
        else
            w_free_args(w_CallHook(id, hook, args));
    }
    return 0;
}

int main(int argc, char **argv)
{
    static w_Tcallback table[W_MAX_CALLBACKS];
    static const char nick[] = NICK, text[] = TEXT;
    char path[1024];
    FILE *file;
    int id;
    double floor_two, floor_none, ns, before;
    w_Targs *args;
    PyThreadState *state;
    PyObject *globals, *done, *f, *g, *strings[2];

    if (argc < 2)
        return 2;
    snprintf(path, sizeof path, "%s/bench.py", argv[1]);
    if (!(file = fopen(path, "w")))
        return 2;
    fputs(SOURCE, file);
    fclose(file);
    table[W_GetUserClass] = class_of;
    if (!w_Begin(table))
        return 2;
    id = w_ReserveID();
    w_RegisterFunction(id, "add", add);
    args = w_pack("lssssls", (long)id, path, "Bot", "OpChat", argv[1], 0L, "config");
    if (w_Load(args) != id)
        return 2;
    w_free_args(args);

    /* The floor: attach, call with ready arguments, detach. */
    state = PyThreadState_New(PyInterpreterState_Main());
    PyEval_RestoreThread(state);
    globals = PyDict_New();
    PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins());
    done = PyRun_String("def f(a, b): return 1\ndef g(): pass\n", Py_file_input, globals, globals);
    f = PyDict_GetItemString(globals, "f");
    g = PyDict_GetItemString(globals, "g");
    strings[0] = PyUnicode_FromString(nick);
    strings[1] = PyUnicode_FromString(text);
    if (!done || !f || !g)
        return 2;
    PyEval_SaveThread();
#define FLOOR(function, count)                                                                     \
    PyEval_RestoreThread(state);                                                                   \
    Py_XDECREF(PyObject_Vectorcall(function, strings, count, NULL));                               \
    PyEval_SaveThread()
    if (argc > 3 && !strcmp(argv[2], "floor")) {
        for (int i = 0; i < atoi(argv[3]); i++) {
            FLOOR(f, 2);
        }
        return 0;
    }
    if (argc > 3)
        return one(id, argv[2], atoi(argv[3]));
    args = w_pack("ss", nick, text);
    BOTH(floor_two, FLOOR(f, 2), ns, 10000, w_free_args(w_CallHook(id, W_OnParsedMsgChat, args)));
    row("floor: attach, call with 2 ready str, detach", floor_two, 0, "");
    row("w_CallHook, 2 str in, int out", ns, floor_two, "goal <= 1.35 x");
    w_free_args(args);
    BEST(ns, 10000, {
        args = w_pack("ss", nick, text);
        w_free_args(w_CallHook(id, W_OnParsedMsgChat, args));
        w_free_args(args);
    });
    row("the same with w_pack and w_free_args", ns, floor_two, "");
    args = w_pack("sss", nick, text, nick);
    BEST(ns, 10000, w_free_args(w_CallHook(id, W_OnParsedMsgPM, args)));
    row("w_CallHook, 3 str, with vh.GetUserClass inside", ns, floor_two, "goal <= 300 ns");
    w_free_args(args);
    ns = real(w_CallFunction(id, "ask", NULL));
    row("vh.GetUserClass(nick) answered by C, in a Python loop", ns, 0, "goal <= 180 ns");
    BOTH(floor_none, FLOOR(g, 0), ns, 10000, w_free_args(w_CallFunction(id, "nothing", NULL)));
    row("floor: attach, call without arguments, detach", floor_none, 0, "");
    row("w_CallFunction, no arguments", ns, floor_none, "goal <= 1.5 x");
    {
        char *names[11] = {0};
        for (int i = 0; i < 10; i++)
            names[i] = (char *)nick;
        args = w_pack("L", names);
        BEST(ns, 5000, w_free_args(w_CallFunction(id, "same", args)));
        row("list of 10 str there (L) and back (D)", ns, 0, "goal <= 700 ns");
        w_free_args(args);
    }
    args = w_pack("D", DICT);
    BEST(ns, 5000, w_free_args(w_CallFunction(id, "same", args)));
    row("JSON dict of 13 values there and back", ns, 0, "goal <= 1300 ns");
    w_free_args(args);
    ns = real(w_CallFunction(id, "dynamic", NULL));
    row("vh.CallDynamicFunction('add', 1, 2)", ns, 0, "goal <= 200 ns");

    for (int part = 0; part < 2; part++) {
        int calls = part ? 1000000 : 100000;
        before = resident();
        for (int i = 0; i < calls; i++) {
            args = w_pack("ss", nick, text);
            free(w_CallHook(id, W_OnParsedMsgChat, args));
            free(args);
        }
        args = w_pack("sss", nick, text, nick);
        for (int i = 0; i < calls / 4; i++)
            w_free_args(w_CallHook(id, W_OnParsedMsgPM, args));
        w_free_args(args);
    }
    printf("%-58s %8.2f MB  goal < 1 MB\n", "memory growth, 1 M hooks (plain free) and 250 k callbacks",
           resident() - before);
    w_Unload(id);
    w_End();
    return 0;
}
