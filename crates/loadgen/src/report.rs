//! Results: rows that print as a table or as JSON.

use std::fmt::Write;

/// What a run has found, in order.
#[derive(Clone, Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
    warnings: Vec<String>,
}

#[derive(Clone, Debug)]
struct Row {
    key: &'static str,
    label: &'static str,
    value: Option<f64>,
    unit: &'static str,
}

impl Report {
    /// Adds a result; `None` where it could not be measured.
    pub fn row(
        &mut self,
        key: &'static str,
        label: &'static str,
        value: impl Into<Option<f64>>,
        unit: &'static str,
    ) {
        let value = value.into().filter(|value| value.is_finite());
        self.rows.push(Row {
            key,
            label,
            value,
            unit,
        });
    }

    /// Adds something the reader must know.
    pub fn warn(&mut self, text: String) {
        self.warnings.push(text);
    }

    /// Puts the results of another run behind.
    pub fn append(&mut self, mut other: Report) {
        self.rows.append(&mut other.rows);
        self.warnings.append(&mut other.warnings);
    }

    /// A result by its key.
    pub fn get(&self, key: &str) -> Option<f64> {
        self.rows.iter().find(|row| row.key == key)?.value
    }

    /// What the reader must know.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The table.
    pub fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.label.len()).max();
        let width = width.unwrap_or_default();
        let mut text = String::new();
        for row in &self.rows {
            let value = row.value.map_or("-".to_owned(), number);
            line(
                &mut text,
                format_args!("{:width$}  {value:>12} {}", row.label, row.unit),
            );
        }
        for warning in &self.warnings {
            line(&mut text, format_args!("WARNING: {warning}"));
        }
        text
    }

    /// One JSON object; what could not be measured is null.
    pub fn json(&self) -> String {
        let mut fields: Vec<String> = Vec::new();
        for row in &self.rows {
            let value = row.value.map_or("null".to_owned(), |v| v.to_string());
            fields.push(format!("\"{}\":{value}", row.key));
        }
        let quoted = |text: &String| format!("{text:?}");
        let warnings: Vec<String> = self.warnings.iter().map(quoted).collect();
        fields.push(format!("\"warnings\":[{}]", warnings.join(",")));
        format!("{{{}}}\n", fields.join(","))
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    if writeln!(text, "{line}").is_err() {
        text.clear();
    }
}

/// Three digits that matter, large numbers whole.
fn number(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_both_ways() {
        let mut report = Report::default();
        report.row("lines", "lines", 2_500_000.0, "/s");
        report.row("cpu_us", "hub CPU per line", 0.1234, "us");
        report.row("rss", "memory", None, "KiB");
        report.warn("too \"busy\"".to_owned());
        let table = report.table();
        assert!(
            table.contains("lines                  2500000 /s\n"),
            "{table}"
        );
        assert!(
            table.contains("hub CPU per line         0.123 us\n"),
            "{table}"
        );
        assert!(
            table.contains("memory                       - KiB\n"),
            "{table}"
        );
        assert_eq!(
            report.json(),
            "{\"lines\":2500000,\"cpu_us\":0.1234,\"rss\":null,\"warnings\":[\"too \\\"busy\\\"\"]}\n"
        );
        assert_eq!(report.get("lines"), Some(2_500_000.0));
    }
}
