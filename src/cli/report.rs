//! The page and the charts of an evaluation.

use std::path::{Path, PathBuf};

use anyhow::Context;
use sentiment::classifier::Classifier;
use sentiment::evaluation::{Evaluation, Intervals, Mistake};
use sentiment::explain::{ExplainError, Method, Request, explain};
use sentiment::files::write_whole;
use sentiment::report::{Report, charts, page};
use sentiment::training::{Run, read_history};

use super::console::Console;

/// Mistakes that are in a report.
pub const REPORTED_MISTAKES: usize = 20;

/// The arguments that ask for pictures.
#[derive(Debug, clap::Args)]
pub struct Pictures {
    /// Write a page with charts and figures that needs nothing else to be looked at
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// Write the charts into a folder, each as SVG and as PNG
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
}

/// Where an evaluation comes from.
pub struct Source<'a> {
    /// What stands above it.
    pub title: String,
    /// The model.
    pub classifier: &'a Classifier,
    /// The model's folder; None where it is the model in the program.
    pub folder: Option<&'a Path>,
    /// The intervals of the figures.
    pub intervals: &'a Intervals,
}

impl Pictures {
    /// Writes what was asked for.
    pub fn write(
        &self,
        source: &Source,
        evaluation: &Evaluation,
        mistakes: &[Mistake],
        console: &Console,
    ) -> anyhow::Result<()> {
        if self.report.is_none() && self.plots.is_none() {
            return Ok(());
        }
        let mut report = Report::of(source.title.clone(), evaluation, source.intervals, mistakes);
        report.facts = facts(source);
        if let Some(folder) = source.folder {
            report.set_history(&read_history(folder)?);
        }
        if let Some(file) = &self.report {
            explain_mistakes(&mut report, source.classifier)?;
            let page = page(&report)?;
            write_whole(file, |out| out.write_all(page.as_bytes()))?;
            console.note(format!("the report is in {}", file.display()));
        }
        if let Some(folder) = &self.plots {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("could not create {}", folder.display()))?;
            for chart in charts(&report)? {
                let path = |ending: &str| folder.join(format!("{}.{ending}", chart.name));
                let (svg, png) = (chart.svg_file(), chart.png()?);
                write_whole(&path("svg"), |out| out.write_all(svg.as_bytes()))?;
                write_whole(&path("png"), |out| out.write_all(&png))?;
            }
            console.note(format!("the charts are in {}", folder.display()));
        }
        Ok(())
    }
}

/// Adds what the words of each mistake say for the label that was given.
fn explain_mistakes(report: &mut Report, classifier: &Classifier) -> Result<(), ExplainError> {
    for mistake in &mut report.mistakes {
        let label = classifier
            .labels()
            .iter()
            .position(|label| *label == mistake.predicted);
        let request = Request {
            method: Method::Gradient { steps: None },
            labels: Vec::from_iter(label),
            ..Request::default()
        };
        match explain(classifier, &mistake.text, &request) {
            Ok(explanation) => mistake.weights = explanation.answer().weights.clone(),
            // A text of which the model reads nothing has no words to speak of.
            Err(ExplainError::Empty) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What is known of the model and how it was made, by name.
fn facts(source: &Source) -> Vec<(String, String)> {
    let config = source.classifier.config();
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| facts.push((name.to_string(), value));
    if let Some(run) = source.folder.and_then(|folder| Run::read(folder).ok()) {
        fact("trained on", run.corpus);
        fact("texts to train on", run.train_texts.to_string());
        fact("texts to validate on", run.validation_texts.to_string());
        fact("seconds of training", format!("{:.1}", run.seconds));
    }
    fact("labels", config.labels.join(", "));
    fact("temperature", format!("{:.3}", config.decision.temperature));
    if let Some(threshold) = config.decision.threshold {
        fact("threshold", format!("{threshold:.4}"));
    }
    for (name, value) in config.training.as_object().into_iter().flatten() {
        let text = value.as_str().map_or(value.to_string(), String::from);
        fact(name, text);
    }
    facts
}
