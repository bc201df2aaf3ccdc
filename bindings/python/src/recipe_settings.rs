//! The settings of a training run, for the signature of the scikit-learn estimator.

use pyo3::prelude::*;
use sentiment::Recipe;

/// Returns the settings of a recipe: the name of each with underscores, its help text and its default as text.
#[pyfunction]
#[pyo3(name = "_recipe_settings")]
pub fn recipe_settings() -> Vec<(String, &'static str, String)> {
    let settings = Recipe::settings().iter();
    let setting = settings.map(|setting| {
        let name = setting.name.replace('-', "_");
        (name, setting.help, setting.default.clone())
    });
    setting.collect()
}
