/* What the test programs share: checks that go on after a failure, and scripts in files. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wrapper.h"

static int failures;
static const char *folder;

#define CHECK(that)                                                                                \
    do {                                                                                           \
        if (!(that)) {                                                                             \
            failures++;                                                                            \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #that);                   \
        }                                                                                          \
    } while (0)

/* Writes a script into the test's folder and loads it under an id. */
static inline int load_as(int id, const char *name, const char *source)
{
    char path[1024];
    FILE *file;
    w_Targs *args;
    int loaded;

    snprintf(path, sizeof path, "%s/%s.py", folder, name);
    file = fopen(path, "w");
    if (!file)
        exit(2);
    fputs(source, file);
    fclose(file);
    args = w_pack("lssssls", (long)id, path, "Bot", "OpChat", folder, 1234567890L, "config");
    loaded = w_Load(args);
    w_free_args(args);
    return loaded;
}

static inline int load(const char *name, const char *source)
{
    int id = w_ReserveID();
    int loaded = load_as(id, name, source);
    CHECK(loaded == id);
    return loaded;
}

/* The number a call gave, -999 for anything else; gives the result back. */
static inline long number(w_Targs *result)
{
    long value;
    if (!w_unpack(result, "l", &value))
        value = -999;
    w_free_args(result);
    return value;
}

/* Whether a call gave this text as this letter; gives the result back. */
static inline int gave(w_Targs *result, const char *format, const char *text)
{
    char *value = NULL;
    int same = w_unpack(result, format, &value) && value && strcmp(value, text) == 0;
    if (!same)
        fprintf(stderr, "expected %s, got %s\n", text, w_packprint(result));
    w_free_args(result);
    return same;
}

#endif
