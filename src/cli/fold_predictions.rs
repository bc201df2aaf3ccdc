//! The predictions of cross-validation: each text by the model that was not trained on it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sentiment::classifier::{Prediction, join_labels};
use sentiment::corpus::{Cell, CellKind, Column, RowLocation, TableFormat, TableRow};
use sentiment::evaluation::AnyEvaluation;
use sentiment::files::write_whole_with;
use sentiment::training::Folds;

use super::prediction_output::Sink;
use super::prediction_rows::PredictedRow;
use super::prediction_table::{AddedColumns, PredictionTable};

/// The name of the texts in messages.
const CORPUS: &str = "corpus";

/// The number of each text's fold and its prediction, by the index of the text in the corpus.
#[derive(Default)]
pub struct FoldPredictions(BTreeMap<usize, (usize, Prediction)>);

impl FoldPredictions {
    /// Adds the predictions of a fold. `indices` are those of its texts in the corpus.
    pub fn add(&mut self, fold: usize, indices: &[usize], evaluation: &AnyEvaluation) {
        for (&index, prediction) in indices.iter().zip(evaluation.predictions()) {
            self.0.insert(index, (fold, prediction.clone()));
        }
    }

    /// Writes a row for each text, in the order of the corpus.
    pub fn write(self, file: &Path, format: TableFormat, folds: &Folds) -> anyhow::Result<()> {
        let column = |(name, kind): (&str, CellKind)| Column {
            name: name.into(),
            kind,
        };
        let input = [
            ("text", CellKind::Text),
            ("label", CellKind::Text),
            ("fold", CellKind::Integer),
        ];
        let input = input.map(column);
        let added = AddedColumns::default();
        let path: Arc<Path> = Path::new(CORPUS).into();
        write_whole_with(file, |out| {
            let table = PredictionTable::new(&input, added, folds.labels(), 0.0);
            let mut sink = Sink::table(format, out, table)?;
            for (index, (fold, prediction)) in self.0 {
                let text = &folds.texts().texts[index];
                let label = join_labels(&folds.texts().label_names(index, folds.labels()));
                let number = index as u64 + 1;
                let row = TableRow {
                    location: RowLocation::row(&path, number),
                    text: Ok(text.clone()),
                    cells: vec![
                        Cell::Text(text.clone()),
                        Cell::Text(label),
                        Cell::Integer(fold as i64),
                    ],
                };
                sink.write(&PredictedRow {
                    number,
                    row: &row,
                    text,
                    characters: 0..0,
                    prediction: Some(prediction),
                })?;
            }
            Ok(sink.finish()?)
        })
    }
}
