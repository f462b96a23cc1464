// A program made over the original's headers: it links with the C++ interface that the original's
// library exports. Nothing of our own headers is here but wrapper.h's functions, by dlsym.
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

struct _object;
typedef struct _object PyObject;

namespace nVerliHub {
namespace nPythonPlugin {

enum class JsonType { NULL_TYPE, BOOL, INT, DOUBLE, STRING, ARRAY, OBJECT, SET, TUPLE };

struct JsonValue {
    JsonType type;
    bool bool_val;
    int64_t int_val;
    double double_val;
    std::string string_val;
    std::vector<JsonValue> array_val;
    std::map<std::string, JsonValue> object_val;
    std::set<JsonValue> set_val;
    std::vector<JsonValue> tuple_val;

    JsonValue() : type(JsonType::NULL_TYPE), bool_val(false), int_val(0), double_val(0.0) {}
    explicit JsonValue(int64_t n) : type(JsonType::INT), bool_val(false), int_val(n), double_val(0.0) {}
    explicit JsonValue(const char *s)
        : type(JsonType::STRING), bool_val(false), int_val(0), double_val(0.0), string_val(s)
    {
    }
    bool operator<(const JsonValue &other) const
    {
        if (type != other.type)
            return type < other.type;
        return type == JsonType::STRING ? string_val < other.string_val : int_val < other.int_val;
    }
};

bool parseJson(const std::string &json_str, JsonValue &out_value);
std::string toJsonString(const JsonValue &value, bool pretty = false);
std::string stringListToJson(const std::vector<std::string> &string_list);
std::vector<std::string> jsonToStringList(const std::string &json_str);
std::string stringMapToJson(const std::map<std::string, std::string> &map);
bool jsonToStringMap(const std::string &json_str, std::map<std::string, std::string> &out_map);
bool PyObjectToJsonValue(PyObject *obj, JsonValue &out_value);
PyObject *JsonValueToPyObject(const JsonValue &value);

} // namespace nPythonPlugin
} // namespace nVerliHub

using namespace nVerliHub::nPythonPlugin;

static int failures;

#define CHECK(that)                                                                                \
    do {                                                                                           \
        if (!(that)) {                                                                             \
            failures++;                                                                            \
            std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #that);              \
        }                                                                                          \
    } while (0)

template <class F> static F find(const char *name)
{
    void *address = dlsym(RTLD_DEFAULT, name);
    if (!address) {
        std::fprintf(stderr, "no %s\n", name);
        std::exit(1);
    }
    F function;
    std::memcpy(&function, &address, sizeof function);
    return function;
}

static void texts()
{
    JsonValue value;
    CHECK(parseJson("{\"b\":[1,2.5,\"x\",null,true],\"a\":{}}", value));
    CHECK(value.type == JsonType::OBJECT && value.object_val.size() == 2);
    const std::vector<JsonValue> &items = value.object_val["b"].array_val;
    CHECK(items.size() == 5 && items[0].int_val == 1 && items[1].double_val == 2.5);
    CHECK(items[2].string_val == "x" && items[3].type == JsonType::NULL_TYPE && items[4].bool_val);
    CHECK(toJsonString(value) == "{\"a\":{},\"b\":[1,2.5,\"x\",null,true]}");
    CHECK(toJsonString(items[0], true) == "1");
    CHECK(!parseJson("", value) && !parseJson("{", value));
    value = JsonValue();
    value.type = JsonType::SET;
    value.set_val.insert(JsonValue(int64_t(2)));
    value.set_val.insert(JsonValue(int64_t(1)));
    CHECK(toJsonString(value) == "[1,2]");

    std::vector<std::string> nicks = {"Alice", "Bob \"B\""};
    CHECK(stringListToJson(nicks) == "[\"Alice\",\"Bob \\\"B\\\"\"]");
    CHECK(jsonToStringList(stringListToJson(nicks)) == nicks && jsonToStringList("no").empty());
    std::map<std::string, std::string> map = {{"k", "v"}}, back;
    CHECK(stringMapToJson(map) == "{\"k\":\"v\"}");
    CHECK(jsonToStringMap("{\"k\":\"v\"}", back) && back == map && !jsonToStringMap("[]", back));
}

typedef PyObject *(*Run)(const char *, int, PyObject *, PyObject *);
typedef void (*Put)(PyObject *);

// Objects of the main interpreter, with its lock held.
static void objects()
{
    auto ensure = find<int (*)()>("PyGILState_Ensure");
    auto release = find<void (*)(int)>("PyGILState_Release");
    auto dict = find<PyObject *(*)()>("PyDict_New");
    auto run = find<Run>("PyRun_String");
    auto put = find<Put>("Py_DecRef");
    auto repr = find<PyObject *(*)(PyObject *)>("PyObject_Repr");
    auto text = find<const char *(*)(PyObject *)>("PyUnicode_AsUTF8");
    auto builtins = find<PyObject *(*)()>("PyEval_GetBuiltins");
    auto set = find<int (*)(PyObject *, const char *, PyObject *)>("PyDict_SetItemString");
    JsonValue value;

    CHECK(!PyObjectToJsonValue(nullptr, value) && !JsonValueToPyObject(value)); // no lock
    int state = ensure();
    PyObject *globals = dict();
    set(globals, "__builtins__", builtins());
    static const char *const same[] = {
        "None", "True", "7", "2.5", "'\xc3\xa4'", "[1, [2], {}]", "(1, (2,))", "{3}",
        "{'a': {'b': (None, {1})}}",
    };
    for (const char *expression : same) {
        PyObject *object = run(expression, 258 /* Py_eval_input */, globals, globals);
        CHECK(object && PyObjectToJsonValue(object, value));
        PyObject *back = JsonValueToPyObject(value);
        CHECK(back);
        PyObject *shown = repr(back);
        if (std::strcmp(text(shown), expression) != 0) {
            failures++;
            std::fprintf(stderr, "%s came back as %s\n", expression, text(shown));
        }
        put(shown);
        put(back);
        put(object);
    }
    PyObject *object = run("{1: frozenset({'a'}), None: (0.5,)}", 258, globals, globals);
    CHECK(PyObjectToJsonValue(object, value) && value.type == JsonType::OBJECT);
    CHECK(value.object_val["1"].type == JsonType::SET && value.object_val["1"].set_val.size() == 1);
    CHECK(value.object_val["null"].type == JsonType::TUPLE);
    CHECK(value.object_val["null"].tuple_val[0].double_val == 0.5);
    put(object);
    value = JsonValue(int64_t(7));
    for (const char *bad : {"object()", "[1 << 64]", "{(): 1}", "b'x'"}) {
        object = run(bad, 258, globals, globals);
        CHECK(object && !PyObjectToJsonValue(object, value) && value.int_val == 7);
        put(object);
    }
    JsonValue list, set_of_lists;
    list.type = JsonType::ARRAY;
    set_of_lists.type = JsonType::SET;
    set_of_lists.set_val.insert(list);
    CHECK(!JsonValueToPyObject(set_of_lists));
    put(globals);
    release(state);
}

int main()
{
    find<void (*)(int)>("w_LogLevel")(0);
    texts();
    CHECK(find<int (*)(void *)>("w_Begin")(nullptr) == 1);
    objects();
    CHECK(find<int (*)()>("w_End")() == 1);
    if (failures)
        std::fprintf(stderr, "%d checks failed\n", failures);
    else
        std::puts("all checks passed");
    return failures != 0;
}
