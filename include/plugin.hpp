/*
 * Writing functions for wrapper.h in C++: the arguments are unpacked and the result is packed for
 * them. On wrong arguments, or a NULL text, the program's function is not called and the script
 * sees a failure.
 *
 *   w_Targs *_GetUserClass(int id, w_Targs *args) {
 *       return vh::WrapStringToLong(id, args, [](const char *nick) { return classOf(nick); });
 *   }
 *   VH_REGISTER_CALLBACK(GetUserClass, GetUserClass);   // callbacklist[W_GetUserClass] = _Get...
 *
 * Part of Viperhub; GPL-3.0-or-later.
 */
#ifndef VH_PLUGIN_HPP
#define VH_PLUGIN_HPP

#include <string>

#include "wrapper.h"

/* Puts _Func into the table `callbacklist` at W_Name. */
#define VH_REGISTER_CALLBACK(Name, Func) (callbacklist[W_##Name] = &_##Func)

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

} // namespace vh

/* The names the documents use: cpiPython::WrapStringToLong and so on. A program that has a class
 * of this name defines VH_OWN_CPIPYTHON before. */
#ifndef VH_OWN_CPIPYTHON
struct cpiPython {
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
#endif

#endif
