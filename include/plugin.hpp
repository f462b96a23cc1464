/*
 * Writing functions for wrapper.h in C++: the arguments are unpacked and the result is packed for
 * them. On wrong arguments, or a NULL text, the program's function is not called and the script
 * sees a failure.
 *
 *   w_Targs *_GetUserClass(int id, w_Targs *args) {
 *       return cpiPython::WrapStringToLong(id, args, [](const char *nick) { return classOf(nick); });
 *   }
 *   VH_REGISTER_CALLBACK(GetUserClass, GetUserClass);   // callbacklist[W_GetUserClass] = _Get...
 *   lib_registerCallback(W_MyOwn, _MyOwn);              // vh.MyOwn, without a table
 *
 * Part of Viperhub; GPL-3.0-or-later.
 */
#ifndef VH_PLUGIN_HPP
#define VH_PLUGIN_HPP

#include <string>

#include "wrapper.h"

/* Puts _Func into the table `callbacklist` at W_Name, for vh.Name; beyond the documented ones it needs
 * to be known by name. */
#define VH_REGISTER_CALLBACK(Name, Func) \
    (W_##Name > W_StopHub ? w_RegisterCallback(W_##Name, #Name, &_##Func) : 1, \
     callbacklist[W_##Name] = &_##Func)

/* The same without a table; the constant W_Name says the name. */
#define lib_registerCallback(id, function) vh_registerCallback(id, #id, function)

namespace vh {

namespace detail {

inline w_Targs *pack(bool value) { return w_pack("l", value ? 1L : 0L); }
inline w_Targs *pack(long value) { return w_pack("l", value); }
inline w_Targs *pack(const std::string &value) { return w_pack("s", value.c_str()); }

template <class Result, class Function> w_Targs *oneText(w_Targs *args, Function function)
{
    char *text = nullptr;
    if (!w_unpack(args, "s", &text) || !text)
        return nullptr;
    return pack(Result(function(static_cast<const char *>(text))));
}

template <class Result, class Function> w_Targs *textAndLong(w_Targs *args, Function function)
{
    char *text = nullptr;
    long number = 0;
    if (!w_unpack(args, "sl", &text, &number) || !text)
        return nullptr;
    return pack(Result(function(static_cast<const char *>(text), number)));
}

template <class Result, class Function> w_Targs *twoTexts(w_Targs *args, Function function)
{
    char *one = nullptr, *two = nullptr;
    if (!w_unpack(args, "ss", &one, &two) || !one || !two)
        return nullptr;
    return pack(Result(function(static_cast<const char *>(one), static_cast<const char *>(two))));
}

} // namespace detail

template <class F> w_Targs *WrapStringToBool(int, w_Targs *args, F f)
{
    return detail::oneText<bool>(args, f);
}
template <class F> w_Targs *WrapStringToString(int, w_Targs *args, F f)
{
    return detail::oneText<std::string>(args, f);
}
template <class F> w_Targs *WrapStringToLong(int, w_Targs *args, F f)
{
    return detail::oneText<long>(args, f);
}
template <class F> w_Targs *WrapStringLongToBool(int, w_Targs *args, F f)
{
    return detail::textAndLong<bool>(args, f);
}
template <class F> w_Targs *WrapStringStringToBool(int, w_Targs *args, F f)
{
    return detail::twoTexts<bool>(args, f);
}
template <class F> w_Targs *WrapStringStringToString(int, w_Targs *args, F f)
{
    return detail::twoTexts<std::string>(args, f);
}

/* What the documents' cpiPython has. */
struct LogLevel {
    int level;
    LogLevel &operator=(int value)
    {
        level = value;
        w_LogLevel(value);
        return *this;
    }
    operator int() const { return level; }
};

namespace detail {
template <class T> struct Shared {
    static LogLevel log_level;
};
template <class T> LogLevel Shared<T>::log_level = {1};
} // namespace detail

struct Plugin : detail::Shared<void> {
    static constexpr w_Tpack lib_pack = w_pack;
    static constexpr w_Tunpack lib_unpack = w_unpack;

    static int vh_registerCallback(int id, const char *name, w_Tcallback function)
    {
        return w_RegisterCallback(id, name, function);
    }

    /* Calls a function of a script; NULL, or a result to free. */
    static w_Targs *CallPythonFunction(int script_id, const char *func_name, w_Targs *args)
    {
        return w_CallFunction(script_id, func_name, args);
    }
    static w_Targs *CallPythonFunction(const std::string &script_path, const char *func_name,
                                       w_Targs *args)
    {
        return w_CallFunctionByPath(script_path.c_str(), func_name, args);
    }

    template <class F> static w_Targs *WrapStringToBool(int id, w_Targs *args, F f)
    {
        return vh::WrapStringToBool(id, args, f);
    }
    template <class F> static w_Targs *WrapStringToString(int id, w_Targs *args, F f)
    {
        return vh::WrapStringToString(id, args, f);
    }
    template <class F> static w_Targs *WrapStringToLong(int id, w_Targs *args, F f)
    {
        return vh::WrapStringToLong(id, args, f);
    }
    template <class F> static w_Targs *WrapStringLongToBool(int id, w_Targs *args, F f)
    {
        return vh::WrapStringLongToBool(id, args, f);
    }
    template <class F> static w_Targs *WrapStringStringToBool(int id, w_Targs *args, F f)
    {
        return vh::WrapStringStringToBool(id, args, f);
    }
    template <class F> static w_Targs *WrapStringStringToString(int id, w_Targs *args, F f)
    {
        return vh::WrapStringStringToString(id, args, f);
    }
};

} // namespace vh

/* The names of the documents by themselves. */
static const w_Tpack lib_pack = w_pack;
static const w_Tunpack lib_unpack = w_unpack;
inline int vh_registerCallback(int id, const char *name, w_Tcallback function)
{
    return w_RegisterCallback(id, name, function);
}

/* cpiPython::WrapStringToLong and so on. A program with a class of this name of its own defines
 * VH_OWN_CPIPYTHON before, and may derive it from vh::Plugin. */
#ifndef VH_OWN_CPIPYTHON
struct cpiPython : vh::Plugin {};
#endif

#endif
