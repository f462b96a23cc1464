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
    // Texts of hooks are written anew in place where the layout of `str` is known: pyo3-ffi
    // no longer describes it from 3.14 on, and bit fields differ on big-endian machines.
    println!("cargo::rustc-check-cfg=cfg(spares)");
    let little = std::env::var("CARGO_CFG_TARGET_ENDIAN").is_ok_and(|e| e == "little");
    if little && (version.major, version.minor) < (3, 14) {
        println!("cargo::rustc-cfg=spares");
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
