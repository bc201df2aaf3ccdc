//! `sentiment train --distil-from`: a model whose probabilities are a part of the targets.

use std::sync::Arc;

use sentiment::Device;
use sentiment::model::OutputKind;
use sentiment::training::{Base, ClassWeights, Dataset, Recipe};

use crate::cli::console::Console;
use crate::cli::model_location::read_base;

/// Reads the teacher, and checks that it can teach.
pub(super) fn read_teacher(
    name: &str,
    recipe: &Recipe,
    has_folds: bool,
    device: &Device,
    console: &Console,
) -> anyhow::Result<Arc<Base>> {
    let has_weights = recipe.class_weights != ClassWeights::None;
    anyhow::ensure!(
        recipe.output == OutputKind::Single && !has_weights && !has_folds,
        "--distil-from works without --multi-label, --ordinal, --class-weights and --folds"
    );
    read_base(name, device, console)
}

/// Makes the probabilities of a teacher a part of the targets.
pub(super) fn distil(
    dataset: &mut Dataset,
    teacher: &Arc<Base>,
    device: &Device,
    console: &Console,
) -> anyhow::Result<()> {
    let taught = dataset.distil(teacher, device)?;
    let texts = dataset.train.texts.len();
    let name = teacher.name();
    console.note(match texts - taught {
        0 => format!("targets: the mean of labels and probabilities of the model {name}"),
        abstained => format!(
            "targets: the mean of labels and probabilities of the model {name}; the label alone for {abstained} of {texts} texts, for which it abstains"
        ),
    });
    Ok(())
}
