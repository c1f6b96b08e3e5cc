//! What a run found: sections of rows, each with its figures, its limits and what was saturated. Owns the judgement
//! whether a limit is met; never measures.

mod table;

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::machine::Machine;
use crate::usage::Usage;

pub(crate) use table::write_table;

/// A whole run.
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) quick: bool,
    pub(crate) sections: Vec<Section>,
}

/// One question of the run.
pub(crate) struct Section {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// What the figures of the rows are, with their units.
    pub(crate) columns: &'static [&'static str],
    pub(crate) rows: Vec<Row>,
    pub(crate) notes: Vec<String>,
    pub(crate) took: Duration,
}

/// One line of the table: ours, or a ceiling beside it.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// One for each column; none where it does not apply.
    pub(crate) figures: Vec<Option<f64>>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) saturated: String,
    pub(crate) usage: Option<Usage>,
}

/// What a figure is held to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Limit {
    /// What is compared, such as `times the two-thread ceiling`.
    pub(crate) what: &'static str,
    pub(crate) figure: f64,
    pub(crate) bound: f64,
    pub(crate) side: Side,
    pub(crate) strength: Strength,
    /// What nothing on this machine could exceed, where the run measured it.
    pub(crate) ceiling: Option<f64>,
}

/// Which side of the bound is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    AtMost,
    AtLeast,
}

/// How much it is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Strength {
    /// It must be met, or the report says why not.
    Limit,
    /// It is what we would like.
    Aim,
}

impl Limit {
    pub(crate) fn at_most(bound: f64, what: &'static str, figure: f64) -> Self {
        Self { what, figure, bound, side: Side::AtMost, strength: Strength::Limit, ceiling: None }
    }

    pub(crate) fn at_least(bound: f64, what: &'static str, figure: f64) -> Self {
        Self { what, figure, bound, side: Side::AtLeast, strength: Strength::Limit, ceiling: None }
    }

    pub(crate) fn aimed_at(self) -> Self {
        Self { strength: Strength::Aim, ..self }
    }

    /// Says what the machine itself allows.
    pub(crate) fn below_ceiling(self, ceiling: f64) -> Self {
        Self { ceiling: Some(ceiling), ..self }
    }

    /// Whether the figure is on the good side. What was not measured is not met.
    pub(crate) fn met(&self) -> bool {
        match self.side {
            Side::AtMost => self.figure <= self.bound,
            Side::AtLeast => self.figure >= self.bound,
        }
    }

    /// How far the figure is from the bound: 1.3 is thirty per cent on the wrong side.
    fn missed_by(&self) -> f64 {
        match self.side {
            Side::AtMost => self.figure / self.bound,
            Side::AtLeast => self.bound / self.figure,
        }
    }

    /// `<= 2 times one flush: 1.4, met`.
    pub(crate) fn verdict(&self) -> String {
        let sign = match self.side {
            Side::AtMost => "<=",
            Side::AtLeast => ">=",
        };
        let word = match self.strength {
            Strength::Limit => "",
            Strength::Aim => "aim ",
        };
        let outcome = match self.met() {
            true => "met".to_owned(),
            false => format!("MISSED by {:.2}x", self.missed_by()),
        };
        let ceiling = self.ceiling.map_or_else(String::new, |ceiling| {
            let (ceiling, share) = (table::figure(ceiling), 100.0 * self.figure / ceiling);
            format!(" (the machine allows {ceiling}, ours is {share:.0} % of it)")
        });
        let (figure, bound) = (table::figure(self.figure), table::figure(self.bound));
        format!("{word}{sign} {bound} {}: {figure}, {outcome}{ceiling}", self.what)
    }
}

impl Report {
    /// Everything, for programs.
    pub(crate) fn json(&self) -> Value {
        let sections: Vec<Value> = self.sections.iter().map(Section::json).collect();
        json!({ "machine": self.machine, "quick": self.quick, "sections": sections })
    }
}

impl Section {
    fn json(&self) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(|row| row.json(self.columns)).collect();
        json!({
            "id": self.id,
            "title": self.title,
            "rows": rows,
            "notes": self.notes,
            "seconds": self.took.as_secs_f64(),
        })
    }
}

impl Row {
    /// A row without limits.
    pub(crate) fn new(name: impl Into<String>, figures: Vec<Option<f64>>) -> Self {
        Self { name: name.into(), figures, ..Self::default() }
    }

    /// A row that could not be measured.
    pub(crate) fn missing(name: impl Into<String>, why: &str) -> Self {
        Self { saturated: format!("not measured: {why}"), ..Self::new(name, Vec::new()) }
    }

    /// Says who used the processors, and what was waited for where none was the reason.
    pub(crate) fn used(mut self, usage: Usage, waits_for: &str) -> Self {
        self.saturated = usage.saturated(waits_for);
        self.usage = Some(usage);
        self
    }

    pub(crate) fn held_to(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    fn json(&self, columns: &[&str]) -> Value {
        let figures: Map<String, Value> = columns
            .iter()
            .zip(&self.figures)
            .filter_map(|(column, figure)| Some(((*column).to_owned(), json!((*figure)?))))
            .collect();
        let limits: Vec<Value> = self
            .limits
            .iter()
            .map(|limit| {
                let mut json = json!(limit);
                json["met"] = limit.met().into();
                json
            })
            .collect();
        json!({
            "name": self.name,
            "figures": figures,
            "limits": limits,
            "saturated": self.saturated,
            "usage": self.usage,
            "noisy": self.usage.as_ref().is_some_and(Usage::is_noisy),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_limit_says_by_how_much() {
        let limit = Limit::at_least(10.0, "times one commit per command", 8.0);
        assert_eq!(limit.verdict(), ">= 10 times one commit per command: 8, MISSED by 1.25x");
        let aim = Limit::at_most(2.0, "times one flush", 1.4).aimed_at();
        assert_eq!(aim.verdict(), "aim <= 2 times one flush: 1.40, met");
        assert!(!Limit::at_most(2.0, "times one flush", f64::NAN).met());
    }
}
