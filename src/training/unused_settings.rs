//! The given settings that have no effect.

use std::fmt;

use super::data::initial_vectors::InitialVectors;
use super::merged_settings::TrainingConfig;
use super::optimizer::update_rule::OptimizerKind;
use super::recipe::Recipe;

/// Given settings without effect, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedSettings {
    reason: String,
    names: Vec<String>,
}

impl fmt::Display for UnusedSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names.join(", ");
        write!(
            f,
            "settings without effect, because {}: {names}",
            self.reason
        )
    }
}

impl TrainingConfig {
    /// Returns the given settings that have no effect, by reason. A setting with its default value is not listed unless the
    /// encoder is fixed: the recipe that `tune` writes has all settings.
    pub fn unused_settings(&self) -> Vec<UnusedSettings> {
        if self.recipe.freeze_encoder {
            let names: Vec<String> = self.of_trained_network().map(String::from).collect();
            return unless_empty("the encoder is fixed".into(), names);
        }
        let Recipe {
            encoder, optimizer, ..
        } = self.recipe;
        let has_vectors = !matches!(self.source.vectors(), InitialVectors::Random);
        let reasons = [
            (
                format!("the encoder is {encoder}"),
                self.changed(|name| !encoder.has_setting(name)),
            ),
            (
                "the optimizer is not sgd".into(),
                self.changed(|name| name == "momentum" && optimizer != OptimizerKind::Sgd),
            ),
            (
                "the word vectors have a size".into(),
                self.changed(|name| name == "embedding-size" && has_vectors),
            ),
            (
                "there are no unlabelled texts".into(),
                self.changed(|name| name == "self-training" && self.source.unlabelled.is_none()),
            ),
        ];
        let reasons = reasons.into_iter();
        reasons
            .flat_map(|(reason, names)| unless_empty(reason, names))
            .collect()
    }

    /// Returns the selected settings that are given with another value than the default and than 0, which turns off what the
    /// setting is about.
    fn changed(&self, is_selected: impl Fn(&str) -> bool) -> Vec<String> {
        let json = |recipe| serde_json::to_value(recipe).unwrap_or_default();
        let (recipe, default) = (json(&self.recipe), json(&Recipe::default()));
        let is_changed =
            |name: &str| recipe[name] != default[name] && recipe[name].as_f64() != Some(0.0);
        let given = self.given().iter();
        let names = given.filter(|name| is_selected(name) && is_changed(name));
        names.cloned().collect()
    }
}

fn unless_empty(reason: String, names: Vec<String>) -> Vec<UnusedSettings> {
    match names.is_empty() {
        true => Vec::new(),
        false => vec![UnusedSettings { reason, names }],
    }
}

#[cfg(test)]
mod tests {
    use toml::Table;

    use super::*;
    use crate::model::EncoderKind;

    fn unused(settings: &str) -> Vec<String> {
        let settings: Table = settings.parse().unwrap();
        let config = TrainingConfig::resolve(None, &settings).unwrap();
        let unused = config.unused_settings();
        unused.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_encoder_has_its_settings() {
        let recurrent = "hidden-size, layers";
        let cnn = "filters, widths";
        for (encoder, others) in [
            (EncoderKind::Lstm, cnn.into()),
            (EncoderKind::Gru, cnn.into()),
            (EncoderKind::Sru, cnn.into()),
            (
                EncoderKind::Cnn,
                format!("bidirectional, {recurrent}, pretraining-epochs"),
            ),
            (
                EncoderKind::Mean,
                format!("bidirectional, filters, {recurrent}, pretraining-epochs, widths"),
            ),
        ] {
            let given = "hidden-size = 64\nlayers = 2\nbidirectional = false\nfilters = 10\nwidths = '2,3'\n\
                pretraining-epochs = 1\ndropout = 0.1\npooling = 'last'";
            assert_eq!(
                unused(&format!("encoder = '{encoder}'\n{given}")),
                [format!(
                    "settings without effect, because the encoder is {encoder}: {others}"
                )]
            );
            let default =
                "hidden-size = 128\nfilters = 100\nwidths = '3,4,5'\npretraining-epochs = 0";
            assert!(unused(&format!("encoder = '{encoder}'\n{default}")).is_empty());
        }
    }

    #[test]
    fn other_settings_need_what_they_act_on() {
        for (given, unused_setting) in [
            ("momentum = 0.5", "the optimizer is not sgd: momentum"),
            (
                "embedding-size = 64\nembeddings = 'vectors.txt'",
                "the word vectors have a size: embedding-size",
            ),
            (
                "self-training = 3",
                "there are no unlabelled texts: self-training",
            ),
            (
                "freeze-encoder = true\nepochs = 3\nhidden-size = 64",
                "the encoder is fixed: epochs, hidden-size",
            ),
        ] {
            assert_eq!(
                unused(&format!("corpus = 'a.csv'\n{given}")),
                [format!("settings without effect, because {unused_setting}")]
            );
        }
        for given in [
            "momentum = 0.5\noptimizer = 'sgd'",
            "embedding-size = 64\nembeddings = 'none'",
            "embedding-size = 64",
            "self-training = 3\nunlabelled = 'b.csv'",
            "self-training = 0",
        ] {
            let unused = unused(&format!("corpus = 'a.csv'\n{given}"));
            assert!(unused.is_empty(), "{given}: {unused:?}");
        }
    }
}
