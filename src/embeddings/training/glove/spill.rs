//! External sorting of counts that do not fit in memory: sorted runs in a temporary file, and a merge.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A pair of words and its count. The pair is one number, with the first word in the upper half.
pub(super) type PairCount = (u64, f64);

/// Sorted lists without repeated pairs. All are in one file, because the number of open files is limited.
#[derive(Default)]
pub(super) struct SortedRuns {
    /// Created for the first list.
    file: Option<File>,
    /// The end of each list, in bytes.
    ends: Vec<u64>,
}

impl SortedRuns {
    /// Writes a sorted list. The file is in `folder` and has no name.
    pub(super) fn write(&mut self, list: &[PairCount], folder: &Path) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(folder)?),
        };
        let mut out = BufWriter::new(file);
        for &(pair, count) in list {
            out.write_all(&pair.to_ne_bytes())?;
            out.write_all(&count.to_ne_bytes())?;
        }
        out.flush()?;
        let start = self.ends.last().copied().unwrap_or(0);
        self.ends.push(start + size_of_val(list) as u64);
        Ok(())
    }

    fn iter(&self) -> impl Iterator<Item = SortedRun<'_>> {
        self.file.iter().flat_map(|file| {
            let starts = std::iter::once(0).chain(self.ends.iter().copied());
            let bounds = starts.zip(&self.ends);
            bounds.map(move |(at, &end)| SortedRun { file, at, end })
        })
    }

    /// Merges all lists and `last`, the latest, and calls `emit` once for each pair, in order.
    pub(super) fn merge(
        &self,
        last: Vec<PairCount>,
        mut emit: impl FnMut(PairCount) -> io::Result<()>,
    ) -> io::Result<()> {
        type Source<'a> = Box<dyn Iterator<Item = io::Result<PairCount>> + 'a>;
        let mut sources: Vec<Source> = Vec::new();
        for run in self.iter() {
            let mut run = BufReader::new(run);
            sources.push(Box::new(std::iter::from_fn(move || {
                read_pair_count(&mut run).transpose()
            })));
        }
        sources.push(Box::new(last.into_iter().map(Ok)));

        let mut heads: Vec<Option<PairCount>> = Vec::new();
        let mut heap = BinaryHeap::new();
        for (index, source) in sources.iter_mut().enumerate() {
            heads.push(source.next().transpose()?);
            heap.extend(heads[index].map(|(pair, _)| Reverse((pair, index))));
        }
        let mut sum: Option<PairCount> = None;
        // Counts of a pair are added in the order of the runs.
        while let Some(Reverse((pair, index))) = heap.pop() {
            let next = sources[index].next().transpose()?;
            heap.extend(next.map(|(pair, _)| Reverse((pair, index))));
            let count = std::mem::replace(&mut heads[index], next).map_or(0.0, |(_, count)| count);
            match &mut sum {
                Some((same, sum)) if *same == pair => *sum += count,
                _ => {
                    if let Some(found) = sum.replace((pair, count)) {
                        emit(found)?;
                    }
                }
            }
        }
        sum.map_or(Ok(()), emit)
    }
}

/// Reads one of [`SortedRuns`]. It seeks before each read, because the readers share a file.
struct SortedRun<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for SortedRun<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.file.seek(SeekFrom::Start(self.at))?;
        let read = self.file.take(self.end - self.at).read(into)?;
        self.at += read as u64;
        Ok(read)
    }
}

fn read_pair_count(run: &mut impl Read) -> io::Result<Option<PairCount>> {
    let (mut pair, mut count) = ([0; 8], [0; 8]);
    match run.read_exact(&mut pair) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    run.read_exact(&mut count)?;
    Ok(Some((u64::from_ne_bytes(pair), f64::from_ne_bytes(count))))
}
