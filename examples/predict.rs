//! Classifies texts with the built-in model.
//!
//!     cargo run --release --example predict -- "The acting is wonderful"

use sentiment::{Classifier, Device};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let texts: Vec<String> = std::env::args().skip(1).collect();
    let classifier = Classifier::general(&Device::Cpu)?;
    for (text, prediction) in texts.iter().zip(classifier.predict(&texts)?) {
        println!("{} {:.4} {text}", prediction.label(), prediction.score());
    }
    Ok(())
}
