//! Build script of each crate that depends on `python` and has programs, tests or a shared library to link
//! (`build = "../../tools/rpath-build.rs"`).
//!
//! Writes the folder of libpython into them, so that they find it without LD_LIBRARY_PATH.

fn main() {
    // From crates/python's build script. Nothing is there for a Python whose library needs no looking for.
    if let Ok(folder) = std::env::var("DEP_VIPERHUB_PYTHON_LIBDIR") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
