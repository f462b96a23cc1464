//! Looks at a script without running it.

use std::path::Path;

use hub::hooks::{EXTRAS, Hook};

use crate::script::ScriptError;
use crate::sys::{Interpreter, PyError, make, runtime, unicode};

/// Compiles a file and names what its top level defines, one a line.
const NAMES: &std::ffi::CStr = c"
import ast

def names(path):
    with open(path, 'rb') as file:
        source = file.read()
    tree = ast.parse(source, path)
    compile(tree, path, 'exec')
    found = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(node.name)
        elif isinstance(node, ast.Assign):
            found.extend(t.id for t in node.targets if isinstance(t, ast.Name))
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
        } else if name.starts_with("On") {
            report.unknown_hooks.push(name.to_owned());
        }
    }
    Ok(report)
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
        std::fs::write(&path, "def broken(:\n").unwrap();
        let error = check_file(&path).unwrap_err();
        assert!(error.to_string().contains("SyntaxError"), "{error}");
        std::fs::remove_file(path).unwrap();
    }
}
