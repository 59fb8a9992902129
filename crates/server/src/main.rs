//! The `framewright` binary: the command line with the shipped kinds of providers.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: framewright_server::Allocator = framewright_server::Allocator;

fn main() -> ExitCode {
    framewright_server::run(|shipped| shipped)
}
