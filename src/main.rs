//! The `sentiment` program.

mod cli;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// The memory allocator. mimalloc keeps freed memory, so each training step reuses that of the last one. The system's
/// allocator returns large blocks to the operating system, and every step pays for page faults again.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match cli::run(&cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the output has closed the pipe, as `head` does.
        Err(error) if cli::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            cli::print_error(&error);
            ExitCode::FAILURE
        }
    }
}
