//! The command line of the load generator.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    loadgen::main(std::env::args().skip(1))
}
