//! Detects the encoding of a text file by its bytes.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The bytes in which UTF-16 without a byte order mark is detected.
const SAMPLE_BYTES: usize = 1 << 12;

/// The minimum share of NUL bytes in UTF-16, as its reciprocal. Chinese text with Latin labels has more.
const MIN_NUL_SHARE: usize = 64;

/// The same for bytes that are also UTF-8 without control characters, as those of UTF-16 are if every letter is ASCII.
const MIN_NUL_SHARE_OF_ASCII: usize = 4;

/// The same in a binary file.
const MIN_NUL_SHARE_OF_BINARY: usize = 8;

/// The encodings of Latin scripts that differ from windows-1252 in a few letters.
const LATIN: [&str; 9] = [
    "windows-1250",
    "windows-1254",
    "windows-1257",
    "windows-1258",
    "ISO-8859-2",
    "ISO-8859-3",
    "ISO-8859-4",
    "ISO-8859-10",
    "ISO-8859-13",
];

/// The minimum share of characters beyond ASCII in a text of one of these encodings, as its reciprocal. In a text with
/// fewer, such as English with a pound sign, the detector has too little evidence for another than windows-1252.
const MIN_LATIN_SHARE: usize = 100;

/// Returns whether bytes are not text: more than a few are NUL.
pub(super) fn is_binary(start: &[u8]) -> bool {
    let nuls = memchr::memchr_iter(0, start).count();
    nuls > 1 && nuls * MIN_NUL_SHARE_OF_BINARY >= start.len()
}

/// Returns the kind of UTF-16 that the first bytes of a file are in, if any. Without a byte order mark, characters of
/// Latin scripts, digits and line breaks have a NUL byte, nearly all on the same side.
pub(super) fn utf16(start: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match start {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let sample = &start[..start.len().min(SAMPLE_BYTES)];
    let nul_at = |side: usize| {
        let bytes = sample.iter().skip(side).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    let (even, odd) = (nul_at(0), nul_at(1));
    // One NUL may be damage. Some Chinese characters have a NUL on the other side.
    let is_control = |byte: &u8| matches!(byte, 1..=8 | 14..=31);
    let is_utf8 = str::from_utf8(&sample[..character_boundary(sample)]).is_ok();
    let reciprocal = match is_utf8 && !sample.iter().any(is_control) {
        true => MIN_NUL_SHARE_OF_ASCII,
        false => MIN_NUL_SHARE,
    };
    let enough = |nuls: usize| nuls > 1 && nuls * reciprocal >= sample.len();
    if enough(odd) && odd > 4 * even {
        Some(UTF_16LE)
    } else if enough(even) && even > 4 * odd {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Detects the encoding of bytes that are not UTF-8, by the lines that are not.
pub(super) fn detect(block: &[u8]) -> &'static encoding_rs::Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let lines = block.split_inclusive(|byte| *byte == b'\n');
    for line in lines.filter(|line| str::from_utf8(line).is_err()) {
        detector.feed(line, false);
    }
    detector.feed(b"", true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    let is_latin = LATIN.iter().any(|name| encoding.name() == *name);
    let foreign = block.iter().filter(|byte| !byte.is_ascii()).count();
    match encoding == UTF_8 || (is_latin && foreign * MIN_LATIN_SHARE < block.len()) {
        true => WINDOWS_1252,
        false => encoding,
    }
}

/// Returns the length of the bytes without an incomplete UTF-8 character at their end.
pub(super) fn character_boundary(bytes: &[u8]) -> usize {
    let tail = bytes.iter().rev().take(3).enumerate();
    for (index, &byte) in tail {
        let width = match byte {
            0xf0.. => 4,
            0xe0.. => 3,
            0xc0.. => 2,
            0x80.. => continue,
            _ => 1,
        };
        let present = index + 1;
        return bytes.len() - if present < width { present } else { 0 };
    }
    bytes.len()
}
