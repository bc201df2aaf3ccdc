#![no_main]

use std::sync::Once;

static HOOK: Once = Once::new();

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // The readers catch panics of `parquet` and `arrow-ipc`. The hook of libfuzzer aborts before; without it, it still
    // reports a panic that nothing catches.
    HOOK.call_once(|| drop(std::panic::take_hook()));
    sentiment_fuzz::table(data);
});
