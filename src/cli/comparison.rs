//! The output of `sentiment eval --compare`: two models side by side.

use std::io::{self, Write};

use sentiment::evaluation::{Comparison, Disagreements, Evaluation, Metric, Mistake};
use sentiment::printable::Printable;

use super::styled_text::{HEAD, excerpt, range};

/// The number of texts shown for each model that only this model classifies correctly.
pub const SHOWN_DISAGREEMENTS: usize = 5;

/// Writes the metrics of both models, their differences with 95% confidence intervals, McNemar's test, and texts that
/// only one model classifies correctly.
pub fn write_comparison(
    out: &mut impl Write,
    names: &[String; 2],
    disagreements: &Disagreements,
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
        "\n* the interval excludes 0\nonly the first correct: {}, only the second correct: {}; \
         McNemar's exact test: {probability}",
        test.only_first, test.only_second
    )?;
    let labels = &comparison.first.labels;
    let sides = [
        ("first", disagreements.only_first_correct()),
        ("second", disagreements.only_second_correct()),
    ];
    for (side, mistakes) in sides {
        if !mistakes.is_empty() {
            writeln!(out, "\n{HEAD}only the {side} is correct{HEAD:#}")?;
        }
        for Mistake { text, actual, .. } in mistakes {
            let label = format!("{}: ", Printable(&labels[*actual]));
            writeln!(out, "{label}{}", excerpt(text, &label))?;
        }
    }
    Ok(())
}

fn write_differences(out: &mut impl Write, comparison: &Comparison) -> io::Result<()> {
    let heading = format!("{:20}   first  second  difference  95% interval", "");
    writeln!(out, "{HEAD}{heading}{HEAD:#}")?;
    let [first, second] = [comparison.first, comparison.second].map(Evaluation::metrics);
    for (index, (difference, interval)) in comparison.differences.into_iter().enumerate() {
        if !difference.is_finite() {
            continue;
        }
        let mark = match interval.low > 0.0 || interval.high < 0.0 {
            true => "  *",
            false => "",
        };
        writeln!(
            out,
            "{:20}  {:.4}  {:.4}  {difference:>+10.4}  {}{mark}",
            Metric::ALL[index].name(),
            first[index],
            second[index],
            range(interval)
        )?;
    }
    Ok(())
}
