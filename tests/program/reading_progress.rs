//! The progress of commands that read a corpus, on a terminal that `script` of util-linux makes.

use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;

/// Returns what a command writes on a terminal while its standard input waits for three seconds.
fn on_terminal(arguments: &str) -> String {
    let program = cargo_bin("sentiment");
    let input =
        "printf 'text,label\\ngood film,positive\\n'; sleep 3; printf 'bad film,negative\\n'";
    let command = format!(
        "stty cols 100; ({input}) | {} {arguments}",
        program.display()
    );
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]);
    script.env("TERM", "xterm").stdin(Stdio::null());
    let output = script.output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn commands_show_the_rows_that_they_read() {
    if !Path::new("/usr/bin/script").exists() {
        eprintln!("skipped: /usr/bin/script is missing");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let split = format!("data split - --out {}", folder.path().display());
    for arguments in ["data inspect -", "eval -", &split] {
        let output = on_terminal(arguments);
        assert!(
            output.contains(" 1 rows, 0 rows/s,"),
            "{arguments}: {output}"
        );
    }
    let quiet = on_terminal("--quiet data inspect -");
    assert!(!quiet.contains("rows/s"), "{quiet}");
}
