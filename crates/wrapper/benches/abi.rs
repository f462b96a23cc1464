//! Builds and runs `abi.c` with the library as it is installed. `cargo bench -p wrapper`.

#![allow(clippy::unwrap_used, reason = "a benchmark may stop")]

use std::path::Path;
use std::process::Command;

/// What Python says of itself.
fn ask(python: &str, what: &str) -> String {
    let code = format!("import sysconfig; print(sysconfig.get_{what})");
    let output = Command::new(python).args(["-Ic", &code]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn main() {
    let python = std::env::var("PYO3_PYTHON").unwrap_or_else(|_| "python3".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let exe = std::env::current_exe().unwrap();
    let library = exe.parent().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("abi");
    let libdir = ask(&python, "config_var('LIBDIR')");
    let built = Command::new("cc")
        .args(["-std=gnu11", "-O2", "-Wall", "-Wextra"])
        .arg("-I")
        .arg(root.join("../../include"))
        .arg("-I")
        .arg(ask(&python, "path('include')"))
        .arg(root.join("benches/abi.c"))
        .arg("-o")
        .arg(&program)
        .arg(format!("-L{}", library.display()))
        .arg(format!("-L{libdir}"))
        .arg(format!("-Wl,-rpath,{}:{libdir}", library.display()))
        .arg("-lvh_python_wrapper")
        .arg(format!("-lpython{}", ask(&python, "python_version()")))
        .status()
        .unwrap();
    assert!(built.success());
    let ran = Command::new(program).arg(folder.path()).status().unwrap();
    assert!(ran.success());
}
