//! The network in words, for the card of a model.

use crate::model::{EncoderConfig, ModelConfig, Pooling, RecurrentConfig};

/// Returns the parts of a model's network with their sizes.
pub(super) fn parts(config: &ModelConfig) -> Vec<(&'static str, String)> {
    let architecture = &config.architecture;
    let mut parts = vec![
        (
            "Word vectors",
            format!("{} numbers", architecture.embedding_size),
        ),
        ("Encoder", encoder(&architecture.encoder)),
        ("Pooling", pooling(architecture.pooling).into()),
    ];
    if architecture.word_mean {
        parts.push(("Beside the encoder", "mean of the word vectors".into()));
    }
    parts.push((
        "N-grams",
        match config.ngrams {
            0 => "none".into(),
            longest => format!("up to {}", counted(longest, "word")),
        },
    ));
    if let Some(lengths) = config.char_ngrams.lengths() {
        let (shortest, longest) = (lengths.start(), lengths.end());
        parts.push((
            "Character n-grams",
            match shortest == longest {
                true => counted(*longest, "character"),
                false => format!("{shortest} to {}", counted(*longest, "character")),
            },
        ));
    }
    parts
}

fn encoder(encoder: &EncoderConfig) -> String {
    match encoder {
        EncoderConfig::Lstm(sizes) => recurrent("LSTM", sizes),
        EncoderConfig::Gru(sizes) => recurrent("GRU", sizes),
        EncoderConfig::Sru(sizes) => recurrent("SRU", sizes),
        EncoderConfig::Cnn(cnn) => {
            let widths: Vec<String> = cnn.widths.iter().map(usize::to_string).collect();
            format!(
                "CNN, {} of each width ({} words)",
                counted(cnn.filters, "filter"),
                widths.join(", "),
            )
        }
        EncoderConfig::Mean(_) => "none: the word vectors themselves".into(),
    }
}

fn recurrent(name: &str, sizes: &RecurrentConfig) -> String {
    let directions = match sizes.bidirectional {
        true => "both directions",
        false => "one direction",
    };
    format!(
        "{name}, {}, {directions}, hidden size {}",
        counted(sizes.layers, "layer"),
        sizes.hidden_size
    )
}

fn pooling(pooling: Pooling) -> &'static str {
    match pooling {
        Pooling::Last => "last state",
        Pooling::Mean => "mean",
        Pooling::Max => "maximum",
        Pooling::Attention => "attention",
    }
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CnnConfig, MeanConfig};

    #[test]
    fn encoders_are_described() {
        let sizes = RecurrentConfig {
            hidden_size: 128,
            layers: 1,
            bidirectional: true,
        };
        let deep = RecurrentConfig {
            layers: 2,
            bidirectional: false,
            ..sizes.clone()
        };
        let cnn = CnnConfig {
            filters: 100,
            widths: vec![3, 4, 5],
        };
        for (config, expected) in [
            (
                EncoderConfig::Lstm(sizes),
                "LSTM, 1 layer, both directions, hidden size 128",
            ),
            (
                EncoderConfig::Sru(deep),
                "SRU, 2 layers, one direction, hidden size 128",
            ),
            (
                EncoderConfig::Cnn(cnn),
                "CNN, 100 filters of each width (3, 4, 5 words)",
            ),
            (
                EncoderConfig::Mean(MeanConfig {}),
                "none: the word vectors themselves",
            ),
        ] {
            assert_eq!(encoder(&config), expected);
        }
    }
}
