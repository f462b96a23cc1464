/* A plugin that does what a test tells it; compiled with -D for what is to be wrong with it. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "viperhub_plugin.h"

#ifndef VERSION
#define VERSION VHP_VERSION
#endif

#ifndef NO_ENTRY
static const vhp_api *hub;
static vhp_plugin *me;

/* probe_echo(value) */
static int echo(void *data, vhp_scope *scope, const vhp_value *args, size_t count, vhp_value *result)
{
    (void)data, (void)scope;
    if (count)
        *result = args[count - 1];
    return 1;
}

/* What a call gave, or the exception. */
static int outcome(vhp_scope *scope, int done)
{
    if (!done)
        hub->fail(scope, hub->error(scope));
    return done;
}

/* probe_vh(name, *args) */
static int call_vh(void *data, vhp_scope *scope, const vhp_value *args, size_t count,
                   vhp_value *result)
{
    (void)data;
    if (!count)
        return 0;
    return outcome(scope, hub->call_vh(me, scope, args[0].as.text, args + 1, count - 1, result));
}

/* probe_python(script, function, *args) */
static int call_python(void *data, vhp_scope *scope, const vhp_value *args, size_t count,
                       vhp_value *result)
{
    (void)data;
    return outcome(scope, hub->call_python(me, scope, args[0].as.text, args[1].as.text, args + 2,
                                           count - 2, result));
}

/* probe_bad(n): results that make no sense */
static int bad(void *data, vhp_scope *scope, const vhp_value *args, size_t count, vhp_value *result)
{
    static vhp_value loop;
    (void)data, (void)scope, (void)count;
    switch (args[0].as.integer) {
    case 0:
        result->type = 77;
        return 1;
    case 1:
        *result = vhp_container(VHP_LIST, NULL, 3);
        return 1;
    case 2:
        loop = vhp_container(VHP_LIST, &loop, 1);
        *result = loop;
        return 1;
    case 3:
        result->type = VHP_TEXT;
        result->count = 5;
        return 1;
    default:
        return 0;
    }
}

/* A thread of the plugin's own, outside of any callback. */
static void *thread(void *data)
{
    vhp_scope *scope = hub->scope_open(me);
    vhp_value args[2], users = vhp_none();
    char line[64];
    (void)data;
    if (hub->call_vh(me, scope, "GetUsersCount", NULL, 0, &users)) {
        snprintf(line, sizeof line, "a thread counts %ld", (long)users.as.integer);
        args[0] = vhp_text(line);
        hub->call_vh(me, scope, "mc", args, 1, NULL);
    }
    /* One that waits for the hub's answer. */
    args[0] = vhp_text("topic by a thread");
    if (!hub->call_vh(me, scope, "Topic", args, 1, NULL))
        hub->log(me, VHP_ERROR, hub->error(scope));
    hub->scope_close(scope);
    return NULL;
}

static int probe_thread(void *data, vhp_scope *scope, const vhp_value *args, size_t count,
                        vhp_value *result)
{
    pthread_t id;
    (void)data, (void)args, (void)count, (void)result;
    if (pthread_create(&id, NULL, thread, NULL) != 0) {
        hub->fail(scope, "no thread");
        return 0;
    }
    pthread_detach(id);
    return 1;
}

static int starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* OnParsedMsgChat(nick, message): the message says what to do. */
static int on_chat(void *data, vhp_scope *scope, const vhp_event *event)
{
    const char *text = event->args[1].as.text;
    vhp_value args[6], result = vhp_none();
    if (data != &me || event->id != 3 || event->count != 2)
        return VHP_BLOCK;
    if (starts(text, "block"))
        return VHP_BLOCK;
    if (starts(text, "reply "))
        hub->reply(scope, text + 6);
    if (starts(text, "replace ")) {
        args[0] = vhp_none();
        args[1] = vhp_text(text + 8);
        if (!hub->replace(scope, args, 2) || hub->replace(scope, args, 1))
            return VHP_BLOCK;
    }
    if (starts(text, "kick ")) {
        args[0] = vhp_text("boss");
        args[1] = vhp_text(text + 5);
        args[2] = vhp_text("by a plugin");
        hub->call_vh(me, scope, "KickUser", args, 3, &result);
        hub->log(me, VHP_INFO, result.as.integer ? "kicked" : "not kicked");
    }
    if (starts(text, "python ")) {
        args[0] = vhp_text(text + 7);
        if (hub->call_python(me, scope, "s", "kick", args, 1, &result))
            hub->log(me, VHP_INFO, result.as.integer ? "python kicked" : "python did not kick");
        else
            hub->log(me, VHP_ERROR, hub->error(scope));
    }
    if (starts(text, "bot ")) {
        args[0] = vhp_text(text + 4);
        args[1] = vhp_int(1);
        args[2] = args[3] = args[4] = vhp_text("x");
        args[5] = vhp_int(0);
        hub->call_vh(me, scope, "AddRobot", args, 6, NULL);
    }
    if (starts(text, "hang")) {
        char file[1024];
        snprintf(file, sizeof file, "%s/go-on", hub->data_dir(me));
        while (access(file, F_OK) != 0)
            usleep(2000);
    }
    return VHP_ALLOW;
}

/* OnOperatorKicks(op, nick, reason) */
static int on_kick(void *data, vhp_scope *scope, const vhp_event *event)
{
    char line[256];
    (void)data, (void)scope;
    snprintf(line, sizeof line, "asked about a kick of %s", event->args[1].as.text);
    hub->log(me, VHP_INFO, line);
    return vhp_is_text(&event->args[1], "saint") ? VHP_BLOCK : VHP_ALLOW;
}

static const char *start(vhp_plugin *self)
{
    me = self;
#ifdef REFUSES
    return "it is tired";
#endif
    if (hub->subscribe(self, "OnNothing", on_chat, NULL) || hub->unsubscribe(self, "OnTimer") ||
        hub->subscribe(self, "OnTimer", NULL, NULL) ||
        !hub->subscribe(self, "OnTimer", on_chat, NULL) || !hub->unsubscribe(self, "OnTimer"))
        return "subscriptions go wrong";
    if (!hub->register_function(self, NULL, "probe_gone", echo, NULL) ||
        !hub->unregister_function(self, NULL, "probe_gone") ||
        hub->unregister_function(self, NULL, "probe_gone") ||
        hub->register_function(self, NULL, NULL, echo, NULL) ||
        hub->register_function(self, NULL, "x", NULL, NULL))
        return "functions go wrong";
    hub->subscribe(self, "OnParsedMsgChat", on_chat, &me);
    hub->subscribe(self, "OnOperatorKicks", on_kick, NULL);
    hub->register_function(self, NULL, "probe_echo", echo, NULL);
    hub->register_function(self, NULL, "probe_vh", call_vh, NULL);
    hub->register_function(self, NULL, "probe_python", call_python, NULL);
    hub->register_function(self, NULL, "probe_bad", bad, NULL);
    hub->register_function(self, NULL, "probe_thread", probe_thread, NULL);
    hub->register_function(self, "s", "probe_own", echo, NULL);
    hub->log(self, VHP_INFO, "probe starts");
    return strcmp(hub->nick(self), "probe") == 0 ? NULL : "that is not its name";
}

static void stop(vhp_plugin *self)
{
    vhp_scope *scope = hub->scope_open(self);
    vhp_value line = vhp_text("the probe says goodbye");
    hub->call_vh(self, scope, "SendToAll", &line, 1, NULL);
    hub->scope_close(scope);
    hub->log(self, VHP_INFO, "probe ends");
}

static const vhp_description about = {VERSION, "Probe", "0.1", start, stop};

VHP_EXPORT const vhp_description *viperhub_plugin(const vhp_api *api)
{
    hub = api;
    if (api->version >> 16 != VHP_MAJOR || api->size < sizeof *api)
        return NULL;
#ifdef SILENT
    return NULL;
#endif
    return &about;
}
#endif
#ifdef VERLIHUB
VHP_EXPORT void *get_plugin(void)
{
    return NULL;
}
#endif
/* So that no translation unit is empty. */
typedef int probe;
