//! The card as Markdown: README.md of a model, with the front matter that the Hugging Face hub reads.

use std::fmt::Write;

use super::architecture::parts;
use super::{Accuracy, ModelCard};
use crate::evaluation::wilson;
use crate::model::{ModelConfig, OutputKind};
use crate::printable::visible;
use crate::training::recipe::changed_settings;
use crate::training::run::record::Run;

/// The metrics of a card beside the accuracy: their keys in metrics.json and their names.
pub(super) const METRICS: [(&str, &str); 7] = [
    ("f1_macro", "macro F1"),
    ("f1_micro", "micro F1"),
    ("f1_samples", "samples F1"),
    ("roc_auc", "ROC AUC"),
    ("log_loss", "log loss"),
    ("brier_score", "Brier score"),
    ("expected_calibration_error", "expected calibration error"),
];

/// The number of labels up to which a card has a table of them.
const MAX_LABELS: usize = 100;

impl ModelCard {
    /// Returns the card as Markdown. `name` is that of the model; `run` is its training run, if it is known.
    pub fn to_markdown(&self, name: &str, config: &ModelConfig, run: Option<&Run>) -> String {
        let sections = [
            front_matter(name, config, run),
            self.introduction(name, config),
            self.data(config, run),
            network(config),
            self.measured(config, run),
            limits(config, run),
            usage(name),
        ];
        let sections: Vec<String> = sections
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        sections.join("\n")
    }

    fn introduction(&self, name: &str, config: &ModelConfig) -> String {
        let labels: Vec<String> = config.labels.iter().map(|label| inline(label)).collect();
        let (shown, rest) = labels.split_at(labels.len().min(MAX_LABELS));
        let more = match rest.len() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        let kind = match config.decision.output {
            OutputKind::Single => "one of the labels",
            OutputKind::Ordinal => "one of the ordered labels",
            OutputKind::MultiLabel => "any number of the labels",
        };
        format!(
            "# {}\n\nA text classifier of [sentiment](https://crates.io/crates/sentiment-toolkit). It gives a text {kind} {}{more}, with probabilities.\n",
            inline(name),
            shown.join(", "),
        )
    }

    /// Returns what the model was trained on.
    fn data(&self, config: &ModelConfig, run: Option<&Run>) -> String {
        if self.trained_on.is_none() && self.base.is_none() {
            return String::new();
        }
        let mut section = String::from("## Training data\n\n");
        if let Some(corpus) = &self.trained_on {
            let _ = writeln!(section, "- Corpus: {}", inline(corpus));
        }
        if let Some(texts) = self.train_texts {
            let _ = writeln!(section, "- Texts: {texts}");
        }
        if let Some(base) = &self.base {
            let _ = writeln!(
                section,
                "- Training started from the model {}",
                inline(base)
            );
        }
        if let Some(teacher) = &self.teacher {
            let _ = writeln!(
                section,
                "- Targets: the mean of the label and the probabilities of the model {}",
                inline(teacher)
            );
        }
        let counts = run.map_or(&[][..], |run| &run.train_labels);
        if counts.is_empty() || counts.len() > MAX_LABELS {
            return section;
        }
        section.push_str("\n| Label | Texts | Share |\n| --- | ---: | ---: |\n");
        let texts = self.train_texts.unwrap_or_default().max(1);
        for (label, count) in config.labels.iter().zip(counts) {
            let share = 100.0 * *count as f64 / texts as f64;
            let _ = writeln!(section, "| {} | {count} | {share:.1}% |", inline(label));
        }
        section
    }

    /// Returns how good the model is.
    fn measured(&self, config: &ModelConfig, run: Option<&Run>) -> String {
        if self.accuracy.is_empty() {
            return String::new();
        }
        let mut section = String::from("## Measured\n\n");
        for accuracy in &self.accuracy {
            let Accuracy {
                of,
                value,
                low,
                high,
            } = accuracy;
            let _ = writeln!(
                section,
                "- Accuracy {value:.4}, 95% interval {low:.4} to {high:.4}: {of}"
            );
        }
        let Some(run) = run else {
            return section;
        };
        for (key, name) in METRICS {
            if let Some(value) = run.metric(key) {
                let _ = writeln!(section, "- {name} {value:.4} on the same texts");
            }
        }
        if let Some(calibration) = run.calibration {
            let _ = writeln!(
                section,
                "- Temperature {:.3}: expected calibration error {:.4} without it, {:.4} with it",
                calibration.temperature, calibration.error_before, calibration.error_after
            );
        }
        section.push_str(&labels_table(config, run));
        section
    }
}

/// Returns precision, recall and F1 of each label on the validation set, with the interval of the recall.
fn labels_table(config: &ModelConfig, run: &Run) -> String {
    let mut table = String::new();
    if config.labels.len() > MAX_LABELS {
        return table;
    }
    for label in &*config.labels {
        let number = |key: &str| run.validation.get(label)?.get(key)?.as_f64();
        let numbers = [
            number("precision"),
            number("recall"),
            number("f1-score"),
            number("support"),
        ];
        let [Some(precision), Some(recall), Some(f1), Some(support)] = numbers else {
            continue;
        };
        if table.is_empty() {
            table.push_str(
                "\n| Label | Precision | Recall | 95% interval | F1 | Texts |\n| --- | ---: | ---: | ---: | ---: | ---: |\n",
            );
        }
        let interval = wilson((recall * support).round() as u64, support as u64);
        let _ = writeln!(
            table,
            "| {} | {precision:.4} | {recall:.4} | {:.4} to {:.4} | {f1:.4} | {support} |",
            inline(label),
            interval.low,
            interval.high,
        );
    }
    table
}

/// Returns the block at the start of the file, which the hub reads.
fn front_matter(name: &str, config: &ModelConfig, run: Option<&Run>) -> String {
    // A JSON string is a YAML string.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut block = format!(
        "---\nlanguage: {}\nlibrary_name: sentiment-toolkit\npipeline_tag: text-classification\ntags:\n- sentiment-analysis\n- text-classification\n",
        quoted(&visible(&config.preprocessing.language))
    );
    if let Some(run) = run {
        let metric = |name: &str, value: f64| {
            format!("    - type: {name}\n      value: {value:.4}\n      name: validation {name}\n")
        };
        let accuracy = metric("accuracy", run.best.validation_accuracy);
        let f1 = run.metric("f1_macro");
        let f1 = f1.map_or(String::new(), |value| metric("f1", value));
        let corpus = quoted(&crate::files::file_names(&run.corpus));
        let _ = write!(
            block,
            "metrics:\n- accuracy\n- f1\nmodel-index:\n- name: {}\n  results:\n  - task:\n      type: text-classification\n    dataset:\n      type: custom\n      name: {corpus}\n      split: validation\n    metrics:\n{accuracy}{f1}",
            quoted(name),
        );
    }
    block.push_str("---\n");
    block
}

/// Returns the architecture and the settings.
fn network(config: &ModelConfig) -> String {
    let mut section = String::from("## Model\n\n");
    for (part, value) in parts(config) {
        let _ = writeln!(section, "- {part}: {value}");
    }
    let settings = changed_settings(&config.training);
    if !settings.is_empty() {
        let _ = writeln!(
            section,
            "- Settings that differ from the default: `{}`",
            visible(&settings).replace('`', "'")
        );
    }
    section
}

fn limits(config: &ModelConfig, run: Option<&Run>) -> String {
    let mut section = String::from("## Limits\n\n");
    if let Some(known) = &config.known_languages {
        let _ = writeln!(
            section,
            "- It learned from texts in {}. It abstains from texts in other languages.",
            known.names()
        );
    }
    let _ = writeln!(
        section,
        "- It reads the last {} tokens of a text.",
        config.max_length
    );
    if run.is_some() {
        section.push_str("- The figures are of texts from the same source as the training data. Texts from another source may give lower ones.\n");
    }
    section
}

fn usage(name: &str) -> String {
    let name = shell_word(name);
    format!(
        "## Use\n\n```sh\nsentiment predict --model {name} \"A text\"\nsentiment eval test.csv --model {name}\n```\n"
    )
}

/// Quotes a text of the user for a command in a block of code.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=#@".contains(c);
    match text.chars().all(is_plain) {
        true => text.into(),
        false => format!(
            "'{}'",
            visible(text).replace('\'', "'\\''").replace('`', "")
        ),
    }
}

/// Escapes a text of the user for a paragraph or a cell of a table.
fn inline(text: &str) -> String {
    let mut escaped = String::new();
    for character in visible(text).chars() {
        if matches!(
            character,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#'
        ) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
