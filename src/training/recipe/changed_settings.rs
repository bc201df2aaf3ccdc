//! The settings of a recipe that differ from the default.

use serde_json::Value;

use super::settings::Recipe;

/// Returns the settings that differ from the default recipe on one line, as `name=value name=value`.
///
/// The recipe is JSON because a recipe saved by another version may have other settings.
pub fn changed_settings(recipe: &Value) -> String {
    let default = serde_json::to_value(Recipe::default()).unwrap_or_default();
    let settings = recipe.as_object().into_iter().flatten();
    let changed = settings.filter(|(name, value)| default.get(name) != Some(*value));
    let changed = changed.map(|(name, value)| format!("{name}={}", display(value)));
    changed.collect::<Vec<_>>().join(" ")
}

fn display(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => {
            format!("{:.4}", number.as_f64().unwrap_or_default())
        }
        Value::String(text) => text.clone(),
        // A list from a file, of which only the words are saved.
        Value::Object(list) => match list.get("words").and_then(Value::as_array) {
            Some(words) if words.len() == 1 => "1 word".into(),
            Some(words) => format!("{} words", words.len()),
            None => match list.get("groups").and_then(Value::as_array) {
                Some(groups) => format!("{} groups", groups.len()),
                None => value.to_string(),
            },
        },
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::StopwordList;

    #[test]
    fn a_stopword_file_is_shown_as_its_number_of_words() {
        let show = |words: &[&str]| {
            let words = words.iter().map(|&word| word.into()).collect();
            let recipe = Recipe {
                stopwords: StopwordList::Words(words),
                learning_rate: 0.5,
                ..Recipe::default()
            };
            let settings = changed_settings(&serde_json::to_value(recipe).unwrap());
            let mut settings: Vec<String> = settings.split(' ').map(String::from).collect();
            settings.sort();
            settings.join(" ")
        };
        assert_eq!(
            show(&["a", "the", "of", "to"]),
            "learning-rate=0.5000 stopwords=4 words"
        );
        assert_eq!(show(&["a"]), "learning-rate=0.5000 stopwords=1 word");
    }
}
