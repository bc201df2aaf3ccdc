//! Splitting texts into sentences.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sentiment::text::sentences;

/// Texts in which `|` marks the sentence boundaries.
const CASES: &[&str] = &[
    // Terminators and what closes a sentence.
    "A fine film.| I liked it!| Did you?| Yes",
    "What?!| No!!!| Really?...| Yes.",
    "He said \"Go.\"| Then we left.",
    "(It was late.)| We left [early].| (No!)| Fine",
    "“It works.”| ‘Good.’| «Bien.»| Done",
    "**Great movie!**| _Loved it._| Yes",
    "Great!\u{1f600}\u{1f600}| Will watch again.\u{2764}\u{fe0f}| Yes",
    "Great!| \u{1f600} Next",
    "It ended.Then it began?| No",
    "Great!|Loved it.| ¿Qué?|¡No!",
    "It cost 5.| The rest was free.| In 1999.| 5 stars.",
    "Wow! - John",
    "It was fine :) Good!| :) Yes",
    "He left. , or so I heard",
    // Abbreviations.
    "Mr. Smith met Mrs. Jones and Dr. No.| They left.",
    "Prof. A. B. Lee of St. Louis vs. Gen. Lee.| The end.",
    "Gems, e.g. The Matrix, i.e. Neo, cf. Alien.| Great.",
    "We saw cats, dogs, etc. and left.| We saw cats, etc.| The end.",
    "It starts at 5 p.m. and ends at 3 a.m.| Tickets sell out.| We came at 6 p.m.| It was full.",
    "The U.S. Army left.| He lives in the U.S.| He likes it.| D.C. Comics rules.",
    "Martin Luther King Jr. Day is in Jan. 15 is not.| He met Apple Inc. staff.| He works at Acme Ltd.| It pays well.",
    "She has a Ph.D. in physics.| Jones et al. wrote it.| See Fig. 3, No. 5, vol. 2 and pp. 3.",
    "Is it good?| No.| I hated it.| No. 5 is alive.",
    "In Jan. 2020 it began.| It ended in Jan.| The rest is history.",
    // Initials.
    "J. K. Rowling and J.R.R. Tolkien wrote.| A. A. Milne too.",
    "I prefer plan B.| The film is short.",
    "É. Zola wrote it.| А. С. Пушкин тоже.| Да.",
    // Numbers, versions and addresses.
    "It costs $3.50 or 2.5 million.| Version 1.2.3 is out.| Use v2.0!",
    "See www.example.com or mail me@example.org.| Thanks.",
    "See http://example.com/a?B=1&C=2!D for more.| It works.",
    "Use Node.js and ASP.NET.| They work.",
    "It scored 7.5/10.| Not bad.",
    // Ellipses.
    "Well... it was fine.| I think...| Maybe",
    "It was… okay.| It ended…| We left.",
    "Wait . . . what?| Oh . . .| Then we left.",
    "... and then it began.| … Again.| ...Once more.| … Yes. … and no.| ... No",
    // Lower case and quotations.
    "“Really?” he said.| “No!” she cried.| “Fine.” he said.",
    "It is a comedy (!) that fails (?) often.| True.",
    "why me?| no idea!| really.",
    "approx. ten people came. maybe more",
    "The iPhone is old. “iPhone” is a name. iPhone users know.",
    // Lines.
    "A title\n\n|A long text that\nis wrapped here.\n|Next line\r\nwrapped",
    "good film.\n|would watch again\n|",
    "Mr.\nSmith left.\n|He came back",
    "Pros:\n|- acting\n|- plot\n|* music\n|• light\n|1. first\n|2) second\n|(a) third\n|b) fourth",
    "1. The plot is thin.| 2. The acting is fine.\n|A. The end",
    "It fell to\n20.5 degrees and 3 people\nand - so",
    "One\u{2028}line\u{2029}|two\r\n\r\n|three\n \t\n|four\u{c}|five",
    // Other scripts.
    "这部电影很好。|我喜欢！|你呢？|好",
    "“你好。”|他说。|「行く！」|はい｡|終わり",
    "真好……好。，不",
    "هل أعجبك الفيلم؟| نعم.| جيد۔| نعم",
    "यह अच्छा है।| मुझे पसंद है॥| हाँ",
    "Καλό!| Όχι.| Хорошо?| Да.",
    "Բարեւ։| Այո։",
];

fn split(text: &str) -> Vec<&str> {
    sentences(text).map(|range| &text[range]).collect()
}

#[test]
fn boundaries_are_where_a_reader_sees_them() {
    let wrong: Vec<String> = CASES
        .iter()
        .filter_map(|case| {
            let text = case.replace('|', "");
            let expected: Vec<&str> = case
                .split('|')
                .map(str::trim)
                .filter(|sentence| !sentence.is_empty())
                .collect();
            let found = split(&text);
            (found != expected).then(|| format!("{found:#?}\ninstead of {expected:#?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn html_breaks_are_white_space_and_end_a_sentence() {
    for (text, expected) in [
        (
            "Great film<br /><br />I liked it.<br>The end",
            &["Great film", "I liked it.", "The end"][..],
        ),
        (
            "<p>One</p><P class=\"a\">Two. <BR/> three</p>",
            &["One", "Two.", "three"],
        ),
        (
            "I <3 it, <b>really</b>, <pre>a</pre> 1<p",
            &["I <3 it, <b>really</b>, <pre>a</pre> 1<p"],
        ),
        ("<br /> <br />", &[]),
        ("a<p b<br>c", &["a<p b", "c"]),
    ] {
        assert_eq!(split(text), expected, "{text}");
    }
}

#[test]
fn texts_without_sentences_have_none() {
    for text in ["", " ", "\n\n\t", "\u{a0}\u{2003}"] {
        assert_eq!(split(text), [""; 0]);
    }
    for text in ["a", ".", "...", "?!", "\"", "a\u{301}", "\u{200b}"] {
        assert_eq!(split(text), [text]);
    }
}

/// Time must grow in proportion to the length: each of these texts has a million characters or more.
#[test]
fn long_texts_take_linear_time() {
    for (first, repeated) in [
        ("a.", " "),
        ("a.", ")"),
        ("a. ", "("),
        ("a.", "1"),
        ("", "a."),
        ("", "a. "),
        ("", "Mr. "),
        ("", "?A"),
        ("", "! ,"),
        ("", "<p "),
        ("a", "<p>"),
        ("", "a\n"),
        ("", "。"),
        ("U.S. ", "T"),
        ("", "U."),
    ] {
        let text = first.to_string() + &repeated.repeat(1_000_000);
        let begun = Instant::now();
        let count = sentences(&text).count();
        let took = begun.elapsed();
        assert!(
            took < Duration::from_secs(5),
            "{first}{repeated}: {count} in {took:?}"
        );
    }
}

const PIECES: &[&str] = &[
    "A", "b", "Mr", "U.S", "e.g", "the", "The", "1", ".", "...", "…", "!", "?", "。", "؟", "।",
    "\"", "”", "(", ")", "'", ",", "-", ":", " ", "  ", "\n", "\r\n", "\u{a0}", "<br />", "<p>",
    "</P>", "<", "<p", "🙂", "é", "一", "http://", "- ", "1. ", "a) ", "*",
];

fn check(text: &str) -> Result<(), TestCaseError> {
    let is_space = |between: &str| {
        let between = ["<br />", "<p>", "</P>"]
            .iter()
            .fold(between.to_string(), |text, tag| text.replace(tag, " "));
        // A tag that was not closed in the pieces, such as `<p <br />`, has no break before its end.
        between.trim().is_empty() || between.trim().starts_with("<p")
    };
    let mut end = 0;
    for range in sentences(text) {
        prop_assert!(end <= range.start && range.start < range.end);
        prop_assert!(is_space(&text[end..range.start]), "{text:?}");
        let sentence = &text[range.clone()];
        prop_assert_eq!(sentence, sentence.trim());
        end = range.end;
    }
    prop_assert!(is_space(&text[end..]), "{text:?}");
    Ok(())
}

proptest! {
    #[test]
    fn sentences_cover_everything_but_space(pieces in vec(select(PIECES), 0..40)) {
        check(&pieces.concat())?;
    }

    #[test]
    fn any_text_has_sentences(text in any::<String>()) {
        check(&text)?;
    }
}
