//! The settings of a recipe that differ from the default.

use super::settings::Recipe;

/// Returns the settings that differ from the default recipe on one line, as `name=value name=value`.
///
/// The recipe is JSON because a recipe saved by another version may have other settings.
pub fn changed_settings(recipe: &serde_json::Value) -> String {
    let default = serde_json::to_value(Recipe::default()).unwrap_or_default();
    let settings = recipe.as_object().into_iter().flatten();
    let changed = settings.filter(|(name, value)| default.get(name) != Some(*value));
    let changed = changed.map(
        |(name, value)| match value.as_f64().filter(|_| value.is_f64()) {
            Some(number) => format!("{name}={number:.4}"),
            None => {
                let text = value.as_str().map_or(value.to_string(), String::from);
                format!("{name}={text}")
            }
        },
    );
    changed.collect::<Vec<_>>().join(" ")
}
