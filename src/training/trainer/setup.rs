//! Sets up a run.

use std::path::Path;
use std::sync::Arc;

use super::Trainer;
use crate::corpus::{TextGroups, stratified_folds};
use crate::device::Device;
use crate::model::{ModelConfig, Ngrams, OutputKind, SavedModel};
use crate::training::averaging::Averaging;
use crate::training::data::adapted_model::adapted_model;
use crate::training::data::base::Base;
use crate::training::data::dataset::Dataset;
use crate::training::data::initial_model::{InitialModel, initial_model};
use crate::training::data::initial_vectors::InitialVectors;
use crate::training::data::labelled_texts::LabelledTexts;
use crate::training::data::targets::Targets;
use crate::training::data::training_set::TrainingSet;
use crate::training::error::TrainingError;
use crate::training::ngrams::fit::fit_ngrams;
use crate::training::pretraining::language_model::LanguageModel;
use crate::training::recipe::Recipe;
use crate::training::run::checkpoint;
use crate::training::run::state::RunState;
use crate::training::supervised::step::SupervisedModel;
use crate::training::supervised::validation::Validation;

/// From this number of texts on, fewer folds are enough.
const MANY_TEXTS: usize = 2_000;

impl Trainer {
    /// Sets up a run that will save its model in `folder`. Writes nothing yet.
    pub fn new(
        dataset: &Dataset,
        vectors: &InitialVectors,
        mut recipe: Recipe,
        folder: &Path,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        recipe.choose_tokenizer(dataset.train.texts.iter().map(AsRef::as_ref));
        recipe.check()?;
        let initial = initial_model(dataset, vectors, &recipe, device)?;
        Self::from_initial(initial, None, dataset, recipe, folder, device)
    }

    /// Like [`Trainer::new`], but starts from a trained model, if there is one. Its preprocessing and architecture replace
    /// those of the recipe. If the dataset has only some of its labels, it is restricted to them first.
    pub fn from_base(
        dataset: &Dataset,
        base: Option<&Arc<Base>>,
        vectors: &InitialVectors,
        mut recipe: Recipe,
        folder: &Path,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        let Some(base) = base else {
            return Self::new(dataset, vectors, recipe, folder, device);
        };
        recipe.adopt(base);
        recipe.check()?;
        let base = base.for_labels(&dataset.labels, recipe.output)?;
        check_char_ngrams(&base, &dataset.labels, &recipe)?;
        let initial = adapted_model(&base, dataset, vectors, &recipe, device)?;
        Self::from_initial(initial, Some(base), dataset, recipe, folder, device)
    }

    fn from_initial(
        initial: InitialModel,
        base: Option<Arc<Base>>,
        dataset: &Dataset,
        recipe: Recipe,
        folder: &Path,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        let InitialModel {
            model,
            vectors_found,
            vector_notes,
        } = initial;
        let run = RunState {
            dataset_digest: dataset.digest(),
            vectors_found,
            ..RunState::default()
        };
        let trainer = Self::from_model(model, dataset, recipe, folder, device, run, Vec::new())?;
        let mut trainer = Self {
            vector_notes,
            ..trainer
        };
        trainer.set_base(base);
        Ok(trainer)
    }

    /// Sets the model that the run starts from.
    pub(super) fn set_base(&mut self, base: Option<Arc<Base>>) {
        self.base = base;
        let ngrams = base_ngrams(self.base.as_deref(), &self.model.config);
        self.validation.set_base_ngrams(ngrams);
    }

    pub(super) fn from_model(
        model: SavedModel,
        dataset: &Dataset,
        recipe: Recipe,
        folder: &Path,
        device: &Device,
        run: RunState,
        pseudo_labels: Vec<f32>,
    ) -> Result<Self, TrainingError> {
        if recipe.freeze_encoder && !dataset.unlabelled.is_empty() {
            return Err(TrainingError::Setting {
                name: "freeze-encoder".into(),
                allowed: "false with unlabelled texts".into(),
            });
        }
        checkpoint::check_vocabulary(&model.vocabulary)?;
        let labels = &dataset.labels;
        let counts = dataset.train.label_counts(labels.len());
        let class_weights = match recipe.output {
            OutputKind::MultiLabel => {
                let texts = dataset.train.texts.len();
                recipe.class_weights.of_positives(labels, &counts, texts)?
            }
            OutputKind::Single | OutputKind::Ordinal => {
                recipe.class_weights.resolve(labels, &counts)?
            }
        };
        let model = SupervisedModel::new(model, recipe, class_weights)?;
        let indexer = &model.indexer;
        let mut texts = indexer.encode(&dataset.train.texts);
        texts.append(&indexer.encode(&dataset.unlabelled));
        let targets = Targets::of(
            model.recipe.output,
            labels.len(),
            &dataset.train,
            pseudo_labels,
        );
        let train = TrainingSet { texts, targets };
        let is_head_only = model.recipe.freeze_encoder;
        let ngrams = match is_head_only {
            // Fitted together with the linear layer.
            true => None,
            false => fit_ngrams(&train, model.config.longest_ngram(), model.class_weights())?,
        };
        let validation = Validation::new(
            indexer,
            &dataset.validation,
            model.recipe.output,
            ngrams.as_ref(),
            model.class_weights().to_vec(),
        );
        // Created after fitting the n-gram model, to lower the peak memory.
        let pretraining = match is_head_only || run.is_pretrained(&model.recipe) {
            true => None,
            false => Some(LanguageModel::new(
                model.network.architecture(),
                model.weights(),
                &model.recipe,
            )?),
        };
        Ok(Self {
            base: None,
            folds: head_folds(&dataset.train, &model.recipe)?,
            cross_validated: None,
            ngrams,
            train,
            validation,
            folder: folder.into(),
            device: device.clone(),
            lock: None,
            vector_notes: Vec::new(),
            averaging: Averaging::none(),
            run,
            model,
            pretraining,
            corpus: dataset.name.clone(),
            corpus_digest: dataset.corpus_digest.clone(),
            validation_digest: dataset.validation_digest(),
            teacher: dataset.teacher.clone(),
        })
    }
}

/// Returns the n-grams of a base that has the labels of a model, if they can be added to others.
pub(super) fn base_ngrams<'a>(base: Option<&'a Base>, config: &ModelConfig) -> Option<&'a Ngrams> {
    let output = config.decision.output;
    let base = base.filter(|base| base.has_labels(&config.labels, output))?;
    base.ngrams().filter(|ngrams| ngrams.idf().is_none())
}

/// Checks that the character n-grams of a recipe can be added to the n-grams of its base. Normalized ones stay as they are
/// beside a fixed encoder, because other n-grams would change the norm of a text, and so the answer of the base.
fn check_char_ngrams(base: &Base, labels: &[String], recipe: &Recipe) -> Result<(), TrainingError> {
    let has_fixed_ngrams = recipe.freeze_encoder
        && base.has_labels(labels, recipe.output)
        && base.ngrams().is_some_and(|ngrams| ngrams.idf().is_some());
    match has_fixed_ngrams && recipe.char_ngrams != base.config().char_ngrams {
        false => Ok(()),
        true => Err(TrainingError::SettingOfBase {
            name: "char-ngrams".into(),
            base: base.name().into(),
        }),
    }
}

/// Returns the folds of the cross-validation that selects the linear layer; none if the whole network is trained.
fn head_folds(train: &LabelledTexts, recipe: &Recipe) -> Result<Vec<Vec<usize>>, TrainingError> {
    if !recipe.freeze_encoder {
        return Ok(Vec::new());
    }
    let groups = TextGroups::of(&train.texts);
    if groups.texts() < 2 {
        return Err(TrainingError::OneText);
    }
    let count = match train.texts.len() {
        0..MANY_TEXTS => 5,
        _ => 3,
    };
    let count = count.min(groups.texts());
    Ok(stratified_folds(
        &train.strata(),
        &groups,
        count,
        recipe.seed,
    ))
}
