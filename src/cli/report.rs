//! Output of the evaluation report and its charts.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;
use chrono::{DateTime, Utc};
use sentiment::classifier::Classifier;
use sentiment::evaluation::{Evaluation, Intervals, Mistake};
use sentiment::files::write_whole;
use sentiment::report::{Report, Titles, charts_with, page};

use super::console::Console;

/// The number of mistakes in a report.
pub const REPORTED_MISTAKES: usize = 20;

/// The `--report` and `--plots` arguments.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Write a self-contained HTML report
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// Write the charts as SVG, PDF and PNG files
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,

    /// Scale of the PNG files [default: 1]
    #[arg(long, value_name = "FACTOR", requires = "plots", default_value_t = 1.0, hide_default_value = true, value_parser = scale)]
    plot_scale: f32,

    /// Leave the titles out of the charts
    #[arg(long, requires = "plots")]
    no_titles: bool,
}

/// The model in the report, with the confidence intervals of its metrics.
pub struct ReportedModel<'a> {
    /// The title of the report.
    pub title: String,
    /// The classifier.
    pub classifier: &'a Classifier,
    /// The model's folder; `None` for the built-in model.
    pub folder: Option<&'a Path>,
    /// The confidence intervals of the metrics.
    pub intervals: &'a Intervals,
}

/// Returns the date and the version of the program.
fn made() -> String {
    let today = DateTime::<Utc>::from(SystemTime::now());
    let version = env!("CARGO_PKG_VERSION");
    format!("{}, sentiment {version}", today.format("%-d %B %Y"))
}

/// Returns the names of files without their folders, for the title of a report.
pub fn file_names<'a>(paths: impl IntoIterator<Item = &'a Path>) -> String {
    let name = |path: &Path| match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    };
    let names: Vec<String> = paths.into_iter().map(name).collect();
    names.join(", ")
}

impl ReportArgs {
    /// Returns whether a report or charts are requested.
    pub fn is_requested(&self) -> bool {
        self.report.is_some() || self.plots.is_some()
    }

    /// Writes the report and the charts requested on the command line.
    pub fn write(
        &self,
        model: &ReportedModel,
        evaluation: &Evaluation,
        mistakes: &[Mistake],
        console: &Console,
    ) -> anyhow::Result<()> {
        if !self.is_requested() {
            return Ok(());
        }
        let mut report = Report::of(model.title.clone(), evaluation, model.intervals, mistakes);
        report.made = made();
        report.add_model(model.classifier, model.folder)?;
        if let Some(file) = &self.report {
            report.explain_mistakes(model.classifier)?;
            let page = page(&report)?;
            write_whole(file, |out| out.write_all(page.as_bytes()))?;
            console.note(format!("wrote the report to {}", file.display()));
        }
        if let Some(folder) = &self.plots {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("could not create {}", folder.display()))?;
            let titles = match self.no_titles {
                true => Titles::None,
                false => Titles::Drawn,
            };
            for chart in charts_with(&report, titles)? {
                let files = [
                    ("svg", chart.svg_file().into_bytes()),
                    ("pdf", chart.pdf()?),
                    ("png", chart.png(self.plot_scale)?),
                ];
                for (extension, content) in files {
                    let path = folder.join(format!("{}.{extension}", chart.name));
                    write_whole(&path, |out| out.write_all(&content))?;
                }
            }
            console.note(format!("wrote the charts to {}", folder.display()));
        }
        Ok(())
    }
}

/// The largest scale of a chart: about 9,000 pixels a side.
const MAX_SCALE: f32 = 10.0;

/// Parses the scale of a chart.
fn scale(text: &str) -> Result<f32, String> {
    let scale = text.parse().ok();
    let scale = scale.filter(|scale| (0.1..=MAX_SCALE).contains(scale));
    scale.ok_or_else(|| format!("expected a factor from 0.1 to {MAX_SCALE}"))
}
