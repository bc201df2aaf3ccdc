//! Two models on the same texts, side by side.

use std::io::{self, Write};

use sentiment::evaluation::{Comparison, Evaluation, Figure, Mistake, Mistakes, Scored};
use sentiment::printable::Printable;

use super::styled_text::{HEAD, excerpt, range};

/// Texts that are shown of those that only one of the models gets right.
const SHOWN: usize = 5;

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
    comparison: &Comparison,
) -> io::Result<()> {
    writeln!(
        out,
        "first   {}\nsecond  {}\n",
        Printable(&names[0]),
        Printable(&names[1])
    )?;
    write_differences(out, comparison)?;
    let test = comparison.mcnemar;
    let probability = match test.p_value {
        small if small < 1e-4 => "p < 0.0001".into(),
        other => format!("p = {other:.4}"),
    };
    writeln!(
        out,
        "\n* the interval does not hold 0\nonly the first is right: {}, only the second: {}; \
         McNemar's exact test: {probability}",
        test.only_first, test.only_second
    )?;
    let labels = &comparison.first.labels;
    let sides = [
        ("first", compared.only_first.surest()),
        ("second", compared.only_second.surest()),
    ];
    for (side, mistakes) in sides {
        if !mistakes.is_empty() {
            writeln!(out, "\n{HEAD}only the {side} is right{HEAD:#}")?;
        }
        for Mistake { text, actual, .. } in mistakes {
            writeln!(out, "{}: {}", Printable(&labels[*actual]), excerpt(text))?;
        }
    }
    Ok(())
}

fn write_differences(out: &mut impl Write, comparison: &Comparison) -> io::Result<()> {
    let head = format!("{:20}   first  second  difference  95% interval", "");
    writeln!(out, "{HEAD}{head}{HEAD:#}")?;
    let [first, second] = [comparison.first, comparison.second].map(Evaluation::figures);
    for (index, (difference, interval)) in comparison.differences.into_iter().enumerate() {
        if !difference.is_finite() {
            continue;
        }
        let apart = match interval.low > 0.0 || interval.high < 0.0 {
            true => "  *",
            false => "",
        };
        writeln!(
            out,
            "{:20}  {:.4}  {:.4}  {difference:>+10.4}  {}{apart}",
            Figure::ALL[index].name(),
            first[index],
            second[index],
            range(interval)
        )?;
    }
    Ok(())
}
