//! `sentiment embeddings convert`, `analogy` and `evaluate`: output and errors.

use std::fs;
use std::path::Path;

use super::embeddings::{VECTORS, embeddings, folder};
use crate::common::names;
use predicates::str::{contains, is_empty};
use serde_json::{Value, json};

fn stdout(folder: &Path, arguments: &[&str]) -> String {
    let mut command = embeddings(folder, arguments);
    let output = command.assert().success().stderr(is_empty());
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

fn fails(folder: &Path, arguments: &[&str], message: &str) {
    embeddings(folder, arguments)
        .assert()
        .code(1)
        .stdout(is_empty())
        .stderr(contains(message));
}

/// The folder of vectors and benchmarks, and gensim's results from benches/peers/word_pairs.py.
fn fixtures() -> (std::path::PathBuf, Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/word_tests");
    let gensim = fs::read(folder.join("gensim.json")).unwrap();
    (folder, serde_json::from_slice(&gensim).unwrap())
}

#[track_caller]
fn assert_near(found: &Value, expected: &Value, tolerance: f64) {
    let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
    assert!((found - expected).abs() < tolerance, "{found} {expected}");
}

#[test]
fn converts_between_all_formats() {
    let folder = folder(&[("v.txt", VECTORS)]);
    let steps = [
        "v.txt",
        "v.vec.gz",
        "v.bin",
        "v.safetensors",
        "v.bin.zst",
        "back.txt",
    ];
    for pair in steps.windows(2) {
        assert_eq!(
            stdout(folder.path(), &["convert", pair[0], "--out", pair[1]]),
            format!("{}: 5 words, 2 dimensions\n", pair[1])
        );
    }
    assert_eq!(
        fs::read_to_string(folder.path().join("back.txt")).unwrap(),
        "good 1.0 0.0\nfine 4.0 1.0\nbad -1.0 0.0\nfilm 0.0 1.0\nnot 1.0 1.0\n"
    );
    let nearest = ["nearest", "good", "--count", "1", "--embeddings"];
    for file in steps {
        let found = stdout(folder.path(), &[&nearest[..], &[file]].concat());
        assert_eq!(found, "0.9701  fine\n", "{file}");
    }
}

#[test]
fn converts_a_selection_of_words() {
    let vocabulary = "<unk>\nfilm\nn't\nabsent\ngood\n";
    let folder = folder(&[("v.txt", VECTORS), ("vocabulary.txt", vocabulary)]);
    let words = |arguments: &[&str]| -> Vec<String> {
        let convert = ["convert", "v.txt", "--out", "out.txt"];
        stdout(folder.path(), &[&convert[..], arguments].concat());
        let file = fs::read_to_string(folder.path().join("out.txt")).unwrap();
        file.lines()
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    };
    let kept = words(&["--vocabulary", "vocabulary.txt"]);
    // `not` is the alias of `n't`.
    assert_eq!(kept, ["good", "film", "not"]);
    let kept = words(&["--vocabulary", "vocabulary.txt", "--limit", "2"]);
    assert_eq!(kept, ["good", "film"]);
    assert_eq!(words(&["--limit", "3"]), ["good", "fine", "bad"]);
    assert_eq!(words(&["--limit", "99"]).len(), 5);
}

#[test]
fn converts_the_sample_to_half_precision() {
    let folder = folder(&[]);
    let convert = ["convert", "sample", "--limit", "1000", "--out"];
    for file in [&["single.safetensors"][..], &["half.safetensors", "--half"]] {
        stdout(folder.path(), &[&convert[..], file].concat());
    }
    let size = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
    let saved = size("single.safetensors") - size("half.safetensors");
    assert_eq!(saved, 1000 * 50 * 2);
    let nearest = ["nearest", "good", "--count", "3", "--json", "--embeddings"];
    let found = |file| -> Vec<Value> {
        let words = stdout(folder.path(), &[&nearest[..], &[file]].concat());
        serde_json::from_str(&words).unwrap()
    };
    let (half, single) = (found("half.safetensors"), found("single.safetensors"));
    assert_eq!((half.len(), single.len()), (3, 3));
    for (half, single) in half.iter().zip(&single) {
        assert_eq!(half["word"], single["word"]);
        // 16-bit numbers have about 3 significant digits.
        assert_near(&half["cosine"], &single["cosine"], 1e-3);
    }
}

#[test]
fn rejects_invalid_conversions_before_reading() {
    let folder = folder(&[("v.txt", VECTORS), ("none.txt", "absent\n")]);
    let convert = |arguments: &[&str], message| {
        fails(folder.path(), &[&["convert"], arguments].concat(), message);
    };
    convert(
        &["absent.txt", "--out", "out.csv"],
        "error: could not write out.csv: the name must end in .txt (GloVe), .vec",
    );
    convert(
        &["absent.txt", "--out", "out.bin", "--half"],
        "error: could not write out.bin: only .safetensors files can store 16-bit \
         numbers\nhint: omit --half, or use a file name that ends in .safetensors",
    );
    convert(
        &["absent.txt", "--out", "out.txt"],
        "error: could not open absent.txt: ",
    );
    convert(
        &["v.txt", "--out", "out.txt", "--vocabulary", "none.txt"],
        "error: could not write out.txt: there are no word vectors to write\nhint: no word of \
         --vocabulary has a vector",
    );
    convert(
        &["v.txt", "--out", "no/out.txt"],
        "error: could not write no/out.txt: No such file or directory (os error 2)\n",
    );
    assert_eq!(names(folder.path()), ["none.txt", "v.txt"]);
}

#[test]
fn analogies_match_gensim() {
    let (folder, gensim) = fixtures();
    let question = ["analogy", "norway", "oslo", "japan"];
    let options = ["--embeddings", "vectors.txt", "--count", "3", "--json"];
    let found = stdout(&folder, &[&question[..], &options].concat());
    let found: Value = serde_json::from_str(&found).unwrap();
    let expected = &gensim["norway is to oslo as japan is to"];
    assert_eq!(found.as_array().unwrap().len(), 3);
    for (index, answer) in found.as_array().unwrap().iter().enumerate() {
        assert_eq!(answer["word"], expected[index][0]);
        assert_near(&answer["cosine"], &expected[index][1], 1e-6);
    }
}

#[test]
fn analogies_exclude_the_question_words() {
    let folder = folder(&[("v.txt", "a 1 0\nb 0 1\nc -1 0\nd -1 1\nzero 0 0\ne 0 -1\n")]);
    let analogy = |words: [&'static str; 3]| {
        let [a, b, c] = words;
        ["analogy", a, b, c, "--embeddings", "v.txt"]
    };
    // b - a + c = (-2, 1) and d has the direction (-1, 1): their cosine is 3 / √10.
    assert_eq!(
        stdout(folder.path(), &analogy(["a", "b", "c"])),
        "0.9487  d\n-0.4472  e\n"
    );
    fails(
        folder.path(),
        &analogy(["a", "qwxz", "c"]),
        "error: v.txt: there is no vector for \"qwxz\"\nhint: most vector files have lower-case words",
    );
    fails(
        folder.path(),
        &analogy(["a", "b", "zero"]),
        "error: v.txt: the vector of \"zero\" is all zeros",
    );
}

#[test]
fn an_analogy_that_sums_to_zero_has_no_answer() {
    let folder = folder(&[("v.txt", "a 0 0 0 1\nb 1 1 1 1\nc -1 -1 -1 1\n")]);
    fails(
        folder.path(),
        &["analogy", "a", "b", "c", "--embeddings", "v.txt"],
        "error: v.txt: the vectors of \"b\" - \"a\" + \"c\" sum to zero: the analogy has no answer",
    );
}

#[test]
fn analogies_use_the_sample_by_default() {
    let folder = folder(&[]);
    let found = stdout(
        folder.path(),
        &["analogy", "man", "king", "woman", "--count", "1"],
    );
    assert!(found.ends_with("  queen\n"), "{found}");
}

#[test]
fn evaluation_matches_gensim_and_scipy() {
    let (folder, gensim) = fixtures();
    let files = [
        "evaluate",
        "pairs.tsv",
        "analogies.txt",
        "--embeddings",
        "vectors.txt",
    ];
    let found = stdout(&folder, &[&files[..], &["--format", "json"]].concat());
    let found: Value = serde_json::from_str(&found).unwrap();

    let pairs = &found[0];
    assert_eq!(pairs["file"], "pairs.tsv");
    assert_eq!(pairs["kind"], "word_pairs");
    assert_near(&pairs["spearman"], &gensim["spearman"], 1e-9);
    // gensim's cosines are in single precision.
    assert_near(&pairs["pearson"], &gensim["pearson"], 1e-6);
    assert_eq!(pairs["known"], gensim["pairs"]["known"]);
    assert_eq!(pairs["pairs"], gensim["pairs"]["pairs"]);

    let analogies = &found[1];
    assert_eq!(analogies["kind"], "analogies");
    let sections = analogies["sections"].as_array().unwrap();
    assert_eq!(sections.len(), 2);
    for section in sections {
        let expected = &gensim["sections"][section["section"].as_str().unwrap()];
        assert_eq!(section["correct"], expected["correct"]);
        assert_eq!(section["known"], expected["known"]);
        // Each section has one question with out-of-vocabulary words.
        let known = section["known"].as_u64().unwrap();
        assert_eq!(section["questions"], known + 1);
    }
    let total = &gensim["sections"]["Total accuracy"];
    assert_eq!(analogies["total"]["correct"], total["correct"]);
    let accuracy = total["correct"].as_f64().unwrap() / total["known"].as_f64().unwrap();
    assert_eq!(analogies["total"]["accuracy"], accuracy);

    let text = stdout(&folder, &files);
    let spearman = gensim["spearman"].as_f64().unwrap();
    assert!(
        text.starts_with(&format!("pairs.tsv\n  Spearman  {spearman:.4}\n")),
        "{text}"
    );
    assert!(
        text.contains("  known     61 of 62 pairs\n\nanalogies.txt\n"),
        "{text}"
    );
    assert!(
        text.contains(&format!("\n  total     {accuracy:>8.4}  ")),
        "{text}"
    );
}

#[test]
fn benchmark_formats_are_detected_from_content() {
    let simlex = "word1\tword2\tPOS\tSimLex999\tconc(w1)\r\n\
                  good\tfine\tA\t9.5\t1.0\r\ngood\tfilm\tA\t2\t9.0\r\ngood\tbad\tA\t0.1\t2.0\r\n";
    let third = "# a comment\n\nfirst\tsecond\tscore\nGOOD\tfine\t3\ngood\tfilm\t2\ngood\tbad\t1\n";
    let plain = "\u{feff}good\tfine\t3\ngood\tfilm\t2\ngood\tbad\t1\n";
    let constant = "good\tfine\t3\ngood\tfilm\t3\n";
    let analogies = "good bad fine film\n";
    let folder = folder(&[
        ("v.txt", VECTORS),
        ("simlex", simlex),
        ("third", third),
        ("plain", plain),
        ("constant", constant),
        ("analogies", analogies),
    ]);
    let files = ["simlex", "third", "plain", "constant", "analogies"];
    let options = ["--embeddings", "v.txt", "--format", "json"];
    let found = stdout(
        folder.path(),
        &[&["evaluate"][..], &files, &options].concat(),
    );
    let found: Value = serde_json::from_str(&found).unwrap();
    for pairs in found.as_array().unwrap().iter().take(3) {
        assert_near(&pairs["spearman"], &json!(1.0), 1e-12);
        assert_eq!(pairs["known"], 3);
    }
    assert_eq!(found[3]["spearman"], Value::Null);
    // With unit vectors, bad - good + fine is (-1.03, 0.24): film is nearest.
    assert_eq!(
        found[4]["sections"],
        json!([{ "section": "-", "accuracy": 1.0, "correct": 1, "known": 1, "questions": 1 }])
    );
    let text = stdout(
        folder.path(),
        &["evaluate", "constant", "--embeddings", "v.txt"],
    );
    assert!(text.contains("Spearman  -\n"), "{text}");
}

#[test]
fn errors_name_the_line() {
    let folder = folder(&[
        ("short", "good\tfine\t1\n# comment\ngood\tfilm\n"),
        ("score", "good\tfine\t1\ngood\tfilm\tmuch\n"),
        ("infinite", "good\tfine\t1\ngood\tfilm\tinf\n"),
        ("empty-word", "good\tfine\t1\n\tfilm\t2\n"),
        ("five", ": section\na b c d\na b c d e\n"),
        ("empty", "# nothing\n"),
        ("header", "word1\tword2\tscore\n"),
        ("sections", ": one\n: two\n"),
    ]);
    fs::write(
        folder.path().join("latin"),
        b"good\tfine\t1\ncaf\xe9\tbar\t2\n",
    )
    .unwrap();
    for (file, message) in [
        (
            "short",
            "short:3: the line has 2 tab-separated fields, but the score is in field 3",
        ),
        ("score", "score:2: the score \"much\" is not a number"),
        ("infinite", "infinite:2: the score \"inf\" is not a number"),
        ("empty-word", "empty-word:2: a word of the pair is empty"),
        ("five", "five:3: the line has 5 words; an analogy has four"),
        (
            "empty",
            "empty:1: the file contains no word pairs or analogies",
        ),
        (
            "header",
            "header:1: the file contains no word pairs or analogies",
        ),
        (
            "sections",
            "sections:1: the file contains no word pairs or analogies",
        ),
        ("latin", "latin:2: the line is not valid UTF-8"),
        ("absent", "could not open absent: "),
    ] {
        let message = format!("error: {message}");
        fails(folder.path(), &["evaluate", file], &message);
    }
}
