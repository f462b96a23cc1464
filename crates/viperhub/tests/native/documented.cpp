// A native plugin with dynamic functions that are written to the documents, over wrapper.h, as they stand there.
static long GetUserMessageCount(const char *) { return 12; }
static long GetUserLoginCount(const char *) { return 3; }

#include "v1.7-0425.inc"

#include "viperhub_plugin.h"

// Calls a function of the script that calls it.
static w_Targs *ask_back(int, w_Targs *args)
{
    char *text, *said;
    if (!w_unpack(args, "s", &text))
        return NULL;
    char *texts[] = {text, NULL};
    args = w_pack("sL", text, texts);
    w_Targs *result = w_CallFunction(0, "spoken", args);
    w_Targs *by_path = w_CallFunctionByPath("probe.py", "spoken", args);
    w_free_args(args);
    std::string one = w_packprint(result), other = w_packprint(by_path);
    w_free_args(by_path);
    args = w_unpack(result, "D", &said) && one == other ? w_pack("sl", said, (long)w_HasHook(0, 26)) : NULL;
    w_free_args(result);
    return args;
}

static const char *start(vhp_plugin *)
{
#include "v1.7-0512.inc"
    w_RegisterFunction(script_id, "ask_back", ask_back);
    if (w_RegisterFunction(-1, "add", MyPlugin_Add) || w_RegisterFunction(0, "add", NULL))
        return "a bad number or function was taken";
    if (w_CallFunction(99, "spoken", NULL) || w_HasHook(99, 0))
        return "there is no such script";
    return w_Begin(NULL) && w_ReserveID() == -1 ? NULL : "the hub's scripts are its own";
}

static const vhp_description about = {VHP_VERSION, "Documented", "1.0", start, NULL};

VHP_EXPORT const vhp_description *viperhub_plugin(const vhp_api *) { return &about; }
