# What of the engine is written in Python. Runs once in every interpreter, before the script.
# `_write(error, text)` is put in by the engine.
import sys


class HookTimeout(BaseException):
    """The hub stopped waiting for this script. Not an Exception, so that `except Exception`
    in a loop does not swallow it."""


class NickList(list):
    """A list of nicks that can also be split as the documented `a$$b$$c` text."""

    __slots__ = ()

    def split(self, sep=None, maxsplit=-1):
        return list(self)

    def __str__(self):
        return "$$".join(self)


class MyInfo(tuple):
    """(nick, desc, tag, speed, email, share), which also reads as the raw `$MyINFO` text."""

    def __new__(cls, fields, raw):
        self = super().__new__(cls, fields)
        self.raw = raw
        return self

    def __str__(self):
        return self.raw

    def __getattr__(self, name):
        return getattr(self.__dict__["raw"], name)

    def __contains__(self, item):
        return tuple.__contains__(self, item) or (isinstance(item, str) and item in self.raw)

    def __radd__(self, other):
        return other + self.raw

    def __reduce__(self):
        return (MyInfo, (tuple(self), self.raw))


def output(error):
    """A line-buffered text stream whose lines go to the hub's log."""
    import io
    from _thread import RLock

    class Output(io.TextIOBase):
        encoding = "utf-8"
        errors = "replace"
        line_buffering = True

        def __init__(self):
            self.rest = ""
            self.lock = RLock()

        def writable(self):
            return True

        def write(self, text):
            if not isinstance(text, str):
                raise TypeError(f"write() argument must be str, not {type(text).__name__}")
            with self.lock:
                *lines, self.rest = (self.rest + text).split("\n")
                if len(self.rest) > 65536:
                    lines.append(self.rest)
                    self.rest = ""
            for line in lines:
                _write(error, line)
            return len(text)

        def flush(self):
            pass

        def finish(self):
            with self.lock:
                rest, self.rest = self.rest, ""
            if rest:
                _write(error, rest)

    return Output()


def start():
    sys.stdout = sys.__stdout__ = output(False)
    sys.stderr = sys.__stderr__ = output(True)


def flush():
    for stream in (sys.__stdout__, sys.__stderr__):
        finish = getattr(stream, "finish", None)
        if finish:
            finish()


def spec(name):
    return type(__import__("sys").__spec__)(name, None)


class StdlibFirst:
    """A script called `json.py` must not become everybody's `json`: names of the standard
    library are looked for where they always were."""

    def __init__(self, path):
        self.path = path

    def find_spec(self, name, path=None, target=None):
        if path is None and name in sys.stdlib_module_names:
            from importlib.machinery import PathFinder

            return PathFinder.find_spec(name, self.path, target)
        return None


def load(path, stem, vh, folders):
    from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader

    with open(path, "rb") as file:
        source = file.read()
    sys.meta_path.insert(sys.meta_path.index(PathFinder), StdlibFirst(list(sys.path)))
    sys.path[:0] = [f for f in folders if f not in sys.path]
    sys.modules["vh"] = vh
    module = type(sys)(stem)
    module.__spec__ = ModuleSpec(stem, SourceFileLoader(stem, path), origin=path)
    module.__file__ = path
    module.__dict__["vh"] = vh
    # The key is the path, so nothing can clash; the stem only helps `pickle` and friends.
    sys.modules[path] = module
    if stem not in sys.stdlib_module_names:
        sys.modules.setdefault(stem, module)
    try:
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    except Exception as error:
        why = refusal(error, path)
        if why is None:
            raise
        raise ImportError(why, path=path) from error
    return module


# What is said by CPython, PyO3, Cython and numpy when a package cannot be used in a sub-interpreter.
REFUSED = (
    "does not support loading in subinterpreters",
    "do not yet support subinterpreters",
    "Interpreter change detected",
    "cannot load module more than once per process",
)


def refusal(error, path):
    """Why a script failed to load, when a package of its imports cannot be used in an
    interpreter of the script's own; else None."""
    from os.path import basename

    chain = []
    while error is not None and not any(error is e for e in chain):
        chain.append(error)
        error = error.__cause__ or error.__context__
    # Packages wrap what they got; the one that refuses is the innermost.
    refused = [e for e in chain if isinstance(e, ImportError) and any(r in str(e) for r in REFUSED)]
    if not refused:
        return None
    inner, package = frames(refused[-1]), frames(chain[0])[:1]
    words = str(refused[-1]).split()
    named = words[words.index("module") + 1 :][:1] if words[0] == "module" else []
    culprit = [n.partition(".")[0] for n in (refused[-1].name, *named, *inner[-1:]) if n]
    culprit = culprit[0] if culprit else "a package"
    package = package[0] if package else culprit
    through = "it" if culprit == package else f"{culprit}, which it needs,"
    return (
        f"{package} cannot be used by the isolated script {basename(path)}: {through} does not "
        'support sub-interpreters. Put "# viperhub: mode=shared" into the first lines of '
        f"{basename(path)}, or set python_mode to shared"
    )


def frames(error):
    """The installed packages an exception came through, outermost first."""
    names, traceback = [], error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if "-packages" in frame.f_code.co_filename:
            name = frame.f_globals.get("__name__")
            names.append(name.partition(".")[0] if isinstance(name, str) else "")
        traceback = traceback.tb_next
    return [n for n in names if n]


def shape(function):
    """How many positional arguments it takes (-1: any) and the name of the first."""
    method = getattr(function, "__func__", None)
    code = getattr(method or function, "__code__", None)
    if code is None:
        import inspect

        kinds = inspect.Parameter
        names = []
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind == kinds.VAR_POSITIONAL:
                return -1, names[0] if names else ""
            if parameter.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD):
                names.append(parameter.name)
        return len(names), names[0] if names else ""
    skip = 1 if method else 0
    names = code.co_varnames[skip : code.co_argcount]
    count = -1 if code.co_flags & 4 else len(names)
    return count, names[0] if names else ""


def finish_threads(seconds):
    """Ends the script's threads: asks executors to, waits, then raises SystemExit in what is
    left. Returns the names of those that did not end."""
    threading = sys.modules.get("threading")
    if threading is None:
        return []
    from time import monotonic

    executors = sys.modules.get("concurrent.futures.thread")
    if executors is not None:
        executors._shutdown = True
        for queue in list(executors._threads_queues.values()):
            queue.put(None)
    # Since 3.13 the main thread here is that of the program, which nobody ends.
    mine = (threading.get_ident(), threading.main_thread().ident)
    left = []

    def wait(until):
        left[:] = [t for t in threading.enumerate() if t.ident not in mine and t.is_alive()]
        for thread in left:
            try:
                thread.join(max(0.0, until - monotonic()))
            except RuntimeError:
                pass
        left[:] = [t for t in left if t.is_alive()]

    now = monotonic()
    wait(now + seconds / 2)
    if left:
        for thread in left:
            _interrupt(thread.ident)
        wait(now + seconds)
    # What `threading` keeps about this thread, which it did not start, complains when it is
    # taken down together with the module (CPython 3.13); the shutdown would make it anew.
    if hasattr(threading, "_DeleteDummyThreadOnDel"):
        threading._DeleteDummyThreadOnDel = lambda thread: None
        threading._thread_local_info.__dict__.pop("_track_dummy_thread_ref", None)
    return [t.name for t in left]
