//! Looks at a script without running it.

use std::path::Path;

use hub::hooks::{EXTRAS, Hook};

use crate::script::ScriptError;
use crate::sys::{Interpreter, PyError, make, runtime, unicode};

/// Compiles a file and names what its top level defines, one a line: wherever in it, also in branches,
/// by imports, and by functions that say `global`.
const NAMES: &std::ffi::CStr = c"
from symtable import symtable

def names(path):
    with open(path, 'rb') as file:
        source = file.read()
    compile(source, path, 'exec', dont_inherit=True)
    found = {}
    def look(table, top):
        for symbol in table.get_symbols():
            given = symbol.is_assigned() or symbol.is_imported()
            if given and (top or symbol.is_declared_global()):
                found[symbol.get_name()] = None
        for inner in table.get_children():
            look(inner, False)
    look(symtable(source, path, 'exec'), True)
    return '\\n'.join(found)
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
        let path = unicode::new(&at, &path.display().to_string())?;
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
