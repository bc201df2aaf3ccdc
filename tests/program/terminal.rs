//! The program on a terminal.

#![cfg(unix)]

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use rustix::io::ioctl_fionread;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// What the program asks a terminal for its background.
const QUESTION: &str = "\x1b]11;?";

/// A terminal with a user at it.
struct Terminal {
    user: File,
    path: PathBuf,
}

impl Terminal {
    fn open() -> Self {
        let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&user).unwrap();
        unlockpt(&user).unwrap();
        let path = ptsname(&user, Vec::new()).unwrap();
        Self {
            user: user.into(),
            path: Path::new(std::ffi::OsStr::from_bytes(path.as_bytes())).to_owned(),
        }
    }

    /// Opens the side of the programs.
    fn program_side(&self) -> File {
        let mut options = OpenOptions::new();
        options.read(true).write(true).open(&self.path).unwrap()
    }

    /// Runs the program on the terminal until it ends. Returns what it shows, and what of the input it has not read.
    fn run(mut self, run: &Run) -> (String, String) {
        // Holds the terminal open, with what nobody has read.
        let mut shell = self.program_side();
        self.user.write_all(run.typed_ahead.as_bytes()).unwrap();
        let stream = || Stdio::from(self.program_side());
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("sentiment"));
        for name in ["NO_COLOR", "COLORFGBG", "CLICOLOR_FORCE", "SENTIMENT_MODEL"] {
            command.env_remove(name);
        }
        command.args(run.arguments).envs(run.variable);
        command.env("TERM", "xterm-256color");
        command.stdin(match run.pipes_input {
            true => Stdio::null(),
            false => stream(),
        });
        let mut program = command.stdout(stream()).stderr(stream()).spawn().unwrap();
        // It has the terminal open too.
        drop(command);
        let reader = thread::spawn(move || {
            let mut shown = Vec::new();
            // Ends with an error when no program has the terminal open.
            let _ = self.user.read_to_end(&mut shown);
            String::from_utf8_lossy(&shown).into_owned()
        });
        program.wait().unwrap();
        let mut unread = vec![0; ioctl_fionread(&shell).unwrap() as usize];
        shell.read_exact(&mut unread).unwrap();
        drop(shell);
        let unread = String::from_utf8(unread).unwrap();
        (reader.join().unwrap(), unread)
    }
}

/// How to run the program.
#[derive(Default)]
struct Run<'a> {
    arguments: &'a [&'a str],
    variable: Option<(&'a str, &'a str)>,
    /// Whether standard input is not the terminal.
    pipes_input: bool,
    /// What the user types before the program runs.
    typed_ahead: &'a str,
}

impl Run<'_> {
    fn shown(self) -> String {
        Terminal::open().run(&self).0
    }
}

const PREDICT: &[&str] = &["predict", "a great book"];

#[test]
fn a_terminal_is_asked_for_its_background_only_where_nothing_is_lost() {
    let run = |run: Run| {
        let typed_ahead = run.typed_ahead;
        let (shown, unread) = Terminal::open().run(&run);
        assert!(shown.contains("positive"), "{shown:?}");
        assert_eq!(unread, typed_ahead);
        shown.contains(QUESTION)
    };
    let arguments = PREDICT;
    assert!(run(Run {
        arguments,
        ..Run::default()
    }));
    assert!(!run(Run {
        arguments,
        typed_ahead: "echo next\n",
        ..Run::default()
    }));
    assert!(!run(Run {
        arguments,
        variable: Some(("COLORFGBG", "0;15")),
        ..Run::default()
    }));
    assert!(!run(Run {
        arguments,
        pipes_input: true,
        ..Run::default()
    }));
}

/// A line that is being typed is not readable before it ends, but a question would take it.
#[test]
fn a_terminal_is_not_asked_while_a_line_is_typed() {
    let run = Run {
        arguments: PREDICT,
        typed_ahead: "echo ne",
        ..Run::default()
    };
    assert!(!run.shown().contains(QUESTION));
}

#[test]
fn colours_are_for_the_background_that_the_variable_tells() {
    let shown = |colors| {
        let run = Run {
            arguments: PREDICT,
            variable: Some(("COLORFGBG", colors)),
            ..Run::default()
        };
        run.shown()
    };
    assert_ne!(shown("15;0"), shown("0;15"));
}

#[test]
fn a_binary_table_is_not_shown() {
    let run = Run {
        arguments: &["predict", "a great book", "--format", "parquet"],
        ..Run::default()
    };
    let shown = run.shown();
    assert!(
        shown.contains("error: the format parquet is binary"),
        "{shown}"
    );
    assert!(shown.contains("--output FILE.parquet"), "{shown}");
}

#[test]
fn a_card_is_shown_without_the_data_for_the_hub() {
    let shown = |arguments| {
        let run = Run {
            arguments,
            ..Run::default()
        };
        run.shown()
    };
    let card = shown(&["info"]);
    assert!(card.starts_with("# general"), "{card}");
    assert!(!card.contains("library_name:"), "{card}");
    assert!(shown(&["info", "--json"]).starts_with('{'));
}

/// The program could read on after Ctrl-D.
#[test]
fn one_end_of_input_ends_the_input() {
    let run = Run {
        arguments: &["predict", "--input", "-"],
        typed_ahead: "a great book\n\x04an awful meal\n\x04\x04\x04",
        ..Run::default()
    };
    let (shown, unread) = Terminal::open().run(&run);
    assert!(shown.contains("positive"), "{shown:?}");
    assert!(!shown.contains("negative"), "{shown:?}");
    assert_eq!(unread, "an awful meal\n");
}
