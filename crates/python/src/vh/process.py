# What a script may not do to the process, which is the hub's. Part of boot.py's namespace.
# docs/scripting.md has a section about this table. What CPython audits (chdir, exec, kill, limits)
# is refused by the engine's audit hook, `sys::process`, in the same words.

# At the end of an interpreter the script's exit functions run when that namespace is empty: what
# is put in place here uses closures and builtins, no globals.

OWNER = "the process belongs to the hub and all its scripts"

# Module, its functions, what to do instead.
FORBIDDEN = (
    ("posix", ("_exit", "abort"), "raise SystemExit, or return"),
    ("posix", ("chroot",), "use whole paths"),
    ("posix", ("umask",), "give the mode to os.open, os.mkdir or os.chmod, or umask= to subprocess"),
    (
        "posix",
        (
            *("setuid", "setgid", "seteuid", "setegid", "setreuid", "setregid", "setresuid"),
            *("setresgid", "setgroups", "initgroups"),
        ),
        "use user= and group= of subprocess",
    ),
    (
        "posix",
        ("setsid", "setpgid", "setpgrp", "login_tty"),
        "use start_new_session= or process_group= of subprocess",
    ),
    ("_signal", ("alarm", "setitimer"), "use threading.Timer"),
    ("_signal", ("raise_signal",), "raise an exception, or use vh.StopHub"),
    # None of sub-interpreters.
    ("faulthandler", ("dump_traceback_later", "register"), "use traceback and threading.Timer"),
)
# More makes a program without end out of an endless recursion.
DEEPEST = 100_000


def refuse(name, function, instead):
    """A function of this name that works in a forked child only."""
    forked, text = native.forked, f"{name}: {OWNER}; {instead}"

    def refused(*args, **keywords):
        if forked():
            return function(*args, **keywords)
        raise PermissionError(text)

    return named(refused, function)


def mask_for_library(refused):
    """`os.umask` that tells the standard library the mask: parts of it ask by setting it twice, as
    `dbm.dumb` does, on which `shelve` may depend."""
    frame, library, forked = sys._getframe, sys.stdlib_module_names, native.forked
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            [mask] = [int(line.split()[1], 8) for line in status if line.startswith("Umask:")]
    except (OSError, ValueError):
        mask = 0o022

    def umask(new, /):
        caller = frame(1).f_globals.get("__name__")
        if isinstance(caller, str) and caller.partition(".")[0] in library and not forked():
            return mask
        return refused(new)

    return named(umask, refused)


def spare_files(name, function, numbers):
    """The function for files that are not the hub's."""
    hubs, forked = native.hubs, native.forked
    text = f"{name}: {{}} is an open file of the hub; {OWNER}; close what the script has opened"

    def spared(*args, **keywords):
        try:
            first, last = numbers(*args, **keywords)
        except Exception:
            # It says best itself what is wrong with them.
            return function(*args, **keywords)
        if not forked():
            found = hubs(first, last)
            if found >= 0:
                raise PermissionError(text.format(found))
        return function(*args, **keywords)

    return named(spared, function)


def named(wrapper, function):
    wrapper.__name__ = wrapper.__qualname__ = function.__name__
    wrapper.__doc__, wrapper.__module__ = function.__doc__, function.__module__
    return wrapper


def numbers():
    """By function the first and last number of the open files that its arguments mean."""

    def number(file):
        return (file if isinstance(file, int) else file.fileno()) & 0x7FFFFFFF

    return {
        "close": lambda fd: (number(fd), number(fd)),
        "set_blocking": lambda fd, blocking: (number(fd), number(fd)),
        "set_inheritable": lambda fd, inheritable: (number(fd), number(fd)),
        "closerange": lambda fd_low, fd_high: (max(0, fd_low), min(fd_high, 1 << 30) - 1),
        "dup2": lambda fd, fd2, inheritable=True: (number(fd2), number(fd2)),
    }


def replace(module, name, wrapper):
    """In the module and in those that have taken it over, as `os` has from `posix`."""
    function = getattr(module, name)
    for place in (module, sys.modules.get("os"), sys.modules.get("signal")):
        if place is not None and vars(place).get(name) is function:
            setattr(place, name, wrapper)


def guard_process():
    """Has the functions above refuse what would harm the hub."""
    from importlib import import_module

    for module, names, instead in FORBIDDEN:
        try:
            place = import_module(module)
        except ImportError:
            continue
        shown = {"posix": "os", "_signal": "signal"}.get(module, module)
        for name in names:
            if hasattr(place, name):
                function = getattr(place, name)
                refused = refuse(f"{shown}.{name}", function, instead)
                replace(place, name, mask_for_library(refused) if name == "umask" else refused)
    posix = import_module("posix")
    for name, meant in numbers().items():
        replace(posix, name, spare_files(f"os.{name}", getattr(posix, name), meant))
    if shared:
        instead = "it would hold for all shared scripts and can never be taken back; load the script isolated"
        replace(sys, "addaudithook", refuse("sys.addaudithook", sys.addaudithook, instead))
    guard_recursion()


def guard_recursion():
    function, deepest = sys.setrecursionlimit, DEEPEST
    text = f"sys.setrecursionlimit: at most {deepest} here; {OWNER}"

    def setrecursionlimit(limit, /):
        if isinstance(limit, int) and limit > deepest:
            raise ValueError(text)
        return function(limit)

    sys.setrecursionlimit = named(setrecursionlimit, function)


def guard_forks():
    """A forked child is none of the hub's business: it closes what is the hub's, `vh` refuses, and
    it ends when the code that forked has returned."""
    import posix
    from threading import Thread

    posix.register_at_fork(after_in_child=native.child)
    inner, end, forked = Thread._bootstrap_inner, native.end, native.forked

    def _bootstrap_inner(self):
        inner(self)
        if forked():
            end(0)

    Thread._bootstrap_inner = _bootstrap_inner
