//! The command line of the load generator.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use loadgen::args::{HELP, Options};
use loadgen::scenario;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("viperhub-loadgen: {error}");
            return ExitCode::from(2);
        }
    };
    match scenario::run(&options) {
        Ok(report) if options.json => print!("{}", report.json()),
        Ok(report) => print!("{}", report.table()),
        Err(error) => {
            eprintln!("viperhub-loadgen: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
