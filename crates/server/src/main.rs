//! The `framewright` binary: the command line with the shipped kinds of providers.

use std::process::ExitCode;

fn main() -> ExitCode {
    framewright_server::run(|shipped| shipped)
}
