//! TensorBoard event files: a sequence of protobuf messages in
//! [TFRecord](https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details) frames.
//!
//! Written here because scalars need only three small messages; a crate for the whole format also brings
//! images, histograms and graphs.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, SystemTime};

use crc::{CRC_32_ISCSI, Crc};
use prost::Message;

use crate::files::FileError;

/// The version in the first event of a file.
const FILE_VERSION: &str = "brain.Event:2";

/// CRC-32C.
const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// TFRecord's mask, added to the rotated checksum because CRCs of data with embedded CRCs are weak.
const MASK: u32 = 0xa282_ead8;

/// The required fields of TensorFlow's `Event` (tensorflow/core/util/event.proto). Fields of a `oneof` are optional
/// here, so that a zero is written too.
#[derive(Clone, PartialEq, Message)]
struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

/// TensorFlow's `Summary` (tensorflow/core/framework/summary.proto).
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

/// TensorFlow's `Summary.Value`.
#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// A writer of an event file.
///
/// TensorBoard reads the file while it grows, so events are appended and flushed; other files of this crate are
/// replaced atomically. TensorBoard ignores an incomplete record until the rest is written.
#[derive(Debug)]
pub(super) struct EventWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

impl EventWriter {
    /// Creates a new file in a folder, and the folder if it does not exist. TensorBoard reads all files of a folder
    /// as one run, ordered by name and thus by time.
    pub(super) fn create(folder: &Path) -> Result<Self, FileError> {
        fs::create_dir_all(folder).map_err(FileError::context("create", folder))?;
        let seconds = since_1970().as_secs();
        let name = format!("events.out.tfevents.{seconds}.sentiment.{}", process::id());
        let path = folder.join(name);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(FileError::context("create", &path))?;
        let mut writer = Self {
            path,
            file: BufWriter::new(file),
        };
        writer.event(Event {
            file_version: Some(FILE_VERSION.into()),
            ..Event::default()
        })?;
        writer.flush()?;
        Ok(writer)
    }

    /// Writes a point of the curve `tag`. TensorBoard marks values that are not finite.
    pub(super) fn scalar(&mut self, tag: &str, step: u64, value: f64) -> Result<(), FileError> {
        let value = Value {
            tag: tag.into(),
            simple_value: Some(value as f32),
        };
        self.event(Event {
            step: i64::try_from(step).unwrap_or(i64::MAX),
            summary: Some(Summary { value: vec![value] }),
            ..Event::default()
        })
    }

    /// Flushes buffered events to the file.
    pub(super) fn flush(&mut self) -> Result<(), FileError> {
        let flushed = self.file.flush();
        flushed.map_err(FileError::context("write", &self.path))
    }

    /// Writes an event with the current time.
    fn event(&mut self, mut event: Event) -> Result<(), FileError> {
        event.wall_time = since_1970().as_secs_f64();
        let written = write_record(&mut self.file, &event.encode_to_vec());
        written.map_err(FileError::context("write", &self.path))
    }
}

/// Returns the time since 1970, or zero if the clock is set to an earlier time.
fn since_1970() -> Duration {
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
}

/// Writes a record: length, checksum of the length, data, checksum of the data; all little-endian.
fn write_record(out: &mut impl Write, data: &[u8]) -> io::Result<()> {
    let length = (data.len() as u64).to_le_bytes();
    out.write_all(&length)?;
    out.write_all(&masked_checksum(&length).to_le_bytes())?;
    out.write_all(data)?;
    out.write_all(&masked_checksum(data).to_le_bytes())
}

fn masked_checksum(data: &[u8]) -> u32 {
    CHECKSUM.checksum(data).rotate_right(15).wrapping_add(MASK)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// Reads the events of a file and checks the frames.
    fn read(path: &Path) -> Vec<Event> {
        let content = fs::read(path).unwrap();
        let mut rest = content.as_slice();
        let mut events = Vec::new();
        while !rest.is_empty() {
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            let data = &rest[12..12 + length];
            let mut record = Vec::new();
            write_record(&mut record, data).unwrap();
            assert_eq!(record, rest[..length + 16]);
            events.push(Event::decode(data).unwrap());
            rest = &rest[length + 16..];
        }
        events
    }

    /// Test vectors of RFC 3720, appendix B.4, and the check value of the CRC catalogue.
    #[test]
    fn checksums_are_crc_32c() {
        let ascending: Vec<u8> = (0..32).collect();
        assert_eq!(CHECKSUM.checksum(b"123456789"), 0xe306_9283);
        assert_eq!(CHECKSUM.checksum(&[0; 32]), 0x8a91_36aa);
        assert_eq!(CHECKSUM.checksum(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(CHECKSUM.checksum(&ascending), 0x46dd_794e);
    }

    /// Written by TensorBoard 2.21:
    ///
    /// ```python
    /// from tensorboard.summary.writer.record_writer import RecordWriter
    /// RecordWriter(open("record", "wb")).write(b"sentiment")
    /// ```
    #[test]
    fn record_frames_match_tensorboard() {
        let mut record = Vec::new();
        write_record(&mut record, b"sentiment").unwrap();
        assert_eq!(
            record,
            b"\x09\0\0\0\0\0\0\0\x37\xf9\x71\x39sentiment\x76\x53\x21\xef"
        );
    }

    #[test]
    fn written_events_can_be_read() {
        let parent = TempDir::new().unwrap();
        let folder = parent.path().join("runs").join("first");
        let mut writer = EventWriter::create(&folder).unwrap();
        let points = [
            ("train/loss", 1, 0.75),
            ("validation/accuracy", 2, 0.0),
            ("train/loss", u64::MAX, f64::NAN),
            ("train/loss", 3, f64::INFINITY),
            ("train/loss", 0, 1e300),
        ];
        for (tag, step, value) in points {
            writer.scalar(tag, step, value).unwrap();
        }
        writer.flush().unwrap();

        let events = read(&writer.path);
        assert_eq!(events[0].file_version.as_deref(), Some("brain.Event:2"));
        assert_eq!(events.len(), 1 + points.len());
        for (event, (tag, step, value)) in events[1..].iter().zip(points) {
            assert!(event.wall_time >= events[0].wall_time);
            assert_eq!(event.step, step.min(i64::MAX as u64) as i64);
            let [written] = event.summary.as_ref().unwrap().value.as_slice() else {
                panic!("expected one value per event");
            };
            assert_eq!(written.tag, tag);
            let bits = written.simple_value.map(f32::to_bits);
            assert_eq!(bits, Some((value as f32).to_bits()));
        }
    }

    #[test]
    fn error_names_the_folder() {
        let parent = TempDir::new().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        let error = EventWriter::create(&file).unwrap_err();
        let expected = format!("could not create {}: ", file.display());
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}
