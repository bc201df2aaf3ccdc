//! The `sentiment` program.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// The memory allocator. mimalloc keeps freed memory, so each training step reuses that of the last one. The system's
/// allocator returns large blocks to the operating system, and every step pays for page faults again.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(sentiment::cli::main(std::env::args_os().collect()))
}
