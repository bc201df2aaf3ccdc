//! Shows the words that push the built-in model's answer up or down the most.
//!
//!     cargo run --release --example explain -- "The plot is thin but the acting is wonderful"

use sentiment::explain::{Method, Request};
use sentiment::{Classifier, Device, explain};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = std::env::args().nth(1).ok_or("the text is missing")?;
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
