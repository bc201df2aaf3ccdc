//! Scripts of characters and texts.

use unicode_script::{Script, UnicodeScript};

/// The part of kana among the characters from which on a text in Chinese characters and kana is Japanese.
const JAPANESE: f64 = 0.05;

/// Returns whether a character is of a script without spaces between words.
pub(super) fn is_unspaced(character: char) -> bool {
    use Script::{Han, Hiragana, Katakana, Khmer, Lao, Myanmar, Thai};
    // A fast exit: all of them come later.
    character >= '\u{e00}'
        && matches!(
            character.script(),
            Han | Hiragana | Katakana | Khmer | Lao | Myanmar | Thai
        )
}

/// Returns whether a character is a Chinese one.
#[cfg(feature = "chinese")]
pub(super) fn is_han(character: char) -> bool {
    character >= '\u{2e80}' && character.script() == Script::Han
}

/// Returns whether a character is a letter of Korean.
pub(super) fn is_hangul(character: char) -> bool {
    character >= '\u{1100}' && character.script() == Script::Hangul
}

fn is_kana(script: Script) -> bool {
    matches!(script, Script::Hiragana | Script::Katakana)
}

/// The scripts of the letters of texts.
#[derive(Clone, Debug, Default)]
pub struct ScriptCounts {
    letters: Vec<(Script, u64)>,
    latin: u64,
}

impl ScriptCounts {
    /// Counts the letters of a text.
    pub fn add(&mut self, text: &str) {
        for character in text.chars() {
            if character.is_ascii_alphabetic() {
                self.latin += 1;
            } else if !character.is_ascii() && character.is_alphabetic() {
                self.add_letter(character.script());
            }
        }
    }

    fn add_letter(&mut self, script: Script) {
        match script {
            Script::Latin => self.latin += 1,
            Script::Common | Script::Inherited | Script::Unknown => {}
            _ => match self.letters.iter_mut().find(|(known, _)| *known == script) {
                Some((_, count)) => *count += 1,
                None => self.letters.push((script, 1)),
            },
        }
    }

    /// Returns the number of letters.
    pub(super) fn letters(&self) -> u64 {
        self.latin + self.letters.iter().map(|(_, count)| count).sum::<u64>()
    }

    /// Returns the script of more than half of the letters; of Chinese characters and kana, which Japanese mixes, the most frequent.
    pub(super) fn main(&self) -> Option<Script> {
        let (east_asian, others): (Vec<_>, Vec<_>) = self
            .letters
            .iter()
            .partition(|(script, _)| is_kana(*script) || *script == Script::Han);
        let total =
            |counts: &[(Script, u64)]| -> u64 { counts.iter().map(|(_, count)| count).sum() };
        let is_most = |count: u64| 2 * count > self.letters();
        if is_most(total(&east_asian)) {
            let most = east_asian.into_iter().max_by_key(|&(_, count)| count);
            return most.map(|(script, _)| script);
        }
        let latin = [(Script::Latin, self.latin)];
        let mut each = latin.into_iter().chain(others);
        each.find(|&(_, count)| is_most(count))
            .map(|(script, _)| script)
    }

    /// Returns the scripts with at least this part of the letters.
    pub(super) fn of_share(&self, share: f64) -> impl Iterator<Item = Script> {
        let least = share * self.letters() as f64;
        let latin = [(Script::Latin, self.latin)];
        let scripts = latin.into_iter().chain(self.letters.iter().copied());
        scripts
            .filter(move |&(_, count)| count > 0 && count as f64 >= least)
            .map(|(script, _)| script)
    }

    /// Returns the language of the texts where their script tells it and has no spaces between words, by its ISO 639-1 code:
    /// more than half of the letters are of that script.
    pub fn unspaced_language(&self) -> Option<&'static str> {
        let count = |wanted: fn(Script) -> bool| -> u64 {
            let of_script = self.letters.iter().filter(|(script, _)| wanted(*script));
            of_script.map(|(_, count)| count).sum()
        };
        let all = self.letters();
        let most = |part: u64| 2 * part > all;
        let kana = count(is_kana);
        let han = count(|script| script == Script::Han);
        if most(kana + han) {
            let is_japanese = kana as f64 > JAPANESE * (kana + han) as f64;
            return Some(if is_japanese { "ja" } else { "zh" });
        }
        let (script, _) = self.letters.iter().find(|(_, letters)| most(*letters))?;
        match script {
            Script::Thai => Some("th"),
            Script::Lao => Some("lo"),
            Script::Khmer => Some("km"),
            Script::Myanmar => Some("my"),
            _ => None,
        }
    }
}

impl<'a> FromIterator<&'a str> for ScriptCounts {
    fn from_iter<T: IntoIterator<Item = &'a str>>(texts: T) -> Self {
        let mut counts = Self::default();
        texts.into_iter().for_each(|text| counts.add(text));
        counts
    }
}
