# What of the engine is written in Python. Runs once in every interpreter, before any script.
# `native` is the engine: `write(script, error, line)`, `interrupt(thread, class)`, `here()`.
import sys

native = None
# Whether several scripts live in this interpreter, and the script when only one does.
shared = False
only = None


class HookTimeout(BaseException):
    """The hub stopped waiting for this script. Not an Exception, so that `except Exception`
    in a loop does not swallow it."""


class NickList(list):
    """A list of nicks that also reads as the text `a$$b$$c` of the older documents, where a
    list cannot be meant."""

    # Where scripts and `pickle` find it.
    __module__ = "vh"
    __slots__ = ()
    __hash__ = None

    def __str__(self):
        return "$$".join(self)

    def __getattr__(self, name):
        # `strip`, `replace` and the like, which lists do not have.
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(str(self), name)

    def split(self, sep=None, maxsplit=-1):
        if sep in (None, "$$") and maxsplit < 0:
            return list(self)
        return str(self).split(sep, maxsplit)

    def __eq__(self, other):
        return str(self) == other if isinstance(other, str) else list.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    def __contains__(self, item):
        # Of the text a nick with marks around it is asked, wherever in the list it stands.
        return list.__contains__(self, item) or (is_joined(item) and item in f"$${self}$$")

    def count(self, value, *within):
        return str(self).count(value, *within) if is_joined(value) else list.count(self, value)

    def index(self, value, *within):
        return str(self).index(value, *within) if is_joined(value) else list.index(self, value, *within)

    def __add__(self, other):
        return str(self) + other if isinstance(other, str) else list.__add__(self, other)

    def __radd__(self, other):
        return other + (str(self) if isinstance(other, str) else list(self))

    def __iadd__(self, other):
        return str(self) + other if isinstance(other, str) else list.__iadd__(self, other)


def is_joined(item):
    """Whether it can only be a part of the text: no nick holds a `$`."""
    return isinstance(item, str) and "$" in item


class MyINFO(str):
    """The raw `$MyINFO` text of a user, which by index, in loops and unpacked reads as the tuple
    (nick, desc, tag, speed, email, share) of the older documents."""

    __module__ = "vh"
    __slots__ = ("fields",)
    __hash__ = str.__hash__

    def __new__(cls, fields, raw):
        self = super().__new__(cls, raw)
        self.fields = tuple(fields)
        return self

    @property
    def raw(self):
        return str(self)

    def __getitem__(self, key):
        fields = self.fields
        if hasattr(key, "__index__") and -len(fields) <= key.__index__() < len(fields):
            return fields[key]
        return str.__getitem__(self, key)

    def __iter__(self):
        return iter(self.fields)

    def __reversed__(self):
        return reversed(self.fields)

    def __eq__(self, other):
        return self.fields == other if isinstance(other, tuple) else str.__eq__(self, other)

    def __ne__(self, other):
        return self.fields != other if isinstance(other, tuple) else str.__ne__(self, other)

    def __contains__(self, item):
        return isinstance(item, str) and str.__contains__(self, item)

    def __add__(self, other):
        return self.fields + other if isinstance(other, tuple) else str.__add__(self, other)

    def __radd__(self, other):
        return other + (self.fields if isinstance(other, tuple) else str(self))

    def __reduce__(self):
        return (MyINFO, (self.fields, str(self)))


class Guest:
    """A script, as the code here knows it."""

    def __init__(self, name, vh):
        self.name = name
        self.vh = vh
        self.path = None
        self.module = None
        self.folders = []


guests = []


def guest():
    """The script that this thread works for, or None."""
    if not shared:
        return only
    here = native.here()
    if here is None:
        import threading

        here = getattr(threading.current_thread(), "_viperhub", None)
    return here


def owner_for(name):
    owner = guest()
    if owner is None:
        # `hasattr` and `inspect`, which look into every module, count on this class.
        raise AttributeError(f"vh.{name}: this thread belongs to no script, use the script's own vh")
    return owner


class Late:
    """A function of `vh` that a helper module has imported: whose it is, each call decides."""

    def __init__(self, name, function):
        self.__name__ = self.__qualname__ = name
        self.__doc__ = function.__doc__
        self.__module__ = "vh"
        # What scripts put in the place of one has none.
        self.__text_signature__ = getattr(function, "__text_signature__", None)

    def __call__(self, *args, **keywords):
        return getattr(owner_for(self.__name__).vh, self.__name__)(*args, **keywords)

    def __repr__(self):
        return f"<function vh.{self.__name__}>"


class Proxy(type(sys)):
    """What `import vh` finds where several scripts live: each thread gets its own script's."""

    late = {}

    def __getattr__(self, name):
        vh = owner_for(name).vh
        if name == "__all__":
            return [n for n in dir(vh) if not n.startswith("_")]
        value = getattr(vh, name)
        if callable(value):
            value = self.late.get(name) or self.late.setdefault(name, Late(name, value))
        return value

    def __setattr__(self, name, value):
        owner = guest()
        if owner is None:
            super().__setattr__(name, value)
        else:
            setattr(owner.vh, name, value)

    def __dir__(self):
        owner = guest()
        return dir(owner.vh) if owner else super().__dir__()


proxy = Proxy("vh")


def publish(vh):
    """The classes of what `vh` gives can be imported from it."""
    for kind in (NickList, MyINFO):
        setattr(vh, kind.__name__, kind)


# Characters of a line that is not finished; a longer one is shown as it is.
LONGEST = 65536


def piece(text, start, end):
    """What is shown of a line."""
    if end - start <= LONGEST:
        return text[start:end]
    return f"{text[start : start + LONGEST]} ... {end - start - LONGEST} characters left out"


def output(error):
    """A line-buffered text stream whose lines go to the hub's log."""
    import io
    from _thread import RLock

    class Output(io.TextIOBase):
        encoding = "utf-8"
        errors = "replace"
        line_buffering = True

        def __init__(self):
            # Unfinished lines, by script.
            self.rest = {}
            self.lock = RLock()

        def writable(self):
            return True

        def write(self, text):
            if not isinstance(text, str):
                raise TypeError(f"write() argument must be str, not {type(text).__name__}")
            owner = guest()
            with self.lock:
                rest = self.rest.pop(owner, "")
            # Piece by piece: what nobody will read, however long, is not copied.
            at, passes = 0, True
            while passes and (end := text.find("\n", at)) >= 0:
                passes = self.line(owner, rest + piece(text, at, end))
                rest, at = "", end + 1
            if not passes:
                last = text.rfind("\n") + 1
                native.skip(owner.name if owner else "", text.count("\n", at), max(0, last - at))
                at = max(at, last)
            if len(rest) + len(text) - at > LONGEST:
                self.line(owner, rest + piece(text, at, len(text)))
            elif at < len(text) or rest:
                with self.lock:
                    self.rest[owner] = rest + text[at:] + self.rest.get(owner, "")
            return len(text)

        def line(self, owner, line):
            return native.write(owner.name if owner else "", error, line)

        def flush(self):
            pass

        def finish(self, owner):
            with self.lock:
                rest = self.rest.pop(owner, "")
            if rest:
                self.line(owner, rest)

    return Output()


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


def spec(name):
    return type(sys.__spec__)(name, None)


def start(engine, many):
    """Makes the interpreter ready; `many` scripts may come or only one at a time."""
    global native, shared, first_path, first_main, first_warnings, needed
    import threading
    import warnings
    from importlib.machinery import PathFinder

    native, shared = engine, many
    sys.stdout = sys.__stdout__ = output(False)
    sys.stderr = sys.__stderr__ = output(True)
    first_path = list(sys.path)
    sys.meta_path.insert(sys.meta_path.index(PathFinder), StdlibFirst(first_path))
    first_main, first_warnings = threading.main_thread(), list(warnings.filters)
    if shared:
        sys.modules["vh"] = proxy
        publish(proxy)
        tag_threads()
        threading.main_thread = main_thread
        guard_forks()
    else:
        watch_extensions()
        if sys.version_info < (3, 13):
            # It fails with an AttributeError here, so that `zoneinfo` would not do without it.
            sys.modules["_zoneinfo"] = None
    guard_process()
    needed = Needed()


def main_thread():
    """The thread that runs the script's hooks, for that one; `asyncio.get_event_loop` asks."""
    from threading import current_thread

    return first_main if native.here() is None else current_thread()


def tag_threads():
    """Has every new thread belong to the script that starts it."""
    from threading import Thread

    start = Thread.start

    def start_tagged(self):
        """Start the thread's activity."""
        self._viperhub = guest()
        return start(self)

    Thread.start = start_tagged


def admit(name, vh):
    """A new script comes."""
    global only
    tell_mended()
    new = Guest(name, vh)
    guests.append(new)
    publish(vh)
    if not shared:
        import threading

        only = new
        # What was refused its predecessor is refused it as well, and told again.
        refused.clear()
        told.clear()
        sys.modules["vh"] = vh
        # For the script this is the main thread, each time it is loaded.
        threading._main_thread = threading.current_thread()
    return new


def prepare(guest, path, folders):
    """The module of a script whose code has not run yet."""
    from importlib.machinery import ModuleSpec, SourceFileLoader

    # Its own folders come first for what it imports, also when another script brought them in.
    sys.path[:] = folders + [f for f in sys.path if f not in folders]
    guest.folders, guest.path = folders, path
    name = guest.name
    guest.module = module = type(sys)(name)
    module.__spec__ = ModuleSpec(name, SourceFileLoader(name, path), origin=path)
    module.__file__ = path
    module.__dict__["vh"] = guest.vh
    # The key is the path, so nothing can clash; the stem only helps `pickle` and friends.
    sys.modules[path] = module
    if name not in sys.stdlib_module_names:
        sys.modules.setdefault(name, module)
    return module


def run(guest, module):
    """Runs the script. Returns the names its top level defines, where that matters."""
    with open(guest.path, "rb") as file:
        source = file.read()
    names = module.__dict__
    try:
        exec(compile(source, guest.path, "exec", dont_inherit=True), names)
    except BaseException as error:
        # Whoever reads the traceback knows nothing of this function.
        error.__traceback__ = error.__traceback__.tb_next
        why = None
        if not shared and isinstance(error, Exception):
            why = refusal(error, guest.path)
        if why is None:
            raise
        raise ImportError(why, path=guest.path) from error
    finally:
        if shared:
            # What `import vh` found depends on the thread; the script itself is sure.
            for name, value in list(names.items()):
                if value is proxy:
                    names[name] = guest.vh
                elif type(value) is Late:
                    names[name] = getattr(guest.vh, value.__name__)
    if not shared:
        return ()
    keep_loaded()
    from symtable import symtable

    symbols = symtable(source, guest.path, "exec").get_symbols()
    return tuple(s.get_name() for s in symbols if s.is_assigned() or s.is_imported())


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
    chain = []
    while error is not None and not any(error is e for e in chain):
        chain.append(error)
        error = error.__cause__ or error.__context__
    # Packages wrap what they got; the one that refuses is the innermost.
    refused = [e for e in chain if isinstance(e, ImportError) and any(r in str(e) for r in REFUSED)]
    if not refused:
        return None
    inner, package = frames(refused[-1]), frames(chain[0])[:1]
    named = module_named(refused[-1])
    culprit = [n.partition(".")[0] for n in (refused[-1].name, named, *inner[-1:]) if n]
    culprit = culprit[0] if culprit else "a package"
    package = package[0] if package else culprit
    through = "it" if culprit == package else f"{culprit}, which it needs,"
    return way_out(package, through, path)


def way_out(package, through, path):
    """What to do about a package that refuses sub-interpreters, by itself or through another."""
    from os.path import basename

    return (
        f"{package} cannot be used by the isolated script {basename(path)}: {through} does not "
        'support sub-interpreters. Put "# viperhub: mode=shared" into the first lines of '
        f"{basename(path)}, or set python_mode to shared"
    )


# What could not be loaded in this interpreter: by its names, what to do about it, and where it was
# imported (file and line).
refused = {}
# Of these the names that the log has.
told = set()
# What is watched for that, to be put back in the end.
watched = []


def watch_extensions():
    """Takes note of what refuses to be loaded here: whoever tries may keep the error for himself.
    Files of the standard library are watched for what they pass on of that."""
    from importlib.machinery import BuiltinImporter, ExtensionFileLoader, SourceFileLoader

    for loader in (ExtensionFileLoader, BuiltinImporter, SourceFileLoader):
        for name in ("create_module", "exec_module"):
            if loader is SourceFileLoader and name == "create_module":
                continue
            place = next(c for c in loader.__mro__ if name in vars(c))
            before, function = vars(place)[name], getattr(place, name)
            wrapper = named(noting(function, loader is SourceFileLoader), function)
            if isinstance(before, staticmethod):
                wrapper = staticmethod(wrapper)
            setattr(place, name, wrapper)
            watched.append((place, name, before))


def noting(load, only_standard):
    def loading(*args):
        try:
            return load(*args)
        except ImportError as error:
            error.__traceback__ = error.__traceback__.tb_next
            # A module or what one is made from.
            name = getattr(args[-1], "__name__", None) or args[-1].name
            if any(r in str(error) for r in REFUSED) and (not only_standard or is_standard(name)):
                note_refusal(name, error, sys._getframe(1))
            raise

    # Warnings and tracebacks pass over it as over what it stands for.
    loading.__code__ = loading.__code__.replace(co_filename="<frozen importlib._bootstrap>")
    return loading


def is_standard(module):
    return module.partition(".")[0] in sys.stdlib_module_names


def module_named(error):
    """The module that an error of CPython says is refused."""
    words = str(error).split()
    return words[1] if len(words) > 1 and words[0] == "module" else None


def note_refusal(module, error, frame):
    """A part of a package was refused, or a module of the standard library failed by that; `frame`
    is where it was imported."""
    culprit = package = module.partition(".")[0]
    standard = is_standard(module)
    while frame is not None:
        file = frame.f_code.co_filename
        name = frame.f_globals.get("__name__")
        if "-packages" in file:
            package = name.partition(".")[0] if isinstance(name, str) else package
        # `import_module` is a function of the second.
        elif not file.startswith("<frozen importlib") and name != "importlib":
            break
        frame = frame.f_back
    path = only.path if only is not None else None
    if path is None:
        return
    if standard:
        # The standard library and packages do without such parts by themselves, or what they pass
        # on comes here again. A script that imports one is told.
        tells = frame is not None and package == culprit and not in_library(frame)
        culprit, package = module_named(error) or module, module
        text = way_out(module, "it" if culprit == module else f"{culprit}, which it needs,", path)
        for key in [k for k in refused if k[0] == culprit and k[1] != module and k not in told]:
            # On its way out.
            del refused[key]
    else:
        # Whoever needs it may do without, so that only the culprit is told of.
        tells = True
        text = way_out(culprit if culprit == package else f"{culprit}, which {package} needs,", "it", path)
    places = refused.setdefault((culprit, package), (text, set()))[1]
    if frame is not None:
        places.add((frame.f_code.co_filename, frame.f_lineno))
    if tells and (culprit, package) not in told:
        told.add((culprit, package))
        native.write(only.name, True, text)


def in_library(frame):
    """Whether code of the standard library runs there."""
    from os.path import dirname
    import threading

    file = frame.f_code.co_filename
    return file.startswith((dirname(threading.__file__) + "/", "<frozen ")) and "-packages" not in file


def explain(traceback):
    """What to do about a failure, if it comes of what was refused: the error or the line that
    failed names it, by its own name or by the one it was imported as."""
    if not refused or only is None:
        return None
    import re

    said, lines = told_of(traceback)
    said_names = set(re.findall(r"\w+", said))

    def is_named(names, places):
        if not said_names.isdisjoint(names):
            return True
        for file, line in lines:
            here = [place for place in places if place[0] == file]
            words = set(re.findall(r"\w+", line))
            if (here or file == only.path) and not words.isdisjoint(names):
                return True
            if any(not words.isdisjoint(bound_names(place, names)) for place in here):
                return True
        return False

    ways = [text for names, (text, places) in refused.items() if is_named(names, places)]
    if any(text in traceback for text in ways) or "cannot be used by the isolated script" in traceback:
        return None
    return "\n".join(dict.fromkeys(ways)) or None


# What stands between the tracebacks of errors that come of each other.
BETWEEN = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)


def told_of(traceback):
    """What the errors of a traceback say, and the line of each file where they came up."""
    said, innermost, number, file = [], {}, 0, None
    for line in traceback.splitlines():
        if line.startswith("Traceback (most recent call last)"):
            number += 1
        elif line.startswith('  File "'):
            file = line[len('  File "') :].rpartition('", line ')[0]
            innermost[number, file] = ""
        elif line.startswith("    ") and file is not None:
            innermost[number, file] += line
        elif line and not line.startswith(" ") and line not in BETWEEN:
            said.append(line)
            file = None
    return "\n".join(said), [(file, line) for (_, file), line in innermost.items()]


def bound_names(place, packages):
    """The names that an import of these packages at this place (file and line) gives to what it
    brings."""
    import ast

    file, number = place
    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return set()

    def of(node):
        if isinstance(node, ast.Import):
            return [a.asname for a in node.names if a.name.partition(".")[0] in packages]
        if isinstance(node, ast.ImportFrom):
            return [a.asname or a.name for a in node.names]
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
            # Of a function such as `import_module`.
            stored = (n for n in ast.walk(node) if isinstance(getattr(n, "ctx", None), ast.Store))
            return [getattr(n, "id", getattr(n, "attr", None)) for n in stored]
        return []

    here = (n for n in ast.walk(tree) if getattr(n, "lineno", 0) <= number <= getattr(n, "end_lineno", 0))
    return {name for node in here for name in of(node) if name}


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


def finish_threads(guest, seconds):
    """Ends the script's threads: asks executors and event loops to stop, waits, then raises
    SystemExit in what is left. Returns the names of those that did not end."""
    import threading
    from time import monotonic

    # Nobody ends these: this one, the script's own, that of the program or the first script. By
    # their idents they cannot be told from others, since those of ended threads come back.
    mine = {id(t) for t in (threading.current_thread(), threading.main_thread(), first_main)}

    def left():
        return [
            t
            for t in threading.enumerate()
            if id(t) not in mine
            and not isinstance(t, threading._DummyThread)
            and t.is_alive()
            and (not shared or getattr(t, "_viperhub", None) is guest)
        ]

    def wait(until):
        for thread in left():
            try:
                thread.join(max(0.0, until - monotonic()))
            except RuntimeError:
                pass
        return left()

    now = monotonic()
    threading.excepthook = quiet_cancellations(threading.excepthook)
    for timer in left():
        if isinstance(timer, threading.Timer):
            timer.cancel()
    stop_executors(left())
    stop_loops(left())
    running = wait(now + seconds / 2)
    if running:
        # Loops that came up, or whose tasks would not be cancelled.
        stop_loops(running)
        for thread in running:
            native.interrupt(thread.ident, SystemExit)
        running = wait(now + seconds)
    return [t.name for t in running]


def quiet_cancellations(hook):
    """An `asyncio.run` that the engine has cancelled is no failure of its thread."""
    if getattr(hook, "quiet", False):
        return hook

    def excepthook(args):
        asyncio = sys.modules.get("asyncio")
        if asyncio is None or not isinstance(args.exc_value, asyncio.CancelledError):
            hook(args)

    excepthook.quiet = True
    return excepthook


def stop_executors(threads):
    """Shuts down the thread pools that these threads belong to."""
    module = sys.modules.get("concurrent.futures.thread")
    if module is None:
        return
    for thread in threads:
        if thread not in module._threads_queues:
            continue
        reference = next(iter(getattr(thread, "_args", None) or ()), None)
        executor = reference() if callable(reference) else None
        if isinstance(executor, module.ThreadPoolExecutor):
            executor.shutdown(wait=False, cancel_futures=True)
        else:
            # Its executor is gone: the worker ends at the next item.
            module._threads_queues[thread].put(None)


def stop_loops(threads):
    """Cancels the tasks of the event loops that run in these threads, and stops them."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or not threads:
        return
    import gc

    def cancel(loop):
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        # `asyncio.run` ends by itself once its task has; `run_forever` has to be told.
        loop.call_later(0.1 if tasks else 0, loop.stop)

    # Not by `sys._current_frames`, which looks into other interpreters without their locks.
    idents = {t.ident for t in threads}
    for loop in [o for o in gc.get_objects() if isinstance(o, asyncio.AbstractEventLoop)]:
        if getattr(loop, "_thread_id", None) in idents:
            try:
                loop.call_soon_threadsafe(cancel, loop)
            except RuntimeError:
                pass


def local(module, folders):
    """Whether a module's file lies beside a script rather than among installed packages."""
    places = [getattr(module, "__file__", None)]
    if places == [None]:
        places = list(getattr(module, "__path__", ()))
    return any(
        isinstance(place, str)
        and "site-packages" not in place
        and "dist-packages" not in place
        and any(place.startswith(folder + "/") for folder in folders)
        for place in places
    )


def dismiss(guest):
    """The script is gone: so is what it left in the interpreter. Its threads have ended."""
    global only
    tell_mended()
    import gc

    guests.remove(guest)
    for stream in (sys.__stdout__, sys.__stderr__):
        finish = getattr(stream, "finish", None)
        if finish:
            finish(guest)
    used = {f for other in guests for f in other.folders}
    folders = [f for f in guest.folders if f not in used]
    # A script of the same file may have been loaded since: its module is not ours to end.
    path = None if any(other.path == guest.path for other in guests) else guest.path
    gone = {
        key: module
        for key, module in list(sys.modules.items())
        if module is not None
        and (
            module is guest.module
            or (path is not None and (key == path or getattr(module, "__file__", None) == path))
            or local(module, folders)
        )
    }
    marks = mark({id(m): m for m in [guest.module, *gone.values()]}.values())
    guest.module = None
    for key in gone:
        sys.modules.pop(key, None)
    del gone
    sys.path[:] = [f for f in sys.path if f not in folders]
    if not shared:
        only = None
        restore()
    # A helper module written since is found; `importlib.invalidate_caches` would import much.
    for finder in list(sys.path_importer_cache.values()):
        if hasattr(finder, "invalidate_caches"):
            finder.invalidate_caches()
    guest.vh = None
    gc.collect()
    if empty(marks):
        gc.collect()


def restore():
    """Undoes what a script did to its interpreter, for the one that comes after it."""
    import atexit
    import warnings

    # As at the end of an interpreter: closes log files, among others.
    atexit._run_exitfuncs()
    sys.modules.pop("vh", None)
    names = needed.names
    sys.meta_path[:], sys.path_hooks[:] = needed.meta_path, needed.path_hooks
    sys.path[:] = first_path
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    sys.excepthook, sys.displayhook = sys.__excepthook__, sys.__displayhook__
    sys.unraisablehook = sys.__unraisablehook__
    sys.settrace(None)
    sys.setprofile(None)
    sys.setrecursionlimit(1000)
    sys.setswitchinterval(0.005)
    if "gc" in sys.modules:
        sys.modules["gc"].enable()
    warnings.resetwarnings()
    warnings.filters[:] = first_warnings
    if "socket" in sys.modules:
        sys.modules["socket"].setdefaulttimeout(None)
    builtins = vars(sys.modules["builtins"])
    for name in [n for n in builtins if n not in names and n != "_"]:
        del builtins[name]
    builtins.update(names)
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.disable(logging.NOTSET)
        loggers = logging.root.manager.loggerDict.values()
        for logger in [logging.root, *loggers]:
            if isinstance(logger, logging.Logger):
                logger.handlers.clear()
                logger.filters.clear()
                logger.setLevel(logging.WARNING if logger is logging.root else logging.NOTSET)
                logger.propagate, logger.disabled = True, False
        logging.captureWarnings(False)
        atexit.register(logging.shutdown)
    weakref = sys.modules.get("weakref")
    if weakref is not None:
        # The exit functions have told it that this is the end; there is another beginning.
        weakref.finalize._shutdown = False
        weakref.finalize._registered_with_atexit = False
    import threading

    threading.excepthook = threading.__excepthook__
    if isinstance(threading._main_thread, threading._DummyThread):
        # It ends with the script, and nobody else would say so to `threading` of CPython 3.12.
        threading._active.pop(threading.get_ident(), None)
    threading._main_thread = first_main


def memory():
    """About how many bytes the objects of this interpreter take."""
    import gc

    def size(thing):
        try:
            return sys.getsizeof(thing, 0)
        except Exception:
            return 0

    total, seen = 0, set()
    for container in gc.get_objects():
        total += size(container)
        if issubclass(type(container), type(sys)):
            # What a module has is in its dict. Modules of C may show what they keep of dead objects
            # for later (`_asyncio` of CPython 3.12 does), which must not be touched.
            continue
        for inner in gc.get_referents(container):
            if not gc.is_tracked(inner) and id(inner) not in seen:
                seen.add(id(inner))
                total += size(inner)
    return total


def before_end():
    """The interpreter is to end, on this thread."""
    import threading

    threading._main_thread = first_main
    # What `threading` keeps about this thread, which it did not start, complains when it is
    # taken down together with the module (CPython 3.13); the shutdown would make it anew.
    if hasattr(threading, "_DeleteDummyThreadOnDel"):
        threading._DeleteDummyThreadOnDel = lambda thread: None
        threading._thread_local_info.__dict__.pop("_track_dummy_thread_ref", None)
    sys.stdout = sys.__stdout__ = sys.stderr = sys.__stderr__ = None
    for place, name, function in watched:
        setattr(place, name, function)
    # The engine holds this namespace, and what guards the process stays in `sys` until CPython's
    # last collection is over: whatever they lead to would outlive the interpreter.
    own = __builtins__
    for name, value in list(own.items()):
        if type(value) not in (type, type(len)) or value.__module__ != "builtins":
            del own[name]
    globals().clear()
