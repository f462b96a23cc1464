//! `viperhub script check`: what the engine would find in a script.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};

/// Checks each file and says what it found.
pub fn check(files: &[PathBuf]) -> Result<ExitCode> {
    let mut broken = false;
    for file in files {
        let source =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        match python::check_source(&source, file) {
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
                println!("{}: {error}", file.display());
            }
        }
    }
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
