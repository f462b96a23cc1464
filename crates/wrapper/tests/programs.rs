//! The library as programs in C and C++ see it: they are compiled over the public headers only.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[path = "programs/documents.rs"]
mod documents;

/// The folder with the library this test was built with.
fn library() -> PathBuf {
    let exe = std::env::current_exe().expect("this test's file");
    let deps = exe.parent().expect("its folder").to_path_buf();
    assert!(
        deps.join("libvh_python_wrapper.so").exists(),
        "no library in {}",
        deps.display()
    );
    deps
}

/// Compiles a program of `tests/c` into a folder.
fn compile(compiler: &str, standard: &str, source: &str, folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (program, library) = (folder.join(source.replace('.', "_")), library());
    let mut search = std::ffi::OsString::from("-Wl,-rpath,");
    search.push(&library);
    let output = Command::new(compiler)
        .args([standard, "-Wall", "-Wextra", "-Werror", "-g"])
        .arg("-I")
        .arg(root.join("../../include"))
        .arg(root.join("tests/c").join(source))
        .arg("-o")
        .arg(&program)
        .arg("-L")
        .arg(&library)
        .args(["-lvh_python_wrapper", "-ldl", "-lpthread"])
        .arg(search)
        .output()
        .expect("a compiler");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    program
}

fn passed(output: &Output) {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && out.contains("all checks passed"),
        "{}\n{out}\n{err}",
        output.status
    );
}

#[test]
fn every_function_from_c() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("cc", "-std=gnu11", "api.c", folder.path());
    let run = Command::new(program)
        .arg(folder.path())
        .arg("2000")
        .output();
    passed(&run.expect("the program runs"));
}

#[test]
fn every_function_from_c_with_a_shared_interpreter() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("cc", "-std=gnu11", "api.c", folder.path());
    let run = Command::new(program)
        .arg(folder.path())
        .arg("500")
        .env("VIPERHUB_PYTHON_MODE", "shared")
        .output();
    passed(&run.expect("the program runs"));
}

#[test]
fn nothing_else_is_exported() {
    let library = library().join("libvh_python_wrapper.so");
    let output = Command::new("nm")
        .args(["-D", "--defined-only"])
        .arg(library)
        .output();
    let output = String::from_utf8(output.expect("nm").stdout).expect("ASCII");
    let names = output.lines().filter_map(|l| l.split(' ').next_back());
    let others: Vec<&str> = names
        .filter(|n| !n.starts_with("w_") && !n.starts_with("vhw_"))
        .collect();
    // The functions of the original's C++ interface.
    let (cxx, others): (Vec<&str>, Vec<&str>) =
        (others.into_iter()).partition(|n| n.starts_with("_ZN9nVerliHub13nPythonPlugin"));
    assert!(
        output.contains(" w_CallHook") && cxx.len() == 8 && others.is_empty(),
        "{cxx:?} {others:?}"
    );
}

#[test]
fn the_cpp_interface_of_the_original() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("c++", "-std=c++11", "original.cpp", folder.path());
    passed(&Command::new(&program).output().expect("the program runs"));
    under_valgrind(&program, folder.path(), &[]);
}

#[test]
fn every_header_from_cpp() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("c++", "-std=c++11", "api.cpp", folder.path());
    let run = Command::new(program).arg(folder.path()).output();
    passed(&run.expect("the program runs"));
}

/// What a level shows, in words.
#[test]
fn log_levels_say_what_the_documents_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("cc", "-std=gnu11", "levels.c", folder.path());
    let said = |level: &str| {
        let run = Command::new(&program)
            .arg(folder.path())
            .arg(level)
            .output();
        let run = run.expect("the program runs");
        passed(&run);
        String::from_utf8(run.stderr).expect("text")
    };
    let rows = [
        ("0", "ValueError: as asked"),
        (
            "1",
            "levels.py is loaded: OnParsedMsgChat, OnParsedMsgMyPass, OnTimer",
        ),
        ("1", "levels.py is unloaded"),
        (
            "1",
            "the program offers no GetUserIP, which scripts ask for",
        ),
        (
            "2",
            "PY: levels: OnParsedMsgChat('ann', 'it\\'s \u{e4}') = (None, 'IT\\'S \u{c4}')\n",
        ),
        ("2", "PY: levels: vh.GetUserClass('ann') = 3\n"),
        ("2", "PY: levels: vh.GetUserIP('ann') = None\n"),
        ("2", "PY: levels: OnTimer() = nothing\n"),
        ("2", "PY: levels: table('[1, 2]') = '{\"1\":[1,2]}'\n"),
        ("3", "PY: levels: vh.GetUserClass('ann') = 3 in 0."),
        ("4", "PY: levels: OnTimer() begins\n"),
        ("5", "PY: JSON for a script: [1, 2]\n"),
        ("5", "PY: JSON of a script: {\"1\":[1,2]}\n"),
    ];
    for level in ["0", "1", "2", "3", "4", "5"] {
        let said = said(level);
        for (from, text) in rows {
            // From level 3 on the line goes on with how long it took.
            let text = if level > "2" && from == "2" {
                text.trim_end()
            } else {
                text
            };
            assert_eq!(
                said.contains(text),
                level >= from,
                "{level}: {text}\n{said}"
            );
        }
        assert!(!said.contains("s3cret"), "{said}");
        let asked = said.matches("offers no GetUserIP").count();
        assert!(asked <= 1, "said once: {said}");
    }
}

#[test]
fn a_million_calls_take_no_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("cc", "-std=gnu11", "stress.c", folder.path());
    let run = Command::new(program)
        .arg(folder.path())
        .args(["memory", "1000000", "250000"])
        .output();
    passed(&run.expect("the program runs"));
}

/// Two seconds of it; `make soak` takes a minute.
#[test]
fn threads_call_scripts_while_others_come_and_go() {
    let seconds = std::env::var("VIPERHUB_SOAK_SECONDS").ok();
    let seconds: u64 = seconds.map_or(2, |s| s.parse().expect("VIPERHUB_SOAK_SECONDS is a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("cc", "-std=gnu11", "stress.c", folder.path());
    for mode in ["isolated", "shared"] {
        let run = Command::new(&program)
            .arg(folder.path())
            .args(["storm", &(seconds * 1000).to_string()])
            .env("VIPERHUB_PYTHON_MODE", mode)
            .output();
        let run = run.expect("the program runs");
        passed(&run);
        println!("{mode}:\n{}", String::from_utf8_lossy(&run.stderr));
    }
}

/// The program of docs/c-library.md, built over what `tools/install` puts in place.
#[test]
fn an_installed_library_is_found_by_pkg_config() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // What has been built, as far as installing is concerned.
    let built = folder.path().join("target/release");
    std::fs::create_dir_all(&built).expect("a folder");
    let name = "libvh_python_wrapper.so";
    std::fs::copy(library().join(name), built.join(name)).expect("a copy");
    let prefix = folder.path().join("usr");
    let install = Command::new(root.join("tools/install"))
        .arg("-l")
        .arg(&prefix)
        .env("BUILT", folder.path().join("target"))
        .output()
        .expect("tools/install");
    let said = String::from_utf8_lossy(&install.stderr);
    assert!(install.status.success(), "{said}");
    let page = std::fs::read_to_string(root.join("docs/c-library.md")).expect("the page");
    let code = page
        .split("```c\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    std::fs::write(folder.path().join("hello.c"), code.expect("an example")).expect("a file");
    let line = "cc -Wall -Wextra -Wno-unused-parameter -Werror hello.c -o hello \
        $(pkg-config --cflags --libs vh_python_wrapper) && \
        printf '#include <json_marshal.h>\n#include <plugin.hpp>\nint main() { return 0; }\n' >a.cpp && \
        c++ -std=c++11 -Wall -Werror a.cpp -o a $(pkg-config --cflags --libs vh_python_wrapper) && \
        printf '#include <viperhub_plugin.h>\n' >b.c && \
        cc -c b.c $(pkg-config --cflags vh_python_wrapper) && \
        ./hello && ./a && pkg-config --modversion vh_python_wrapper";
    let output = Command::new("sh")
        .args(["-ec", line])
        .current_dir(folder.path())
        .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"))
        .env("LD_LIBRARY_PATH", prefix.join("lib"))
        .output()
        .expect("a shell");
    assert!(
        output.status.success() && output.stdout.ends_with(b"0.1.0\n"),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Whether one piece of memory that valgrind names was asked for by code of ours.
fn is_ours(record: &str) -> bool {
    // The first place that is not an allocator's tells who has asked for it; a library without
    // source files is not ours.
    const ALLOCATORS: [&str; 5] = ["library/", "vgpreload", "malloc", "alloc.rs", "raw_vec"];
    const PLACES: [&str; 5] = [".rs:", ".c:", ".cpp:", ".h:", "(in /"];
    let asked = record.lines().skip(1).find(|line| {
        !ALLOCATORS.iter().any(|a| line.contains(a)) && PLACES.iter().any(|p| line.contains(p))
    });
    let ours = [
        ".rs:",
        "(variadic.c:",
        "(api.c:",
        "(api.cpp:",
        "(original.cpp:",
        "(json_cxx.cpp:",
        "(json_marshal.h:",
        "(plugin.hpp:",
    ];
    asked.is_some_and(|line| ours.iter().any(|o| line.contains(o)))
}

#[test]
fn valgrind_finds_nothing_of_ours() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("cc", "-std=gnu11", "api.c", folder.path());
    under_valgrind(&program, folder.path(), &["20", "few"]);
}

#[test]
fn valgrind_finds_nothing_of_ours_from_cpp() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("c++", "-std=c++11", "api.cpp", folder.path());
    under_valgrind(&program, folder.path(), &[]);
}

#[track_caller]
fn under_valgrind(program: &Path, folder: &Path, arguments: &[&str]) {
    let run = Command::new("valgrind")
        .args([
            "--leak-check=full",
            "--show-leak-kinds=definite",
            "--num-callers=20",
        ])
        .arg(program)
        .arg(folder)
        .args(arguments)
        .output();
    let run = run.expect("valgrind, see tools/setup");
    passed(&run);
    let said: String = String::from_utf8_lossy(&run.stderr)
        .lines()
        .filter_map(|line| line.strip_prefix("==")?.split_once("== "))
        .map(|(_, rest)| format!("{rest}\n"))
        .collect();
    assert!(said.contains("HEAP SUMMARY"), "{said}");
    let records = said.split("\n\n");
    let bad: Vec<&str> = records
        .filter(|r| {
            let first = r.trim_start().lines().next().unwrap_or_default();
            let invalid = ["Invalid", "Mismatched", "Source and destination overlap"];
            invalid.iter().any(|i| first.starts_with(i))
                || first.contains("definitely lost in loss record") && is_ours(r.trim_start())
        })
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n\n"));
}
