//! Looks at a script without running it.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use hub::hooks::{EXTRAS, Hook};

use crate::script::ScriptError;
use crate::sys::{Interpreter, PyError, make, runtime, unicode};
use crate::vh;

/// Why a path is not one of a script.
#[derive(Debug, thiserror::Error)]
pub enum NoFile {
    /// Nothing is there.
    #[error("there is no such file")]
    Missing,
    /// A directory.
    #[error("it is a directory")]
    Directory,
    /// A device, a socket or the like.
    #[error("it is not a regular file")]
    Special,
    /// It cannot be reached.
    #[error("{0}")]
    Unreachable(std::io::Error),
}

/// Whether a path is that of a file, which a script has to be.
///
/// # Errors
/// What it is else.
pub fn a_file(path: &Path) -> Result<(), NoFile> {
    match std::fs::metadata(path) {
        Ok(there) if there.is_file() => Ok(()),
        Ok(there) if there.is_dir() => Err(NoFile::Directory),
        Ok(_) => Err(NoFile::Special),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(NoFile::Missing),
        Err(e) => Err(NoFile::Unreachable(e)),
    }
}

/// Compiles a file and names what its top level defines, one a line: wherever in it, also in branches,
/// by imports, and by functions that say `global`; not what it deletes again in any case. CPython's own
/// code for it says so better than its text: an annotation stores nothing, nor does `if False`.
const NAMES: &std::ffi::CStr = c"
import ast, dis

def names(path):
    with open(path, 'rb') as file:
        source = file.read()
    try:
        code = compile(source, path, 'exec', dont_inherit=True)
        tree = compile(source, path, 'exec', ast.PyCF_ONLY_AST, dont_inherit=True)
    except BaseException as error:
        # Whoever reads the traceback knows nothing of this function.
        error.__traceback__ = error.__traceback__.tb_next
        raise
    # By name where it is given last; what a function gives may come at any time.
    given, late = {}, (float('inf'), 0)
    def look(code, top):
        for step in dis.get_instructions(code):
            if step.opname == 'STORE_GLOBAL' or (top and step.opname == 'STORE_NAME'):
                place = (step.positions.lineno or 0, step.positions.col_offset or 0) if top else late
                given[step.argval] = max(given.get(step.argval, place), place)
        for inner in code.co_consts:
            if hasattr(inner, 'co_code'):
                look(inner, False)
    look(code, True)
    def forget(statements):
        for one in statements:
            if isinstance(one, ast.Delete):
                for name in ast.walk(one):
                    if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Del):
                        if given.get(name.id, late) < (name.lineno, name.col_offset):
                            del given[name.id]
            elif isinstance(one, (ast.With, ast.Try, ast.TryStar)):
                forget(one.body)
                forget(getattr(one, 'finalbody', ()))
    forget(tree.body)
    return '\\n'.join(given)
";

/// What a script's top level defines, as far as the hub is concerned.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Hooks and the other functions the engine looks for.
    pub hooks: Vec<String>,
    /// Names that begin like a hook but are none.
    pub unknown_hooks: Vec<String>,
}

/// Compiles a script and reports its hooks. CPython is started when it does not run yet.
///
/// # Errors
/// The syntax error or why the file cannot be read.
pub fn check_file(path: &Path) -> Result<Report, ScriptError> {
    let ours = |text: String| ScriptError::from(PyError::ours(&text));
    a_file(path).map_err(|why| ours(why.to_string()))?;
    runtime::start(None).map_err(ours)?;
    let interp = Interpreter::create().map_err(ours)?;
    let names = {
        let gone = || ours("the interpreter is gone".into());
        let at = interp.attach().ok_or_else(gone)?;
        let code = make::run(&at, "<viperhub>", NAMES)?;
        let key = unicode::new(&at, "names")?;
        let function = code
            .dict_get(*key)?
            .ok_or_else(|| PyError::ours("no function"))?;
        let path = vh::path(&at, path.as_os_str().as_bytes())?;
        unicode::lossy(*function.call(&at, &[*path])?)
    };
    // A checked script leaves nothing behind; if the end is refused the process ends soon.
    if interp.end().is_err() {
        tracing::debug!("an interpreter stays after a check");
    }
    let mut report = Report::default();
    for name in names.lines() {
        let extra = EXTRAS.iter().any(|(extra, ..)| *extra == name);
        if extra || Hook::from_name(name).is_some() {
            report.hooks.push(name.to_owned());
        } else if looks_like_a_hook(name) {
            report.unknown_hooks.push(name.to_owned());
        }
    }
    Ok(report)
}

/// `OnSomething`, but not `Online` or `One`.
fn looks_like_a_hook(name: &str) -> bool {
    let rest = name.strip_prefix("On");
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hooks of a script of this text.
    fn hooks_of(name: &str, source: &str) -> Result<Vec<String>, ScriptError> {
        let name = format!("viperhub-check-{name}-{}.py", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, source).unwrap();
        let report = check_file(&path);
        std::fs::remove_file(path).unwrap();
        report.map(|report| report.hooks)
    }

    #[test]
    fn what_stores_nothing_or_is_deleted_again_is_no_hook() {
        let hooks = hooks_of(
            "kept",
            "\
import sys
OnNewBan: object
OnTimer: object = print
def OnUserLogin(nick): pass
del OnUserLogin
def OnUserLogout(nick): pass
if len(sys.argv) > 9: del OnUserLogout
def OnNewConn(ip): pass
del OnNewConn
def OnNewConn(ip): pass
OnCloseConn = OnCloseConnEx = x = print
try:
    del (OnCloseConn, [x])
finally:
    del OnCloseConnEx
if False:
    def OnNewReg(op, nick, cls): pass
def start():
    global OnUnknownMsg
    OnUnknownMsg = print
OnUnknownMsg = None
del OnUnknownMsg
class OnBadlyNamed:
    OnParsedMsgChat = print
    global OnParsedMsgPM
    def OnParsedMsgPM(self): pass
",
        );
        let mut hooks = hooks.unwrap();
        hooks.sort_unstable();
        let kept = [
            "OnNewConn",
            "OnParsedMsgPM",
            "OnTimer",
            "OnUnknownMsg",
            "OnUserLogout",
        ];
        assert_eq!(hooks, kept);
    }

    #[test]
    fn errors_show_the_script_alone() {
        for (source, line) in [("def broken(:\n", "line 1"), ("x = 1\n'\0'\n", "null")] {
            let error = hooks_of("broken", source).unwrap_err();
            assert!(error.traceback.contains(line), "{}", error.traceback);
            assert!(
                !error.traceback.contains("<viperhub>"),
                "{}",
                error.traceback
            );
        }
        for (path, why) in [
            ("/", "it is a directory"),
            ("/dev/null", "it is not a regular file"),
            ("/no/such.py", "there is no such file"),
            ("/dev/null/a.py", "Not a directory (os error 20)"),
        ] {
            let error = check_file(Path::new(path)).unwrap_err();
            assert_eq!(error.last_line, why);
        }
    }

    #[test]
    fn hooks_and_mistakes_are_found() {
        let path = std::env::temp_dir().join(format!("viperhub-check-{}.py", std::process::id()));
        std::fs::write(
            &path,
            "def OnTimer(): pass\ndef OnTimr(): pass\nUnLoad = print\n",
        )
        .unwrap();
        let report = check_file(&path).unwrap();
        assert_eq!(report.hooks, ["OnTimer", "UnLoad"]);
        assert_eq!(report.unknown_hooks, ["OnTimr"]);
        let branches = "\
import sys
if sys.platform:
    def OnTimer(msec): pass
else:
    OnUserLogin, OnUserLogout = print, print
try:
    from handlers import OnNewConn
except ImportError:
    OnCloseConn = OnCloseConnEx = None
with open('x') as file:
    OnNewReg: object = print
for OnNewBan in (print,):
    class OnUnknownMsg: pass
def start():
    global OnParsedMsgChat
    OnParsedMsgChat = print
    OnParsedMsgPM = print
Online = OnTime = One = 1
";
        std::fs::write(&path, branches).unwrap();
        let mut report = check_file(&path).unwrap();
        report.hooks.sort_unstable();
        assert_eq!(
            report.hooks,
            [
                "OnCloseConn",
                "OnCloseConnEx",
                "OnNewBan",
                "OnNewConn",
                "OnNewReg",
                "OnParsedMsgChat",
                "OnTimer",
                "OnUnknownMsg",
                "OnUserLogin",
                "OnUserLogout",
            ]
        );
        assert_eq!(report.unknown_hooks, ["OnTime"]);
        std::fs::write(&path, "def broken(:\n").unwrap();
        let error = check_file(&path).unwrap_err();
        assert!(error.to_string().contains("SyntaxError"), "{error}");
        std::fs::remove_file(path).unwrap();
    }
}
