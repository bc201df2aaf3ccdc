//! Windows-1252, the encoding of `encoding_rs` whose bytes 0x80 to 0x9F are control characters in Latin-1.

use std::sync::LazyLock;

use encoding_rs::WINDOWS_1252;

/// The characters of the bytes 0x80 to 0x9F. Undefined bytes are control characters.
static SPECIAL: LazyLock<Vec<char>> = LazyLock::new(|| {
    let bytes: Vec<u8> = (0x80..=0x9f).collect();
    let (characters, _) = WINDOWS_1252.decode_without_bom_handling(&bytes);
    characters.chars().collect()
});

/// Returns the character that Windows-1252 has for the byte of a control character of Latin-1.
pub(super) fn decode(control: char) -> char {
    let index = u32::from(control).wrapping_sub(0x80) as usize;
    SPECIAL.get(index).copied().unwrap_or(control)
}

/// Returns the byte of a character that is not ASCII, in Windows-1252 or in Latin-1.
pub(super) fn encode(character: char) -> Option<u8> {
    match character {
        '\u{80}'..='\u{ff}' => u8::try_from(character).ok(),
        // The range of the special characters, from Œ to ™.
        '\u{152}'..='\u{2122}' => {
            let mut special = (0x80..).zip(SPECIAL.iter());
            special.find_map(|(byte, &of_byte)| (of_byte == character).then_some(byte))
        }
        _ => None,
    }
}
