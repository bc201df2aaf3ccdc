//! Replays the fuzzing inputs in `fuzz/corpus`: none panics, hangs or violates an invariant.

#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::path::Path;

fn replay(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Shown if the input makes the target panic.
        println!("{}", path.display());
        run(&fs::read(path).unwrap());
        inputs += 1;
    }
    assert!(inputs > 10, "{inputs} inputs");
}

#[test]
fn tokenizer() {
    replay("tokenizer", fuzz::tokenizer);
}

#[test]
fn archive() {
    replay("archive", fuzz::archive);
}

#[test]
fn import() {
    replay("import", fuzz::import);
}

#[test]
fn corpus() {
    replay("corpus", fuzz::corpus);
}

#[test]
fn embeddings() {
    replay("embeddings", fuzz::embeddings);
}

#[test]
fn model() {
    replay("model", fuzz::model);
}

#[test]
fn request() {
    replay("request", fuzz::request);
}

#[test]
fn table() {
    replay("table", fuzz::table);
}
