//! The types of `viperhub_plugin.h` as a C compiler sees them and as we do; the page's example.

use std::mem::{align_of, offset_of, size_of};
use std::path::{Path, PathBuf};
use std::process::Command;

use plugins::abi;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a compiler over a source.
#[track_caller]
fn compile(compiler: &str, arguments: &[&str], source: &Path, to: &Path) {
    let output = Command::new(compiler)
        .args(arguments)
        .args(["-Wall", "-Werror", "-I"])
        .arg(root().join("include"))
        .arg(source)
        .arg("-o")
        .arg(to)
        .output()
        .expect("a compiler");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

macro_rules! offsets {
    ($out:ident, $($rust:ident $c:literal { $($field:ident $name:literal),* $(,)? })*) => {
        $(
            $out.push((format!("sizeof({})", $c), size_of::<abi::$rust>()));
            $out.push((format!("_Alignof({})", $c), align_of::<abi::$rust>()));
            $( $out.push((format!("offsetof({}, {})", $c, $name), offset_of!(abi::$rust, $field))); )*
        )*
    };
}

#[test]
fn both_languages_mean_the_same() {
    let mut all: Vec<(String, usize)> = Vec::new();
    offsets! { all,
        Value "vhp_value" { kind "type", count "count", content "as" }
        Event "vhp_event" { name "name", id "id", count "count", args "args" }
        Description "vhp_description" {
            version "version", name "name", release "release", start "start", stop "stop",
        }
        Api "vhp_api" {
            version "version", size "size", log "log", subscribe "subscribe",
            unsubscribe "unsubscribe", register_function "register_function",
            unregister_function "unregister_function", call_vh "call_vh",
            call_python "call_python", alloc "alloc", error "error", fail "fail", reply "reply",
            replace "replace", scope_open "scope_open", scope_close "scope_close",
            data_dir "data_dir", nick "nick",
        }
    }
    for (name, value) in [
        ("VHP_NONE", abi::types::NONE),
        ("VHP_BOOL", abi::types::BOOL),
        ("VHP_INT", abi::types::INT),
        ("VHP_FLOAT", abi::types::FLOAT),
        ("VHP_TEXT", abi::types::TEXT),
        ("VHP_LIST", abi::types::LIST),
        ("VHP_TUPLE", abi::types::TUPLE),
        ("VHP_SET", abi::types::SET),
        ("VHP_DICT", abi::types::DICT),
        ("VHP_BLOCK", abi::BLOCK),
        ("VHP_ALLOW", abi::ALLOW),
    ] {
        all.push((name.into(), usize::try_from(value).expect("not negative")));
    }
    all.push((
        "VHP_VERSION".into(),
        usize::try_from(abi::VERSION).expect("it is small"),
    ));
    let checks: String = (all.iter())
        .map(|(c, value)| format!("_Static_assert((size_t)({c}) == {value}, \"{c}\");\n"))
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("layout.c");
    let code = format!("#include <viperhub_plugin.h>\n{checks}");
    std::fs::write(&source, code).expect("a file");
    compile(
        "cc",
        &["-std=c11", "-c"],
        &source,
        &folder.path().join("layout.o"),
    );
}

#[test]
fn what_the_page_and_the_header_show_compiles_as_c_and_as_cpp() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = std::fs::read_to_string(root().join("docs/plugins.md")).expect("the page");
    let shown = page
        .split("```c\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let header = std::fs::read_to_string(root().join("include/viperhub_plugin.h"));
    let header = header.expect("the header");
    // The example in its first comment.
    let example: String = (header
        .lines()
        .skip_while(|l| !l.contains("static const vhp_api")))
    .take_while(|l| l.starts_with(" *     ") || *l == " *")
    .map(|l| format!("{}\n", l.trim_start_matches(" *")))
    .collect();
    assert!(example.contains("viperhub_plugin("), "{example}");
    let example = format!("#include <viperhub_plugin.h>\n{example}");
    for (name, code) in [("page", shown.expect("an example")), ("header", &example)] {
        let source = folder.path().join(format!("{name}.c"));
        std::fs::write(&source, code).expect("a file");
        let to = folder.path().join(format!("{name}.so"));
        compile("cc", &["-std=c11", "-shared", "-fPIC"], &source, &to);
        let cpp = folder.path().join(format!("{name}.cpp"));
        std::fs::copy(&source, &cpp).expect("a copy");
        compile("c++", &["-std=c++11", "-shared", "-fPIC"], &cpp, &to);
    }
}
