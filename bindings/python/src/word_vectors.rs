//! The class `WordVectors`.

use std::path::PathBuf;

use numpy::PyArray1;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use sentiment::embeddings::{self, VectorFile};

use crate::compute::detached;
use crate::errors::Raise;

/// Words with a vector each, from a file in GloVe's, word2vec's or fastText's format.
#[pyclass(frozen, module = "sentiment_toolkit")]
pub struct WordVectors(embeddings::WordVectors);

#[pymethods]
impl WordVectors {
    /// Reads a file, or only its first `limit` words. `member` names the file in a ZIP archive of several.
    #[staticmethod]
    #[pyo3(signature = (path, *, limit=None, member=None))]
    fn load(
        py: Python<'_>,
        path: PathBuf,
        limit: Option<usize>,
        member: Option<String>,
    ) -> PyResult<Self> {
        let file = VectorFile { path, member };
        let read = || file.read_first(limit.unwrap_or(usize::MAX));
        Ok(Self(detached(py, read)?.map_err(Raise::raise)?))
    }

    /// Returns the built-in GloVe sample.
    #[staticmethod]
    fn sample(py: Python<'_>) -> PyResult<Self> {
        let read = || embeddings::sample(None);
        Ok(Self(detached(py, read)?.map_err(Raise::raise)?))
    }

    /// The words, in the order of the file.
    #[getter]
    fn words<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.0.words())
    }

    /// The embedding dimension.
    #[getter]
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    /// The vectors as a read-only NumPy array `[words, dimension]` on the memory of this object.
    #[getter]
    fn vectors<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("numpy")?.call_method1("asarray", (slf,))
    }

    /// NumPy's description of the vectors in memory. The array that NumPy makes of it keeps this object alive, which
    /// never changes its vectors.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let interface = PyDict::new(py);
        let is_read_only = true;
        let address = self.0.numbers().as_ptr() as usize;
        interface.set_item("version", 3)?;
        interface.set_item(
            "typestr",
            if cfg!(target_endian = "big") {
                ">f4"
            } else {
                "<f4"
            },
        )?;
        interface.set_item("shape", (self.0.len(), self.0.dimension()))?;
        interface.set_item("data", (address, is_read_only))?;
        Ok(interface)
    }

    /// Returns the words with the highest cosine similarity to a word, each with that similarity.
    #[pyo3(signature = (word, count=10))]
    fn nearest(&self, py: Python<'_>, word: &str, count: usize) -> PyResult<Vec<(String, f32)>> {
        let nearest = || {
            let words = embeddings::nearest(&self.0, word, count)?;
            Ok(owned(words))
        };
        detached(py, nearest)?.map_err(|error: embeddings::EmbeddingsError| error.raise())
    }

    /// Returns the best words for the analogy "a is to b as c is to …", each with its cosine similarity.
    #[pyo3(signature = (a, b, c, count=10))]
    fn analogy(
        &self,
        py: Python<'_>,
        a: &str,
        b: &str,
        c: &str,
        count: usize,
    ) -> PyResult<Vec<(String, f32)>> {
        let analogy = || {
            let words = embeddings::analogy(&self.0, [a, b, c], count)?;
            Ok(owned(words))
        };
        detached(py, analogy)?.map_err(|error: embeddings::EmbeddingsError| error.raise())
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __contains__(&self, word: &str) -> bool {
        self.0.get(word).is_some()
    }

    /// Returns a copy of a word's vector, computed from its character n-grams if the file has those and not the word.
    fn __getitem__<'py>(&self, py: Python<'py>, word: &str) -> PyResult<Bound<'py, PyArray1<f32>>> {
        py.import("numpy")?;
        match (self.0.get(word), self.0.compose(word)) {
            (Some(vector), _) => Ok(PyArray1::from_slice(py, vector)),
            (None, Some(vector)) => Ok(PyArray1::from_vec(py, vector)),
            (None, None) => Err(PyKeyError::new_err(word.to_owned())),
        }
    }

    fn __repr__(&self) -> String {
        format!(
            "<WordVectors: {} words, dimension {}>",
            self.0.len(),
            self.0.dimension()
        )
    }
}

fn owned(words: Vec<(&str, f32)>) -> Vec<(String, f32)> {
    let words = words.into_iter();
    words.map(|(word, cosine)| (word.into(), cosine)).collect()
}
