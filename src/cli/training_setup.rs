//! What `train` and `tune` read before training: the corpus, the settings and the model to start from.

use std::path::Path;
use std::sync::Arc;

use sentiment::Device;
use sentiment::corpus::Corpus;
use sentiment::model::{ModelLocation, OutputKind};
use sentiment::training::{Base, Recipe, Run, TrainingConfig};

use super::console::Console;
use super::dataset_reader::DatasetReader;
use super::model_location::read_base;

/// A corpus with the settings to train on it.
pub struct TrainingSetup {
    /// The settings, with the preset for the corpus.
    pub config: TrainingConfig,
    /// The corpus.
    pub corpus: Corpus,
    /// The trained model to start from, if any.
    pub base: Option<Arc<Base>>,
}

impl TrainingSetup {
    /// Reads the corpus and the model to start from, and chooses the preset. `trains_network` is whether the whole network
    /// must be trained.
    pub fn read(
        mut config: TrainingConfig,
        trains_network: bool,
        reader: &DatasetReader,
        device: &Device,
        console: &Console,
    ) -> anyhow::Result<Self> {
        let base = match &config.source.from {
            Some(name) => Some(read_base(name, device, console)?),
            None => None,
        };
        let corpus = reader.training_corpus(&config.source)?;
        let texts = corpus.examples.iter().map(|example| example.text.as_str());
        if base.is_none()
            && let Some(choice) = config.choose_tokenizer(texts.clone())
        {
            console.note(choice.to_string());
        }
        if base.is_none()
            && let Some(better) = config.recipe.better_tokenizer(texts.clone())
        {
            console.note(format!(
                "warning: the tokenizer {} takes a sentence without spaces for one word: use --tokenizer {}",
                config.recipe.tokenizer(),
                better.tokenizer
            ));
        }
        // A linear layer beside a fixed encoder is fitted to one label a text.
        let trains_network = trains_network || config.recipe.output == OutputKind::MultiLabel;
        let labels = corpus.labels.len();
        let choice = config.choose_preset(texts, labels, base.as_deref(), trains_network)?;
        if let Some(choice) = choice {
            console.note(choice.to_string());
        }
        let base = match base {
            Some(base) => {
                config.adopt_base(&base)?;
                let output = config.recipe.output;
                let adapted = base.for_labels(&corpus.labels, output)?;
                note_base(&base, &adapted, output, &corpus, console);
                Some(adapted)
            }
            None => None,
        };
        for unused in config.unused_settings() {
            console.note(format!("warning: {unused}"));
        }
        let Recipe {
            encoder,
            pretraining_epochs,
            ..
        } = config.recipe;
        let is_left_out = pretraining_epochs > 0 && !encoder.is_recurrent();
        if is_left_out && config.source.unlabelled.is_some() {
            console.note(format!(
                "note: no language-model pre-training on the unlabelled texts, because the encoder {encoder} is not recurrent"
            ));
        }
        Ok(Self {
            config,
            corpus,
            base,
        })
    }
}

/// Prints what training keeps of the model it starts from, `adapted` to the labels of the corpus.
fn note_base(base: &Base, adapted: &Base, output: OutputKind, corpus: &Corpus, console: &Console) {
    let name = base.name();
    let run = Run::of(&ModelLocation::named(Path::new(name)));
    if run.is_ok_and(|run| run.is_some_and(|run| run.corpus_digest == corpus.digest())) {
        console.note(format!(
            "warning: the model {name} was trained on this corpus: its cross-validation is too optimistic; measure it on other texts"
        ));
    }
    let labels = base.config().labels.join(", ");
    let is_restricted = base.config().labels.len() > corpus.labels.len();
    console.note(match adapted.has_labels(&corpus.labels, output) {
        true if is_restricted => format!(
            "starting from the model {name}, restricted to the labels of the corpus; its labels are {labels}"
        ),
        true => format!("starting from the model {name}, which has the same labels"),
        false => format!(
            "starting from the encoder of the model {name}; its labels are {labels} (--map-labels can rename those of the corpus)"
        ),
    });
}
