//! Two models on the same texts, side by side.

use std::io::{self, Write};

use anstyle::Style;
use sentiment::evaluation::{Evaluation, Figure, Mistake, Mistakes, Scored, mcnemar};
use sentiment::printable::Printable;

use super::evaluation_table::{excerpt, range};

/// Texts that are shown of those that only one of the models gets right.
const SHOWN: usize = 5;

const HEAD: Style = Style::new().bold();

/// What two models say of the same texts.
pub struct Compared<'a> {
    first: &'a Evaluation,
    seen: usize,
    /// Texts that only the first gets right, the second's surest mistakes before others; and the reverse.
    only_first: Mistakes,
    only_second: Mistakes,
}

impl<'a> Compared<'a> {
    /// Will see what another model says of the texts of an evaluation.
    pub fn new(first: &'a Evaluation) -> Self {
        Self {
            first,
            seen: 0,
            only_first: Mistakes::new(SHOWN),
            only_second: Mistakes::new(SHOWN),
        }
    }

    /// Sees what the other model says of the next text.
    pub fn see(&mut self, text: &str, second: &Scored) {
        if let Some(first) = self.first.rows.get(self.seen) {
            match (first.is_correct(), second.is_correct()) {
                (true, false) => self.only_first.see(text, second),
                (false, true) => self.only_second.see(text, first),
                _ => {}
            }
        }
        self.seen += 1;
    }
}

/// Writes the figures of both models, their differences with 95% intervals, McNemar's test, and texts that
/// only one of them gets right.
pub fn write_comparison(
    out: &mut impl Write,
    names: &[String; 2],
    compared: &Compared,
    second: &Evaluation,
    seed: u64,
) -> io::Result<()> {
    let first = compared.first;
    let names = names.each_ref().map(|name| Printable(name).to_string());
    writeln!(out, "first   {}\nsecond  {}\n", names[0], names[1])?;
    let head = format!("{:20}   first  second  difference  95% interval", "");
    writeln!(out, "{HEAD}{head}{HEAD:#}")?;
    let values = first.figures().into_iter().zip(second.figures());
    let differences = first.differences(second, seed);
    for ((figure, (first, second)), (difference, interval)) in
        Figure::ALL.iter().zip(values).zip(differences)
    {
        if difference.is_finite() {
            let name = figure.name();
            let apart = match interval.low > 0.0 || interval.high < 0.0 {
                true => "  *",
                false => "",
            };
            writeln!(
                out,
                "{name:20}  {first:.4}  {second:.4}  {difference:>+10.4}  {}{apart}",
                range(interval)
            )?;
        }
    }
    let correct = |evaluation: &Evaluation| -> Vec<bool> {
        evaluation.rows.iter().map(Scored::is_correct).collect()
    };
    let test = mcnemar(&correct(first), &correct(second));
    writeln!(
        out,
        "\n* the interval does not hold 0\nonly the first is right: {}, only the second: {}; \
         McNemar's exact test: p = {:.4}",
        test.only_first, test.only_second, test.p_value
    )?;
    let sides = [
        ("first", compared.only_first.surest()),
        ("second", compared.only_second.surest()),
    ];
    for (side, mistakes) in sides {
        if !mistakes.is_empty() {
            writeln!(out, "\n{HEAD}only the {side} is right{HEAD:#}")?;
        }
        for Mistake { text, actual, .. } in mistakes {
            writeln!(
                out,
                "{}: {}",
                Printable(&first.labels[*actual]),
                excerpt(text)
            )?;
        }
    }
    Ok(())
}
