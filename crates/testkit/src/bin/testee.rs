//! The server's library and nothing else, with the ledger in its registry: what the suites kill (built
//! with the feature `crash-points`) and measure (without).

use framewright_testkit::ledger::provider;

#[global_allocator]
static ALLOCATOR: framewright_server::Allocator = framewright_server::Allocator;

fn main() -> std::process::ExitCode {
    framewright_server::run(|registry| registry.with(provider::KIND, provider::make))
}
