//! CSV files with a backslash before delimiters, quotes and line breaks.

use predicates::str::contains;

use crate::common::sentiment;
use crate::formats::{assert_contains, check, file, inspect};

/// Returns the column `text` of the output of `predict`, and the notes.
fn texts(name: &str, content: &str, arguments: &[&str]) -> (Vec<String>, String) {
    let (_folder, path) = file(name, content);
    let mut command = sentiment();
    command.args(["predict", "--format", "csv", "--input"]);
    let run = command.arg(path).args(arguments).assert().success();
    let output = run.get_output();
    let mut table = csv::Reader::from_reader(output.stdout.as_slice());
    let names = table.headers().unwrap().clone();
    let text = names.iter().position(|name| name == "text").unwrap();
    let texts = table.records().map(|row| row.unwrap()[text].to_owned());
    let notes = String::from_utf8_lossy(&output.stderr).into_owned();
    (texts.collect(), notes)
}

/// A table as Python's csv writes it with `quoting=QUOTE_NONE, escapechar="\\"`.
const UNQUOTED: &str = "text,label\r\n\
                        good\\, very good,positive\r\n\
                        she said \\\"bad\\\",negative\r\n\
                        two\\\nlines,positive\r\n\
                        C:\\\\temp,negative\r\n\
                        fine,positive\r\n";

#[test]
fn delimiters_quotes_and_line_breaks_after_a_backslash_are_text() {
    let (found, notes) = texts("a.csv", UNQUOTED, &[]);
    let expected = [
        "good, very good",
        "she said \"bad\"",
        "two\nlines",
        "C:\\temp",
        "fine",
    ];
    assert_eq!(found, expected);
    assert_contains(
        &notes,
        "a.csv: rows with quotes, delimiters or line breaks escaped by a backslash, which is removed: 3, first: ",
    );
    let tabs = UNQUOTED.replace(',', "\t").replace("\\\t very", ", very");
    let (found, _) = texts("a.tsv", &tabs, &[]);
    assert_eq!(found[1..], expected[1..]);
}

#[test]
fn quoted_fields_may_have_quotes_after_a_backslash_and_line_breaks() {
    let rows = "text,label\n\"a \\\"good\\\"\nfilm, twice\",positive\n\"\\\\o/\",negative\nbad\\\"ly,negative\n";
    let (found, _) = texts("a.csv", rows, &[]);
    assert_eq!(found, ["a \"good\"\nfilm, twice", "\\o/", "bad\"ly"]);
}

#[test]
fn a_backslash_that_escapes_nothing_is_text() {
    let rows = "text,path,label\n\
                good,C:\\temp\\,positive\n\
                \"bad, very\",\\\\server\\share,negative\n\
                \"LaTeX\\, fine\",C:\\,positive\n\
                poor\\,D:\\,negative\n";
    assert_eq!(check("a.csv", rows, &[], "negative 2, positive 2"), "");
    let (found, _) = texts("a.csv", rows, &[]);
    assert_eq!(found, ["good", "bad, very", "LaTeX\\, fine", "poor\\"]);
    // Tweets that end with a backslash do not swallow the line after them.
    let tweets = "label\ttext\npositive\tgood \\\nnegative\tbad \\\npositive\tfine\n";
    let one_column = "text\ngood \\\nbad \\\nfine\n";
    for lines in [tweets, one_column] {
        for content in [lines.to_owned(), lines.replace('\n', "\r\n")] {
            let (found, notes) = texts("a.tsv", &content, &[]);
            assert_eq!(found, ["good \\", "bad \\", "fine"]);
            assert!(!notes.contains("backslash"), "{notes}");
        }
    }
}

#[test]
fn escapes_are_recognized_after_the_first_lines() {
    let plain = "a plain film,positive\na poor one,negative\n".repeat(20_000);
    let rows = format!("text,label\n{plain}good\\, very good,positive\nC:\\temp,negative\n");
    let labels = "negative 20001, positive 20001";
    let notes = check("a.csv", rows, &[], labels);
    assert_contains(&notes, "removed: 1, first: ");
    assert_contains(&notes, "a.csv:40002");
}

#[test]
fn the_reading_of_backslashes_can_be_set() {
    // No row shows that the backslashes escape anything.
    let rows = "text,label\nC:\\\\temp,positive\nbad,negative\n";
    assert_eq!(texts("a.csv", rows, &[]).0[0], "C:\\\\temp");
    let (found, _) = texts("a.csv", rows, &["--quoting", "backslash"]);
    assert_eq!(found[0], "C:\\temp");
    let (_folder, path) = file("a.csv", UNQUOTED);
    inspect(&path, &["--quoting", "none"])
        .code(1)
        .stderr(contains(
            "a.csv:2: expected 2 fields as in the header, found 3",
        ));
}

#[test]
fn lines_that_end_with_a_backslash_are_read_in_linear_time() {
    let rows = format!(
        "text,label\ngood\\, very,positive\nbad,negative\n{}",
        "\\\n".repeat(300_000)
    );
    let (_folder, path) = file("a.csv", rows);
    inspect(&path, &["--skip-bad-rows"])
        .success()
        .stderr(contains("bad rows skipped: "));
}
