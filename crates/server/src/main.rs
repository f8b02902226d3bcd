//! `everlit`: see `everlit help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    everlit::command::main()
}
