//! Explains a prediction of the built-in model by the weights of the text's words.
//!
//!     cargo run --release --example explain -- "The plot is thin but the acting is wonderful"

use sentiment::explain::{Method, Request};
use sentiment::{Classifier, Device, explain};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = std::env::args().nth(1).ok_or("missing argument: TEXT")?;
    let classifier = Classifier::general(&Device::Cpu)?;
    let request = Request {
        method: Method::Gradient { steps: None },
        ..Request::default()
    };
    let explanation = explain(&classifier, &text, &request)?;
    println!("{} {:.4}", explanation.label, explanation.score);
    for weight in &explanation.answer().weights {
        println!("{:+.4} {}", weight.weight, weight.token);
    }
    Ok(())
}
