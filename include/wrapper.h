/*
 * libvh_python_wrapper: Python scripts for programs in C and C++.
 *
 * A program starts Python (w_Begin), loads scripts (w_ReserveID, w_Load), tells them of events
 * (w_CallHook), calls their functions (w_CallFunction), and answers what they ask of the hub
 * through `vh` (the table given to w_Begin, w_RegisterFunction).
 *
 * Every function may be called from any thread at any time, several threads at once, and from
 * within a callback. Bad ids, NULL, wrong formats give the result that stands for failure.
 *
 * Part of Viperhub; GPL-3.0-or-later.
 */
#ifndef VH_PYTHON_WRAPPER_H
#define VH_PYTHON_WRAPPER_H

#include <stddef.h>
/* What programs over this header use without asking: free, strdup, snprintf. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Python.h is only needed by those who hand over objects (format 'O'). Include it first. */
#ifndef Py_PYTHON_H
struct _object;
typedef struct _object PyObject;
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The table given to w_Begin has W_MAX_CALLBACKS entries; what a program does not offer is NULL. */
#define W_MAX_HOOKS 100
#define W_MAX_CALLBACKS 100
#define W_MAX_RETVALS 10

enum w_ret { W_RET_NONE, W_RET_INT, W_RET_FLOAT, W_RET_CHAR, W_RET_VOID, W_RET_TAB };

/* w_CallHook, w_HasHook: what happened. The Python function has the name without W_. */
enum {
    W_OnNewConn, W_OnCloseConn, W_OnCloseConnEx, W_OnParsedMsgChat, W_OnParsedMsgPM,
    W_OnParsedMsgMCTo, W_OnParsedMsgSearch, W_OnParsedMsgSR, W_OnParsedMsgMyINFO,
    W_OnFirstMyINFO, W_OnParsedMsgValidateNick, W_OnParsedMsgAny, W_OnParsedMsgAnyEx,
    W_OnOpChatMessage, W_OnPublicBotMessage, W_OnUnLoad, W_OnCtmToHub, W_OnParsedMsgSupports,
    W_OnParsedMsgMyHubURL, W_OnParsedMsgExtJSON, W_OnParsedMsgBotINFO, W_OnParsedMsgVersion,
    W_OnParsedMsgMyPass, W_OnParsedMsgConnectToMe, W_OnParsedMsgRevConnectToMe, W_OnUnknownMsg,
    W_OnOperatorCommand, W_OnOperatorKicks, W_OnOperatorDrops, W_OnOperatorDropsWithReason,
    W_OnValidateTag, W_OnUserCommand, W_OnHubCommand, W_OnScriptCommand, W_OnUserInList,
    W_OnUserLogin, W_OnUserLogout, W_OnTimer, W_OnNewReg, W_OnNewBan, W_OnSetConfig,
    W_HOOKS /* how many there are; new ones are added at the end */
};

/* The functions of a program, by their place in the table given to w_Begin. */
enum {
    W_SendToOpChat, W_SendToActive, W_SendToPassive, W_SendToActiveClass, W_SendToPassiveClass,
    W_SendDataToUser, W_SendDataToAll, W_SendPMToAll, W_CloseConnection, W_GetMyINFO,
    W_SetMyINFO, W_GetUserClass, W_GetUserHost, W_GetUserIP, W_SetUserIP, W_SetMyINFOFlag,
    W_UnsetMyINFOFlag, W_GetUserHubURL, W_GetUserExtJSON, W_GetUserCC, W_GetIPCC, W_GetIPCN,
    W_GetIPCity, W_GetIPASN, W_GetGeoIP, W_GetNickList, W_GetOpList, W_GetBotList, W_AddRegUser,
    W_DelRegUser, W_SetRegClass, W_Ban, W_KickUser, W_DelNickTempBan, W_DelIPTempBan,
    W_ParseCommand, W_ScriptCommand, W_SetConfig, W_GetConfig, W_IsRobotNickBad, W_AddRobot,
    W_DelRobot, W_SQL, W_SQLQuery, W_SQLFetch, W_SQLFree, W_GetServFreq, W_GetUsersCount,
    W_GetTotalShareSize, W_UserRestrictions, W_Topic, W_mc, W_usermc, W_classmc, W_pm,
    W_name_and_version, W_StopHub,
    /* These and what a program adds are not looked for in the table: see w_RegisterCallback. */
    W_SendToAll,
    W_CALLBACKS /* how many there are; new ones are added at the end */
};

/* For vh.UserRestrictions. */
enum { w_UR_CHAT = 1, w_UR_PM = 2, w_UR_SEARCH = 4, w_UR_CTM = 8 };

/*
 * Arguments and results. One letter of the format for each element:
 *
 *   l  long                                  int
 *   s  char *, UTF-8, NULL for None          str
 *   d  double                                float
 *   p  void *                                int (the address)
 *   L  NULL-terminated char **, NULL for []  list of str
 *   D  char *, JSON                          dict, list, ... ({} when it is no JSON)
 *   O  PyObject *, NULL for None             that object
 *
 * 'O' is for objects that the script's interpreter may use: its own, or immortal ones such as
 * None and small ints.
 */
typedef struct {
    char type;
    union {
        long l;
        char *s;
        double d;
        void *p;
        char **L;
        PyObject *O;
    };
} w_Telement;

#ifdef __cplusplus
/* Elements follow the format; C++ has no flexible arrays. */
typedef struct {
    const char *format;
    w_Telement args[1];
} w_Targs;
#else
typedef struct {
    const char *format;
    w_Telement args[];
} w_Targs;
#endif

/* A function of a program. `id` is its place in the table, -1 for dynamic functions. `args` are
 * only lent; the result is given away, NULL means failure. Python's lock is not held. */
typedef w_Targs *(*w_Tcallback)(int id, w_Targs *args);

/* Starts Python and takes a table of W_MAX_CALLBACKS functions into use, which is not copied.
 * 1, or 0 when Python does not start. Works again after w_End. */
int w_Begin(w_Tcallback *callbacks);

/* Offers a function by its number, before or after w_Begin and until w_End; it counts before the
 * table's. Numbers beyond W_StopHub are free for functions of your own: scripts that are loaded later
 * have them in vh by that name ("W_Name" means Name), and may give them any arguments: l, d, s, and D
 * for containers; the result is as for w_RegisterFunction. A name that vh has already is replaced
 * (W_SendToAll is such a one). NULL takes it back. 1, or 0 for a bad number or name. */
int w_RegisterCallback(int callback, const char *name, w_Tcallback function);

/* Unloads all scripts. 1. */
int w_End(void);

/* An id for a script, the lowest free one; -1 when there are too many. */
int w_ReserveID(void);

/* Loads a script: "lssssls" = id, path, the bot's nick, the op chat's nick, the hub's directory,
 * its start (seconds since 1970), the name of its settings ("config"). The id, or -1: bad
 * arguments, no file, an exception (to standard error). The id is free again then. */
int w_Load(w_Targs *args);

/* Calls UnLoad() of a script and ends it. 1, or 0 when there is none. The id is free then and may
 * be loaded again. From within a hook of the script it ends when the hook has returned. */
int w_Unload(int id);

/* Whether a script has this hook now: 1 or 0. */
int w_HasHook(int id, int hook);

/* Calls a hook. `params` (or NULL) stay the caller's. NULL: no such hook, an exception, or a
 * result without form. Results: l (int, bool; None is 1), d, s, and for a tuple its elements
 * (None is a NULL s). */
w_Targs *w_CallHook(int id, int num, w_Targs *params);

/* Calls any top-level function of a script. Results: l (int, bool; None is 0), d, s, and D for
 * list, tuple, set, dict. */
w_Targs *w_CallFunction(int id, const char *func_name, w_Targs *params);

/* The same by the path that the script was loaded from, or its file's name with or without .py. */
w_Targs *w_CallFunctionByPath(const char *path, const char *func_name, w_Targs *params);

/* Nothing; kept for programs that look for it. */
PyObject *w_GetHook(int hook);

/* Names, or NULL. */
const char *w_HookName(int hook);
const char *w_CallName(int callback);

/* Lets a script call a function by name, as vh.CallDynamicFunction(name, ...), from its w_ReserveID
 * on. Its arguments: l, d, s, and D for containers. Its result: no letter or NULL for None, one for
 * a value, several for a tuple. Registering again replaces. 1, or 0. */
int w_RegisterFunction(int script_id, const char *name, w_Tcallback callback);
int w_UnregisterFunction(int script_id, const char *name);

/* Makes a block; texts are copied, so that w_pack("s", strdup(x)) leaks: see w_strdup. NULL for a
 * wrong format.
 *
 * Give it back with w_free_args, which frees everything in it, or with free(): the copies that
 * nobody has unpacked are part of the block. What was unpacked, and the texts of results, are
 * pieces of their own: free() each, or w_free_args the block. */
w_Targs *w_pack(const char *format, ...);

/* Reads a block into the places given, one for each letter; a NULL place is left out. What
 * comes behind a '|' may be missing in the block and is 0 or NULL then. 1, or 0 when the formats
 * do not fit. Pointers point into the block.
 *
 * A letter may be another one than in the block where nothing is lost: L for a JSON list of texts, l
 * for 3.0, D for anything. A text or list that was made for that is not part of the block: free() it,
 * a list with each of its texts. */
int w_unpack(w_Targs *a, const char *format, ...);

/* A copy of a text for w_pack on this thread, which frees it when it has copied it; for nothing else.
 * With VH_TAKE_STRDUP defined before this header, w_pack("s", strdup(x)) does that, and each strdup of
 * that source file must be for w_pack. */
char *w_strdup(const char *text);
#ifdef VH_TAKE_STRDUP
#undef strdup
#define strdup(text) w_strdup(text)
#endif

/* Frees a block with all its texts. NULL is fine. */
void w_free_args(w_Targs *a);

/* How much goes to standard error: 0 failures, 1 what comes and goes and warnings, 2 calls with values
 * and results, 3 how long each took, 4 when each begins, 5 JSON on its way. */
void w_LogLevel(int level);

/* A block as text, for messages; stays until this thread's next call. */
const char *w_packprint(w_Targs *a);

/* 1 at the start of a signal handler and 0 at its end: meanwhile no call waits for Python, hooks and
 * functions give NULL at once. */
void w_SetSignalContext(int on);

/* What w_Begin was given. */
typedef struct {
    w_Tcallback *callbacks;
} w_TPython;
extern w_TPython *const w_Python;
extern void *const w_Scripts;

/* Types of the functions, for dlsym. */
typedef int (*w_TBegin)(w_Tcallback *);
typedef int (*w_TRegisterCallback)(int, const char *, w_Tcallback);
typedef int (*w_TEnd)(void);
typedef int (*w_TReserveID)(void);
typedef int (*w_TLoad)(w_Targs *);
typedef int (*w_TUnload)(int);
typedef int (*w_THasHook)(int, int);
typedef w_Targs *(*w_TCallHook)(int, int, w_Targs *);
typedef w_Targs *(*w_TCallFunction)(int, const char *, w_Targs *);
typedef w_Targs *(*w_TCallFunctionByPath)(const char *, const char *, w_Targs *);
typedef PyObject *(*w_TGetHook)(int);
typedef const char *(*w_THookName)(int);
typedef const char *(*w_TCallName)(int);
typedef int (*w_TRegisterFunction)(int, const char *, w_Tcallback);
typedef int (*w_TUnregisterFunction)(int, const char *);
typedef w_Targs *(*w_Tpack)(const char *, ...);
typedef int (*w_Tunpack)(w_Targs *, const char *, ...);
typedef char *(*w_Tstrdup)(const char *);
typedef void (*w_Tfree_args)(w_Targs *);
typedef void (*w_TLogLevel)(int);
typedef const char *(*w_Tpackprint)(w_Targs *);
typedef void (*w_TSetSignalContext)(int);

/* What hooks return. */
#define w_ret0 w_pack("l", 0L)
#define w_ret1 w_pack("l", 1L)
#define w_retnone w_pack("")

#ifdef __cplusplus
}
#endif

/* Says that there is the C++ interface to JSON, too. */
#if defined __cplusplus && __cplusplus >= 201103L
#include "json_marshal.h"
#endif

#endif
