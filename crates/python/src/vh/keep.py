# What the engine needs of its interpreter, kept so that a script may break it for itself only; and
# the end of a script's names. Part of boot.py's namespace, which has builtins of its own.


class Needed:
    """What an interpreter had before its first script."""

    def __init__(self):
        import builtins

        self.builtins, self.names = vars(builtins), dict(vars(builtins))
        self.modules, self.first = sys.modules, dict(sys.modules)
        # With what scripts have imported since and cannot always import again.
        self.loaded = dict(sys.modules)
        self.sys = dict(vars(sys))
        self.meta_path, self.path_hooks = list(sys.meta_path), list(sys.path_hooks)
        self.streams = sys.stdout, sys.stderr


needed = None
system = sys


def mend():
    """Puts back what scripts have emptied or replaced. Nothing of the standard library is used: it
    may not work. Returns what was missing, for the log."""
    missing = []
    for name, value in needed.names.items():
        if name not in needed.builtins:
            missing.append(f"builtins.{name}")
        needed.builtins[name] = value
    for name, value in needed.sys.items():
        if name not in vars(system):
            missing.append(f"sys.{name}")
            vars(system)[name] = value
    system.modules = needed.modules
    lost = [n for n, m in needed.first.items() if needed.modules.get(n) is not m]
    if lost:
        missing += [f"sys.modules[{name!r}]" for name in lost]
        needed.modules.update(needed.first)
        for name, module in needed.loaded.items():
            needed.modules.setdefault(name, module)
    for kept, now in ((needed.meta_path, "meta_path"), (needed.path_hooks, "path_hooks")):
        there = getattr(system, now)
        if not isinstance(there, list):
            setattr(system, now, list(kept))
        elif any(entry not in there for entry in kept):
            there[:] = kept + [entry for entry in there if entry not in kept]
    if not isinstance(system.path, list):
        system.path = []
    if any(entry not in system.path for entry in first_path):
        system.path[:] = [e for e in system.path if e not in first_path] + first_path
    return missing


def mend_shared():
    """The same where several scripts live, with what one of them may have set for all."""
    missing = mend()
    system.stdout, system.stderr = system.__stdout__, system.__stderr__ = needed.streams
    system.excepthook, system.displayhook = system.__excepthook__, system.__displayhook__
    system.unraisablehook = system.__unraisablehook__
    if system.getrecursionlimit() < 1000:
        system.setrecursionlimit(1000)
    system.setswitchinterval(0.005)
    gc = needed.modules.get("gc")
    if gc is not None:
        gc.enable()
    return missing


def tell_mended():
    """Mends, and tells when there was something to."""
    missing = mend_shared() if shared else mend()
    if missing:
        some = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if missing[5:] else "")
        native.write("", True, f"a script had taken away {some}: put back")


def sizes():
    """How much there is at least in dicts that a script may have emptied."""
    return needed.builtins, len(needed.names), needed.modules, len(needed.first)


def keep_loaded():
    """What is imported now stays to be had when a script empties `sys.modules`."""
    for name, module in list(needed.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and not any(
            file == g.path or local(module, g.folders) for g in guests
        ):
            needed.loaded[name] = module


ALIVE = "__viperhub_alive__"


class Mark:
    """Lies in a namespace whose end is awaited."""

    __slots__ = ("__weakref__",)


def mark(modules):
    """Marks the namespaces of modules that are to end; `empty` gets the result, when nobody else
    has it any more."""
    import weakref

    marks = []
    for module in modules:
        names = getattr(module, "__dict__", None)
        if isinstance(names, dict):
            names[ALIVE] = alive = Mark()
            marks.append(weakref.ref(alive))
    return marks


def empty(marks):
    """Empties the namespaces that live on, since a library keeps one of their functions: what
    else is in them would live as long."""
    import gc

    some = False
    for reference in marks:
        alive = reference()
        if alive is None:
            continue
        for names in gc.get_referrers(alive):
            if isinstance(names, dict) and names.get(ALIVE) is alive:
                names.clear()
                some = True
        del alive
    return some
