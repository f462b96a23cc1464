/*
 * JSON values for C++: what travels as format 'D'. Over three functions of
 * libvh_python_wrapper; no other library is needed.
 *
 * Part of Viperhub; GPL-3.0-or-later.
 */
#ifndef VH_JSON_MARSHAL_H
#define VH_JSON_MARSHAL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What w_json_parse tells, in the order of the text; entries may be NULL. `kind` is 1 for an object
 * and 0 for an array; in an object each value follows its key. (Sets and tuples of Python, which
 * JSON has not, are 2 and 3.) */
typedef struct {
    void (*null)(void *to);
    void (*boolean)(void *to, int value);
    void (*integer)(void *to, int64_t value);
    void (*real)(void *to, double value);
    void (*string)(void *to, const char *text, size_t length);
    void (*key)(void *to, const char *text, size_t length);
    void (*begin)(void *to, int kind);
    void (*end)(void *to, int kind);
} w_json_events;

/* Reads JSON (UTF-8). 1, or 0 when it is none; then nothing was told. An integer has 64 bits, a
 * larger one is a real; so is 3.0. */
int w_json_parse(const char *text, size_t length, const w_json_events *events, void *to);

/* A text as JSON with its quotes, a number as JSON ("null" for those JSON has not); free() them. */
char *w_json_string(const char *text, size_t length);
char *w_json_real(double number);

#ifdef __cplusplus
}

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

/* As in Python.h. */
struct _object;
typedef struct _object PyObject;

/* Programs ask for this before they use what follows. */
#ifndef HAVE_RAPIDJSON
#define HAVE_RAPIDJSON 1
#endif

namespace nVerliHub {
namespace nPythonPlugin {

enum class JsonType { NULL_TYPE, BOOL, INT, DOUBLE, STRING, ARRAY, OBJECT, SET, TUPLE };

/* One value; only the member of its type means something. */
struct JsonValue {
    JsonType type = JsonType::NULL_TYPE;
    bool bool_val = false;
    int64_t int_val = 0;
    double double_val = 0.0;
    std::string string_val;
    std::vector<JsonValue> array_val;
    std::map<std::string, JsonValue> object_val;
    std::set<JsonValue> set_val;
    std::vector<JsonValue> tuple_val;

    JsonValue() = default;
    explicit JsonValue(bool value) : type(JsonType::BOOL), bool_val(value) {}
    explicit JsonValue(int64_t value) : type(JsonType::INT), int_val(value) {}
    explicit JsonValue(int value) : type(JsonType::INT), int_val(value) {}
    explicit JsonValue(double value) : type(JsonType::DOUBLE), double_val(value) {}
    explicit JsonValue(const std::string &value) : type(JsonType::STRING), string_val(value) {}
    explicit JsonValue(const char *value)
        : type(value ? JsonType::STRING : JsonType::NULL_TYPE), string_val(value ? value : "") {}

    bool isNull() const { return type == JsonType::NULL_TYPE; }
    bool isBool() const { return type == JsonType::BOOL; }
    bool isInt() const { return type == JsonType::INT; }
    bool isDouble() const { return type == JsonType::DOUBLE; }
    bool isString() const { return type == JsonType::STRING; }
    bool isArray() const { return type == JsonType::ARRAY; }
    bool isObject() const { return type == JsonType::OBJECT; }
    bool isSet() const { return type == JsonType::SET; }
    bool isTuple() const { return type == JsonType::TUPLE; }

    /* Some order, so that values can be in a set: by type, then by value. */
    bool operator<(const JsonValue &other) const
    {
        if (type != other.type)
            return type < other.type;
        switch (type) {
        case JsonType::NULL_TYPE: return false;
        case JsonType::BOOL: return bool_val < other.bool_val;
        case JsonType::INT: return int_val < other.int_val;
        case JsonType::DOUBLE: return double_val < other.double_val;
        case JsonType::STRING: return string_val < other.string_val;
        case JsonType::ARRAY: return array_val < other.array_val;
        case JsonType::OBJECT: return object_val < other.object_val;
        case JsonType::SET: return set_val < other.set_val;
        case JsonType::TUPLE: return tuple_val < other.tuple_val;
        }
        return false;
    }
};

namespace json_detail {

/* Puts what the parser tells together. */
struct Builder {
    struct Open {
        JsonValue value;
        std::string key;
    };
    JsonValue root;
    std::vector<Open> open;

    void put(JsonValue &&value)
    {
        if (open.empty()) {
            root = std::move(value);
            return;
        }
        Open &in = open.back();
        switch (in.value.type) {
        case JsonType::OBJECT: in.value.object_val[in.key] = std::move(value); break;
        case JsonType::SET: in.value.set_val.insert(std::move(value)); break;
        case JsonType::TUPLE: in.value.tuple_val.push_back(std::move(value)); break;
        default: in.value.array_val.push_back(std::move(value)); break;
        }
    }

    static Builder &of(void *to) { return *static_cast<Builder *>(to); }
    static void null(void *to) { of(to).put(JsonValue()); }
    static void boolean(void *to, int value) { of(to).put(JsonValue(value != 0)); }
    static void integer(void *to, int64_t value) { of(to).put(JsonValue(value)); }
    static void real(void *to, double value) { of(to).put(JsonValue(value)); }
    static void string(void *to, const char *text, size_t length)
    {
        of(to).put(JsonValue(std::string(text, length)));
    }
    static void name(void *to, const char *text, size_t length)
    {
        of(to).open.back().key.assign(text, length);
    }
    static void begin(void *to, int kind)
    {
        static const JsonType types[] = {JsonType::ARRAY, JsonType::OBJECT, JsonType::SET,
                                         JsonType::TUPLE};
        of(to).open.emplace_back();
        of(to).open.back().value.type = types[kind & 3];
    }
    static void end(void *to, int)
    {
        JsonValue value = std::move(of(to).open.back().value);
        of(to).open.pop_back();
        of(to).put(std::move(value));
    }
    static const w_json_events &events()
    {
        static const w_json_events all = {null, boolean, integer, real, string, name, begin, end};
        return all;
    }
};

inline void take(char *text, std::string &out)
{
    if (text) {
        out += text;
        std::free(text);
    }
}

inline void line(std::string &out, bool pretty, unsigned depth)
{
    if (pretty) {
        out += '\n';
        out.append(4 * static_cast<size_t>(depth), ' ');
    }
}

inline void write(const JsonValue &value, std::string &out, bool pretty, unsigned depth);

template <class Items>
void writeItems(const Items &items, std::string &out, bool pretty, unsigned depth)
{
    bool first = true;
    out += '[';
    for (const JsonValue &item : items) {
        if (!first)
            out += ',';
        first = false;
        line(out, pretty, depth + 1);
        write(item, out, pretty, depth + 1);
    }
    if (!first)
        line(out, pretty, depth);
    out += ']';
}

inline void write(const JsonValue &value, std::string &out, bool pretty, unsigned depth)
{
    bool first = true;
    switch (value.type) {
    case JsonType::NULL_TYPE: out += "null"; break;
    case JsonType::BOOL: out += value.bool_val ? "true" : "false"; break;
    case JsonType::INT: out += std::to_string(value.int_val); break;
    case JsonType::DOUBLE: take(w_json_real(value.double_val), out); break;
    case JsonType::STRING:
        take(w_json_string(value.string_val.data(), value.string_val.size()), out);
        break;
    case JsonType::ARRAY: writeItems(value.array_val, out, pretty, depth); break;
    case JsonType::SET: writeItems(value.set_val, out, pretty, depth); break;
    case JsonType::TUPLE: writeItems(value.tuple_val, out, pretty, depth); break;
    case JsonType::OBJECT:
        out += '{';
        for (const auto &pair : value.object_val) {
            if (!first)
                out += ',';
            first = false;
            line(out, pretty, depth + 1);
            take(w_json_string(pair.first.data(), pair.first.size()), out);
            out += pretty ? ": " : ":";
            write(pair.second, out, pretty, depth + 1);
        }
        if (!first)
            line(out, pretty, depth);
        out += '}';
        break;
    }
}

inline bool parse(const std::string &text, JsonValue &out)
{
    Builder builder;
    if (!w_json_parse(text.data(), text.size(), &Builder::events(), &builder))
        return false;
    out = std::move(builder.root);
    return true;
}

inline std::string write(const JsonValue &value, bool pretty = false)
{
    std::string out;
    write(value, out, pretty, 0);
    return out;
}

inline std::string writeList(const std::vector<std::string> &texts)
{
    JsonValue value;
    value.type = JsonType::ARRAY;
    for (const std::string &text : texts)
        value.array_val.push_back(JsonValue(text));
    return write(value);
}

/* What is no text is given as JSON. */
inline std::string textOf(const JsonValue &value)
{
    return value.isString() ? value.string_val : write(value);
}

inline std::vector<std::string> readList(const std::string &text)
{
    std::vector<std::string> list;
    JsonValue value;
    if (parse(text, value) && value.isArray())
        for (const JsonValue &item : value.array_val)
            list.push_back(textOf(item));
    return list;
}

inline std::string writeMap(const std::map<std::string, std::string> &map)
{
    JsonValue value;
    value.type = JsonType::OBJECT;
    for (const auto &pair : map)
        value.object_val[pair.first] = JsonValue(pair.second);
    return write(value);
}

inline bool readMap(const std::string &text, std::map<std::string, std::string> &out)
{
    JsonValue value;
    if (!parse(text, value) || !value.isObject())
        return false;
    out.clear();
    for (const auto &pair : value.object_val)
        out[pair.first] = textOf(pair.second);
    return true;
}

} // namespace json_detail

/* Reads JSON; false, and `out_value` as it was, when it is empty or wrong. */
inline bool parseJson(const std::string &json_str, JsonValue &out_value)
{
    return json_detail::parse(json_str, out_value);
}

/* Writes JSON without spaces, or with lines and indents. Sets and tuples become arrays. */
inline std::string toJsonString(const JsonValue &value, bool pretty = false)
{
    return json_detail::write(value, pretty);
}

inline std::string stringListToJson(const std::vector<std::string> &string_list)
{
    return json_detail::writeList(string_list);
}

/* What is no text is given as JSON; empty when it is no array. */
inline std::vector<std::string> jsonToStringList(const std::string &json_str)
{
    return json_detail::readList(json_str);
}

inline std::string stringMapToJson(const std::map<std::string, std::string> &map)
{
    return json_detail::writeMap(map);
}

/* False, and `out_map` as it was, when it is no object. */
inline bool jsonToStringMap(const std::string &json_str, std::map<std::string, std::string> &out_map)
{
    return json_detail::readMap(json_str, out_map);
}

/* Between objects of Python and values, for code that holds Python's lock: what JSON has, and sets
 * and tuples as such. Not inline, so these need the library: false, or NULL, for anything else. */
bool PyObjectToJsonValue(PyObject *obj, JsonValue &out_value);
PyObject *JsonValueToPyObject(const JsonValue &value);

} // namespace nPythonPlugin
} // namespace nVerliHub
#endif

#endif
