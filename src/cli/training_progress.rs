//! The progress of a training run on standard error: a bar on a terminal, and one line per epoch.

use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar};
use sentiment::training::{Epoch, PlannedEpoch, Progress, Stage};

use super::console::Console;

/// Displays the progress that [`sentiment::training::Trainer::run`] reports.
pub struct TrainingProgress {
    bar: ProgressBar,
    console: Console,
    planned: Vec<PlannedEpoch>,
    /// The number of equal runs after this one.
    runs_after: usize,
    begin: Instant,
    /// When the first step of this process ended, and the number of planned tokens up to it.
    first_step: Option<(Instant, usize)>,
}

impl TrainingProgress {
    /// Starts the display of a run of the planned epochs, before a number of equal runs.
    pub fn new(console: &Console, planned: Vec<PlannedEpoch>, runs_after: usize) -> Self {
        Self {
            bar: console.bar("{prefix} {wide_bar} {percent:>3}% {msg}"),
            console: *console,
            planned,
            runs_after,
            begin: Instant::now(),
            first_step: None,
        }
    }

    /// Displays a progress report.
    pub fn show(&mut self, progress: &Progress) {
        match progress {
            Progress::Step {
                stage,
                epoch,
                epochs,
                tokens,
                epoch_tokens,
                loss,
                tokens_per_second,
                ..
            } => {
                let prefix = format!("{} {epoch}/{epochs}", stage.epoch_name());
                self.show_bar(prefix, *tokens, *epoch_tokens);
                let thousands = tokens_per_second / 1000.0;
                let left = self.time_left(*stage, *epoch, *tokens);
                let left = left.map_or(String::new(), |left| {
                    format!(", at most {:#} left", HumanDuration(left))
                });
                self.bar
                    .set_message(format!("loss {loss:.4}, {thousands:.1}k tokens/s{left}"));
            }
            Progress::CrossValidation {
                candidate,
                candidates,
                loss,
            } => {
                self.show_bar("cross-validation".into(), *candidate, *candidates);
                let left = estimate(self.begin.elapsed(), *candidate, candidates - candidate);
                self.bar
                    .set_message(format!("loss {loss:.4}, {:#} left", HumanDuration(left)));
            }
            Progress::PretrainingEpoch {
                epoch,
                epochs,
                loss,
                tokens_per_second,
            } => {
                let name = Stage::Pretraining.epoch_name();
                let thousands = tokens_per_second / 1000.0;
                let outcome = match loss {
                    Some(loss) => format!("loss {loss:.4}  {thousands:.1}k tokens/s"),
                    None => "no text has two tokens to train on".into(),
                };
                self.console
                    .note(format!("{name} {epoch}/{epochs}  {outcome}"));
            }
            Progress::Epoch { epoch, is_best, .. } => self.show_epoch(epoch, *is_best),
        }
    }

    fn show_bar(&self, prefix: String, position: usize, length: usize) {
        if self.bar.prefix() != prefix {
            self.bar.reset();
            self.bar.set_prefix(prefix);
        }
        self.bar.set_length(length as u64);
        self.bar.set_position(position as u64);
    }

    /// Returns the time left over all epochs and runs if none stops early, at the speed so far; `None` after the first step.
    fn time_left(&mut self, stage: Stage, epoch: usize, tokens: usize) -> Option<Duration> {
        let is_before = |planned: &&PlannedEpoch| planned.stage != stage;
        let before_stage = match stage {
            Stage::Pretraining => 0,
            Stage::Supervised => self.planned.iter().take_while(is_before).count(),
        };
        let sum = |epochs: &[PlannedEpoch]| epochs.iter().map(|epoch| epoch.tokens).sum::<usize>();
        let finished = (before_stage + epoch - 1).min(self.planned.len());
        let done = sum(&self.planned[..finished]) + tokens;
        let total = sum(&self.planned);
        let (begin, before) = *self.first_step.get_or_insert((Instant::now(), done));
        let left = total.saturating_sub(done) + self.runs_after * total;
        (done > before).then(|| estimate(begin.elapsed(), done - before, left))
    }

    fn show_epoch(&self, epoch: &Epoch, is_best: bool) {
        let Epoch {
            epoch,
            train_loss,
            validation_loss,
            validation_accuracy,
            seconds,
            tokens_per_second,
            ..
        } = epoch;
        let stage = |planned: &&PlannedEpoch| planned.stage == Stage::Supervised;
        let epochs = self.planned.iter().filter(stage).count();
        let best = if is_best { "  best" } else { "" };
        let speed = match self.console.verbose {
            true => format!("  {:.1}k tokens/s", tokens_per_second / 1000.0),
            false => String::new(),
        };
        self.console.note(format!(
            "epoch {epoch:>2}/{epochs}  loss {train_loss:.4}  validation loss {validation_loss:.4}  \
             accuracy {validation_accuracy:.4}  {seconds:.1} s{speed}{best}"
        ));
    }
}

/// Returns the time for what is left, at the speed of what is done.
fn estimate(elapsed: Duration, done: usize, left: usize) -> Duration {
    let seconds = elapsed.as_secs_f64() * left as f64 / done.max(1) as f64;
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

impl Drop for TrainingProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
