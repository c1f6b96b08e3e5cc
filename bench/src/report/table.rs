//! The report as aligned text. Owns how figures and columns look; never what they mean.

use std::io::{self, Write};

use super::{Report, Row, Section, Strength};

/// Marks a row during which others used the processors.
const NOISY: &str = "~";

/// Writes the whole report.
pub(crate) fn write_table(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{}", report.machine.sentence())?;
    if report.quick {
        writeln!(out, "quick run: fewer and shorter measurements, not for quoting")?;
    }
    for section in &report.sections {
        write_section(section, out)?;
    }
    write_limits(report, out)
}

fn write_section(section: &Section, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n({}) {} [{:.0} s]\n", section.id, section.title, section.took.as_secs_f64())?;
    let mut lines = vec![heading(section)];
    for row in &section.rows {
        lines.extend(cells(row, section.columns.len()));
    }
    write_aligned(&lines, out)?;
    let noisy =
        section.rows.iter().any(|row| row.usage.as_ref().is_some_and(|usage| usage.is_noisy()));
    if noisy {
        writeln!(out, "  {NOISY} other programs used the processors during this row")?;
    }
    for note in &section.notes {
        writeln!(out, "  * {note}")?;
    }
    Ok(())
}

fn heading(section: &Section) -> Vec<String> {
    let columns = section.columns.iter().map(|column| (*column).to_owned());
    let mut heading = vec![String::new()];
    heading.extend(columns);
    heading.extend(["processors used".into(), "saturated".into(), "limit".into()]);
    heading
}

/// The row, and a line more for each further limit.
fn cells(row: &Row, columns: usize) -> Vec<Vec<String>> {
    let noisy = row.usage.as_ref().is_some_and(|usage| usage.is_noisy());
    let mut first = vec![format!("{}{}", row.name, if noisy { NOISY } else { "" })];
    for at in 0..columns {
        let value = row.figures.get(at).copied().flatten();
        first.push(value.map_or_else(String::new, figure));
    }
    first.push(row.usage.as_ref().map_or_else(String::new, |usage| usage.shares()));
    first.push(row.saturated.clone());
    let mut verdicts = row.limits.iter().map(|limit| limit.verdict());
    first.push(verdicts.next().unwrap_or_default());
    let mut lines = vec![first];
    for verdict in verdicts {
        let mut line = vec![String::new(); columns + 3];
        line.push(verdict);
        lines.push(line);
    }
    lines
}

/// Text to the left, figures to the right.
fn write_aligned(lines: &[Vec<String>], out: &mut impl Write) -> io::Result<()> {
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| {
        lines.iter().filter_map(|line| line.get(at)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or_default()).collect();
    for line in lines {
        let mut text = String::from(" ");
        for (at, cell) in line.iter().enumerate() {
            let is_figure = (1..columns - 3).contains(&at);
            let pad = " ".repeat(widths[at] - cell.chars().count());
            text += " ";
            text += &if is_figure { pad + cell } else { format!("{cell}{pad}") };
            text += " ";
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

/// All limits once more, and why a missed one is missed.
fn write_limits(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nLimits\n")?;
    for section in &report.sections {
        for row in &section.rows {
            for limit in row.limits.iter().filter(|limit| limit.strength == Strength::Limit) {
                let why = match limit.met() {
                    true => String::new(),
                    false => format!("; saturated: {}", row.saturated),
                };
                writeln!(out, "  ({}) {}: {}{why}", section.id, row.name, limit.verdict())?;
            }
        }
    }
    Ok(())
}

/// Three significant digits, or a whole number.
pub(super) fn figure(value: f64) -> String {
    match value.abs() {
        _ if value.is_nan() => "-".into(),
        size if size >= 1_000.0 => thousands(value),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}").trim_end_matches(".0").to_owned(),
        size if size >= 1.0 && value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        let shown: Vec<String> =
            [1_234_567.8, 123.4, 12.34, 10.0, 2.0, 1.234, 0.1234].map(figure).into();
        assert_eq!(shown, ["1,234,568", "123", "12.3", "10", "2", "1.23", "0.123"]);
    }
}
