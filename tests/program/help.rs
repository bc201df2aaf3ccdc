//! The help of every command.

use crate::common::sentiment;

const COMMANDS: [&[&str]; 17] = [
    &[],
    &["train"],
    &["tune"],
    &["eval"],
    &["runs"],
    &["predict"],
    &["explain"],
    &["serve"],
    &["data", "inspect"],
    &["data", "split"],
    &["embeddings"],
    &["embeddings", "train"],
    &["embeddings", "coverage"],
    &["embeddings", "nearest"],
    &["embeddings", "analogy"],
    &["embeddings", "evaluate"],
    &["embeddings", "convert"],
];

/// Returns the options of a help page with their texts, each on one line.
fn options(help: &str) -> Vec<(String, String)> {
    let (help, _) = help.split_once("Examples:").unwrap();
    let mut options: Vec<(String, String)> = Vec::new();
    for line in help.lines() {
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        if text.starts_with('-') && indent <= 6 {
            let (option, help) = text.split_once("  ").unwrap_or((text, ""));
            options.push((option.into(), help.trim().into()));
        } else if text.is_empty() || indent < 8 {
            // A heading or the usage: what follows belongs to no option.
            options.push((String::new(), String::new()));
        } else if let Some((_, help)) = options.last_mut() {
            *help = format!("{help} {text}");
        }
    }
    options.retain(|(option, _)| !option.is_empty());
    options
}

#[test]
fn every_option_has_a_help_text_of_at_most_ten_words() {
    let mut long = Vec::new();
    for command in COMMANDS {
        let output = sentiment().args(command).arg("-h").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        let options = options(&help);
        assert!(options.len() >= 2, "{command:?}: {help}");
        for (option, text) in options {
            let text = text.split(" [default:").next().unwrap();
            let text = text.split("[possible values:").next().unwrap();
            match text.split_whitespace().count() {
                1..=10 => {}
                words => long.push(format!("{command:?} {option}: {words} words: {text}")),
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}
