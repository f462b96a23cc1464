//! Tells the program where libpython is, and has native plugins find the functions of the C library in it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // As in tools/rpath.rs.
    if let Ok(path) = std::env::var("DEP_VIPERHUB_PYTHON_RPATH") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{path}");
    }
    for functions in ["w_*", "_ZN9nVerliHub13nPythonPlugin*"] {
        println!("cargo::rustc-link-arg-bins=-Wl,--export-dynamic-symbol={functions}");
    }
}
