//! The model of each text: a given one, or the built-in model for its language.

use std::cell::OnceCell;

use anyhow::ensure;
use sentiment::classifier::{Classifier, Prediction};
use sentiment::model::{BuiltIn, ModelLocation};

use super::console::Console;
use super::model_args::ModelArgs;

/// Classifies texts, each by its model.
pub struct ModelByText<'a> {
    args: &'a ModelArgs,
    console: &'a Console,
    /// The given model, or `general`.
    main: Classifier,
    /// The model for Chinese texts, read with the first of them.
    chinese: OnceCell<Classifier>,
}

impl<'a> ModelByText<'a> {
    /// Loads the given model, or `general` if the texts decide.
    pub fn load(args: &'a ModelArgs, console: &'a Console) -> anyhow::Result<Self> {
        let location = args.given(console)?;
        let location = location.unwrap_or(ModelLocation::BuiltIn(BuiltIn::General));
        Ok(Self {
            args,
            console,
            main: args.load(&location, console)?,
            chinese: OnceCell::new(),
        })
    }

    /// Returns the default classifier. All models have the same labels.
    pub fn main(&self) -> &Classifier {
        &self.main
    }

    /// Returns the classifier of a text.
    pub fn of(&self, text: &str) -> anyhow::Result<&Classifier> {
        match !self.args.is_given() && is_chinese(text) {
            true => self.chinese(),
            false => Ok(&self.main),
        }
    }

    /// Classifies texts. Returns one prediction per text, in order.
    pub fn predict(&self, texts: &[&str]) -> anyhow::Result<Vec<Prediction>> {
        if self.args.is_given() {
            return Ok(self.main.predict(texts)?);
        }
        let are_chinese: Vec<bool> = texts.iter().map(|text| is_chinese(text)).collect();
        if !are_chinese.contains(&true) {
            return Ok(self.main.predict(texts)?);
        }
        let of_kind = |kind: bool| -> Vec<&str> {
            let texts = texts.iter().zip(&are_chinese);
            let texts = texts.filter(|(_, is_chinese)| **is_chinese == kind);
            texts.map(|(text, _)| *text).collect()
        };
        let mut chinese = self.chinese()?.predict(&of_kind(true))?.into_iter();
        let mut others = self.main.predict(&of_kind(false))?.into_iter();
        let of_text = are_chinese
            .iter()
            .filter_map(|is_chinese| match is_chinese {
                true => chinese.next(),
                false => others.next(),
            });
        Ok(of_text.collect())
    }

    fn chinese(&self) -> anyhow::Result<&Classifier> {
        if let Some(classifier) = self.chinese.get() {
            return Ok(classifier);
        }
        let location = ModelLocation::BuiltIn(BuiltIn::Chinese);
        let classifier = self.args.load(&location, self.console)?;
        ensure!(
            classifier.labels() == self.main.labels(),
            "the built-in models differ in their labels"
        );
        note_chinese(self.console);
        Ok(self.chinese.get_or_init(|| classifier))
    }
}

fn is_chinese(text: &str) -> bool {
    // Most texts are ASCII, of which the scripts need no count.
    !text.is_ascii() && BuiltIn::for_texts([text]) == BuiltIn::Chinese
}

/// Notes that Chinese texts have a model of their own.
pub fn note_chinese(console: &Console) {
    console.note(
        "note: the built-in model chinese reads the Chinese texts; --model general turns this off",
    );
}
