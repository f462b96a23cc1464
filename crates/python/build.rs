//! Tells the crate which interpreter it is built for, and its tests where `libpython` is.

use pyo3_build_config::{InterpreterConfig, PythonImplementation};

mod supported;

/// What is wrong with a Python, in lines to show.
fn refusal(config: &InterpreterConfig) -> Option<Vec<String>> {
    let version = config.version();
    supported::refusal(&supported::Python {
        cpython: config.implementation() == PythonImplementation::CPython,
        version: (version.major, version.minor),
        free_threaded: config.is_free_threaded(),
    })
}

fn main() {
    println!("cargo::rerun-if-env-changed=PYO3_PYTHON");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=supported.rs");
    pyo3_build_config::use_pyo3_cfgs();
    let config = pyo3_build_config::get();
    let version = config.version();
    if let Some(lines) = refusal(config) {
        // Cargo shows these and stops.
        lines
            .iter()
            .for_each(|line| println!("cargo::error={line}"));
        return;
    }
    // Bit fields lie the other way round on big-endian machines; there `str`s are asked, and made anew.
    println!("cargo::rustc-check-cfg=cfg(str_layout)");
    if std::env::var("CARGO_CFG_TARGET_ENDIAN").is_ok_and(|e| e == "little") {
        println!("cargo::rustc-cfg=str_layout");
    }
    println!("cargo::rustc-env=VIPERHUB_PYTHON_VERSION={version}");
    if let Some(dir) = config.lib_dir() {
        // First where tools/install puts a Python that is not the system's, seen from PREFIX/bin and PREFIX/lib.
        let path = format!("$ORIGIN/../lib/viperhub/python/lib:{dir}");
        println!("cargo::rustc-link-arg=-Wl,-rpath,{path}");
        // For the crates above: see tools/rpath.rs.
        println!("cargo::metadata=rpath={path}");
    }
    if let Some(python) = config.executable() {
        println!("cargo::rustc-env=VIPERHUB_PYTHON={python}");
    }
}
