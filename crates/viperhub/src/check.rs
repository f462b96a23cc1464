//! `viperhub script check`: what the engine would find in a script.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::logging::say;

/// Checks each file and says what it found.
pub fn check(files: &[PathBuf]) -> Result<ExitCode> {
    let mut broken = false;
    for file in files {
        match python::check_file(file) {
            Ok(report) => {
                say(format!("{}: ok", file.display()));
                if !report.hooks.is_empty() {
                    say(format!("  hooks: {}", report.hooks.join(", ")));
                }
                for name in report.unknown_hooks {
                    say(format!(
                        "  {name} looks like a hook, but there is none of that name"
                    ));
                }
            }
            Err(error) => {
                broken = true;
                say(format!(
                    "{}: {}",
                    file.display(),
                    error.traceback.trim_end()
                ));
            }
        }
    }
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
