//! Parse, dispatch, exit code.

use std::process::ExitCode;

/// DuckDB's own program brings an allocator for its threads; the system's makes them wait for each other. Linked in place
/// of `malloc` and `new` it serves the C++ side too. It keeps freed pages a little before the system has them back: about
/// 5 MB more at rest and at the peak of a large query. (Its third version takes 20.)
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    saldo::cli::main()
}
