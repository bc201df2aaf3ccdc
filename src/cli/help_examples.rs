//! Examples at the end of each command's help.

use clap::Command;

/// The examples of each subcommand. Those with files from `data/` run as they are in a checkout.
const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "sentiment predict 'The plot is thin but the acting is wonderful.'",
            "sentiment train reviews.csv --out models/reviews",
            "sentiment eval test.csv --model models/reviews",
        ],
    ),
    (
        "train",
        &[
            "sentiment train",
            "sentiment train reviews.csv --out models/reviews",
            "sentiment train reviews.csv --out models/reviews --resume",
        ],
    ),
    (
        "tune",
        &[
            "sentiment tune data/sample.csv --minutes 5",
            "sentiment tune reviews.csv --minutes 60 --out tuned/reviews",
        ],
    ),
    (
        "eval",
        &[
            "sentiment eval data/customers.csv",
            "sentiment eval test.csv --model models/reviews --json metrics.json",
            "sentiment eval test.csv --model models/reviews --compare models/general",
        ],
    ),
    ("runs", &["sentiment runs", "sentiment runs models/reviews"]),
    (
        "predict",
        &[
            "sentiment predict 'The plot is thin but the acting is wonderful.'",
            "sentiment predict --input data/customers.csv --format csv --output scored.csv",
            "sentiment predict --input comments.txt --model models/reviews --format jsonl",
        ],
    ),
    (
        "explain",
        &[
            "sentiment explain 'The plot is thin but the acting is wonderful.'",
            "sentiment explain --input data/customers.csv --format csv --method gradient",
            "sentiment explain --corpus data/customers.csv --method gradient",
        ],
    ),
    (
        "export",
        &[
            "sentiment export --format onnx --out onnx/model.onnx",
            "sentiment export --format archive --model models/reviews --out reviews.sentiment",
            "sentiment export --format huggingface --model models/reviews --out reviews",
        ],
    ),
    (
        "import",
        &[
            "sentiment import keras model.keras --vocabulary tokens.txt --out models/imported",
            "sentiment import pytorch model.safetensors --vocabulary tokens.txt --pooling max --out models/imported",
        ],
    ),
    ("info", &["sentiment info", "sentiment info models/reviews"]),
    (
        "serve",
        &[
            "sentiment serve",
            "sentiment serve --model reviews=models/reviews --port 8080",
            "sentiment serve --host 0.0.0.0 --api-key-file keys.txt --tls-cert cert.pem --tls-key key.pem",
        ],
    ),
    (
        "data",
        &[
            "sentiment data inspect data/sample.csv",
            "sentiment data split reviews.csv --out splits",
            #[cfg(feature = "hub")]
            "sentiment data get hf:stanfordnlp/imdb --out imdb",
        ],
    ),
    #[cfg(feature = "hub")]
    (
        "data get",
        &[
            "sentiment data get hf:cardiffnlp/tweet_eval/sentiment --out tweets",
            "sentiment data get glove.6B.100d --out vectors",
        ],
    ),
    (
        "data inspect",
        &[
            "sentiment data inspect data/sample.csv",
            "sentiment data inspect train.csv --validation test.csv",
        ],
    ),
    (
        "data split",
        &[
            "sentiment data split data/sample.csv --out splits",
            "sentiment data split reviews.csv --out splits --test-share 0.1",
        ],
    ),
    (
        "embeddings",
        &[
            "sentiment embeddings nearest wonderful",
            "sentiment embeddings train reviews.csv --out vectors.txt",
        ],
    ),
    (
        "embeddings train",
        &[
            "sentiment embeddings train data/sample.csv --out vectors.txt",
            "sentiment embeddings train reviews.csv --method word2vec --out vectors.bin",
            "sentiment embeddings train reviews.csv --start-from glove.6B.100d.txt --out vectors.txt",
        ],
    ),
    (
        "embeddings coverage",
        &[
            "sentiment embeddings coverage data/sample.csv",
            "sentiment embeddings coverage reviews.csv --embeddings glove.6B.100d.txt",
        ],
    ),
    (
        "embeddings nearest",
        &[
            "sentiment embeddings nearest wonderful",
            "sentiment embeddings nearest wonderful --embeddings glove.6B.100d.txt --count 20",
        ],
    ),
    (
        "embeddings analogy",
        &[
            "sentiment embeddings analogy man king woman",
            "sentiment embeddings analogy good better bad --embeddings glove.6B.100d.txt",
        ],
    ),
    (
        "embeddings evaluate",
        &[
            "sentiment embeddings evaluate wordsim353.csv",
            "sentiment embeddings evaluate questions-words.txt --embeddings glove.6B.100d.txt",
        ],
    ),
    (
        "embeddings convert",
        &[
            "sentiment embeddings convert sample --out sample.safetensors --half",
            "sentiment embeddings convert glove.6B.100d.txt --limit 50000 --out glove.bin",
        ],
    ),
    (
        "completions",
        &[
            "sentiment completions bash --out ~/.local/share/bash-completion/completions",
            "sentiment completions man --out ~/.local/share/man/man1",
        ],
    ),
];

/// Adds examples to the help of a command and its subcommands.
pub fn add_to(command: Command) -> Command {
    add(command, "")
}

fn add(mut command: Command, path: &str) -> Command {
    let subcommands = command.get_subcommands();
    let names: Vec<String> = subcommands.map(|sub| sub.get_name().to_string()).collect();
    for name in names {
        let path = format!("{path} {name}");
        command = command.mut_subcommand(name, |subcommand| add(subcommand, path.trim_start()));
    }
    let Some((_, examples)) = EXAMPLES.iter().find(|(command, _)| *command == path) else {
        return command;
    };
    let before = command
        .get_after_help()
        .map_or(String::new(), |text| format!("{text}\n\n"));
    let lines: String = examples.iter().map(|line| format!("\n  {line}")).collect();
    command.after_help(format!("{before}Examples:{lines}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;

    fn check(command: &Command, path: &str) {
        let help = command.get_after_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        let (_, examples) = help.split_once("Examples:\n").unwrap_or_default();
        let examples: Vec<&str> = examples.lines().map(str::trim).collect();
        assert!((2..=3).contains(&examples.len()), "{path}: {examples:?}");
        for example in examples {
            assert!(example.starts_with(path), "{path}: {example}");
            let words = shlex::split(example).unwrap();
            let parsed = cli::command().try_get_matches_from(words);
            assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
        }
        for subcommand in command.get_subcommands() {
            check(subcommand, &format!("{path} {}", subcommand.get_name()));
        }
    }

    #[test]
    fn every_command_has_examples_that_parse() {
        check(&cli::command(), "sentiment");
    }
}
