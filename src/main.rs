//! Parse, dispatch, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    saldo::cli::main()
}
