//! Full-width forms of ASCII (`Ａ`, `！`) and half-width forms of kana and Hangul (`ｶﾞ`), which Chinese, Japanese and Korean
//! keyboards write: their compatibility decompositions (NFKC).

use unicode_normalization::UnicodeNormalization;

use super::replaced::Replaced;

/// Replaces full-width and half-width characters by the ordinary ones.
pub(super) fn fold(text: &str, output: &mut Replaced) {
    if text.is_ascii() {
        return;
    }
    let mut characters = text.char_indices().peekable();
    while let Some((start, character)) = characters.next() {
        if !is_form(character) {
            continue;
        }
        // A voiced kana is two half-width forms and one ordinary character.
        while characters
            .next_if(|&(_, next)| is_sound_mark(next))
            .is_some()
        {}
        let end = characters.peek().map_or(text.len(), |&(end, _)| end);
        let folded: String = text[start..end].nfkc().collect();
        output.replace(text, start..end, &folded);
    }
    output.finish(text);
}

fn is_form(character: char) -> bool {
    matches!(character, '\u{ff01}'..='\u{ffef}')
}

fn is_sound_mark(character: char) -> bool {
    matches!(character, '\u{ff9e}' | '\u{ff9f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut output = Replaced::default();
        fold(text, &mut output);
        output.text(text).into()
    }

    #[test]
    fn forms_become_ordinary_characters() {
        assert_eq!(folded("ＡＢＣ１２３，很好！"), "ABC123,很好!");
        assert_eq!(folded("ｶﾞｯｶﾘ ﾊﾟﾝ"), "ガッカリ パン");
        for same in ["ABC", "很好。", "ガッカリ", ""] {
            assert_eq!(folded(same), same);
        }
    }

    #[test]
    fn spans_are_those_of_the_original() {
        let text = "好ＯＫ！";
        let mut output = Replaced::default();
        fold(text, &mut output);
        assert_eq!(output.text(text), "好OK!");
        assert_eq!(&text[output.original_span(3..5)], "ＯＫ");
    }
}
