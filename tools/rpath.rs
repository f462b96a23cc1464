//! Build script of each crate that depends on `python` and has programs, tests or a shared library to link
//! (`build = "../../tools/rpath.rs"`).
//!
//! Writes into them where libpython is, so that they find it without LD_LIBRARY_PATH.

fn main() {
    // From crates/python's build script. Nothing is there for a Python whose library needs no looking for.
    if let Ok(path) = std::env::var("DEP_VIPERHUB_PYTHON_RPATH") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{path}");
    }
}
