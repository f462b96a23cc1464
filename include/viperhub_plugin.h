/*
 * Native plugins for Viperhub.
 *
 * A plugin is a shared object with one entry point, viperhub_plugin(). The owner registers it with
 * !addplug NICK -p PATH and loads it with !onplug NICK; see docs/plugins.md and examples/plugins.
 *
 *     static const vhp_api *hub;
 *
 *     static int on_chat(void *data, vhp_scope *scope, const vhp_event *event) {
 *         return strstr(event->args[1].as.text, "badword") ? VHP_BLOCK : VHP_ALLOW;
 *     }
 *     static const char *start(vhp_plugin *self) {
 *         return hub->subscribe(self, "OnParsedMsgChat", on_chat, NULL) ? NULL : "no such event";
 *     }
 *     static const vhp_description about = {VHP_VERSION, "filter", "1.0", start, NULL};
 *
 *     VHP_EXPORT const vhp_description *viperhub_plugin(const vhp_api *api) {
 *         hub = api;
 *         return &about;
 *     }
 *
 * Text is UTF-8. Every function of the table may be called from any thread at any time.
 *
 * Part of Viperhub; GPL-3.0-or-later.
 */
#ifndef VIPERHUB_PLUGIN_H
#define VIPERHUB_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#define VHP_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define VHP_EXPORT __attribute__((visibility("default")))
#endif

/* A hub takes plugins made for its own major version and its own or an older minor one: a minor
 * version only adds functions at the end of the table. */
#define VHP_MAJOR 1
#define VHP_MINOR 0
#define VHP_VERSION ((uint32_t)(VHP_MAJOR << 16 | VHP_MINOR))

/* One loaded plugin, as the hub knows it. */
typedef struct vhp_plugin vhp_plugin;
/* A place for memory and errors that lasts for one callback, or from scope_open to scope_close.
 * For one thread at a time. */
typedef struct vhp_scope vhp_scope;

enum {
    VHP_NONE,  /* None */
    VHP_BOOL,  /* bool: as.integer is 0 or 1 */
    VHP_INT,   /* int */
    VHP_FLOAT, /* float */
    VHP_TEXT,  /* str */
    VHP_LIST,
    VHP_TUPLE,
    VHP_SET,
    VHP_DICT
};

/* A value of Python. */
typedef struct vhp_value {
    int32_t type;
    /* Bytes of the text, items of a list, tuple or set, pairs of a dict. */
    size_t count;
    union {
        int64_t integer;
        double real;
        /* From the hub it has a closing 0 behind `count` bytes; to the hub it need not. */
        const char *text;
        /* Of a dict: key, value, key, value, ... */
        const struct vhp_value *items;
    } as;
} vhp_value;

/* Something that happened: `name` and `args` are those of docs/hooks.md. Only lent. */
typedef struct vhp_event {
    const char *name;
    int32_t id;
    size_t count;
    const vhp_value *args;
} vhp_event;

enum { VHP_BLOCK = 0, VHP_ALLOW = 1 };
enum { VHP_ERROR, VHP_WARN, VHP_INFO, VHP_DEBUG };

/* Is told of an event and says VHP_ALLOW or VHP_BLOCK. All plugins and scripts are asked; one
 * block is enough. Runs on the plugin's own thread, one event at a time; when it takes longer than
 * the setting python_budget_ms the hub goes on without it. */
typedef int (*vhp_on_event)(void *data, vhp_scope *scope, const vhp_event *event);

/* What a script calls as vh.CallDynamicFunction(name, ...). 1, or 0 for an exception, see fail.
 * The hub copies *result (at first None) as soon as this returns: it may point to static memory,
 * to `args` and to memory from alloc. Runs on the thread of the script that calls, so perhaps on
 * several at once; what it calls by call_vh is done in that script's name. */
typedef int (*vhp_function)(void *data, vhp_scope *scope, const vhp_value *args, size_t count,
                            vhp_value *result);

/* What the hub offers. Functions give 1 for done and 0 for failure, unless they say else. */
typedef struct vhp_api {
    /* The hub's own VHP_VERSION and the size of this table. */
    uint32_t version;
    uint32_t size;

    /* A line in the hub's log. */
    void (*log)(vhp_plugin *self, int level, const char *text);

    /* Tells the plugin of an event from now on, in place of the function it has for it, if any.
     * 0: there is no such event. */
    int (*subscribe)(vhp_plugin *self, const char *event, vhp_on_event function, void *data);
    /* 0: it was not told of it. */
    int (*unsubscribe)(vhp_plugin *self, const char *event);

    /* Lets scripts call a function by name, in place of the one of this name, if any: the script
     * with this path, file name or name without .py, now or later; with NULL all scripts. */
    int (*register_function)(vhp_plugin *self, const char *script, const char *name,
                             vhp_function function, void *data);
    /* 0: there was none. */
    int (*unregister_function)(vhp_plugin *self, const char *script, const char *name);

    /* Calls a function of docs/vh-functions.md; its result stays until the scope ends. 0: see
     * error. `result` may be NULL. Events that this causes are told meanwhile. */
    int (*call_vh)(vhp_plugin *self, vhp_scope *scope, const char *name, const vhp_value *args,
                   size_t count, vhp_value *result);
    /* The same for a top-level function of a script, named by path, file name, name without .py
     * or number. It runs on that script's thread. */
    int (*call_python)(vhp_plugin *self, vhp_scope *scope, const char *script,
                       const char *function, const vhp_value *args, size_t count,
                       vhp_value *result);

    /* Memory that stays until the scope ends. NULL: there is not that much. */
    void *(*alloc)(vhp_scope *scope, size_t size);
    /* Why the last call in this scope failed; empty when none did. */
    const char *(*error)(vhp_scope *scope);
    /* The text of the exception when a dynamic function gives 0. */
    void (*fail)(vhp_scope *scope, const char *text);
    /* In an event: sends a raw message to the connection that caused it. */
    int (*reply)(vhp_scope *scope, const char *text);
    /* In OnParsedMsgChat (nick, message) and OnParsedMsgMyINFO, OnFirstMyINFO (desc, tag, speed,
     * mail, share): puts texts in place of what the client sent; None keeps. */
    int (*replace)(vhp_scope *scope, const vhp_value *values, size_t count);

    /* A scope for work outside of callbacks. */
    vhp_scope *(*scope_open)(vhp_plugin *self);
    void (*scope_close)(vhp_scope *scope);

    /* The hub's data directory; as long as the plugin is loaded. */
    const char *(*data_dir)(vhp_plugin *self);
    /* The short name it was registered by; as long as the plugin is loaded. */
    const char *(*nick)(vhp_plugin *self);
} vhp_api;

/* What a plugin says of itself. */
typedef struct vhp_description {
    /* VHP_VERSION of the header it was compiled with. */
    uint32_t version;
    const char *name;
    const char *release;
    /* Called once, on the plugin's thread. NULL, or why the plugin cannot run; then stop is not
     * called. */
    const char *(*start)(vhp_plugin *self);
    /* Called once when it is unloaded or the hub ends, when no event and no function of it is
     * under way; may be NULL. Threads of its own must have ended when this returns. */
    void (*stop)(vhp_plugin *self);
} vhp_description;

/* The entry point of a plugin; NULL refuses. Exceptions and panics must not leave any of its
 * functions. */
const vhp_description *viperhub_plugin(const vhp_api *api);

/* ---- values ------------------------------------------------------------------------------- */

static inline vhp_value vhp_none(void)
{
    vhp_value v;
    memset(&v, 0, sizeof v);
    return v;
}

static inline vhp_value vhp_int(int64_t number)
{
    vhp_value v = vhp_none();
    v.type = VHP_INT;
    v.as.integer = number;
    return v;
}

static inline vhp_value vhp_bool(int is)
{
    vhp_value v = vhp_int(is != 0);
    v.type = VHP_BOOL;
    return v;
}

static inline vhp_value vhp_float(double number)
{
    vhp_value v = vhp_none();
    v.type = VHP_FLOAT;
    v.as.real = number;
    return v;
}

/* Text that stays where it is: a literal, or in memory from alloc. NULL is None. */
static inline vhp_value vhp_text(const char *text)
{
    vhp_value v = vhp_none();
    if (text) {
        v.type = VHP_TEXT;
        v.count = strlen(text);
        v.as.text = text;
    }
    return v;
}

/* A list, tuple or set of items, a dict of pairs (2 * count items). */
static inline vhp_value vhp_container(int type, const vhp_value *items, size_t count)
{
    vhp_value v = vhp_none();
    v.type = type;
    v.count = count;
    v.as.items = items;
    return v;
}

/* Whether this is a text, and which. */
static inline int vhp_is_text(const vhp_value *value, const char *text)
{
    return value->type == VHP_TEXT && value->count == strlen(text) &&
           memcmp(value->as.text, text, value->count) == 0;
}

#ifdef __cplusplus
}
#endif

#endif
