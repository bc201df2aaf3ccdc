//! Predictions as Arrow arrays.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::{Array, ArrayRef, Float64Array, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Fields};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use sentiment::classifier::Prediction;

use crate::arrow_capsules;

/// Predictions as an Arrow array of structures: the label, its score, and the probability of each label. A null text has a
/// null prediction.
///
/// `pyarrow.array(predictions)`, `polars.Series(predictions)` and every other reader of Arrow's PyCapsule interface take it
/// without a copy.
#[pyclass(frozen, module = "sentiment_toolkit")]
pub struct Predictions(StructArray);

#[pymethods]
impl Predictions {
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        // A producer may ignore a request that it cannot meet.
        drop(requested_schema);
        arrow_capsules::export(py, &self.0)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        arrow_capsules::export_type(py, self.0.data_type())
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        format!("<Predictions: {} rows>", self.0.len())
    }
}

/// Collects predictions as columns.
pub struct PredictionColumns {
    labels: Arc<[String]>,
    label: StringBuilder,
    score: Float64Builder,
    /// The probabilities of each label.
    probabilities: Vec<Vec<f64>>,
    is_present: Vec<bool>,
    /// The bytes of the labels so far.
    bytes: usize,
}

impl PredictionColumns {
    /// Creates columns for a model with these labels.
    pub fn new(labels: &Arc<[String]>, rows: usize) -> Self {
        Self {
            labels: Arc::clone(labels),
            label: StringBuilder::new(),
            score: Float64Builder::with_capacity(rows),
            probabilities: vec![Vec::with_capacity(rows); labels.len()],
            is_present: Vec::with_capacity(rows),
            bytes: 0,
        }
    }

    /// Adds the prediction of a text, or that of a null text.
    pub fn push(&mut self, prediction: Option<&Prediction>) -> PyResult<()> {
        let Some(prediction) = prediction else {
            self.label.append_null();
            self.score.append_null();
            let columns = self.probabilities.iter_mut();
            columns.for_each(|column| column.push(0.0));
            self.is_present.push(false);
            return Ok(());
        };
        let label = match prediction.label_set() {
            None => prediction.label().into(),
            Some(labels) => sentiment::classifier::join_labels(&labels),
        };
        self.bytes = self.bytes.saturating_add(label.len());
        if self.bytes > i32::MAX as usize {
            return Err(PyValueError::new_err(
                "the labels of the predictions exceed 2 GiB: predict fewer texts at once",
            ));
        }
        self.label.append_value(label);
        self.score.append_value(prediction.score());
        let columns = self.probabilities.iter_mut();
        for (column, &probability) in columns.zip(&prediction.probabilities) {
            column.push(probability);
        }
        self.is_present.push(true);
        Ok(())
    }

    /// Returns the array.
    pub fn finish(mut self) -> PyResult<Predictions> {
        let nulls = NullBuffer::from(self.is_present);
        let of_labels = self.labels.iter().zip(self.probabilities);
        let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = of_labels
            .map(|(label, column)| {
                let column = Float64Array::new(column.into(), None);
                let field = Field::new(label, DataType::Float64, false);
                (field, Arc::new(column) as ArrayRef)
            })
            .unzip();
        let probabilities = StructArray::try_new(fields.into(), columns, Some(nulls.clone()));
        let probabilities = probabilities.map_err(invalid)?;
        let fields = Fields::from(vec![
            Field::new("label", DataType::Utf8, true),
            Field::new("score", DataType::Float64, true),
            Field::new("probabilities", probabilities.data_type().clone(), true),
        ]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.label.finish()),
            Arc::new(self.score.finish()),
            Arc::new(probabilities),
        ];
        let array = StructArray::try_new(fields, columns, Some(nulls));
        Ok(Predictions(array.map_err(invalid)?))
    }
}

fn invalid(error: arrow_schema::ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}
