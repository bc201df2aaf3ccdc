//! The program `sentiment`.

mod cli;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Keeps freed memory. Each training step allocates what the previous one freed; the system's allocator returns that
/// memory to the system and faults it in again page by page.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match cli::run(&cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the output has closed it, for example `head`.
        Err(error) if cli::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            cli::print_error(&error);
            ExitCode::FAILURE
        }
    }
}
