//! Builds the variadic functions and those of C++, names the library and tells it where libpython is.

fn main() {
    cc::Build::new()
        .file("src/variadic.c")
        .warnings(true)
        .extra_warnings(true)
        .compile("vhw_variadic");
    cc::Build::new()
        .cpp(true)
        .std("c++11")
        .file("src/json_cxx.cpp")
        .include("../../include")
        // What is inline there is nobody's business.
        .flag("-fvisibility=hidden")
        .warnings(true)
        .extra_warnings(true)
        .compile("vhw_cxx");
    for file in [
        "src/variadic.c",
        "src/json_cxx.cpp",
        "../../include/json_marshal.h",
    ] {
        println!("cargo::rerun-if-changed={file}");
    }
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libvh_python_wrapper.so");
    // CPython and its main thread cannot be unloaded, so the library must stay.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    // As in tools/rpath.rs.
    if let Ok(path) = std::env::var("DEP_VIPERHUB_PYTHON_RPATH") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{path}");
    }
}
