//! Decompresses request bodies. The size limit also applies to the decompressed body.

use std::io::Read;

use axum::http::{HeaderMap, header};
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::body_memory::BodyMemory;
use crate::serve::api_error::ApiError;

/// First guess of how much larger a decompressed body is. JSON with English texts shrinks to a third or less.
const USUAL_RATIO: usize = 4;

/// The compression of a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentEncoding {
    Gzip,
    /// zlib, or raw DEFLATE as some clients send it.
    Deflate,
}

impl ContentEncoding {
    /// Reads the header. Returns `None` for an uncompressed body, and an error for an unknown encoding or for several.
    pub fn parse(headers: &HeaderMap) -> Result<Option<Self>, ApiError> {
        let mut encoding = None;
        for value in headers.get_all(header::CONTENT_ENCODING) {
            let value = value.to_str().map_err(|_| ApiError::encoding())?;
            for name in value.split(',') {
                let read = match name.trim().to_ascii_lowercase().as_str() {
                    "" | "identity" => continue,
                    // RFC 9110 calls `x-gzip` an alias.
                    "gzip" | "x-gzip" => Self::Gzip,
                    "deflate" => Self::Deflate,
                    _ => return Err(ApiError::encoding()),
                };
                if encoding.replace(read).is_some() {
                    return Err(ApiError::encoding());
                }
            }
        }
        Ok(encoding)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }

    /// Decompresses a body to at most `most` bytes.
    pub fn decompress(
        self,
        compressed: &[u8],
        most: usize,
        memory: &mut BodyMemory,
    ) -> Result<Vec<u8>, ApiError> {
        let mut rest = compressed;
        let expected = compressed.len().saturating_mul(USUAL_RATIO).max(1);
        let body = read_bounded(&mut *self.decoder(&mut rest), expected, most, memory)?;
        let body = body.filter(|_| rest.is_empty());
        body.ok_or_else(|| ApiError::invalid(format!("The body is not valid {} data", self.name())))
    }

    fn decoder<'b>(self, body: &'b mut &[u8]) -> Box<dyn Read + 'b> {
        match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(body)),
            Self::Deflate if is_zlib(body) => Box::new(ZlibDecoder::new(body)),
            Self::Deflate => Box::new(DeflateDecoder::new(body)),
        }
    }
}

/// Returns whether a body starts with a zlib header (RFC 1950). Raw DEFLATE data does not: its first block would be an
/// uncompressed one whose padding is not zero.
fn is_zlib(body: &[u8]) -> bool {
    match *body {
        [method, flags, ..] => {
            method & 0x0f == 8 && u16::from_be_bytes([method, flags]).is_multiple_of(31)
        }
        _ => false,
    }
}

/// Reads to the end, or returns `None` if the data is damaged. Each allocation is reserved first and is at most `most`
/// bytes.
fn read_bounded(
    decoder: &mut dyn Read,
    expected: usize,
    most: usize,
    memory: &mut BodyMemory,
) -> Result<Option<Vec<u8>>, ApiError> {
    let mut body = Vec::new();
    loop {
        let more = body.len().max(expected).min(most - body.len());
        memory.grow(more)?;
        body.reserve_exact(more);
        match decoder.take(more as u64).read_to_end(&mut body) {
            Err(_) => return Ok(None),
            Ok(read) if read < more => return Ok(Some(body)),
            Ok(_) if body.len() < most => {}
            Ok(_) => break,
        }
    }
    match decoder.read(&mut [0]) {
        Err(_) => Ok(None),
        Ok(0) => Ok(Some(body)),
        Ok(_) => Err(ApiError::too_large_decompressed(most)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::http::HeaderValue;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use tokio::sync::Semaphore;

    use super::*;

    const LEVEL: Compression = Compression::new(6);

    fn compressed(content: &[u8]) -> [(ContentEncoding, Vec<u8>); 3] {
        let mut gzip = GzEncoder::new(Vec::new(), LEVEL);
        let mut zlib = ZlibEncoder::new(Vec::new(), LEVEL);
        let mut raw = DeflateEncoder::new(Vec::new(), LEVEL);
        for writer in [&mut gzip as &mut dyn Write, &mut zlib, &mut raw] {
            writer.write_all(content).unwrap();
        }
        [
            (ContentEncoding::Gzip, gzip.finish().unwrap()),
            (ContentEncoding::Deflate, zlib.finish().unwrap()),
            (ContentEncoding::Deflate, raw.finish().unwrap()),
        ]
    }

    fn decompress(encoding: ContentEncoding, body: &[u8], most: usize) -> Result<Vec<u8>, String> {
        let room = Semaphore::new(1 << 20);
        let body = encoding.decompress(body, most, &mut BodyMemory::new(&room));
        body.map_err(|error| error.to_string())
    }

    #[test]
    fn the_header_names_one_encoding() {
        let parse = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_str(value).unwrap();
                headers.append(header::CONTENT_ENCODING, value);
            }
            ContentEncoding::parse(&headers)
        };
        for plain in [&[][..], &["identity"], &[""], &["identity, identity"]] {
            assert_eq!(parse(plain), Ok(None), "{plain:?}");
        }
        for gzip in [&["gzip"][..], &["GZip"], &["x-gzip"], &["identity", "gzip"]] {
            assert_eq!(parse(gzip), Ok(Some(ContentEncoding::Gzip)), "{gzip:?}");
        }
        assert_eq!(parse(&["deflate"]), Ok(Some(ContentEncoding::Deflate)));
        for refused in [
            &["br"][..],
            &["gzip, gzip"],
            &["gzip", "deflate"],
            &["gzip; q=1"],
        ] {
            assert!(parse(refused).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn the_decompressed_size_and_its_memory_are_bounded() {
        let content = vec![b' '; 10_000_000];
        for (encoding, body) in compressed(&content) {
            assert!(body.len() < 20_000);
            let room = Semaphore::new(1_000);
            let mut memory = BodyMemory::new(&room);
            let refused = encoding.decompress(&body, 500_000, &mut memory);
            assert!(refused.unwrap_err().to_string().contains("decompressed"));
            // Room for other bodies remains, as 500,000 bytes are less than 490 KiB.
            assert!(room.available_permits() >= 500, "{room:?}");
            let refused = encoding.decompress(&body, 2_000_000, &mut memory);
            assert!(refused.unwrap_err().to_string().contains("retry later"));
            drop(memory);
            assert_eq!(room.available_permits(), 1_000);
        }
        for size in [99, 100, 101] {
            for (encoding, body) in compressed(&content[..size]) {
                assert_eq!(decompress(encoding, &body, 100).is_ok(), size <= 100);
            }
        }
    }

    #[test]
    fn damaged_data_is_refused() {
        for (encoding, body) in compressed(b"a text that is compressed") {
            let cuts = (0..body.len()).map(|end| body[..end].to_vec());
            for damaged in cuts.chain([[&body, &b"x"[..]].concat(), b"plain text".to_vec()]) {
                let error = decompress(encoding, &damaged, 1_000).unwrap_err();
                assert!(error.contains("is not valid"), "{error}");
            }
        }
        let [(gzip, mut body), ..] = compressed(b"a text");
        *body.iter_mut().nth_back(6).unwrap() ^= 1;
        assert!(decompress(gzip, &body, 1_000).is_err());
    }

    proptest! {
        #[test]
        fn every_body_survives_compression(content in vec(any::<u8>(), 0..2_000)) {
            for (encoding, body) in compressed(&content) {
                prop_assert_eq!(&decompress(encoding, &body, 2_000).unwrap(), &content);
            }
            let [(gzip, first), ..] = compressed(&content);
            let members = [first.as_slice(), &first].concat();
            prop_assert_eq!(decompress(gzip, &members, 4_000).unwrap(), content.repeat(2));
        }

        #[test]
        fn any_data_is_decompressed_or_refused(data in vec(any::<u8>(), 0..200)) {
            for encoding in [ContentEncoding::Gzip, ContentEncoding::Deflate] {
                let body = decompress(encoding, &data, 1_000);
                prop_assert!(body.unwrap_or_default().len() <= 1_000);
            }
        }
    }
}
