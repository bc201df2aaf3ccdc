//! The output of `sentiment data inspect`.

use std::collections::BTreeSet;
use std::io::{self, Write};

use sentiment::corpus::{
    Audit, CorpusAudit, Finding, LabelVariant, NEAR_DUPLICATE_SIMILARITY, OverlapAudit,
    Percentiles, RowCount, SHINGLE_TOKENS, SampleRow,
};
use sentiment::printable::{Printable, grouped};

/// Writes an audit as a table with one column per corpus, followed by sample rows.
pub fn write_audit(out: &mut dyn Write, audit: &Audit) -> io::Result<()> {
    let parts: Vec<&CorpusAudit> = std::iter::once(&audit.train)
        .chain(&audit.validation)
        .collect();
    let mut table = Table::default();
    if audit.validation.is_some() {
        table.line("", ["train", "validation"]);
    }
    size_lines(&mut table, &parts);
    let characters: Vec<_> = parts.iter().map(|part| &part.characters).collect();
    length_lines(&mut table, "characters per text", &characters);
    let tokens: Vec<_> = parts.iter().map(|part| &part.tokens).collect();
    length_lines(&mut table, "tokens per text", &tokens);
    truncation_lines(&mut table, &parts, audit.train.truncation.max_length);
    finding_lines(&mut table, &parts);
    encoding_lines(&mut table, &parts);
    if let Some(across) = &audit.across {
        across_lines(&mut table, across);
    }
    table.write(out)?;
    write_label_variants(out, &audit.label_variants)?;
    write_samples(out, audit)
}

fn size_lines(table: &mut Table, parts: &[&CorpusAudit]) {
    let mut line = |name: &str, value: fn(&CorpusAudit) -> usize| {
        table.line(name, parts.iter().map(|part| grouped(value(part))));
    };
    line("rows", |part| part.rows);
    if parts.iter().any(|part| part.skipped.rows > 0) {
        line("bad rows skipped", |part| part.skipped.rows as usize);
    }
    table.line(
        "labels",
        parts.iter().map(|part| grouped(part.labels.len())),
    );
    const MOST_LABELS: usize = 20;
    let labels: BTreeSet<&str> = parts
        .iter()
        .flat_map(|part| part.labels.iter().map(|count| count.label.as_str()))
        .collect();
    for label in labels.iter().take(MOST_LABELS) {
        let counts = parts.iter().map(|part| {
            let count = part.labels.iter().find(|count| count.label == **label);
            count.map_or("0".to_owned(), |count| {
                format!("{} ({})", grouped(count.rows), percent(count.share))
            })
        });
        let short: String = label.chars().take(40).collect();
        table.line(&format!("  {}", Printable(&short)), counts);
    }
    if labels.len() > MOST_LABELS {
        table.line(&format!("  … {} more", labels.len() - MOST_LABELS), [""; 0]);
    }
}

fn length_lines(table: &mut Table, name: &str, lengths: &[&Percentiles]) {
    let means = lengths.iter().map(|lengths| format!("{:.1}", lengths.mean));
    table.line(&format!("{name}, mean"), means);
    let mut line = |name: &str, value: fn(&Percentiles) -> usize| {
        table.line(name, lengths.iter().map(|lengths| grouped(value(lengths))));
    };
    line("  shortest", |lengths| lengths.minimum);
    line("  25%", |lengths| lengths.p25);
    line("  50%", |lengths| lengths.median);
    line("  75%", |lengths| lengths.p75);
    line("  95%", |lengths| lengths.p95);
    line("  99%", |lengths| lengths.p99);
    line("  longest", |lengths| lengths.maximum);
}

fn finding_lines(table: &mut Table, parts: &[&CorpusAudit]) {
    let mut line = |name: &str, value: fn(&CorpusAudit) -> usize| {
        table.line(name, parts.iter().map(|part| grouped(value(part))));
    };
    line("texts without tokens", |part| part.texts_without_tokens);
    line("tokens", |part| part.vocabulary.tokens as usize);
    line("distinct tokens", |part| part.vocabulary.types);
    line("  occurring once", |part| part.vocabulary.types_seen_once);
    line("duplicates", |part| part.duplicates.rows);
    line("near duplicates", |part| part.near_duplicates.rows);
    line("same text, another label", |part| {
        part.conflicting_labels.rows
    });
}

fn truncation_lines(table: &mut Table, parts: &[&CorpusAudit], max_length: usize) {
    table.line(&format!("truncated at --max-length {max_length}"), [""; 0]);
    let mut line = |name: &str, value: fn(&CorpusAudit) -> f64| {
        table.line(name, parts.iter().map(|part| percent(value(part))));
    };
    line("  texts", |part| part.truncation.text_share);
    line("  tokens", |part| part.truncation.token_share);
}

fn encoding_lines(table: &mut Table, parts: &[&CorpusAudit]) {
    let mut line = |name: &str, value: fn(&CorpusAudit) -> &RowCount| {
        let cell = |part: &&CorpusAudit| match value(part) {
            RowCount {
                rows,
                first_row: Some(first),
            } => {
                format!("{} (first: row {first})", grouped(rows))
            }
            _ => "0".to_owned(),
        };
        table.line(name, parts.iter().map(cell));
    };
    line("texts with U+FFFD", |part| {
        &part.encoding.replacement_characters
    });
    line("texts with NUL", |part| &part.encoding.nul_characters);
    line("texts with mojibake", |part| &part.encoding.mojibake);
}

fn across_lines(table: &mut Table, across: &OverlapAudit) {
    let mut line = |name: &str, value: String| table.line(name, [String::new(), value]);
    line("also in train", String::new());
    line("  duplicates", grouped(across.duplicates.rows));
    line("  near duplicates", grouped(across.near_duplicates.rows));
    line(
        "  same text, another label",
        grouped(across.conflicting_labels.rows),
    );
    line("not in train", String::new());
    line("  labels", grouped(across.unknown_labels.len()));
    line("  distinct tokens", percent(across.unseen_types));
    line("  tokens", percent(across.unseen_tokens));
}

/// Writes groups of labels that differ only in spelling, one group on a line.
fn write_label_variants(out: &mut dyn Write, groups: &[Vec<LabelVariant>]) -> io::Result<()> {
    const MOST_GROUPS: usize = 20;
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\nLabels that differ only in spelling; training treats them as different:"
    )?;
    for group in groups.iter().take(MOST_GROUPS) {
        let variants: Vec<String> = group.iter().map(variant).collect();
        writeln!(out, "  {}", variants.join(", "))?;
    }
    if groups.len() > MOST_GROUPS {
        writeln!(out, "  … {} more", groups.len() - MOST_GROUPS)?;
    }
    Ok(())
}

/// Returns a label with its number of rows. Combining accents and invisible characters are escaped.
fn variant(variant: &LabelVariant) -> String {
    let label: String = variant
        .label
        .chars()
        .take(40)
        .flat_map(char::escape_debug)
        .collect();
    let parts = [
        ("train", variant.train_rows),
        ("validation", variant.validation_rows),
    ];
    let found = parts.into_iter().filter(|(_, rows)| *rows > 0);
    let rows: Vec<String> = found
        .map(|(part, rows)| format!("{part} {}", grouped(rows)))
        .collect();
    format!("\"{label}\" ({})", rows.join(", "))
}

fn write_samples(out: &mut dyn Write, audit: &Audit) -> io::Result<()> {
    let within = std::iter::once(&audit.train)
        .chain(&audit.validation)
        .flat_map(|part| {
            [
                ("Duplicates", &part.duplicates),
                ("Near duplicates", &part.near_duplicates),
                ("Same text, another label", &part.conflicting_labels),
            ]
        });
    let across = audit.across.iter().flat_map(|across| {
        [
            ("Duplicates across", &across.duplicates),
            ("Near duplicates across", &across.near_duplicates),
            (
                "Same text, another label across",
                &across.conflicting_labels,
            ),
        ]
    });
    let mut near = false;
    for (title, finding) in within.chain(across) {
        near |= title.starts_with("Near") && finding.rows > 0;
        write_finding(out, title, finding)?;
    }
    if near {
        writeln!(
            out,
            "\nNear duplicates share at least {:.0}% of their {SHINGLE_TOKENS}-token shingles (Jaccard similarity), \
             directly or through a third text.",
            100.0 * NEAR_DUPLICATE_SIMILARITY
        )?;
    }
    Ok(())
}

fn write_finding(out: &mut dyn Write, title: &str, finding: &Finding) -> io::Result<()> {
    if finding.samples.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}, for example:")?;
    for pair in &finding.samples {
        for (mark, row) in ["-", " "].into_iter().zip(pair) {
            writeln!(out, "  {mark} {}", sample(row))?;
        }
    }
    Ok(())
}

fn sample(row: &SampleRow) -> String {
    let part = if row.in_validation {
        "validation"
    } else {
        "train"
    };
    let (label, text) = (Printable(&row.label), Printable(&row.text));
    format!("{part} {} ({label}): {text}", row.row)
}

/// A table with left-aligned names and right-aligned values.
#[derive(Default)]
struct Table {
    lines: Vec<(String, Vec<String>)>,
}

impl Table {
    fn line(&mut self, name: &str, values: impl IntoIterator<Item = impl Into<String>>) {
        let values = values.into_iter().map(Into::into).collect();
        self.lines.push((name.to_owned(), values));
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let widest = |cells: &mut dyn Iterator<Item = &String>| {
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let name_width = widest(&mut self.lines.iter().map(|(name, _)| name));
        let value_width = widest(&mut self.lines.iter().flat_map(|(_, values)| values));
        for (name, values) in &self.lines {
            let mut line = format!("{name:name_width$}");
            for value in values {
                line.push_str(&format!("  {value:>value_width$}"));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}
