/*
 * A tour of what a native plugin can do, in C. Scripts get:
 *
 *   c_stats(nick)         {'lines': 2, 'words': 5, 'last': 'how are you'}, or None
 *   c_reverse(list)       the list backwards
 *   c_add_field(dict, key, value)   the dict with one more field
 *   c_summary(list)       (smallest, largest, mean) of numbers
 *
 * as in vh.CallDynamicFunction("c_stats", "ann"). And a line that somebody writes three times in a
 * row is not let through the third time.
 *
 *   cc -shared -fPIC -I../../include tour.c -o tour_c.so -lpthread
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "viperhub_plugin.h"

static const vhp_api *hub;

/* What somebody has written. */
struct user {
    struct user *next;
    char *nick, *last;
    long lines, words, same;
};

static struct user *users;
/* Events come on the plugin's thread, scripts call on theirs. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct user *find(const char *nick)
{
    struct user *u = users;
    while (u && strcmp(u->nick, nick) != 0)
        u = u->next;
    return u;
}

static struct user *find_or_add(const char *nick)
{
    struct user *u = find(nick);
    if (!u && (u = calloc(1, sizeof *u)) != NULL) {
        u->nick = strdup(nick);
        u->next = users;
        users = u;
    }
    return u;
}

static long count_words(const char *text)
{
    long words = 0;
    int in_word = 0;
    for (; *text; text++) {
        if (*text != ' ' && !in_word)
            words++;
        in_word = *text != ' ';
    }
    return words;
}

/* OnParsedMsgChat(nick, message) */
static int on_chat(void *data, vhp_scope *scope, const vhp_event *event)
{
    const char *nick = event->args[0].as.text, *text = event->args[1].as.text;
    struct user *u;
    int verdict = VHP_ALLOW;
    (void)data;
    pthread_mutex_lock(&lock);
    u = find_or_add(nick);
    if (u) {
        u->same = u->last && strcmp(u->last, text) == 0 ? u->same + 1 : 1;
        free(u->last);
        u->last = strdup(text);
        u->lines++;
        u->words += count_words(text);
        if (u->same >= 3)
            verdict = VHP_BLOCK;
    }
    pthread_mutex_unlock(&lock);
    if (verdict == VHP_BLOCK)
        hub->reply(scope, "<tour> You said that already.|");
    return verdict;
}

/* A copy of a text in the scope's memory. */
static const char *keep(vhp_scope *scope, const char *text)
{
    char *copy = hub->alloc(scope, strlen(text) + 1);
    return copy ? strcpy(copy, text) : "";
}

static int stats(void *data, vhp_scope *scope, const vhp_value *args, size_t count,
                 vhp_value *result)
{
    vhp_value *fields;
    struct user *u;
    (void)data;
    if (count != 1 || args[0].type != VHP_TEXT) {
        hub->fail(scope, "c_stats(nick) wants a nick");
        return 0;
    }
    fields = hub->alloc(scope, 6 * sizeof *fields);
    if (!fields)
        return 0;
    pthread_mutex_lock(&lock);
    u = find(args[0].as.text);
    if (u) {
        fields[0] = vhp_text("lines");
        fields[1] = vhp_int(u->lines);
        fields[2] = vhp_text("words");
        fields[3] = vhp_int(u->words);
        fields[4] = vhp_text("last");
        fields[5] = vhp_text(keep(scope, u->last ? u->last : ""));
        *result = vhp_container(VHP_DICT, fields, 3);
    }
    pthread_mutex_unlock(&lock);
    return 1;
}

static int reverse(void *data, vhp_scope *scope, const vhp_value *args, size_t count,
                   vhp_value *result)
{
    vhp_value *items;
    size_t i, n;
    (void)data;
    if (count != 1 || args[0].type != VHP_LIST) {
        hub->fail(scope, "c_reverse(list) wants a list");
        return 0;
    }
    n = args[0].count;
    items = hub->alloc(scope, n * sizeof *items);
    if (!items)
        return 0;
    for (i = 0; i < n; i++)
        items[i] = args[0].as.items[n - 1 - i];
    *result = vhp_container(VHP_LIST, items, n);
    return 1;
}

static int add_field(void *data, vhp_scope *scope, const vhp_value *args, size_t count,
                     vhp_value *result)
{
    vhp_value *fields;
    size_t n;
    (void)data;
    if (count != 3 || args[0].type != VHP_DICT) {
        hub->fail(scope, "c_add_field(dict, key, value) wants a dict first");
        return 0;
    }
    n = args[0].count;
    fields = hub->alloc(scope, (2 * n + 2) * sizeof *fields);
    if (!fields)
        return 0;
    if (n)
        memcpy(fields, args[0].as.items, 2 * n * sizeof *fields);
    fields[2 * n] = args[1];
    fields[2 * n + 1] = args[2];
    *result = vhp_container(VHP_DICT, fields, n + 1);
    return 1;
}

static int summary(void *data, vhp_scope *scope, const vhp_value *args, size_t count,
                   vhp_value *result)
{
    vhp_value *parts;
    double low = 0, high = 0, sum = 0;
    size_t i;
    (void)data;
    if (count != 1 || args[0].type != VHP_LIST || args[0].count == 0) {
        hub->fail(scope, "c_summary(list) wants a list of numbers");
        return 0;
    }
    for (i = 0; i < args[0].count; i++) {
        const vhp_value *item = &args[0].as.items[i];
        double x;
        if (item->type == VHP_INT) {
            x = (double)item->as.integer;
        } else if (item->type == VHP_FLOAT) {
            x = item->as.real;
        } else {
            hub->fail(scope, "c_summary(list) wants numbers only");
            return 0;
        }
        if (i == 0 || x < low)
            low = x;
        if (i == 0 || x > high)
            high = x;
        sum += x;
    }
    parts = hub->alloc(scope, 3 * sizeof *parts);
    if (!parts)
        return 0;
    parts[0] = vhp_float(low);
    parts[1] = vhp_float(high);
    parts[2] = vhp_float(sum / (double)args[0].count);
    *result = vhp_container(VHP_TUPLE, parts, 3);
    return 1;
}

static const char *start(vhp_plugin *self)
{
    if (!hub->subscribe(self, "OnParsedMsgChat", on_chat, NULL))
        return "this hub knows no OnParsedMsgChat";
    if (!hub->register_function(self, NULL, "c_stats", stats, NULL) ||
        !hub->register_function(self, NULL, "c_reverse", reverse, NULL) ||
        !hub->register_function(self, NULL, "c_add_field", add_field, NULL) ||
        !hub->register_function(self, NULL, "c_summary", summary, NULL))
        return "its functions were not taken";
    hub->log(self, VHP_INFO, "the tour in C begins");
    return NULL;
}

static void stop(vhp_plugin *self)
{
    while (users) {
        struct user *u = users;
        users = u->next;
        free(u->nick);
        free(u->last);
        free(u);
    }
    hub->log(self, VHP_INFO, "the tour in C ends");
}

static const vhp_description about = {VHP_VERSION, "Tour in C", "1.0", start, stop};

VHP_EXPORT const vhp_description *viperhub_plugin(const vhp_api *api)
{
    hub = api;
    return &about;
}
