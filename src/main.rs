//! The `sentiment` command.

mod cli;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// It keeps what is freed: a training step allocates what the one before gave back, and the system's
/// allocator would return that to the system and fault it in again, page by page.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match cli::run(&cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has had enough of it.
        Err(error) if cli::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            cli::print_error(&error);
            ExitCode::FAILURE
        }
    }
}
