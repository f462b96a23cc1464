// Every C++ block of the documents as printed, with the few lines around it that it needs, and what it
// is to do. `//> v1.6-0130` stands for the block that begins behind that line of that document;
// `lines 1-3` takes a part of it, `step 2` what stands behind its "// 2.", `names` the constants in it,
// and `a=b` puts b where the document leaves something open. See crates/wrapper/tests/programs/documents.rs.
#include <Python.h>

#include <csignal>
#include <cstring>
#include <ctime>
#include <gtest/gtest.h> // a few lines of our own
#include <iostream>
#include <sstream>

#define VH_OWN_CPIPYTHON
#include "plugin.hpp"

using namespace nVerliHub::nPythonPlugin;

static int failures;

#define CHECK(that)                                                                                \
    do {                                                                                           \
        if (!(that)) {                                                                             \
            failures++;                                                                            \
            std::cerr << __FILE__ << ":" << __LINE__ << ": not true: " << #that << std::endl;      \
        }                                                                                          \
    } while (0)

static std::string folder;

// What the hub around the plugin has.
struct cUser {
    long mClass, mSomeProperty;
};
struct cServerDC {
    cUser op;
    cUser *GetUserByNick(const char *nick) { return std::strcmp(nick, "op") ? nullptr : &op; }
};
static cServerDC the_server = {{3, 77}};
static cServerDC *server = &the_server;

struct cpiPython : vh::Plugin {
    void OnLoad(cServerDC *server);
};
static cpiPython the_plugin, *py_plugin = &the_plugin;
static w_Tcallback callbacklist[W_MAX_CALLBACKS];

static void load(int id, const char *name, const char *source)
{
    std::string path = folder + "/" + name + ".py";
    FILE *file = fopen(path.c_str(), "w");
    fputs(source, file);
    fclose(file);
    w_Targs *args = w_pack("lssssls", long(id), path.c_str(), "Bot", "OpChat", folder.c_str(), 0L, "config");
    CHECK(w_Load(args) == id);
    w_free_args(args);
}

// What a script says to an expression.
static std::string ask(int id, const std::string &expression)
{
    w_Targs *args = w_pack("s", expression.c_str());
    w_Targs *result = w_CallFunction(id, "ask", args);
    char *text = nullptr;
    std::string said = w_unpack(result, "s", &text) && text ? text : "nothing";
    w_free_args(result);
    w_free_args(args);
    return said;
}

static std::string json_of(w_Targs *result)
{
    char *text = nullptr;
    std::string said = w_unpack(result, "D", &text) ? text : "nothing";
    w_free_args(result);
    return said;
}

static const char *const SCRIPT = "\
import vh\n\
calls = []\n\
def ask(expression):\n\
    try: return repr(eval(expression))\n\
    except Exception as e: return type(e).__name__\n\
def get_total_calls(): return len(calls)\n\
def process_user(username, user_id):\n\
    calls.append((username, user_id))\n\
    return 1\n\
def get_stats(): return {0: len(calls)}\n\
def process_users(user_list):\n\
    for user in user_list: calls.append(user)\n\
    return len(user_list)\n\
def get_online_users(): return ['Alice', 'Bob', 'Charlie']\n\
def validate_config(config):\n\
    if config['max_users'] > 500: return {'valid': False, 'error': 'Too many users'}\n\
    return {'valid': True}\n\
def get_hub_stats(): return {'total_users': 42, 'active_users': 15, 'uptime_seconds': 36000}\n\
def process_object(thing): return repr(thing)\n\
def OnUserLogin(nick): return 1\n";

// --- v1.6: calls of Python from C++

static void call_by_name(int script_id)
{
//> v1.6-0130
    long value = 0;
    CHECK(w_unpack(result, "l", &value) && value == 1);
    w_free_args(result);
    w_free_args(args);
    result = py_plugin->CallPythonFunction(folder + "/documents.py", "get_total_calls", nullptr);
    CHECK(w_unpack(result, "l", &value) && value == 1);
    w_free_args(result);
}

static void list_to_python(int id)
{
//> v1.6-0186
    long count = 0;
    CHECK(w_unpack(result, "l", &count) && count == 3);
    w_free_args(result);
    w_free_args(args);
}

static void list_from_python(int id)
{
    std::ostringstream out;
    std::streambuf *before = std::cout.rdbuf(out.rdbuf());
//> v1.6-0207
    std::cout.rdbuf(before);
    CHECK(out.str() == "Alice\nBob\nCharlie\n");
    w_free_args(result);
}

static void dict_to_python(int id)
{
//> v1.6-0222
    CHECK(json_of(result) == "{\"valid\":true}");
    w_free_args(args);
}

static void dict_from_python(int id)
{
    {
//> v1.6-0247
        free(result);
    }
    CHECK(json_of(w_CallFunction(id, "get_hub_stats", NULL)) ==
          "{\"total_users\":42,\"active_users\":15,\"uptime_seconds\":36000}");
}

static void object_to_python(int id)
{
//> v1.6-0260 /* ... */=Py_None
    char *text;
    CHECK(w_unpack(result, "s", &text) && std::strcmp(text, "None") == 0);
    w_free_args(result);
    w_free_args(args);
}

static void stats(int script_id)
{
//> v1.6-0504
    CHECK(json_of(w_CallFunction(script_id, "get_stats", NULL)) == "{\"0\":5}");
}

static void several_values()
{
//> v1.6-0728
    CHECK(std::string(name) == "name" && id == 123 && value == 3.14);
    w_free_args(args);
}

namespace declared {
//> v1.6-0492
} // namespace declared

extern "C" {
//> v1.7-0571
}

static void state_of_threads()
{
    struct Script {
        PyThreadState *state;
    };
    PyGILState_STATE outer = PyGILState_Ensure();
    Script of_this_thread = {PyThreadState_Get()}, *script = &of_this_thread;
    {
//> v1.6-0472
    }
    CHECK(PyThreadState_Get() == script->state);
    PyGILState_Release(outer);
}

// --- v1.6: functions of the program

namespace old_way {
//> v1.6-0278
} // namespace old_way

namespace new_way {
//> v1.6-0291
} // namespace new_way

static void register_old()
{
    using old_way::_GetUserClass;
//> v1.6-0310 lines 1-2
}

static void register_new()
{
    using new_way::_GetUserClass;
//> v1.6-0310 lines 4-5
}

static void names()
{
    struct Name {
        int number;
        const char *name;
    };
    static const Name hooks[] = {
//> v1.6-0741 names
    };
    for (const Name &hook : hooks)
        CHECK(std::string(w_HookName(hook.number)) == hook.name);
    static const Name callbacks[] = {
//> v1.6-0758 names
    };
    for (const Name &callback : callbacks)
        CHECK(std::string(w_CallName(callback.number)) == callback.name);
}

// --- "Adding New Callbacks" of both: the constants are put into wrapper.h, as they say

//> v1.6-1028 step 4
//> v1.6-1028 step 2

static void register_mine()
{
//> v1.6-1028 step 3
}

static bool DoSomething(const char *a, const char *b, long n) { return *a == *b && n == 7; }
static long DoSomething(const char *a, long n) { return long(std::strlen(a)) + n; }

//> v1.6-1062

static int vh_GetScriptID(PyObject *) { return 0; }

//> v1.7-1942
//> v1.7-1982
//> v1.7-1992
//> v1.7-2010

// How the original's wrapper.cpp makes it a function of `vh`: here lib_registerCallback does that.
static void by_hand()
{
    callbacklist[W_YourNewCallback] = _YourNewCallback;
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *args = Py_BuildValue("(sl)", "test", 42L);
    PyObject *result = vh_methods[0].ml_meth(nullptr, args);
    CHECK(result && PyLong_AsLong(result) == 46);
    Py_XDECREF(result);
    Py_DECREF(args);
    args = Py_BuildValue("(s)", "test");
    CHECK(!vh_YourNewFunction(nullptr, args));
    {
//> v1.7-2071
    }
    CHECK(!PyErr_Occurred());
    Py_DECREF(args);
    PyGILState_Release(state);
}

class VHModuleTest {
  public:
    std::string CreateTempFile(const char *name) { return folder + "/" + name + ".py"; }
};

//> v1.7-2019 expected_value=46

// --- v1.7: tests, log, signals

static int my_new_function() { return 5; }
static const int expected_value = 5;

// The table is not filled in there.
//> v1.7-1850

static void log_levels()
{
    {
//> v1.6-1102
    }
    CHECK(cpiPython::log_level == 3);
    {
//> v1.7-2055
    }
    w_LogLevel(0);
}

//> v1.7-2275

static int script_of_signal;

static void during_signal(int signal)
{
    my_signal_handler(signal);
    w_SetSignalContext(1);
    CHECK(!w_CallHook(script_of_signal, W_OnUserLogin, NULL));
    w_SetSignalContext(0);
}

// --- v1.7: JSON

namespace prototypes {
//> v1.7-1175
} // namespace prototypes

static void values()
{
//> v1.7-1193
    CHECK(null_val.isNull() && bool_val.bool_val && int_val.int_val == 42);
    CHECK(float_val.double_val == 3.14159 && str_val.string_val == "hello");
    CHECK(toJsonString(nested_obj) ==
          "{\"metadata\":{\"age\":30,\"name\":\"Alice\",\"score\":95.5},\"users\":[1,2,3]}");
}

//> v1.7-1228
//> v1.7-1267
//> v1.7-1341

static void helpers()
{
    {
//> v1.7-1299 lines 1-9
        CHECK(json == "[\"apple\",\"banana\",\"cherry\"]");
        CHECK(list.size() == 3 && list[0] == "red" && list[1] == "green" && list[2] == "blue");
    }
    {
//> v1.7-1299 lines 11-20
        CHECK(json == "{\"language\":\"en\",\"theme\":\"dark\"}");
        CHECK(ok && result["key"] == "value");
    }
}

static void types(const char *json_str)
{
//> v1.7-1324
}

void register_functions();
void unregister_stats(int script_id);

static void dynamic(int id)
{
    w_RegisterFunction(id, "parse", MyCallback);
    w_RegisterFunction(id, "user_stats", GetUserStats);
    w_RegisterFunction(id, "user_data", ProcessUserData);
    CHECK(ask(id, "vh.CallDynamicFunction('get_stats', 'op')") == "(12, 3)");
    CHECK(ask(id, "vh.CallDynamicFunction('add', 10, 20)") == "30");
    CHECK(ask(id, "vh.CallDynamicFunction('reverse', 'Hello')") == "'olleH'");
    CHECK(ask(id, "vh.CallDynamicFunction('reverse_list', ['apple', 'banana', 'cherry'])") ==
          "['cherry', 'banana', 'apple']");
    CHECK(ask(id, "vh.CallDynamicFunction('reverse_list', {'a': 1})") == "[]");
    CHECK(ask(id, "vh.CallDynamicFunction('add_field', {'name': 'Alice', 'age': 30})") ==
          "{'processed': True, 'name': 'Alice', 'age': 30}");
    CHECK(ask(id, "vh.CallDynamicFunction('process_data', 'u', 42, {'a': [1]}, [{'name': 'B'}])") ==
          "{'status': 'processed'}");
    CHECK(ask(id, "vh.CallDynamicFunction('parse', {'name': 'A', 'scores': [1.5]})") == "'Success'");
    CHECK(ask(id, "vh.CallDynamicFunction('user_stats', 'op')") ==
          "{'message_count': 1234, 'online_time': 56789.12, 'recent_actions': "
          "['login', 'search', 'download'], 'username': 'op'}");
    CHECK(ask(id, "sorted(vh.CallDynamicFunction('user_data', {'name': 'A', 'preferences': "
                  "{'notifications': True}, 'tags': ['x']}))") == "['status', 'timestamp', 'user']");
    CHECK(ask(id, "vh.CallDynamicFunction('user_data', [1])") == "'Invalid user data'");
    unregister_stats(id);
    CHECK(ask(id, "vh.CallDynamicFunction('get_stats', 'op')") == "NameError");
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    folder = argv[1];
    w_LogLevel(0);
    values();
    helpers();
    for (const char *json : {"null", "true", "1", "1.5", "\"x\"", "[]", "{}", "no"})
        types(json);
    several_values();
    names();
    MyFeatureTest_BasicFunctionality();

    register_old();
    CHECK(callbacklist[W_GetUserClass] == old_way::_GetUserClass);
    register_new();
    register_mine();
    the_plugin.OnLoad(server);
    // Under the name that its test knows, as the method table of the document has it.
    w_RegisterCallback(W_YourNewCallback, "YourNewFunction", _YourNewCallback);
    w_RegisterCallback(W_CALLBACKS + 1, "MyComplexCallback", _MyComplexCallback);
    CHECK(w_Begin(callbacklist) == 1);
    int id = w_ReserveID();
    CHECK(id == 0);
    register_functions();
    VHModuleTest_YourNewFunctionWorks().TestBody();
    by_hand();
    state_of_threads();
    load(id, "documents", SCRIPT);
    CHECK(ask(id, "vh.GetUserClass('op'), vh.GetUserClass('nobody')") == "(3, -2)");
    CHECK(ask(id, "vh.MyNewCallback('op'), vh.MyNewCallback('x'), vh.MyNewCallback(1)") == "(77, -1, None)");
    CHECK(ask(id, "vh.MyComplexCallback('a', 'ab', 7), vh.MyComplexCallback('a', 'b', 7)") == "(1, 0)");
    CHECK(ask(id, "vh.YourNewCallback('test', 42)") == "46");
    call_by_name(id);
    list_to_python(id);
    list_from_python(id);
    dict_to_python(id);
    dict_from_python(id);
    object_to_python(id);
    stats(id);
    log_levels();
    script_of_signal = id;
    std::signal(SIGUSR1, during_signal);
    std::raise(SIGUSR1);
    dynamic(id);
    CHECK(w_Unload(id) == 1 && w_End() == 1);
    if (failures)
        std::cerr << failures << " checks failed" << std::endl;
    else
        std::cout << "all checks passed" << std::endl;
    return failures != 0;
}
