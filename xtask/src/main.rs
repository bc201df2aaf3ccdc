//! Maintainer tasks, run as `cargo xtask TASK`.

mod average;
mod compact;
mod extend;
mod save;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["compact", model, out, ngrams] => compact::run(model, out, ngrams),
        ["extend", model, labels, out] => extend::run(model, labels, out),
        ["average", first, second, part, validation, out] => {
            average::run(first, second, part, validation, out)
        }
        _ => anyhow::bail!(
            "usage: cargo xtask compact MODEL OUT NGRAMS, extend MODEL LABELS OUT, or average FIRST SECOND PART VALIDATION OUT"
        ),
    }
}
