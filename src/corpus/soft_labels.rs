//! A corpus whose texts have a probability of each label, in the columns `probability_LABEL` that `predict` and `eval` write.

use std::path::PathBuf;

use super::distinct_labels::in_order;
use super::{
    Cell, Corpus, CorpusError, CorpusOptions, CorpusRowError, Example, Kept, ReadProgress, Skipped,
    TableRow, TableRows,
};

/// What the name of the column of a label's probability begins with.
const PREFIX: &str = "probability_";

/// The maximum distance of the sum of probabilities from 1: those of four labels, rounded to two digits, are within it.
const TOLERANCE: f64 = 0.0201;

/// The rows of a corpus with probabilities of labels.
pub struct SoftLabelledRows {
    rows: TableRows,
    path: PathBuf,
    labels: Vec<String>,
    /// The index of the column of each label.
    columns: Vec<usize>,
    skip_bad_rows: bool,
}

impl SoftLabelledRows {
    /// Opens corpora, read one after the other. The labels are those of the first.
    pub fn open(paths: &[PathBuf], options: &CorpusOptions) -> Result<Self, CorpusError> {
        let rows = TableRows::open(paths, options, &Kept::All)?;
        let names: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
        let path = PathBuf::from(names.join(", "));
        let columns = rows.columns().iter().enumerate();
        let found = columns.filter_map(|(index, column)| {
            Some((column.name.strip_prefix(PREFIX)?.to_owned(), index))
        });
        let mut found: Vec<(String, usize)> =
            found.filter(|(label, _)| !label.is_empty()).collect();
        found.sort();
        if let Some(pair) = found.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let label = pair[0].0.clone();
            return Err(CorpusError::RepeatedProbability { path, label });
        }
        if found.len() < 2 {
            return Err(CorpusError::NoProbabilities { path });
        }
        let labels = in_order(found.iter().map(|(label, _)| label.clone()));
        let column = |label: &String| found.iter().find(|(known, _)| known == label);
        let columns = labels.iter().filter_map(column).map(|(_, index)| *index);
        Ok(Self {
            columns: columns.collect(),
            labels,
            rows,
            path,
            skip_bad_rows: options.skip_bad_rows,
        })
    }

    /// Returns how much was read, also while another thread reads.
    pub fn progress(&self) -> ReadProgress {
        self.rows.progress()
    }

    /// Collects the rows. The label of an example is its most probable one.
    pub fn collect(mut self) -> Result<Corpus, CorpusError> {
        let mut skipped = Skipped::default();
        let (mut examples, mut distributions) = (Vec::new(), Vec::new());
        while let Some(row) = self.rows.next() {
            let TableRow {
                location,
                text,
                cells,
            } = row?;
            skipped.of += 1;
            match text.and_then(|text| Ok((text, self.distribution(&cells)?))) {
                Ok((text, distribution)) => {
                    let label = self.labels[most_probable(&distribution)].clone();
                    examples.push(Example { text, label });
                    distributions.push(distribution);
                }
                Err(error) if self.skip_bad_rows => {
                    skipped.count(CorpusError::BadRow { location, error });
                }
                Err(error) => return Err(CorpusError::BadRow { location, error }),
            }
        }
        if examples.is_empty() {
            let path = self.path;
            return Err(CorpusError::Empty { path, skipped });
        }
        Ok(Corpus {
            examples,
            labels: self.labels,
            is_multi_label: false,
            distributions,
            skipped,
            notes: self.rows.reading_notes().notes(),
        })
    }

    /// Returns the probabilities of a row, which sum to 1.
    fn distribution(&self, cells: &[Cell]) -> Result<Vec<f32>, CorpusRowError> {
        let probabilities = self.columns.iter().zip(&self.labels);
        let probabilities = probabilities.map(|(&column, label)| {
            let cell = cells.get(column).unwrap_or(&Cell::Null);
            probability(cell).ok_or_else(|| CorpusRowError::Probability {
                column: format!("{PREFIX}{label}"),
                value: cell.as_text().into_owned(),
            })
        });
        let probabilities = probabilities.collect::<Result<Vec<f64>, _>>()?;
        let sum: f64 = probabilities.iter().sum();
        if (sum - 1.0).abs() > TOLERANCE {
            let sum = format!("{sum:.4}");
            return Err(CorpusRowError::ProbabilitySum { sum });
        }
        let shares = probabilities.iter().map(|probability| probability / sum);
        Ok(shares.map(|share| share as f32).collect())
    }
}

/// Returns the probability in a cell.
fn probability(cell: &Cell) -> Option<f64> {
    let value: f64 = match cell {
        Cell::Float(value) => *value,
        Cell::Integer(value) => *value as f64,
        Cell::Text(text) => text.trim().parse().ok()?,
        Cell::Null | Cell::Boolean(_) | Cell::Json(_) => return None,
    };
    (0.0..=1.0).contains(&value).then_some(value)
}

/// Returns the index of the highest probability, the first of equal ones.
fn most_probable(distribution: &[f32]) -> usize {
    let indices = 0..distribution.len();
    indices
        .rev()
        .max_by(|&a, &b| distribution[a].total_cmp(&distribution[b]))
        .unwrap_or(0)
}
