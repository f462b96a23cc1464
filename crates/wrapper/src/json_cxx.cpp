/* The C++ interface of the original's library, which its plugin and programs made over its headers
 * link with: abi.rs exports these by its names. All of it is in json_marshal.h, where it is inline. */
#include "json_marshal.h"

namespace api = nVerliHub::nPythonPlugin;
namespace json = api::json_detail;
using api::JsonType;
using api::JsonValue;

#ifdef __clang__
/* Only C++ calls them: the name alone is C's. */
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"
#endif

extern "C" {

/* json/objects.rs */
typedef void vhw_tell(const void *value, const w_json_events *events, void *to);
int vhw_read_object(void *object, const w_json_events *events, void *to);
void *vhw_make_object(vhw_tell *tell, const void *value);

bool vhw_cxx_parse(const std::string &text, JsonValue &out) { return json::parse(text, out); }

std::string vhw_cxx_write(const JsonValue &value, bool pretty) { return json::write(value, pretty); }

std::string vhw_cxx_write_list(const std::vector<std::string> &texts)
{
    return json::writeList(texts);
}

std::vector<std::string> vhw_cxx_read_list(const std::string &text) { return json::readList(text); }

std::string vhw_cxx_write_map(const std::map<std::string, std::string> &map)
{
    return json::writeMap(map);
}

bool vhw_cxx_read_map(const std::string &text, std::map<std::string, std::string> &out)
{
    return json::readMap(text, out);
}

bool vhw_cxx_read_object(void *object, JsonValue &out)
{
    json::Builder builder;
    if (!vhw_read_object(object, &json::Builder::events(), &builder))
        return false;
    out = std::move(builder.root);
    return true;
}
} // extern "C"

/* What the parser would tell, of a value. */
static void tell(const JsonValue &value, const w_json_events &events, void *to);

template <class Items>
static void tellItems(const Items &items, int kind, const w_json_events &events, void *to)
{
    events.begin(to, kind);
    for (const JsonValue &item : items)
        tell(item, events, to);
    events.end(to, kind);
}

static void tell(const JsonValue &value, const w_json_events &events, void *to)
{
    switch (value.type) {
    case JsonType::NULL_TYPE: events.null(to); break;
    case JsonType::BOOL: events.boolean(to, value.bool_val); break;
    case JsonType::INT: events.integer(to, value.int_val); break;
    case JsonType::DOUBLE: events.real(to, value.double_val); break;
    case JsonType::STRING:
        events.string(to, value.string_val.data(), value.string_val.size());
        break;
    case JsonType::ARRAY: tellItems(value.array_val, 0, events, to); break;
    case JsonType::SET: tellItems(value.set_val, 2, events, to); break;
    case JsonType::TUPLE: tellItems(value.tuple_val, 3, events, to); break;
    case JsonType::OBJECT:
        events.begin(to, 1);
        for (const auto &pair : value.object_val) {
            events.key(to, pair.first.data(), pair.first.size());
            tell(pair.second, events, to);
        }
        events.end(to, 1);
        break;
    }
}

extern "C" {

static void vhw_tell_value(const void *value, const w_json_events *events, void *to)
{
    tell(*static_cast<const JsonValue *>(value), *events, to);
}

void *vhw_cxx_make_object(const JsonValue &value)
{
    return vhw_make_object(vhw_tell_value, &value);
}
} // extern "C"
