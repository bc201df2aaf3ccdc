//! The help of every command.

use crate::common::sentiment;

/// The maximum number of words in the help of an option, without its default and its possible values.
const MAX_WORDS: usize = 10;

fn help(command: &[String]) -> String {
    let output = sentiment().args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the names of the subcommands that a help text lists.
fn subcommands(help: &str) -> Vec<String> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    list.take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split(' ').next())
        .filter(|name| *name != "help")
        .map(String::from)
        .collect()
}

/// Returns the name and the description of each argument, option and subcommand in a help text.
fn entries(help: &str) -> Vec<(String, String)> {
    let mut entries: Vec<(String, String)> = Vec::new();
    let sections = help.lines().skip_while(|line| !line.starts_with("Usage:"));
    let sections = sections.take_while(|line| *line != "Examples:");
    for line in sections.filter(|line| line.starts_with("  ")) {
        // Names are indented by two spaces, or by six if there is no short form. A description starts on the line
        // of the name after two spaces, or on the next line.
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if indent <= 6 {
            let (name, description) = text.split_once("  ").unwrap_or((text, ""));
            entries.push((name.into(), description.trim_start().into()));
        } else if let Some((_, description)) = entries.last_mut() {
            *description = format!("{description} {text}");
        }
    }
    entries
}

/// Removes the default, the environment variable and the possible values.
fn without_values(description: &str) -> &str {
    let starts = [
        "[default:",
        "[env:",
        "[possible values:",
        "Possible values:",
    ];
    let starts = starts.iter().filter_map(|start| description.find(start));
    &description[..starts.min().unwrap_or(description.len())]
}

fn long_entries(command: &[String]) -> Vec<String> {
    let help = help(command);
    let entries = entries(&help);
    assert!(
        entries.iter().any(|(name, _)| name == "-h, --help"),
        "no options found in the help of {command:?}:\n{help}"
    );
    let mut long = Vec::new();
    for (name, description) in entries {
        let words = without_values(&description).split_whitespace().count();
        if !(1..=MAX_WORDS).contains(&words) {
            let command = command.join(" ");
            long.push(format!("{command} {name}: {words} words: {description}"));
        }
    }
    for name in subcommands(&help) {
        long.extend(long_entries(&[command, &[name]].concat()));
    }
    long
}

#[test]
fn help_of_each_option_has_at_most_ten_words() {
    let long = long_entries(&[]);
    assert!(long.is_empty(), "{}", long.join("\n"));
}
