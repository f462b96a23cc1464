//! Build script of the crate that links CPython (`build = "../../tools/python-build.rs"`, `links = "viperhub-python"`,
//! with `pyo3-ffi` among its dependencies and `pyo3-build-config` with `resolve-config` among its build dependencies).
//!
//! Tells the crate's code which interpreter it was built for, and the crates above it where its library is.

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
    // For this crate's own tests; Cargo does not hand link arguments on to the crates above: see rpath-build.rs.
    pyo3_build_config::add_libpython_rpath_link_args();

    let python = pyo3_build_config::get();
    if let Some(folder) = python.lib_dir() {
        println!("cargo::metadata=libdir={folder}");
    }
    // Set as `PyConfig.program_name`, it leads CPython to its standard library without PYTHONHOME.
    println!(
        "cargo::rustc-env=VIPERHUB_PYTHON={}",
        python.executable().unwrap_or("python3")
    );
}
