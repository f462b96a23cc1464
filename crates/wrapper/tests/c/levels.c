/* What the library says at a log level: a script, a hook, a function, a question. */
#include "check.h"

static w_Targs *class_of(int id, w_Targs *args)
{
    (void)id, (void)args;
    return w_pack("l", 3L);
}

int main(int argc, char **argv)
{
    static w_Tcallback table[W_MAX_CALLBACKS];
    w_Targs *args;
    int id, i;

    if (argc < 3)
        return 2;
    folder = argv[1];
    w_LogLevel(atoi(argv[2]));
    table[W_GetUserClass] = class_of;
    CHECK(w_Begin(table) == 1);
    id = load("levels", "\
import vh\n\
def OnParsedMsgChat(nick, message):\n\
    vh.GetUserClass(nick)\n\
    vh.GetUserIP(nick)\n\
    return (None, message.upper())\n\
def OnParsedMsgMyPass(nick, data): return 1\n\
def OnTimer(): raise ValueError('as asked')\n\
def table(rows): return {1: rows}\n");
    for (i = 0; i < 2; i++) {
        args = w_pack("ss", "ann", "it's \xc3\xa4");
        w_free_args(w_CallHook(id, W_OnParsedMsgChat, args));
        w_free_args(args);
    }
    args = w_pack("ss", "ann", "$MyPass s3cret");
    w_free_args(w_CallHook(id, W_OnParsedMsgMyPass, args));
    w_free_args(args);
    CHECK(!w_CallHook(id, W_OnTimer, NULL));
    args = w_pack("D", "[1, 2]");
    w_free_args(w_CallFunction(id, "table", args));
    w_free_args(args);
    CHECK(w_Unload(id) == 1 && w_End() == 1);
    puts(failures ? "failed" : "all checks passed");
    return failures != 0;
}
