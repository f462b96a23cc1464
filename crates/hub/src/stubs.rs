//! The type stubs of the `vh` module, for editors and type checkers: written from the tables
//! as the pages are.

use crate::api::{API, ApiFn, Param, ParamKind};
use crate::constants::CONSTANTS;
use crate::hooks::Status;

const HEAD: &str = r#"# Written by `make docs` from the tables in the code; do not edit.
"""The hub, as scripts see it."""

from typing import Any

class NickList(list[str]):
    """A list of nicks that also reads as the text `a$$b$$c` of the older documents."""

    def split(self, sep: str | None = None, maxsplit: int = -1) -> list[str]: ...
    def __getattr__(self, name: str) -> Any: ...

class MyINFO(str):
    """The raw `$MyINFO` text, which by index, in loops and unpacked reads as the tuple
    (nick, desc, tag, speed, email, share) of the older documents."""

    fields: tuple[str, str, str, str, str, str]
    @property
    def raw(self) -> str: ...

"#;

/// Attributes of the module that are neither functions nor constants: type and meaning.
const ATTRIBUTES: [(&str, &str, &str); 10] = [
    ("myid", "int", "The script's number in !pylist."),
    ("botname", "str", "The hub bot's nick, as it is now."),
    (
        "opchatname",
        "str",
        "The operator chat's nick, as it is now.",
    ),
    ("name", "str", "The stem of the script's file."),
    ("path", "str", "The script's file."),
    (
        "config_name",
        "str",
        "The name of the hub's settings: config.",
    ),
    ("basedir", "str", "The hub's data directory."),
    (
        "starttime",
        "int",
        "When the hub was started, seconds since 1970.",
    ),
    (
        "__version__",
        "tuple[int, int, int, int]",
        "Version of the interface.",
    ),
    ("__version_string__", "str", "The same as text."),
];

/// The text of `vh.pyi`.
pub fn stubs() -> String {
    let mut out = HEAD.to_owned();
    for (name, kind, doc) in ATTRIBUTES {
        out.push_str(&format!("{name}: {kind}\n\"\"\"{doc}\"\"\"\n"));
    }
    out.push('\n');
    for (name, value) in CONSTANTS {
        out.push_str(&format!("{name}: int  # {value}\n"));
    }
    out.push('\n');
    for function in API {
        out.push_str(&stub(function));
    }
    out
}

fn stub(f: &ApiFn) -> String {
    // A parameter after an optional one needs a default, too: it may have come by keyword.
    let first_optional = f.params.iter().position(|p| p.optional);
    let params = f.params.iter().enumerate().map(|(i, p)| {
        let optional = first_optional.is_some_and(|first| i >= first);
        let default = if optional { " = ..." } else { "" };
        format!("{}: {}{default}", p.python_name(), kind(p))
    });
    let mut params: Vec<String> = params.collect();
    if f.is_variadic() {
        params.push("*args: Any".into());
    }
    let (name, params, returns) = (f.name, params.join(", "), returns(f.returns));
    let later = match f.status {
        Status::Works => "",
        Status::Planned => " Not in this version: raises NotImplementedError.",
    };
    let doc = f.doc.trim().replace('\\', "\\\\").replace('"', "\\\"");
    format!("def {name}({params}) -> {returns}:\n    \"\"\"{doc}{later}\"\"\"\n\n")
}

const fn kind(param: &Param) -> &'static str {
    match (param.kind, param.optional) {
        (ParamKind::Str, false) => "str",
        (ParamKind::Str, true) => "str | None",
        (ParamKind::Int, false) => "int",
        (ParamKind::Int, true) => "int | None",
        // An int is a float to type checkers.
        (ParamKind::Float, false) => "float",
        (ParamKind::Float, true) => "float | None",
        (ParamKind::Text, false) => "str | float",
        (ParamKind::Text, true) => "str | float | None",
        (ParamKind::Bool, _) => "object",
        (ParamKind::Any, _) => "Any",
    }
}

/// The type of a result as the module's own classes say it.
fn returns(table: &'static str) -> &'static str {
    match table {
        "list[str]" => "NickList",
        "dict | None" => "dict[str, Any] | None",
        // What goes in comes out, or anything.
        "type" | "object" => "Any",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_in_it() {
        let text = stubs();
        let line = |start: String| text.lines().filter(|l| l.starts_with(&start)).count();
        for f in API {
            assert_eq!(line(format!("def {}(", f.name)), 1, "{}", f.name);
        }
        for (name, _) in CONSTANTS {
            assert_eq!(line(format!("{name}: int  #")), 1, "{name}");
        }
        assert!(text.contains("def CallDynamicFunction(name: str, *args: Any) -> Any:"));
        assert!(text.contains("def GetNickList() -> NickList:"));
        assert!(text.contains("def StopHub(code: int, delay: int | None = ...) -> bool:"));
    }
}
