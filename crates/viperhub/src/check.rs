//! `viperhub script check`: what the engine would find in a script.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

/// Checks each file and says what it found.
pub fn check(files: &[PathBuf]) -> Result<ExitCode> {
    let mut broken = false;
    for file in files {
        if !file.is_file() {
            bail!("there is no file {}", file.display());
        }
        match python::check_file(file) {
            Ok(report) => {
                println!("{}: ok", file.display());
                if !report.hooks.is_empty() {
                    println!("  hooks: {}", report.hooks.join(", "));
                }
                for name in report.unknown_hooks {
                    println!("  {name} looks like a hook, but there is none of that name");
                }
            }
            Err(error) => {
                broken = true;
                println!("{}: {}", file.display(), error.traceback.trim_end());
            }
        }
    }
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
