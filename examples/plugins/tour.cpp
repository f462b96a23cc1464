// A tour of what a native plugin can do, in C++. Scripts get:
//
//   cpp_stats(nick)        {'lines': 2, 'words': 5, 'class': 3}, or None
//   cpp_reverse(list)      the list backwards
//   cpp_add_field(dict, key, value)    the dict with one more field
//   cpp_summary(list)      (smallest, largest, mean) of numbers
//
// And to whoever logs in it says something, as the script tour.py has it: greeting(nick).
//
//   c++ -std=c++17 -shared -fPIC -I../../include tour.cpp -o tour_cpp.so
#include <algorithm>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "viperhub_plugin.h"

namespace {

const vhp_api *hub;

struct Stats {
    long lines = 0, words = 0;
};

// One for each time it is loaded; handed to the callbacks as their data.
struct Tour {
    vhp_plugin *self;
    std::mutex lock;
    std::map<std::string, Stats> users;
};

Tour *tour;

std::string text(const vhp_value &value)
{
    if (value.type != VHP_TEXT)
        throw std::invalid_argument("a text is wanted");
    return std::string(value.as.text, value.count);
}

// Memory that stays until the callback is over.
template <typename T> T *keep(vhp_scope *scope, const std::vector<T> &items)
{
    void *memory = hub->alloc(scope, items.size() * sizeof(T));
    if (!memory)
        throw std::bad_alloc();
    std::copy(items.begin(), items.end(), static_cast<T *>(memory));
    return static_cast<T *>(memory);
}

vhp_value container(vhp_scope *scope, int type, const std::vector<vhp_value> &items)
{
    const size_t count = type == VHP_DICT ? items.size() / 2 : items.size();
    return vhp_container(type, keep(scope, items), count);
}

using Args = std::vector<vhp_value>;
using Body = vhp_value (*)(Tour &, vhp_scope *, const Args &);

// No exception may leave a callback: here it becomes one of Python's.
template <Body body>
int function(void *data, vhp_scope *scope, const vhp_value *args, size_t count, vhp_value *result)
{
    try {
        *result = body(*static_cast<Tour *>(data), scope, Args(args, args + count));
        return 1;
    } catch (const std::exception &error) {
        hub->fail(scope, error.what());
        return 0;
    }
}

vhp_value stats(Tour &tour, vhp_scope *scope, const Args &args)
{
    const std::string nick = text(args.at(0));
    Stats mine;
    {
        std::lock_guard<std::mutex> guard(tour.lock);
        auto found = tour.users.find(nick);
        if (found == tour.users.end())
            return vhp_none();
        mine = found->second;
    }
    // Any vh function can be called, here in the name of the script that asks.
    const vhp_value who = args[0];
    vhp_value user_class = vhp_none();
    if (!hub->call_vh(tour.self, scope, "GetUserClass", &who, 1, &user_class))
        throw std::runtime_error(hub->error(scope));
    return container(scope, VHP_DICT,
                     {vhp_text("lines"), vhp_int(mine.lines), vhp_text("words"),
                      vhp_int(mine.words), vhp_text("class"), user_class});
}

vhp_value reverse(Tour &, vhp_scope *scope, const Args &args)
{
    const vhp_value &list = args.at(0);
    if (list.type != VHP_LIST)
        throw std::invalid_argument("cpp_reverse(list) wants a list");
    Args items(list.as.items, list.as.items + list.count);
    std::reverse(items.begin(), items.end());
    return container(scope, VHP_LIST, items);
}

vhp_value add_field(Tour &, vhp_scope *scope, const Args &args)
{
    const vhp_value &dict = args.at(0);
    if (dict.type != VHP_DICT || args.size() != 3)
        throw std::invalid_argument("cpp_add_field(dict, key, value) wants a dict first");
    Args fields(dict.as.items, dict.as.items + 2 * dict.count);
    fields.push_back(args[1]);
    fields.push_back(args[2]);
    return container(scope, VHP_DICT, fields);
}

vhp_value summary(Tour &, vhp_scope *scope, const Args &args)
{
    std::vector<double> numbers;
    const vhp_value &list = args.at(0);
    for (size_t i = 0; list.type == VHP_LIST && i < list.count; i++) {
        const vhp_value &item = list.as.items[i];
        if (item.type != VHP_INT && item.type != VHP_FLOAT)
            throw std::invalid_argument("cpp_summary(list) wants numbers only");
        numbers.push_back(item.type == VHP_INT ? double(item.as.integer) : item.as.real);
    }
    if (numbers.empty())
        throw std::invalid_argument("cpp_summary(list) wants a list of numbers");
    double sum = 0;
    for (double number : numbers)
        sum += number;
    const auto ends = std::minmax_element(numbers.begin(), numbers.end());
    return container(scope, VHP_TUPLE,
                     {vhp_float(*ends.first), vhp_float(*ends.second),
                      vhp_float(sum / double(numbers.size()))});
}

// OnParsedMsgChat(nick, message)
int on_chat(void *data, vhp_scope *, const vhp_event *event)
{
    try {
        Tour &tour = *static_cast<Tour *>(data);
        std::istringstream message(text(event->args[1]));
        std::string word;
        std::lock_guard<std::mutex> guard(tour.lock);
        Stats &stats = tour.users[text(event->args[0])];
        stats.lines++;
        while (message >> word)
            stats.words++;
    } catch (const std::exception &error) {
        hub->log(tour->self, VHP_ERROR, error.what());
    }
    return VHP_ALLOW;
}

// OnUserLogin(nick): what to say is asked of a function in Python.
int on_login(void *data, vhp_scope *scope, const vhp_event *event)
{
    Tour &tour = *static_cast<Tour *>(data);
    const vhp_value nick = event->args[0];
    vhp_value words = vhp_none();
    // Without that script there is nothing to say.
    if (hub->call_python(tour.self, scope, "tour", "greeting", &nick, 1, &words) &&
        words.type == VHP_TEXT) {
        const vhp_value say[] = {nick, words};
        if (!hub->call_vh(tour.self, scope, "usermc", say, 2, nullptr))
            hub->log(tour.self, VHP_WARN, hub->error(scope));
    }
    return VHP_ALLOW;
}

const char *start(vhp_plugin *self)
{
    tour = new Tour{self, {}, {}};
    const bool done = hub->subscribe(self, "OnParsedMsgChat", on_chat, tour) &&
                      hub->subscribe(self, "OnUserLogin", on_login, tour) &&
                      hub->register_function(self, nullptr, "cpp_stats", function<stats>, tour) &&
                      hub->register_function(self, nullptr, "cpp_reverse", function<reverse>, tour) &&
                      hub->register_function(self, nullptr, "cpp_add_field", function<add_field>,
                                             tour) &&
                      // Only for one script, whether it is loaded yet or not.
                      hub->register_function(self, "tour.py", "cpp_summary", function<summary>, tour);
    return done ? nullptr : "not all of it was taken";
}

void stop(vhp_plugin *)
{
    delete tour;
    tour = nullptr;
}

const vhp_description about = {VHP_VERSION, "Tour in C++", "1.0", start, stop};

} // namespace

VHP_EXPORT const vhp_description *viperhub_plugin(const vhp_api *api)
{
    hub = api;
    return &about;
}
