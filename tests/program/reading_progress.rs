//! The progress and the messages of commands on a terminal, which `script` of util-linux makes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;

/// Returns what a shell command writes on a terminal of this many columns, in which `$sentiment` is the program; `None` without
/// `script`.
fn on_terminal(columns: usize, command: &str) -> Option<String> {
    if !Path::new("/usr/bin/script").exists() {
        eprintln!("skipped: /usr/bin/script is missing");
        return None;
    }
    let mut script = Command::new("script");
    let command = format!("stty rows 40 cols {columns}; {command}");
    script.args(["-qec", &command, "/dev/null"]);
    script.env("TERM", "xterm").stdin(Stdio::null());
    script.env("sentiment", cargo_bin("sentiment"));
    let output = script.output().unwrap();
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn commands_show_the_rows_that_they_read() {
    let folder = tempfile::tempdir().unwrap();
    let split = format!("data split - --out {}", folder.path().display());
    let input =
        "printf 'text,label\\ngood film,positive\\n'; sleep 3; printf 'bad film,negative\\n'";
    let while_waiting =
        |arguments: &str| on_terminal(100, &format!("({input}) | $sentiment {arguments}"));
    for arguments in ["data inspect -", "eval -", &split] {
        let Some(output) = while_waiting(arguments) else {
            return;
        };
        assert!(
            output.contains(" 1 rows, 0 rows/s,"),
            "{arguments}: {output}"
        );
    }
    let quiet = while_waiting("--quiet data inspect -").unwrap();
    assert!(!quiet.contains("rows/s"), "{quiet}");
}

#[test]
fn errors_and_hints_break_between_words_of_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("my films.csv"), "a,b\n1,2\n").unwrap();
    let eval = format!(
        "cd {}; $sentiment --quiet eval 'my films.csv'",
        folder.path().display()
    );
    let Some(output) = on_terminal(40, &format!("{eval} || true")) else {
        return;
    };
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(
        lines,
        [
            "error: my films.csv:1: no column \"text\";",
            "  the columns are \"a\", \"b\"",
            "hint: set the text column with",
            "  --text-column NAME; for a file without",
            "  a header, by its number:",
            "  --no-header --text-column 2",
        ]
    );
    let piped = on_terminal(40, &format!("({eval}) 2>&1 | cat")).unwrap();
    assert_eq!(piped.lines().count(), 2, "{piped}");
}
