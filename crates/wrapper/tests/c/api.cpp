// wrapper.h, json_marshal.h and plugin.hpp from C++; and the library opened at run time.
#include <dlfcn.h>

#include <cassert>
#include <cstddef>
#include <limits>

#include "check.h"
#include "json_marshal.h"
#include "plugin.hpp"

using namespace nVerliHub::nPythonPlugin;

static_assert(sizeof(w_Telement) == 16 && offsetof(w_Telement, l) == 8, "documented");
static_assert(offsetof(w_Targs, args) == 8, "documented");
static_assert(static_cast<int>(JsonType::TUPLE) == 8, "documented");

static w_Tcallback callbacklist[W_MAX_CALLBACKS];

static w_Targs *_GetUserClass(int id, w_Targs *args)
{
    return cpiPython::WrapStringToLong(id, args, [](const char *nick) -> long {
        return std::string(nick) == "op" ? 3 : -2;
    });
}
static w_Targs *_GetUserIP(int id, w_Targs *args)
{
    return cpiPython::WrapStringToString(id, args, [](const char *nick) -> std::string {
        return std::string("ip of ") + nick;
    });
}
static w_Targs *_DelRegUser(int id, w_Targs *args)
{
    return cpiPython::WrapStringToBool(id, args, [](const char *nick) { return *nick == 'o'; });
}
static w_Targs *_SetRegClass(int id, w_Targs *args)
{
    return cpiPython::WrapStringLongToBool(
        id, args, [](const char *nick, long value) { return *nick == 'o' && value == 3; });
}
static w_Targs *_SetUserIP(int id, w_Targs *args)
{
    return cpiPython::WrapStringStringToBool(
        id, args, [](const char *nick, const char *ip) { return *nick == 'o' && *ip == '1'; });
}
static w_Targs *_GetIPCity(int id, w_Targs *args)
{
    return cpiPython::WrapStringStringToString(
        id, args, [](const char *ip, const char *db) { return std::string(ip) + "@" + db; });
}

static w_Targs *reverse_list(int, w_Targs *args)
{
    char *json;
    JsonValue value, reversed;
    if (!w_unpack(args, "D", &json))
        return NULL;
    if (!parseJson(json, value) || value.type != JsonType::ARRAY)
        return w_pack("s", "no list");
    reversed.type = JsonType::ARRAY;
    for (auto it = value.array_val.rbegin(); it != value.array_val.rend(); ++it)
        reversed.array_val.push_back(*it);
    return w_pack("D", toJsonString(reversed).c_str());
}

static w_Targs *add_field(int, w_Targs *args)
{
    char *json;
    JsonValue value;
    if (!w_unpack(args, "D", &json) || !parseJson(json, value) || !value.isObject())
        return NULL;
    value.object_val["processed"] = JsonValue(true);
    return w_pack("D", toJsonString(value).c_str());
}

static void json()
{
    JsonValue value, other;
    const char *const texts[] = {
        "null", "true", "3", "3.0", "-0.5", "\"a\\\"b\\n\xc3\xa4\"", "[]", "{}",
        "[1,[2,[3]],{\"a\":null}]", "{\"a\":1,\"b\":[false]}",
        "[-9223372036854775808,9223372036854775807]",
    };
    for (const char *text : texts) {
        CHECK(parseJson(text, value));
        CHECK(toJsonString(value) == text);
    }
    CHECK(parseJson(" { \"b\" : 2 , \"a\" : 1.5 } ", value) && value.isObject());
    CHECK(value.object_val["b"].isInt() && value.object_val["b"].int_val == 2);
    CHECK(value.object_val["a"].isDouble() && value.object_val["a"].double_val == 1.5);
    CHECK(toJsonString(value) == "{\"a\":1.5,\"b\":2}");
    CHECK(toJsonString(value, true) == "{\n    \"a\": 1.5,\n    \"b\": 2\n}");
    for (const char *bad : {"", "{", "[1,]", "nul", "1 2", "{1:2}", "'a'"}) {
        value = JsonValue(int64_t(7));
        CHECK(!parseJson(bad, value) && value.int_val == 7);
    }
    CHECK(parseJson("18446744073709551616", value) && value.isDouble());
    CHECK(JsonValue().isNull() && JsonValue(true).isBool() && JsonValue(1).isInt());
    CHECK(JsonValue(int64_t(1)).isInt() && JsonValue(1.0).isDouble());
    CHECK(JsonValue("a").isString() && JsonValue(std::string("a")).isString());
    JsonValue set, tuple;
    set.type = JsonType::SET;
    set.set_val = {JsonValue(2), JsonValue(1), JsonValue("a"), JsonValue(1)};
    tuple.type = JsonType::TUPLE;
    tuple.tuple_val = {JsonValue(1), set};
    CHECK(toJsonString(tuple) == "[1,[1,2,\"a\"]]" && tuple.isTuple() && set.isSet());
    CHECK(set < tuple && !(tuple < set) && !(set < set));
    CHECK(toJsonString(JsonValue(std::numeric_limits<double>::infinity())) == "null");
    CHECK(toJsonString(JsonValue(std::string("a\0b", 3))) == "\"a\\u0000b\"");
    CHECK(toJsonString(JsonValue("\xff")) == "\"\xef\xbf\xbd\"");

    CHECK(stringListToJson({"apple", "b\"c"}) == "[\"apple\",\"b\\\"c\"]");
    CHECK(stringListToJson({}) == "[]");
    CHECK((jsonToStringList("[\"red\",1,{\"a\":2}]") ==
           std::vector<std::string>{"red", "1", "{\"a\":2}"}));
    CHECK(jsonToStringList("{}").empty() && jsonToStringList("").empty());
    std::map<std::string, std::string> map{{"theme", "dark"}, {"language", "en"}}, back{{"x", "y"}};
    CHECK(stringMapToJson(map) == "{\"language\":\"en\",\"theme\":\"dark\"}");
    CHECK(!jsonToStringMap("[]", back) && back.size() == 1);
    CHECK(jsonToStringMap("{\"theme\":\"dark\",\"n\":5}", back));
    CHECK(back.size() == 2 && back["theme"] == "dark" && back["n"] == "5");
    CHECK(!w_json_parse(NULL, 0, NULL, NULL) && !w_json_parse("1", 1, NULL, NULL));
}

static void scripts()
{
    VH_REGISTER_CALLBACK(GetUserClass, GetUserClass);
    VH_REGISTER_CALLBACK(GetUserIP, GetUserIP);
    VH_REGISTER_CALLBACK(DelRegUser, DelRegUser);
    VH_REGISTER_CALLBACK(SetRegClass, SetRegClass);
    VH_REGISTER_CALLBACK(SetUserIP, SetUserIP);
    VH_REGISTER_CALLBACK(GetIPCity, GetIPCity);
    CHECK(w_Begin(callbacklist) == 1);
    int id = w_ReserveID();
    CHECK(w_RegisterFunction(id, "reverse_list", reverse_list) == 1);
    CHECK(w_RegisterFunction(id, "add_field", add_field) == 1);
    CHECK(load_as(id, "cpp", "import vh\n"
                             "def ask(e): return repr(eval(e))\n"
                             "def OnUserLogin(nick): return vh.GetUserClass(nick)\n") == id);
    const char *const pairs[][2] = {
        {"vh.GetUserClass('op')", "3"},
        {"vh.GetUserClass(None)", "None"},
        {"vh.GetUserIP('me')", "'ip of me'"},
        {"vh.DelRegUser('op'), vh.DelRegUser('x')", "(True, False)"},
        {"vh.SetRegClass('op', 3), vh.SetRegClass('op', 4)", "(True, False)"},
        {"vh.SetUserIP('op', '1.2'), vh.SetUserIP('x', '1')", "(True, False)"},
        {"vh.GetIPCity('1.2', 'db'), vh.GetIPCity('1.2')", "('1.2@db', None)"},
        {"vh.CallDynamicFunction('reverse_list', ['a', 1, (2, 3)])", "[[2, 3], 1, 'a']"},
        {"vh.CallDynamicFunction('reverse_list', {})", "'no list'"},
        {"vh.CallDynamicFunction('add_field', {'name': 'x'})", "{'name': 'x', 'processed': True}"},
    };
    for (auto &pair : pairs) {
        w_Targs *args = w_pack("s", pair[0]);
        CHECK(gave(w_CallFunction(id, "ask", args), "s", pair[1]));
        w_free_args(args);
    }
    w_Targs *args = w_pack("s", "op");
    CHECK(number(w_CallHook(id, W_OnUserLogin, args)) == 3);
    w_free_args(args);
    // The documents' way to give back results of C++: the text by itself, then the block.
    args = w_pack("s", std::string("vh.GetUserClass('op')").c_str());
    w_Targs *result = w_CallFunction(id, "ask", args);
    char *text = nullptr;
    CHECK(w_unpack(result, "s", &text) && std::string(text) == "3");
    free(text);
    free(result);
    free(args);
    CHECK(w_Unload(id) == 1 && w_End() == 1);
}

// As the original's plugin does: by name, from a library that was opened for everybody.
static void by_name()
{
    void *library = dlopen("libvh_python_wrapper.so", RTLD_LAZY | RTLD_GLOBAL);
    CHECK(library);
    const char *const names[] = {
        "w_Begin", "w_End", "w_ReserveID", "w_Load", "w_Unload", "w_HasHook", "w_CallHook",
        "w_CallFunction", "w_GetHook", "w_HookName", "w_CallName", "w_RegisterFunction",
        "w_UnregisterFunction", "w_pack", "w_unpack", "w_free_args", "w_LogLevel", "w_packprint",
        "w_SetSignalContext", "w_Python", "w_Scripts",
    };
    for (const char *name : names)
        CHECK(dlsym(library, name));
    w_Tpack pack = reinterpret_cast<w_Tpack>(dlsym(library, "w_pack"));
    w_Tunpack unpack = reinterpret_cast<w_Tunpack>(dlsym(library, "w_unpack"));
    long number = 0;
    double real = 0;
    w_Targs *args = pack("dl", 1.5, 7L);
    CHECK(unpack(args, "dl", &real, &number) && real == 1.5 && number == 7);
    free(args);
    dlclose(library);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    folder = argv[1];
    w_LogLevel(0);
    json();
    scripts();
    by_name();
    if (failures)
        std::fprintf(stderr, "%d checks failed\n", failures);
    else
        std::puts("all checks passed");
    return failures != 0;
}
