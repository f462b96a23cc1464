// The dynamic functions of the document as printed: it includes wrapper.h alone, which says that there
// is JSON, too. What the strdup in w_pack makes is given back.
#define VH_TAKE_STRDUP

static long GetUserMessageCount(const char *) { return 12; }
static long GetUserLoginCount(const char *nick) { return nick[0] == 'o' ? 3 : 0; }

//> v1.7-0425

// "C++ side automatically receives JSON-marshaled data"
//> v1.7-1066

// For the first script.
void register_functions()
{
//> v1.7-0512
    w_RegisterFunction(script_id, "process_data", ProcessData);
}

void unregister_stats(int script_id)
{
//> v1.7-0526
}
