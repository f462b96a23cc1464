/* w_pack and w_unpack: collect what a format announces, Rust does the rest (args.rs). */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef union {
    long l;
    double d;
    void *p;
} value;

void *vhw_pack(const char *format, const value *values, size_t count);
int vhw_unpack(void *args, const char *format, void *const *places, size_t count);

/* Formats are short; longer ones take memory. */
#define FEW 16

void *vhw_pack_variadic(const char *format, ...)
{
    value few[FEW], *values = few;
    size_t i, count;
    void *packed;
    va_list ap;

    if (!format)
        return NULL;
    count = strlen(format);
    if (count > FEW && !(values = malloc(count * sizeof *values)))
        return NULL;
    va_start(ap, format);
    for (i = 0; i < count; i++) {
        switch (format[i]) {
        case 'l':
            values[i].l = va_arg(ap, long);
            break;
        case 'd':
            values[i].d = va_arg(ap, double);
            break;
        case 's': case 'D': case 'L': case 'O': case 'p':
            values[i].p = va_arg(ap, void *);
            break;
        default:
            count = i; /* Rust sees that there are too few for the format. */
        }
    }
    va_end(ap);
    packed = vhw_pack(format, values, count);
    if (values != few)
        free(values);
    return packed;
}

int vhw_unpack_variadic(void *args, const char *format, ...)
{
    void *few[FEW], **places = few;
    size_t i, length, count = 0;
    va_list ap;
    int done;

    if (!args || !format)
        return 0;
    length = strlen(format);
    if (length > FEW && !(places = malloc(length * sizeof *places)))
        return 0;
    va_start(ap, format);
    for (i = 0; i < length; i++)
        if (format[i] != '|')
            places[count++] = va_arg(ap, void *);
    va_end(ap);
    done = vhw_unpack(args, format, places, count);
    if (places != few)
        free(places);
    return done;
}
