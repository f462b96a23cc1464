/* Every function of wrapper.h, from C. */
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "check.h"

_Static_assert(sizeof(w_Telement) == 16, "documented");
_Static_assert(offsetof(w_Telement, l) == 8, "documented");
_Static_assert(sizeof(w_Targs) == 8, "documented");
_Static_assert(offsetof(w_Targs, args) == 8, "documented");
_Static_assert(W_OnSetConfig == 40 && W_HOOKS == 41, "documented");
_Static_assert(W_StopHub == 56 && W_GetConfig == 38 && W_GetNickList == 25, "documented");

/* A checker of memory is patient, but not that much. */
static int few;

static void packing(void)
{
    char *names[] = {"a", "bc", "", NULL};
    char *none[] = {NULL};
    char text[] = "text", *s, *t, **list, *json;
    long l, m;
    double d;
    void *p;
    int i;
    w_Targs *a = w_pack("lsdpLDO", LONG_MIN, text, 0.5, text, names, "{\"a\":1}", NULL);

    CHECK(a && strcmp(a->format, "lsdpLDO") == 0);
    CHECK(a->args[0].type == 'l' && a->args[0].l == LONG_MIN);
    strcpy(text, "else"); /* it was copied */
    CHECK(w_unpack(a, "lsdpLDO", &l, &s, &d, &p, &list, &json, NULL));
    CHECK(l == LONG_MIN && strcmp(s, "text") == 0 && d == 0.5 && p == text);
    CHECK(strcmp(list[0], "a") == 0 && strcmp(list[1], "bc") == 0 && !*list[2] && !list[3]);
    CHECK(strcmp(json, "{\"a\":1}") == 0);
    /* What was unpacked is the same the next time. */
    CHECK(w_unpack(a, "lsdpLDO", &l, &t, &d, &p, &list, &json, NULL) && t == s);
    CHECK(strcmp(w_packprint(a), "lsdpLDO [ -9223372036854775808 text 0.5 ") != 0);
    CHECK(strncmp(w_packprint(a), "lsdpLDO [ -9223372036854775808 text 0.5 ", 38) == 0);
    CHECK(!w_unpack(a, "lsdpLD", &l, &s, &d, &p, &list, &json));
    CHECK(!w_unpack(a, "x", &l) && !w_unpack(a, NULL, &l) && !w_unpack(NULL, "l", &l));
    w_free_args(a);

    /* Nothing at all, and nothing in particular. */
    a = w_pack("");
    CHECK(a && !*a->format && w_unpack(a, "") && !w_unpack(a, "l", &l));
    CHECK(strcmp(w_packprint(a), " [ ]") == 0);
    w_free_args(a);
    a = w_pack("sDLpO", NULL, NULL, NULL, NULL, NULL);
    CHECK(a && w_unpack(a, "sDLpO", &s, &json, &list, &p, NULL));
    CHECK(!s && !json && !list && !p);
    CHECK(strcmp(w_packprint(a), "sDLpO [ (null) (null) [] (null) (null) ]") == 0);
    w_free_args(a);
    a = w_pack("L", none);
    CHECK(w_unpack(a, "L", &list) && list && !list[0]);
    w_free_args(a);
    CHECK(!w_pack(NULL) && !w_pack("x") && !w_pack("l|s", 1L, "a") && !w_pack("lz", 1L));
    w_free_args(NULL);
    CHECK(strcmp(w_packprint(NULL), "(null)") == 0);

    /* Optional elements. */
    a = w_pack("sl", "a", 5L);
    l = m = 7;
    d = 7;
    t = text;
    CHECK(w_unpack(a, "s|lsd", &s, &l, &t, &d) && l == 5 && !t && d == 0.0);
    CHECK(w_unpack(a, "|slld", &s, &l, &m, &d) && m == 0);
    CHECK(w_unpack(a, "sl|", &s, &l));
    CHECK(!w_unpack(a, "sll|", &s, &l, &m) && !w_unpack(a, "s|", &s) && !w_unpack(a, "s|s", &s, &t));
    CHECK(w_unpack(a, "s|d", &s, &d) && d == 5.0);
    CHECK(!w_unpack(a, "s|l|d", &s, &l, &d));
    w_free_args(a);

    /* More elements than anybody needs; a bounded text. */
    a = w_pack("llllllllllllllllllll", 0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L,
               14L, 15L, 16L, 17L, 18L, LONG_MAX);
    CHECK(a && a->args[19].l == LONG_MAX);
    w_free_args(a);
    {
        char *large = malloc(100001);
        memset(large, 'x', 100000);
        large[100000] = 0;
        a = w_pack("ss", large, large);
        CHECK(strlen(w_packprint(a)) == 1023);
        w_free_args(a);
        free(large);
    }

    /* Three ways to give back. */
    for (i = 0; i < 100; i++) {
        s = strdup("copy");
        a = w_pack("s", s);
        free(s);
        free(a); /* copies that were not unpacked go with it */
        a = w_pack("sL", "literal", names);
        w_free_args(a);
        a = w_pack("s", "literal");
        CHECK(w_unpack(a, "s", &s));
        free(s);
        free(a);
    }
    /* A block somebody else has made. */
    a = malloc(sizeof(w_Targs) + 2 * sizeof(w_Telement));
    a->format = strdup("sl");
    a->args[0].s = strdup("mine");
    a->args[1].l = 3;
    CHECK(w_unpack(a, "sl", &s, &l) && s == a->args[0].s && l == 3);
    w_free_args(a);
}

/* A letter of its own: what is stored is the same. */
static void converting(void)
{
    char *names[] = {"a", "\xc3\xa4", NULL}, *s, **list;
    long l;
    double d;
    void *p;
    w_Targs *a = w_pack("ldsLDp", 3L, 4.0, "te\"xt", names, "[\"x\", \"\\u00e4\"]", (void *)16);

    CHECK(w_unpack(a, "dlDDLl", &d, &l, &s, NULL, &list, NULL));
    CHECK(d == 3.0 && l == 4 && strcmp(s, "\"te\\\"xt\"") == 0);
    CHECK(strcmp(list[0], "x") == 0 && strcmp(list[1], "\xc3\xa4") == 0 && !list[2]);
    free(s);
    free(list[0]), free(list[1]), free(list);
    /* Nothing of the block has changed. */
    CHECK(w_unpack(a, "ldsLDp", &l, &d, &s, &list, NULL, &p) && l == 3 && d == 4.0);
    CHECK(strcmp(s, "te\"xt") == 0 && strcmp(list[1], "\xc3\xa4") == 0 && p == (void *)16);
    CHECK(w_unpack(a, "DDDDDD", NULL, &s, NULL, NULL, NULL, NULL) && strcmp(s, "4.0") == 0);
    free(s);
    CHECK(!w_unpack(a, "sdsLDp", NULL, NULL, NULL, NULL, NULL, NULL));
    CHECK(!w_unpack(a, "ldlLDp", NULL, NULL, NULL, NULL, NULL, NULL));
    CHECK(!w_unpack(a, "ldssDp", NULL, NULL, NULL, NULL, NULL, NULL));
    CHECK(!w_unpack(a, "ldsLsp", NULL, NULL, NULL, NULL, NULL, NULL));
    CHECK(!w_unpack(a, "ldsLDs", NULL, NULL, NULL, NULL, NULL, NULL));
    CHECK(!w_unpack(a, "ldsLDO", NULL, NULL, NULL, NULL, NULL, NULL));
    w_free_args(a);
    /* What would lose something is refused, and then nothing is written. */
    a = w_pack("ldDDD", (1L << 53) + 1, 0.5, "[1]", "no", "[\"a\\u0000\"]");
    l = 7, d = 7;
    CHECK(!w_unpack(a, "ddDDD", &d, NULL, NULL, NULL, NULL) && d == 7);
    CHECK(!w_unpack(a, "llDDD", &l, NULL, NULL, NULL, NULL) && l == 7);
    CHECK(!w_unpack(a, "ldLDD", NULL, NULL, &list, NULL, NULL));
    CHECK(!w_unpack(a, "ldDLD", NULL, NULL, NULL, &list, NULL));
    CHECK(!w_unpack(a, "ldDDL", NULL, NULL, NULL, NULL, &list));
    w_free_args(a);
    a = w_pack("DDDD", "5", "\"text\"", "null", "true");
    CHECK(w_unpack(a, "lssl", &l, &s, &p, NULL) && l == 5 && strcmp(s, "text") == 0 && !p);
    free(s);
    w_free_args(a);
}

/* Texts that w_pack takes over: a checker of memory sees that they are freed, and freed once. */
static void taking(void)
{
    char *kept = strdup("kept"), *s;
    w_Targs *a = w_pack("sDs", w_strdup("one"), w_strdup("[2]"), kept);
    CHECK(w_unpack(a, "sDs", &s, NULL, NULL) && strcmp(s, "one") == 0);
    w_free_args(a);
    free(kept);
    CHECK(!w_pack("sx", w_strdup("refused"), 1L) && !w_strdup(NULL));
    w_free_args(w_pack("s", w_strdup(w_packprint(NULL))));
}

/* What the program is asked, and what it says. */
static atomic_int asked;
static char last_text[256];
static long last_long;

static w_Targs *text_of_nick(int id, w_Targs *args)
{
    char *nick, text[64];
    atomic_fetch_add(&asked, 1);
    if (!w_unpack(args, "s", &nick) || !nick)
        return NULL;
    snprintf(text, sizeof text, "%d:%s", id, nick);
    return w_pack("s", text);
}

static w_Targs *class_of(int id, w_Targs *args)
{
    char *nick;
    CHECK(id == W_GetUserClass);
    atomic_fetch_add(&asked, 1);
    if (!w_unpack(args, "s", &nick) || !nick)
        return NULL;
    return w_pack("l", strcmp(nick, "op") == 0 ? 3L : strcmp(nick, "user") == 0 ? 1L : -2L);
}

static w_Targs *four_texts(int id, w_Targs *args)
{
    (void)id;
    snprintf(last_text, sizeof last_text, "%s", w_packprint(args));
    return w_pack("l", 1L);
}

static w_Targs *nicks(int id, w_Targs *args)
{
    (void)args;
    return w_pack("D", id == W_GetNickList ? "[\"user\",\"op\"]" : "[]");
}

static w_Targs *config(int id, w_Targs *args)
{
    char *file, *var, *value;
    (void)id;
    if (!w_unpack(args, "sss", &file, &var, &value) || strcmp(file, "config") != 0)
        return NULL;
    if (strcmp(var, "hub_encoding") == 0)
        return w_pack("s", "CP1251");
    return strcmp(var, "empty") == 0 ? w_pack("s", "") : NULL;
}

static w_Targs *sql(int id, w_Targs *args)
{
    char *query, **cells = malloc(4 * sizeof *cells);
    (void)id;
    CHECK(w_unpack(args, "sl", &query, &last_long));
    cells[0] = strdup("1");
    cells[1] = strdup(query);
    cells[2] = strdup("2");
    cells[3] = NULL;
    return w_pack("lllp", 1L, 2L, 2L, (void *)cells);
}

static w_Targs *info(int id, w_Targs *args)
{
    char *nick;
    (void)id;
    if (!w_unpack(args, "s", &nick) || strcmp(nick, "user") != 0)
        return NULL;
    return w_pack("ssssss", nick, "desc", "<tag>", "100", "e@x", "42");
}

static w_Targs *echo_in_place(int id, w_Targs *args)
{
    (void)id;
    return args; /* gives away what it was only lent */
}

static w_Targs *nothing(int id, w_Targs *args)
{
    (void)id, (void)args;
    return NULL;
}

static w_Targs *frequency(int id, w_Targs *args)
{
    (void)id, (void)args;
    return w_pack("d", 12.7);
}

static w_Tcallback table[W_MAX_CALLBACKS];

static void begin(void)
{
    memset(table, 0, sizeof table);
    table[W_GetUserClass] = class_of;
    table[W_GetUserIP] = text_of_nick;
    table[W_GetUserHost] = nothing;
    table[W_GetNickList] = table[W_GetOpList] = nicks;
    table[W_GetConfig] = config;
    table[W_SQL] = sql;
    table[W_GetMyINFO] = info;
    table[W_GetServFreq] = frequency;
    table[W_pm] = table[W_usermc] = table[W_mc] = table[W_classmc] = four_texts;
    table[W_KickUser] = table[W_CloseConnection] = table[W_ScriptCommand] = four_texts;
    table[W_SendToOpChat] = table[W_SendDataToAll] = table[W_SendDataToUser] = four_texts;
    table[W_AddRegUser] = table[W_SetConfig] = table[W_SetMyINFO] = four_texts;
    CHECK(w_Begin(table) == 1);
    CHECK(w_Python->callbacks == table);
}

static const char *const ALL = "\
import sys, vh\n\
seen = []\n\
def OnNewConn(ip): return 0\n\
def OnCloseConn(ip): pass\n\
def OnParsedMsgChat(nick, msg): return msg.upper()\n\
def OnParsedMsgPM(nick, msg, to): return (nick, None, 5, 0.5)\n\
def OnParsedMsgMCTo(nick, msg, to): return [1]\n\
def OnParsedMsgSearch(nick, data): raise ValueError('as asked')\n\
def OnParsedMsgSR(nick, data): return 0.5\n\
def OnUserLogin(nick): return True\n\
def OnUserLogout(nick): return {'a': 1}\n\
def OnUserInList(nick): return 1 << 70\n\
def OnTimer(msec=0): return int(msec)\n\
def OnNewReg(nick, uclass, op): return (nick, uclass, op)\n\
def OnUserCommand(*args): return args\n\
def OnParsedMsgAny(nick, data): return object()\n\
def OnUnknownMsg(nick, data): return 'a\\0b'\n\
def OnScriptCommand(cmd, data, plugin, script): return vh.botname\n\
def UnLoad(): print('unloading', flush=True)\n\
def same(x): return x\n\
def args(*x): return repr(x)\n\
def none(): pass\n\
def fail(): raise RuntimeError('as asked')\n\
def nest(): return {'l': [1, 2.5, 'x', None, True], 't': (1, (2,)), 's': {7}, 'd': {'a': {'b': []}}}\n\
def huge(): return 1 << 64\n\
def huge_in(): return [1 << 64]\n\
def keys(): return {1: 2, 0.5: 3, 1e16: 4, False: 5, None: 6, 1 << 64: 7}\n\
def bad_key(): return {(): 2}\n\
def texts(): return ['Alice', '\xc3\xa4']\n\
def bad_element(): return [object()]\n\
def nan(): return [float('nan')]\n\
def itself():\n\
    x = []\n\
    x.append(x)\n\
    return x\n\
def kind(x): return type(x).__name__\n\
def limits(): return [-(1 << 63), (1 << 63) - 1]\n\
number = 5\n\
def add_hook():\n\
    globals()['OnSetConfig'] = lambda conf, var, val: (conf, var, val)\n\
def identity(): return [vh.myid, vh.name, vh.botname, vh.opchatname, vh.config_name, vh.starttime]\n\
";

static w_Targs *hook(int id, int num, const char *format, const char *a, const char *b, const char *c)
{
    w_Targs *args = w_pack(format, a, b, c);
    w_Targs *result = w_CallHook(id, num, args);
    free(args);
    return result;
}

static void hooks(void)
{
    int id = load("hooks", ALL), i, n = 0;
    w_Targs *args, *result;
    char *s, *t;
    long l;
    double d;

    for (i = -5; i < 120; i++)
        n += w_HasHook(id, i);
    CHECK(n == 16);
    CHECK(w_HasHook(id, W_OnNewConn) && !w_HasHook(id, W_OnNewBan));
    CHECK(number(hook(id, W_OnNewConn, "s", "1.2.3.4", 0, 0)) == 0);
    CHECK(number(hook(id, W_OnCloseConn, "s", "1.2.3.4", 0, 0)) == 1);
    CHECK(number(hook(id, W_OnUserLogin, "s", "nick", 0, 0)) == 1);
    CHECK(gave(hook(id, W_OnParsedMsgChat, "ss", "nick", "\xd1\x8f \xe2\x82\xac", 0), "s",
               "\xd0\xaf \xe2\x82\xac"));
    /* Not UTF-8: the hub's charset, never skipped. */
    CHECK(gave(hook(id, W_OnParsedMsgChat, "ss", "nick", "\xcf\xf0\xe8", 0), "s", "ПРИ"));
    result = hook(id, W_OnParsedMsgPM, "sss", "me", "text", "you");
    CHECK(w_unpack(result, "ssld", &s, &t, &l, &d));
    CHECK(strcmp(s, "me") == 0 && !t && l == 5 && d == 0.5);
    free(s);
    free(result);
    result = hook(id, W_OnParsedMsgSR, "ss", "me", "text", 0);
    CHECK(w_unpack(result, "d", &d) && d == 0.5);
    w_free_args(result);
    CHECK(!hook(id, W_OnParsedMsgMCTo, "sss", "me", "text", "you"));
    CHECK(!hook(id, W_OnParsedMsgSearch, "ss", "me", "text", 0));
    CHECK(!hook(id, W_OnUserLogout, "s", "me", 0, 0));
    CHECK(!hook(id, W_OnUserInList, "s", "me", 0, 0));
    CHECK(!hook(id, W_OnParsedMsgAny, "ss", "me", "x", 0));
    CHECK(!hook(id, W_OnUnknownMsg, "ss", "me", "x", 0));
    CHECK(!hook(id, W_OnNewBan, "s", "me", 0, 0));
    /* Wrong number of arguments; none at all. */
    CHECK(!hook(id, W_OnNewConn, "ss", "me", "x", 0));
    CHECK(!w_CallHook(id, W_OnNewConn, NULL) && number(w_CallHook(id, W_OnTimer, NULL)) == 0);
    args = w_pack("d", 5000.5);
    CHECK(number(w_CallHook(id, W_OnTimer, args)) == 5000);
    w_free_args(args);
    args = w_pack("ssl", "op", "nick", 3L); /* the documents' other order */
    result = w_CallHook(id, W_OnNewReg, args);
    CHECK(w_unpack(result, "sls", &s, &l, &t) && strcmp(s, "nick") == 0 && l == 3 &&
          strcmp(t, "op") == 0);
    w_free_args(result);
    w_free_args(args);
    args = w_pack("llllllllllll", 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L);
    CHECK(!w_CallHook(id, W_OnUserCommand, args));
    w_free_args(args);
    args = w_pack("lsdp", LONG_MAX, NULL, 1.0, (void *)16);
    result = w_CallHook(id, W_OnUserCommand, args);
    CHECK(w_unpack(result, "lsdl", &l, &s, &d, &last_long) && l == LONG_MAX && !s && last_long == 16);
    w_free_args(result);
    w_free_args(args);
    /* A function that came later is a hook, too. */
    CHECK(!w_HasHook(id, W_OnSetConfig));
    w_free_args(w_CallFunction(id, "add_hook", NULL));
    CHECK(w_HasHook(id, W_OnSetConfig));
    args = w_pack("sssssl", "nick", "conf", "var", "new", "old", 1L);
    result = w_CallHook(id, W_OnSetConfig, args);
    CHECK(w_unpack(result, "sss", &s, &t, NULL) && strcmp(t, "var") == 0);
    w_free_args(result);
    w_free_args(args);
    /* The hub's own commands rename its bot. */
    args = w_pack("ssss", "_hub_security_change", "Bot2", "", "");
    CHECK(gave(w_CallHook(id, W_OnScriptCommand, args), "s", "Bot2"));
    w_free_args(args);
    /* Nothing to call. */
    CHECK(!w_CallHook(-1, 0, NULL) && !w_CallHook(100000, 0, NULL) && !w_CallHook(id + 1, 0, NULL));
    CHECK(!w_CallHook(id, -1, NULL) && !w_CallHook(id, 41, NULL) && !w_CallHook(id, INT_MIN, NULL));
    w_SetSignalContext(1);
    CHECK(!hook(id, W_OnUserLogin, "s", "nick", 0, 0) && !w_CallFunction(id, "none", NULL));
    CHECK(w_Load(NULL) == -1 && w_Unload(id) == 0 && w_HasHook(id, W_OnUserLogin) == 0);
    w_SetSignalContext(0);
    CHECK(number(hook(id, W_OnUserLogin, "s", "nick", 0, 0)) == 1);
    CHECK(w_Unload(id) == 1 && w_Unload(id) == 0 && !w_HasHook(id, W_OnNewConn));
}

static unsigned references(PyObject *object)
{
    unsigned count;
    memcpy(&count, object, sizeof count); /* the lower half, in each version */
    return count;
}

/* A script that is in the main interpreter gets the very object of the program, and lets go of it. */
static void objects(void)
{
    void *all = dlopen(NULL, RTLD_NOW);
    int (*ensure)(void) = (int (*)(void))dlsym(all, "PyGILState_Ensure");
    void (*release)(int) = (void (*)(int))dlsym(all, "PyGILState_Release");
    PyObject *(*make)(long) = (PyObject * (*)(long)) dlsym(all, "PyList_New");
    void (*put)(PyObject *) = (void (*)(PyObject *))dlsym(all, "Py_DecRef");
    int id = load("objects", "\
kept = []\n\
def keep(x): kept.append(x)\n\
def same(x): return x is kept[0]\n\
def drop(): kept.clear()\n");
    int lock = ensure(), i;
    PyObject *object = make(0);
    w_Targs *args;

    release(lock);
    args = w_pack("O", object);
    CHECK(references(object) == 1);
    w_free_args(w_CallFunction(id, "keep", args));
    CHECK(references(object) == 2);
    for (i = 0; i < 100; i++)
        CHECK(number(w_CallFunction(id, "same", args)) == 1);
    CHECK(references(object) == 2);
    w_free_args(args);
    w_free_args(w_CallFunction(id, "drop", NULL));
    CHECK(references(object) == 1);
    lock = ensure();
    put(object);
    release(lock);
    CHECK(w_Unload(id) == 1);
}

static w_Targs *call_json(int id, const char *name, const char *json)
{
    w_Targs *args = w_pack("D", json), *result = w_CallFunction(id, name, args);
    w_free_args(args);
    return result;
}

static void functions(void)
{
    static const char *const SAME[] = {
        "[1,2.5,\"x\",null,true,false]", "[]", "{}", "{\"a\":{\"b\":[{}]}}", "[3.0,3]",
        "[-9223372036854775808,9223372036854775807]", "{\"\xc3\xa4\":\"\xf0\x9f\x98\x80\\n\\\"\"}",
    };
    int id = load("functions", ALL);
    char *names[] = {"a", "\xc3\xa4", NULL}, *s;
    char deep[700];
    size_t i;
    double d;
    w_Targs *args, *result;

    for (i = 0; i < sizeof SAME / sizeof *SAME; i++)
        CHECK(gave(call_json(id, "same", SAME[i]), "D", SAME[i]));
    CHECK(gave(call_json(id, "kind", "{"), "s", "dict"));
    CHECK(gave(call_json(id, "same", "no"), "D", "{}"));
    CHECK(gave(call_json(id, "same", ""), "D", "{}"));
    CHECK(gave(call_json(id, "same", NULL), "D", "{}"));
    CHECK(gave(call_json(id, "args", "18446744073709551615"), "s", "(18446744073709551615,)"));
    CHECK(gave(call_json(id, "same", "\"text\""), "s", "text"));
    CHECK(number(call_json(id, "same", "7")) == 7);
    memset(deep, '[', 300);
    memset(deep + 300, ']', 300);
    deep[600] = 0;
    CHECK(gave(call_json(id, "same", deep), "D", deep));

    args = w_pack("lsdpLDO", LONG_MIN, NULL, 1e300, NULL, names, "[1]", NULL);
    CHECK(gave(w_CallFunction(id, "args", args), "s",
               "(-9223372036854775808, None, 1e+300, 0, ['a', '\xc3\xa4'], [1], None)"));
    w_free_args(args);
    /* An object that all interpreters share. */
    args = w_pack("OO", dlsym(dlopen(NULL, RTLD_NOW), "_Py_TrueStruct"), NULL);
    CHECK(gave(w_CallFunction(id, "args", args), "s", "(True, None)"));
    w_free_args(args);
    args = w_pack("L", NULL);
    CHECK(gave(w_CallFunction(id, "same", args), "D", "[]"));
    w_free_args(args);
    args = w_pack("d", 2.5);
    result = w_CallFunction(id, "same", args);
    CHECK(w_unpack(result, "d", &d) && d == 2.5);
    w_free_args(result);
    w_free_args(args);
    CHECK(number(w_CallFunction(id, "none", NULL)) == 0);
    CHECK(gave(w_CallFunction(id, "nest", NULL), "D",
               "{\"l\":[1,2.5,\"x\",null,true],\"t\":[1,[2]],\"s\":[7],\"d\":{\"a\":{\"b\":[]}}}"));
    CHECK(gave(w_CallFunction(id, "limits", NULL), "D",
               "[-9223372036854775808,9223372036854775807]"));
    CHECK(!w_CallFunction(id, "huge", NULL) && !w_CallFunction(id, "huge_in", NULL));
    CHECK(gave(w_CallFunction(id, "keys", NULL), "D",
               "{\"1\":2,\"0.5\":3,\"1e+16\":4,\"false\":5,\"null\":6,\"18446744073709551616\":7}"));
    CHECK(!w_CallFunction(id, "bad_key", NULL) && !w_CallFunction(id, "bad_element", NULL));
    result = w_CallFunction(id, "texts", NULL); /* the documents' way */
    {
        char **list;
        CHECK(w_unpack(result, "L", &list) && strcmp(list[0], "Alice") == 0);
        CHECK(strcmp(list[1], "\xc3\xa4") == 0 && !list[2]);
        free(list[0]), free(list[1]), free(list);
        w_free_args(result);
    }
    CHECK(!w_CallFunction(id, "nan", NULL) && !w_CallFunction(id, "itself", NULL));
    CHECK(!w_CallFunction(id, "fail", NULL) && !w_CallFunction(id, "number", NULL));
    CHECK(!w_CallFunction(id, "missing", NULL) && !w_CallFunction(id, NULL, NULL));
    CHECK(!w_CallFunction(id, "\xff", NULL) && !w_CallFunction(id, "", NULL));
    CHECK(!w_CallFunction(-1, "none", NULL) && !w_CallFunction(INT_MAX, "none", NULL));
    args = w_pack("s", "x");
    CHECK(!w_CallFunction(id, "none", args)); /* one argument too many */
    CHECK(gave(w_CallFunction(id, "same", args), "s", "x"));
    result = w_CallFunction(id, "same", args);
    CHECK(w_unpack(result, "s", &s) && strcmp(s, "x") == 0);
    free(s); /* the documents' way */
    free(result);
    w_free_args(args);
    {
        char expected[128];
        snprintf(expected, sizeof expected,
                 "[%d,\"functions\",\"Bot\",\"OpChat\",\"config\",1234567890]", id);
        CHECK(gave(w_CallFunction(id, "identity", NULL), "D", expected));
    }
    CHECK(w_Unload(id) == 1);
}

static void questions(void)
{
    int id = load("questions", "\
import vh\n\
def ask(expression): return repr(eval(expression))\n\
def OnScriptQuery(cmd, data, plugin, script): return cmd + data\n");
    static const char *const PAIRS[][2] = {
        {"vh.GetUserClass('op')", "3"},
        {"vh.GetUserClass('nobody')", "-2"},
        {"vh.GetUserClass(None)", "None"},
        {"vh.GetUserIP('\xd0\x9f')", "'13:\xd0\x9f'"}, /* to CP1251 and back */
        {"vh.GetUserIP('\xe2\x86\x92')", "'13:?'"},
        {"vh.GetUserHost('user')", "None"},
        {"vh.GetUserCC('user')", "None"},
        {"vh.GetNickList()", "['user', 'op']"},
        {"vh.GetOpList()", "[]"},
        {"vh.GetBotList()", "None"},
        {"vh.GetRawNickList()", "'$NickList user$$op$$'"},
        {"vh.GetNickList().split('$$')", "['user', 'op']"},
        {"vh.GetServFreq()", "12"},
        {"vh.GetConfig('empty')", "''"},
        {"vh.GetConfig('config', 'missing', 'x')", "'x'"},
        {"vh.GetConfig('missing')", "None"},
        {"tuple(vh.GetMyINFO('user'))", "('user', 'desc', '<tag>', '100', 'e@x', '42')"},
        {"str(vh.GetMyINFO('user'))", "'$MyINFO $ALL user desc<tag>$ $100$e@x$42$'"},
        {"vh.GetMyINFO('nobody')", "None"},
        {"vh.SQL('select', 7)", "(1, [['1', 'select'], ['2', 'NULL']])"},
        {"vh.SQL(0, 'select')", "(1, [['1', 'select'], ['2', 'NULL']])"},
        {"vh.Encode('a$b|c')", "'a&#36;b&#124;c'"},
        {"vh.decode('a&#36;b')", "'a$b'"},
        {"vh.GetUserNick('x')", "'x'"},
        {"vh.ScriptQuery('a', 'b')", "['ab']"},
        {"vh.ScriptQuery('a', 'b', 'nowhere')", "[]"},
        {"vh.name_and_version('n', 'v')", "('n', 'v')"},
        {"vh.StopHub(0)", "False"},
        {"vh.DelRegUser('x')", "False"},
        {"vh.SetMyINFO('user', None, 'tag')", "True"},
    };
    /* What the program is given. */
    static const char *const GIVEN[][2] = {
        {"vh.pm('user', 'hello you')", "ssss [ hello you user (null) (null) ]"},
        {"vh.pm('hello you', 'user')", "ssss [ hello you user (null) (null) ]"},
        {"vh.pm('hi', 'user')", "ssss [ hi user (null) (null) ]"},
        {"vh.pm('Bot', 'user', 'hello you')", "ssss [ hello you user Bot (null) ]"},
        {"vh.pm('hello you', 'user', 'Bot')", "ssss [ hello you user Bot (null) ]"},
        {"vh.pm('user', 'hello you', 'Bot')", "ssss [ hello you user Bot (null) ]"},
        {"vh.pm('user', 'hi', 'Bot')", "ssss [ hi user Bot (null) ]"},
        {"vh.pm('user', 't', 'Bot', 'shown')", "ssss [ t user Bot shown ]"},
        {"vh.pm('t', 'user', 'Bot', 'shown')", "ssss [ t user Bot shown ]"},
        {"vh.pm(message='a', nick='b')", "ssss [ a b (null) (null) ]"},
        {"vh.usermc('hello you', 'user')", "sss [ hello you user (null) ]"},
        {"vh.usermc('user', 'hello you', 'me')", "sss [ hello you user me ]"},
        {"vh.mc('text')", "ss [ text (null) ]"},
        {"vh.classmc('text', 1, 5)", "slls [ text 1 5 (null) ]"},
        {"vh.classmc('text', 1, 'me')", "slls [ text 1 10 me ]"},
        {"vh.SendToAll('text')", "ss [ text (null) ]"},
        {"vh.SendToAll('$raw')", "slll [ $raw 0 10 0 ]"},
        {"vh.SendToUser('user', 'text')", "ssl [ <Bot> text| user 0 ]"},
        {"vh.SendToOpChat('text')", "ss [ text (null) ]"},
        {"vh.KickUser('op', 'user', 'r')", "ssssss [ op user r    ]"},
        {"vh.KickUser('op', 'user', 'r', 'hub:411')", "ssssss [ op user r hub:411   ]"},
        {"vh.KickUser('op', 'user', 'r', 'note', 'opnote', 60)",
         "ssssss [ op user r _ban_60s  opnote note ]"},
        {"vh.CloseConnection('user', 3, 500)", "sll [ user 500 3 ]"},
        {"vh.CloseConnection('user', 1000, 3)", "sll [ user 1000 3 ]"},
        {"vh.ScriptCommand('a', 'b', 1)", "ssl [ a b 1 ]"},
        {"vh.AddRegUser('x', 2)", "slss [ x 2 (null) (null) ]"},
        {"vh.SetConfig('var', 5)", "sss [ config var 5 ]"},
        {"vh.SetConfig('pi_x', 'var', True)", "sss [ pi_x var 1 ]"},
    };
    static const char *const RAISE[][2] = {
        {"vh.GetUserClass()", "TypeError"},
        {"vh.GetUserClass('a', 'b')", "TypeError"},
        {"vh.GetUserClass(5)", "TypeError"},
        {"vh.GetUserClass('a\\0b')", "ValueError"},
        {"vh.CallDynamicFunction('x')", "RuntimeError"},
        {"vh.CallDynamicFunction(5)", "TypeError"},
    };
    size_t i;

    for (i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        w_Targs *args = w_pack("s", PAIRS[i][0]);
        int right = gave(w_CallFunction(id, "ask", args), "s", PAIRS[i][1]);
        if (!right)
            fprintf(stderr, "  asked %s\n", PAIRS[i][0]);
        CHECK(right);
        w_free_args(args);
    }
    CHECK(last_long == 100); /* rows, when the script gives no limit */
    for (i = 0; i < sizeof GIVEN / sizeof *GIVEN; i++) {
        w_Targs *args = w_pack("s", GIVEN[i][0]);
        *last_text = 0;
        CHECK(gave(w_CallFunction(id, "ask", args), "s", "True"));
        if (strcmp(last_text, GIVEN[i][1]) != 0)
            fprintf(stderr, "%s gave %s\n", GIVEN[i][0], last_text);
        CHECK(strcmp(last_text, GIVEN[i][1]) == 0);
        w_free_args(args);
    }
    w_Unload(id);
    id = load("raising", "\
import vh\n\
def ask(expression):\n\
    try: return eval(expression)\n\
    except Exception as e: return type(e).__name__\n");
    for (i = 0; i < sizeof RAISE / sizeof *RAISE; i++) {
        w_Targs *args = w_pack("s", RAISE[i][0]);
        CHECK(gave(w_CallFunction(id, "ask", args), "s", RAISE[i][1]));
        w_free_args(args);
    }
    w_Unload(id);
}

static w_Targs *add(int id, w_Targs *args)
{
    long a, b;
    CHECK(id == -1);
    return w_unpack(args, "ll", &a, &b) ? w_pack("l", a + b) : NULL;
}

static w_Targs *print(int id, w_Targs *args)
{
    (void)id;
    return w_pack("s", w_packprint(args));
}

static w_Targs *several(int id, w_Targs *args)
{
    char *list[] = {"a", "b", NULL};
    (void)id, (void)args;
    return w_pack("lsdDL", 1L, "two", 3.5, "{\"four\":4}", list);
}

static w_Targs *bad_json(int id, w_Targs *args)
{
    (void)id, (void)args;
    return w_pack("D", "{bad");
}

static w_Targs *empty(int id, w_Targs *args)
{
    (void)id, (void)args;
    return w_pack("");
}

static void dynamic(void)
{
    static const char *const SOURCE = "\
import vh\n\
def ask(expression):\n\
    try: return repr(eval(expression))\n\
    except Exception as e: return type(e).__name__\n\
at_load = ask(\"vh.CallDynamicFunction('add', 1, 2)\")\n\
def first(): return at_load\n";
    static const char *const PAIRS[][2] = {
        {"vh.CallDynamicFunction('add', 1, True)", "2"},
        {"vh.CallDynamicFunction('add', 1)", "None"},
        {"vh.CallDynamicFunction('print', 1, 'x', 2.5, [1, 'a'], (1,), {'k': None})",
         "'lsdDDD [ 1 x 2.5 [1,\"a\"] [1] {\"k\":null} ]'"},
        {"vh.CallDynamicFunction('print', {7}, frozenset(['a']), (1, (2, 3), (4, (5, 6))))",
         "'DDD [ [7] [\"a\"] [1,[2,3],[4,[5,6]]] ]'"},
        {"vh.CallDynamicFunction('print', {(1, 2)}, [{'a': ({'b'},)}], {'x': [(), set()]})",
         "'DDD [ [[1,2]] [{\"a\":[[\"b\"]]}] {\"x\":[[],[]]} ]'"},
        {"vh.CallDynamicFunction('print', '\xe2\x86\x92')", "'s [ \xe2\x86\x92 ]'"},
        {"vh.CallDynamicFunction('print')", "' [ ]'"},
        {"vh.CallDynamicFunction('several')", "(1, 'two', 3.5, {'four': 4}, ['a', 'b'])"},
        {"vh.CallDynamicFunction('bad_json')", "{}"},
        {"vh.CallDynamicFunction('empty')", "None"},
        {"vh.CallDynamicFunction('nothing')", "None"},
        {"vh.CallDynamicFunction('echo', 'x', [1])", "None"},
        {"vh.CallDynamicFunction('print', None)", "TypeError"},
        {"vh.CallDynamicFunction('print', b'x')", "TypeError"},
        {"vh.CallDynamicFunction('print', 1 << 64)", "ValueError"},
        {"vh.CallDynamicFunction('print', {1: 2, None: [{0.5: 0}]})",
         "'D [ {\"1\":2,\"null\":[{\"0.5\":0}]} ]'"},
        {"vh.CallDynamicFunction('print', {(): 2})", "TypeError"},
        {"vh.CallDynamicFunction('print', 'a\\0b')", "ValueError"},
        {"vh.CallDynamicFunction('missing')", "NameError"},
        {"vh.CallDynamicFunction(1)", "TypeError"},
    };
    int id = w_ReserveID(), other;
    size_t i;
    w_Targs *args;

    CHECK(w_RegisterFunction(id, "add", add) == 1);
    CHECK(w_RegisterFunction(id, "print", nothing) == 1);
    CHECK(w_RegisterFunction(id, "print", print) == 1); /* replaces */
    CHECK(w_RegisterFunction(id, "several", several) && w_RegisterFunction(id, "empty", empty));
    CHECK(w_RegisterFunction(id, "bad_json", bad_json) && w_RegisterFunction(id, "nothing", nothing));
    CHECK(w_RegisterFunction(id, "echo", echo_in_place));
    CHECK(w_RegisterFunction(id, NULL, add) == 0 && w_RegisterFunction(id, "x", NULL) == 0);
    CHECK(w_RegisterFunction(-1, "x", add) == 0 && w_RegisterFunction(1 << 30, "x", add) == 0);
    CHECK(w_RegisterFunction(id + 1, "x", add) == 0); /* free */
    CHECK(load_as(id, "dynamic", SOURCE) == id);
    other = load("other", SOURCE);
    CHECK(gave(w_CallFunction(id, "first", NULL), "s", "3"));
    CHECK(gave(w_CallFunction(other, "first", NULL), "s", "RuntimeError"));
    for (i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        args = w_pack("s", PAIRS[i][0]);
        CHECK(gave(w_CallFunction(id, "ask", args), "s", PAIRS[i][1]));
        w_free_args(args);
    }
    CHECK(w_UnregisterFunction(id, "add") == 1 && w_UnregisterFunction(id, "add") == 0);
    CHECK(w_UnregisterFunction(id, NULL) == 0 && w_UnregisterFunction(-7, "add") == 0);
    args = w_pack("s", "vh.CallDynamicFunction('add', 1, 2)");
    CHECK(gave(w_CallFunction(id, "ask", args), "s", "NameError"));
    w_free_args(args);
    w_Unload(id);
    CHECK(w_RegisterFunction(id, "add", add) == 0);
    w_Unload(other);
}

static w_Targs *mine(int id, w_Targs *args)
{
    char text[256];
    snprintf(text, sizeof text, "%d:%s", id, w_packprint(args));
    return w_pack("s", text);
}

/* Functions by number and name: what the documents' table has, what it has not, what is new. */
static void registered(void)
{
    static const char *const SOURCE = "\
import vh\n\
def ask(expression):\n\
    try: return str(eval(expression))\n\
    except Exception as e: return type(e).__name__\n";
    static const char *const PAIRS[][2] = {
        {"vh.Mine()", "60: [ ]"},
        {"vh.Mine(1, 'a', 2.5, None, [1], {2: 3})", "60:lsdsDD [ 1 a 2.5 (null) [1] {\"2\":3} ]"},
        {"vh.Echo('\xd0\x9f')", "62:\xd0\x9f"}, /* to CP1251 and back */
        {"vh.Mine('a\\0b')", "ValueError"},
        {"vh.Mine(object())", "TypeError"},
        {"vh.SendToAll('text')", "57:s [ text ]"},
        {"vh.GetUserClass('op')", "3"},
        {"vh.GetUserIP('op')", "13:s [ op ]"},
    };
    size_t i;
    int id = load("unaware", SOURCE);
    w_Targs *args;

    CHECK(w_RegisterCallback(60, "W_Mine", mine) == 1);
    CHECK(w_RegisterCallback(62, "Echo", text_of_nick) == 1);
    CHECK(w_RegisterCallback(W_SendToAll, "SendToAll", mine) == 1);
    CHECK(w_RegisterCallback(W_GetUserIP, NULL, mine) == 1);
    CHECK(!w_RegisterCallback(61, NULL, mine) && !w_RegisterCallback(61, "no name", mine));
    CHECK(!w_RegisterCallback(61, "", mine) && !w_RegisterCallback(61, "1x", mine));
    CHECK(!w_RegisterCallback(-1, "x", mine) && !w_RegisterCallback(W_MAX_CALLBACKS, "x", mine));
    CHECK(strcmp(w_CallName(60), "Mine") == 0);
    args = w_pack("s", "hasattr(vh, 'Mine')"); /* it came later than this script */
    CHECK(gave(w_CallFunction(id, "ask", args), "s", "False"));
    w_free_args(args);
    w_Unload(id);
    id = load("aware", SOURCE);
    for (i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        args = w_pack("s", PAIRS[i][0]);
        CHECK(gave(w_CallFunction(id, "ask", args), "s", PAIRS[i][1]));
        w_free_args(args);
    }
    CHECK(w_RegisterCallback(60, "Mine", NULL) && w_RegisterCallback(W_GetUserIP, NULL, NULL));
    args = w_pack("s", "vh.Mine()");
    CHECK(gave(w_CallFunction(id, "ask", args), "s", "RuntimeError"));
    w_free_args(args);
    args = w_pack("s", "vh.GetUserIP('x')");
    CHECK(gave(w_CallFunction(id, "ask", args), "s", "13:x"));
    w_free_args(args);
    /* By path. */
    {
        char path[1024];
        snprintf(path, sizeof path, "%s/aware.py", folder);
        args = w_pack("s", "vh.name");
        CHECK(gave(w_CallFunctionByPath(path, "ask", args), "s", "aware"));
        CHECK(gave(w_CallFunctionByPath("aware.py", "ask", args), "s", "aware"));
        CHECK(gave(w_CallFunctionByPath("aware", "ask", args), "s", "aware"));
        CHECK(!w_CallFunctionByPath("unaware", "ask", args) && !w_CallFunctionByPath(NULL, "ask", args));
        CHECK(!w_CallFunctionByPath(path, NULL, args) && !w_CallFunctionByPath(path, "none", NULL));
        w_free_args(args);
    }
    w_Unload(id);
}

/* As in the documents: a table that nobody has filled. Nothing of it is used unless a script asks. */
static void unfilled(void)
{
    static w_Tcallback nonsense[W_MAX_CALLBACKS];
    int id;
    memset(nonsense, 0xa5, sizeof nonsense);
    CHECK(w_Begin(nonsense) == 1);
    id = load("unfilled", "\
import vh\n\
def same(x): return x\n\
def OnParsedMsgChat(nick, text): return text.upper()\n\
def UnLoad(): print(vh.myid)\n");
    CHECK(gave(hook(id, W_OnParsedMsgChat, "ss", "nick", "\xc3\xa4", 0), "s", "\xc3\x84"));
    CHECK(w_Unload(id) == 1 && w_End() == 1);
}

static atomic_int encodings;

static w_Targs *count_config(int id, w_Targs *args)
{
    char *var;
    if (w_unpack(args, "sss", NULL, &var, NULL) && strcmp(var, "hub_encoding") == 0)
        atomic_fetch_add(&encodings, 1);
    return config(id, args);
}

/* The charset is asked for when text comes that needs it, once. */
static void charset(void)
{
    int id, i;
    w_Targs *args;
    table[W_GetConfig] = count_config;
    id = load("charset", "import vh\ndef ask(x): return vh.GetUserIP(x)\n"
                         "def OnParsedMsgChat(nick, text): return text.upper()\n");
    args = w_pack("s", "ascii");
    w_free_args(w_CallFunction(id, "ask", args));
    w_free_args(args);
    w_free_args(hook(id, W_OnParsedMsgChat, "ss", "nick", "\xc3\xa4", 0));
    CHECK(atomic_load(&encodings) == 0);
    for (i = 0; i < 3; i++)
        CHECK(gave(hook(id, W_OnParsedMsgChat, "ss", "nick", "\xcf\xf0", 0), "s", "\xd0\x9f\xd0\xa0"));
    args = w_pack("s", "\xd0\x9f");
    CHECK(gave(w_CallFunction(id, "ask", args), "s", "13:\xd0\x9f"));
    w_free_args(args);
    CHECK(atomic_load(&encodings) == 1);
    w_Unload(id);
    table[W_GetConfig] = config;
}

static void ids(void)
{
    int a = w_ReserveID(), b = w_ReserveID(), i, n, *many;
    w_Targs *args;

    CHECK(a == 0 && b == 1);
    CHECK(w_Unload(a) == 0 && !w_HasHook(a, 0) && !w_CallFunction(a, "x", NULL));
    CHECK(load_as(a, "broken", "def (:\n") == -1);
    CHECK(load_as(a, "raises", "raise ValueError('as asked')\n") == -1);
    CHECK(load_as(a, "exits", "import sys; sys.exit(1)\n") == -1);
    CHECK(load_as(a, "works", "def f(): return 1\n") == a);
    CHECK(load_as(a, "works", "def f(): return 2\n") == -1); /* in use */
    CHECK(number(w_CallFunction(a, "f", NULL)) == 1);
    CHECK(w_Unload(a) == 1 && load_as(a, "works", "def f(): return 3\n") == a);
    CHECK(number(w_CallFunction(a, "f", NULL)) == 3);
    CHECK(load_as(-1, "works", "") == -1 && load_as(1 << 20, "works", "") == -1);
    args = w_pack("lssssls", (long)b, "/nowhere/x.py", "", "", "", 0L, "");
    CHECK(w_Load(args) == -1);
    w_free_args(args);
    args = w_pack("lssssls", (long)b, NULL, NULL, NULL, NULL, 0L, NULL);
    CHECK(w_Load(args) == -1);
    w_free_args(args);
    args = w_pack("ls", (long)b, "x");
    CHECK(w_Load(args) == -1);
    w_free_args(args);
    CHECK(w_Load(NULL) == -1);
    /* Bounded, and given back. */
    many = malloc(100000 * sizeof *many);
    for (n = 0; n < 100000 && (many[n] = w_ReserveID()) >= 0; n++)
        ;
    CHECK(n > 500 && n < 100000 && w_ReserveID() == -1);
    free(many);
    CHECK(w_End() == 1);
    for (i = 0; i < 20; i++) {
        begin();
        CHECK(w_ReserveID() == 0);
        if (i < (few ? 1 : 10)) {
            CHECK(load_as(0, "again", ALL) == 0);
            CHECK(number(w_CallFunction(0, "none", NULL)) == 0);
        }
        CHECK(w_End() == 1 && !w_CallFunction(0, "none", NULL) && !w_Python->callbacks);
    }
    CHECK(w_End() == 1);
    CHECK(w_Begin(NULL) == 1);
    a = load("alone", "import vh\ndef f(): return repr([vh.GetUserClass('x'), vh.mc('x'), vh.pm('a', 'b')])\n");
    CHECK(gave(w_CallFunction(a, "f", NULL), "s", "[None, False, False]"));
    begin();
}

/* Callbacks that come back. */
static int here, there;

static w_Targs *call_back(int id, w_Targs *args)
{
    char *what;
    (void)id;
    if (!w_unpack(args, "s", &what))
        return NULL;
    if (strcmp(what, "same") == 0)
        return w_CallFunction(here, "leaf", NULL);
    if (strcmp(what, "other") == 0)
        return w_CallFunction(there, "leaf", NULL);
    if (strcmp(what, "hook") == 0)
        return w_CallHook(here, W_OnUserLogin, NULL);
    if (strcmp(what, "deep") == 0 && last_long-- > 0)
        return w_CallFunction(last_long % 2 ? here : there, "again", NULL);
    if (strcmp(what, "unload") == 0)
        return w_pack("l", (long)w_Unload(here));
    if (strcmp(what, "load") == 0) {
        long id = load("born", "def leaf(): return 77\n");
        return w_pack("l", id);
    }
    return w_pack("l", -1L);
}

static void reentry(void)
{
    static const char *const SOURCE = "\
import vh\n\
def leaf(): return vh.myid + 100\n\
def OnUserLogin(): return 55\n\
def ask(what): return vh.CallDynamicFunction('back', what)\n\
def again(): return vh.CallDynamicFunction('back', 'deep') + 1\n\
def bye():\n\
    r = vh.CallDynamicFunction('back', 'unload')\n\
    return r * 1000 + vh.GetUserClass('op')\n";
    w_Targs *args;
    here = load("here", SOURCE);
    there = load("there", SOURCE);
    CHECK(w_RegisterFunction(here, "back", call_back) && w_RegisterFunction(there, "back", call_back));
#define ASK(what, expected)                                                                        \
    args = w_pack("s", what);                                                                      \
    CHECK(number(w_CallFunction(here, "ask", args)) == (expected));                                \
    w_free_args(args)
    ASK("same", here + 100);
    ASK("other", there + 100);
    ASK("hook", 55);
    ASK("load", there + 1);
    CHECK(number(w_CallFunction(there + 1, "leaf", NULL)) == 77);
    last_long = 40;
    CHECK(number(w_CallFunction(here, "again", NULL)) == 40);
    /* A script that unloads itself goes on to the end of its function. */
    CHECK(number(w_CallFunction(here, "bye", NULL)) == 1003);
    CHECK(!w_CallFunction(here, "leaf", NULL));
    CHECK(load_as(here, "here", SOURCE) == here && number(w_CallFunction(here, "leaf", NULL)) == here + 100);
    w_Unload(here);
    w_Unload(there);
    w_Unload(there + 1);
}

/* Extension modules find Python's symbols. (_ctypes would need 3.13 in an interpreter of its own.) */
static void modules(void)
{
    int id = load("modules", "\
import _json, _struct, math, _socket, zlib, _asyncio, json, threading\n\
def f(): return len(zlib.compress(b'x' * 100)) < 100\n\
def wait():\n\
    t = threading.Thread(target=lambda: None)\n\
    t.start()\n\
    t.join()\n\
    return 1\n");
    CHECK(number(w_CallFunction(id, "f", NULL)) == 1);
    CHECK(number(w_CallFunction(id, "wait", NULL)) == 1);
    w_Unload(id);
}

#define THREADS 8
static atomic_int stop, done;
static int rounds;

static void *caller(void *arg)
{
    int me = (int)(long)arg, i;
    for (i = 0; i < rounds; i++) {
        int id = (me + i) % 4;
        w_Targs *args = w_pack("ss", "user", "hello");
        w_Targs *result = i % 2 ? w_CallHook(id, W_OnParsedMsgChat, args)
                                : w_CallFunction(id, "count", args);
        long value;
        if (w_unpack(result, "l", &value)) {
            CHECK(value == 1);
            atomic_fetch_add(&done, 1);
        }
        w_free_args(result);
        w_free_args(args);
    }
    return NULL;
}

static const char *const COUNTING = "\
import vh\n\
calls = 0\n\
def count(a, b):\n\
    global calls\n\
    calls += 1\n\
    return vh.GetUserClass(a)\n\
OnParsedMsgChat = count\n\
def total(): return calls\n";

static void *reloader(void *arg)
{
    (void)arg;
    while (!atomic_load(&stop)) {
        w_Unload(3);
        CHECK(load_as(3, "s3", COUNTING) == 3);
    }
    return NULL;
}

static void threads(int reload)
{
    pthread_t all[THREADS], other;
    long i, sum = 0;
    char name[8];

    atomic_store(&done, 0);
    atomic_store(&stop, 0);
    for (i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "s%ld", i);
        w_Unload((int)i);
        CHECK(load_as((int)i, name, COUNTING) == i);
    }
    for (i = 0; i < THREADS; i++)
        pthread_create(&all[i], NULL, caller, (void *)i);
    if (reload)
        pthread_create(&other, NULL, reloader, NULL);
    for (i = 0; i < THREADS; i++)
        pthread_join(all[i], NULL);
    atomic_store(&stop, 1);
    if (reload)
        pthread_join(other, NULL);
    for (i = 0; i < 4; i++)
        sum += number(w_CallFunction((int)i, "total", NULL));
    if (reload)
        CHECK(atomic_load(&done) > 0 && sum <= atomic_load(&done));
    else
        CHECK(atomic_load(&done) == THREADS * rounds && sum == THREADS * rounds);
    for (i = 0; i < 4; i++)
        CHECK(w_Unload((int)i) == 1);
}

int main(int argc, char **argv)
{
    int i;

    if (argc < 3)
        return 2;
    folder = argv[1];
    rounds = atoi(argv[2]);
    few = argc > 3;
    w_LogLevel(0);
    packing();
    converting();
    taking();
    CHECK(strcmp(w_HookName(0), "OnNewConn") == 0 && strcmp(w_HookName(40), "OnSetConfig") == 0);
    CHECK(!w_HookName(-1) && !w_HookName(41));
    CHECK(strcmp(w_CallName(0), "SendToOpChat") == 0 && strcmp(w_CallName(56), "StopHub") == 0);
    CHECK(strcmp(w_CallName(22), "GetIPCity") == 0 && !w_CallName(58) && !w_CallName(-1));
    CHECK(W_SendToAll == 57 && strcmp(w_CallName(57), "SendToAll") == 0);
    CHECK(!w_GetHook(0));
    /* Before the beginning. */
    CHECK(!w_CallHook(0, 0, NULL) && !w_CallFunction(0, "f", NULL) && w_Unload(0) == 0);
    begin();
    hooks();
    functions();
    if (getenv("VIPERHUB_PYTHON_MODE"))
        objects();
    questions();
    dynamic();
    registered();
    charset();
    CHECK(w_End() == 1);
    unfilled();
    begin();
    ids();
    w_End();
    begin();
    reentry();
    for (i = -10; i <= 10; i++)
        w_LogLevel(i);
    w_LogLevel(0);
    threads(0);
    threads(1);
    if (!few)
        modules();
    CHECK(w_End() == 1);
    if (failures)
        fprintf(stderr, "%d checks failed\n", failures);
    else
        puts("all checks passed");
    return failures != 0;
}
