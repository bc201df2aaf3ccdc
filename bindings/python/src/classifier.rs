//! The class `Classifier`.

use std::path::{Path, PathBuf};

use numpy::{PyArray2, PyArrayMethods, ToPyArray};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use sentiment::classifier::{Prediction, UNCERTAIN};
use sentiment::explain::{Method, Request};
use sentiment::model::folder::{FolderLock, replace_together};
use sentiment::model::{
    BuiltIn, Implementation, ModelError, ModelLocation, OutputKind, Precision, SavedModel,
    ScoringPrecision,
};
use sentiment::text::Tokens;
use sentiment::{Device, explain};

use crate::arguments::from_json;
use crate::chunks::chunks;
use crate::compute::detached;
use crate::corpus;
use crate::errors::Raise;
use crate::explanation::{Explanation, label_indices};
use crate::predictions::{PredictionColumns, Predictions};
use crate::texts::Texts;

/// The seed of confidence intervals, as of `sentiment eval`.
const INTERVAL_SEED: u64 = 42;

/// A trained model that classifies texts.
///
/// Texts are a list, a NumPy array, a column of pandas or Polars, or an Arrow array of strings. Every method gives one
/// answer for each text, in order. Threads can share a classifier; it can be pickled and copied.
#[pyclass(frozen, module = "sentiment_toolkit")]
pub struct Classifier {
    classifier: sentiment::Classifier,
    origin: Origin,
    training: Option<Py<PyAny>>,
}

/// Where the model's files are, from which a copy is made.
#[derive(Clone)]
enum Origin {
    BuiltIn(BuiltIn),
    Saved(Box<SavedModel>),
}

#[pymethods]
impl Classifier {
    /// Loads a model from its folder or from an archive.
    #[staticmethod]
    pub fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let model = detached(py, || {
            SavedModel::open(&ModelLocation::at(&path), &Device::Cpu)
        })?;
        Self::from_saved(py, model.map_err(Raise::raise)?, None)
    }

    /// Loads the built-in English model.
    #[staticmethod]
    fn general(py: Python<'_>) -> PyResult<Self> {
        Self::built_in(py, BuiltIn::General)
    }

    /// Loads the built-in Chinese model. A wheel without the tokenizer jieba does not have it.
    #[staticmethod]
    fn chinese(py: Python<'_>) -> PyResult<Self> {
        Self::built_in(py, BuiltIn::Chinese)
    }

    /// Saves the model in a folder, which is created if it is missing. The program loads it with `--model`.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let save = || {
            let _lock = FolderLock::create(&path)?;
            replace_together(&path, &self.files()?)?;
            Ok(())
        };
        detached(py, save)?.map_err(|error: ModelError| error.raise())
    }

    /// The labels, in the order of the probabilities.
    #[getter]
    fn labels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, &**self.classifier.labels())
    }

    /// The precision in which texts are scored: `"f32"` or `"int8"`.
    #[getter]
    fn precision(&self) -> &'static str {
        self.classifier.precision().name()
    }

    /// Returns a classifier of the same model that scores texts in another precision, as `sentiment predict --precision`
    /// does. A network without 8-bit products stays in `f32`.
    fn with_precision(&self, py: Python<'_>, precision: &str) -> PyResult<Self> {
        let copy = Self {
            classifier: self.classifier.clone(),
            origin: self.origin.clone(),
            training: self.training(py),
        };
        copy.scoring_in(py, precision)
    }

    /// Whether a text may have any number of labels.
    #[getter]
    fn is_multi_label(&self) -> bool {
        self.classifier.config().decision.output == OutputKind::MultiLabel
    }

    /// The result of `train`: a dictionary with the evaluation, the epochs, the recipe and notes. `None` for a loaded model.
    #[getter]
    fn training(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.training
            .as_ref()
            .map(|training| training.clone_ref(py))
    }

    /// Returns the label of each text as a NumPy array `[texts]`. A multi-label model gives an array `[texts, labels]` of
    /// booleans.
    ///
    /// With `any_language=False`, a text in a language that the model did not learn from is `uncertain`, or has no label.
    #[pyo3(signature = (texts, *, any_language=true))]
    fn predict<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        any_language: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let numpy = py.import("numpy")?;
        let texts = Texts::read(texts)?;
        let texts = texts.present()?;
        let labels = self.classifier.labels();
        let is_refused = |prediction: &Prediction| !any_language && prediction.foreign.is_some();
        if self.is_multi_label() {
            let mut chosen = Vec::with_capacity(texts.len() * labels.len());
            self.each(py, &texts, |prediction| {
                let start = chosen.len();
                chosen.resize(start + labels.len(), false);
                let classes = prediction.classes.iter().flatten();
                for &class in classes.filter(|_| !is_refused(&prediction)) {
                    chosen[start + class] = true;
                }
                Ok(())
            })?;
            let chosen = chosen.to_pyarray(py);
            return Ok(chosen.reshape([texts.len(), labels.len()])?.into_any());
        }
        let mut classes: Vec<i64> = Vec::with_capacity(texts.len());
        self.each(py, &texts, |prediction| {
            let is_refused = is_refused(&prediction);
            let class = if is_refused {
                labels.len()
            } else {
                prediction.class
            };
            classes.push(class as i64);
            Ok(())
        })?;
        let names = self.labels(py)?;
        if !any_language {
            names.append(UNCERTAIN)?;
        }
        let names = numpy.call_method1("array", (names,))?;
        names.call_method1("take", (classes.to_pyarray(py),))
    }

    /// Returns the probability of each label for each text as a NumPy array `[texts, labels]`.
    fn predict_proba<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        py.import("numpy")?;
        let texts = Texts::read(texts)?;
        let texts = texts.present()?;
        let labels = self.classifier.labels().len();
        let mut probabilities = Vec::with_capacity(texts.len() * labels);
        self.each(py, &texts, |prediction| {
            probabilities.extend_from_slice(&prediction.probabilities);
            Ok(())
        })?;
        numpy::PyArray1::from_vec(py, probabilities).reshape([texts.len(), labels])
    }

    /// Returns predictions as an Arrow array of structures `{label, score, probabilities}` for an Arrow array of strings, or
    /// for a stream of such arrays. A null text has a null prediction.
    fn predict_arrow(&self, py: Python<'_>, texts: &Bound<'_, PyAny>) -> PyResult<Predictions> {
        let texts = Texts::read_arrow(texts)?;
        let texts = texts.all();
        let present: Vec<&str> = texts.iter().flatten().copied().collect();
        let mut columns = PredictionColumns::new(self.classifier.labels(), texts.len());
        let mut is_null = texts.iter().map(Option::is_none);
        self.each(py, &present, |prediction| {
            while is_null.next() == Some(true) {
                columns.push(None)?;
            }
            columns.push(Some(&prediction))
        })?;
        for _ in is_null {
            columns.push(None)?;
        }
        columns.finish()
    }

    /// Explains the prediction for a text by `lime`, `gradient` or `attention`.
    ///
    /// `labels` are the labels to explain, by default the ten most probable ones, and `words` is the number of words for
    /// each. `samples` and `seed` are of LIME, `steps` of integrated gradients.
    #[pyo3(signature = (text, method="lime", *, labels=None, words=10, by_position=false, samples=None, steps=None, seed=42))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn explain(
        &self,
        py: Python<'_>,
        text: &str,
        method: &str,
        labels: Option<Vec<String>>,
        words: usize,
        by_position: bool,
        samples: Option<usize>,
        steps: Option<usize>,
        seed: u64,
    ) -> PyResult<Explanation> {
        let method = match method.parse().map_err(PyValueError::new_err)? {
            Method::Lime { .. } => Method::Lime { samples, seed },
            Method::Gradient { .. } => Method::Gradient { steps },
            Method::Attention => Method::Attention,
        };
        let labels = labels.unwrap_or_default();
        let request = Request {
            method,
            labels: label_indices(&labels, self.classifier.labels())?,
            words,
            by_position,
        };
        let explanation = detached(py, || explain(&self.classifier, text, &request))?;
        Ok(Explanation(explanation.map_err(Raise::raise)?))
    }

    /// Evaluates the model on labelled texts. Returns the metrics with their confidence intervals, as `sentiment eval --json`
    /// writes them. For a multi-label model, each label is a list of labels.
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        labels: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let texts = Texts::read(texts)?;
        let texts = texts.present()?;
        let mut predictions = Vec::with_capacity(texts.len());
        let names = self.classifier.labels();
        if self.is_multi_label() {
            let sets = corpus::indexed_sets(&corpus::label_sets(labels)?, texts.len(), names)?;
            self.each(py, &texts, |prediction| {
                predictions.push(prediction);
                Ok(())
            })?;
            let evaluation =
                sentiment::evaluation::MultiLabelEvaluation::new(names, &sets, predictions);
            let intervals = detached(py, || evaluation.intervals(INTERVAL_SEED))?;
            return from_json(py, &evaluation.summary(Some(intervals)));
        }
        let actual = corpus::indexed_labels(&corpus::labels(labels)?, texts.len(), names)?;
        self.each(py, &texts, |prediction| {
            predictions.push(prediction);
            Ok(())
        })?;
        let evaluation = sentiment::Evaluation::new(names, &actual, predictions);
        let intervals = detached(py, || evaluation.intervals(INTERVAL_SEED))?;
        from_json(py, &evaluation.summary(Some(intervals)))
    }

    /// Returns the tokens of a text that the model reads.
    fn tokenize(&self, text: &str) -> Vec<String> {
        let mut tokens = Tokens::default();
        let tokens = self.classifier.tokenize(text, &mut tokens);
        tokens.map(|(_, token)| token.text.into()).collect()
    }

    /// Builds a classifier from the content of a model's files, by their names, and its precision: what a pickle holds.
    #[staticmethod]
    fn _from_files(py: Python<'_>, files: &Bound<'_, PyDict>, precision: &str) -> PyResult<Self> {
        let folder = tempfile::tempdir()?;
        for (name, content) in files {
            let name: String = name.extract()?;
            // A pickle could name any file of the system.
            let Some(name) = Path::new(&name).file_name() else {
                return Err(PyValueError::new_err(format!(
                    "{name:?} is no file of a model"
                )));
            };
            std::fs::write(
                folder.path().join(name),
                content.cast::<PyBytes>()?.as_bytes(),
            )?;
        }
        Self::load(py, folder.path().into())?.scoring_in(py, precision)
    }

    /// Builds a classifier of a built-in model.
    #[staticmethod]
    fn _built_in(py: Python<'_>, name: &str, precision: &str) -> PyResult<Self> {
        let model = BuiltIn::named(name)
            .ok_or_else(|| PyValueError::new_err(format!("{name:?} is no built-in model")))?;
        Self::built_in(py, model)?.scoring_in(py, precision)
    }

    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let class = py.get_type::<Self>();
        let precision = self.precision();
        if let Origin::BuiltIn(model) = self.origin {
            let arguments = (model.name(), precision).into_pyobject(py)?;
            return Ok((class.getattr("_built_in")?, arguments));
        }
        let files = PyDict::new(py);
        for (name, content) in detached(py, || self.files())?.map_err(Raise::raise)? {
            files.set_item(name, PyBytes::new(py, &content))?;
        }
        let arguments = (files, precision).into_pyobject(py)?;
        Ok((class.getattr("_from_files")?, arguments))
    }

    /// A classifier never changes, so a copy is the classifier itself.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, memo: &Bound<'_, PyAny>) -> Py<Self> {
        let _ = memo;
        slf
    }

    fn __repr__(&self) -> String {
        let labels = self.classifier.labels().join(", ");
        format!("<Classifier: {labels}>")
    }
}

impl Classifier {
    /// Builds the classifier of a saved model, with the result of its training.
    pub fn from_saved(
        py: Python<'_>,
        saved: SavedModel,
        training: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let model = saved.clone();
        let build = || sentiment::Classifier::new(model, Implementation::Fused);
        Ok(Self {
            classifier: detached(py, build)?.map_err(Raise::raise)?,
            origin: Origin::Saved(Box::new(saved)),
            training,
        })
    }

    fn built_in(py: Python<'_>, model: BuiltIn) -> PyResult<Self> {
        let location = ModelLocation::BuiltIn(model);
        let classifier = detached(py, || sentiment::Classifier::open(&location, &Device::Cpu))?;
        Ok(Self {
            classifier: classifier.map_err(Raise::raise)?,
            origin: Origin::BuiltIn(model),
            training: None,
        })
    }

    /// Returns the classifier with another precision.
    fn scoring_in(self, py: Python<'_>, precision: &str) -> PyResult<Self> {
        let precision: ScoringPrecision = precision.parse().map_err(PyValueError::new_err)?;
        let Self {
            classifier,
            origin,
            training,
        } = self;
        let classifier = detached(py, || classifier.with_precision(precision))?;
        Ok(Self {
            classifier: classifier.map_err(Raise::raise)?,
            origin,
            training,
        })
    }

    /// Returns the files of the model.
    fn files(&self) -> Result<Vec<(&'static str, Vec<u8>)>, ModelError> {
        let built_in;
        let model = match &self.origin {
            Origin::Saved(model) => model,
            Origin::BuiltIn(model) => {
                built_in = SavedModel::open(&ModelLocation::BuiltIn(*model), &Device::Cpu)?;
                &built_in
            }
        };
        model.files(Precision::Full)
    }

    /// Classifies texts in chunks and passes the predictions on in order. Ctrl-C ends it after a chunk.
    fn each(
        &self,
        py: Python<'_>,
        texts: &[&str],
        mut each: impl FnMut(Prediction) -> PyResult<()>,
    ) -> PyResult<()> {
        for chunk in chunks(texts) {
            let predictions = detached(py, || self.classifier.predict(chunk))?;
            predictions
                .map_err(Raise::raise)?
                .into_iter()
                .try_for_each(&mut each)?;
            py.check_signals()?;
        }
        Ok(())
    }
}
