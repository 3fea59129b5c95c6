//! The kernel in training: tables, comparison with the paper, export.

use serde_json::{Value, json};

use super::labels::{SIGMA_B2, SIGMA_W2};
use super::smoothness::with_published;
use super::{Cell, Column, Figure, Manifest, Parts, Reference, Report, Table};
use crate::data::Scaling;
use crate::error::Result;
use crate::experiment::{Acceleration, DriftCell, DriftResult, Ending, KernelForm};
use crate::origin::Origins;

impl DriftResult {
    fn note(&self) -> String {
        let p = &self.parameters;
        let factor = match p.input_factor {
            Some(factor) => format!(" times {factor}"),
            None if p.scaling == Scaling::UnitNorm => " times √d".into(),
            None => String::new(),
        };
        let data = match self.own_data {
            Some(_) => "data of one's own".into(),
            None => {
                let set = super::smoothness_table::title(p.source);
                format!("{} images of {set}, {} pixels{factor}", p.images, p.scaling)
            }
        };
        format!(
            "{}, {data}; full-batch gradient descent on the mean of (f − y)^{{2}} over samples \
             and outputs at rate {:e}, at most {} steps{}, until the loss has not fallen by {:e} in {} steps; {}. Drift: \
             ‖Θ_{{t}} − Θ_{{0}}‖_{{F}}/‖Θ_{{0}}‖_{{F}} of the {} kernel. Gap: RMS |f − f^{{lin}}| over RMS |f − f_{{0}}|.",
            p.activation,
            p.rate,
            p.steps,
            p.most_gradients.map_or(String::new(), |most| format!(" and {most} gradients")),
            p.plateau_fall,
            p.plateau_steps,
            match p.acceleration {
                Acceleration::Steps(most) => format!("acceleration up to {most}"),
                Acceleration::Flow { tolerance, precision } => format!(
                    "where they are gradient flow, in long steps with errors below {tolerance:e} ({precision} precision)"
                ),
            },
            form_name(p.kernel),
        )
    }

    /// When the last reading of every network was taken, in words: trainings that the step limit cut off had not come to an
    /// end of their own.
    pub(super) fn end(&self) -> String {
        let limit = |cell: &&DriftCell| cell.ending == Ending::Steps;
        match self.cells.iter().filter(limit).count() {
            0 => "at the end of training".into(),
            cut if cut == self.cells.len() => format!("at the limit of {} steps", self.parameters.steps),
            cut => format!(
                "at the end of training, or (in {cut} of {}) at the limit of {} steps",
                self.cells.len(),
                self.parameters.steps
            ),
        }
    }

    /// Medians over σ_b² (and networks) of the drift at the end of training, beside what the paper's heat maps show at the
    /// same σ_w² and depth, for every width and every form of the kernel; with how many trainings came to an end, which the
    /// medians are over, and the median of the smallest loss. Empty where the grid has no such cells.
    pub fn readings_table(&self) -> Table {
        let columns = ["M", "H", SIGMA_W2, "paper (M = 256)", "full", "trace", "one output"];
        let columns = columns.map(Column::number).into_iter().chain([
            Column::interval("range (full)"),
            Column::text("ended"),
            Column::number("smallest loss"),
        ]);
        let table = Table::new(columns)
            .caption(format!("Drift of {} networks, medians over σ_b²", self.parameters.activation))
            .label("tab:drift-readings")
            .note(self.note());
        self.readings().into_iter().fold(table, |table, reading| {
            table.row([
                Cell::count(reading.width),
                Cell::count(reading.depth),
                Cell::parameter(reading.sigma_w2),
                Cell::number(reading.paper, 2),
                Cell::number(reading.full, 3),
                Cell::known(reading.trace, 3),
                Cell::known(reading.one, 3),
                Cell::Range { low: reading.low, high: reading.high, decimals: 2 },
                format!("{} of {}", reading.ended, reading.cells).into(),
                Cell::known(Some(reading.smallest_loss).filter(|loss| *loss < f64::MAX), 4),
            ])
        })
    }
}

impl Report for DriftResult {
    const NAME: &'static str = "drift";
    const CITES: &'static [Reference] = &[Reference::SeleznovaKutyniok2021];

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        match &self.own_data {
            Some(sum) => manifest.data("data of one's own", sum.as_str()),
            None => with_published(manifest, self.parameters.source),
        }
    }

    fn table(&self) -> Table {
        let columns = [
            "M",
            "H",
            SIGMA_W2,
            SIGMA_B2,
            "network",
            "steps",
            "loss",
            "smallest",
            "drift",
            "alignment",
            "gap",
            "test gap",
        ];
        let columns = columns.map(Column::number).into_iter().chain([Column::text("ended by")]);
        let table = Table::new(columns)
            .caption(format!("The kernel {}", self.end()))
            .label("tab:drift")
            .note(self.note());
        self.cells.iter().fold(table, |table, c| {
            let end = c.end();
            let change = end.map(|end| end.change(self.parameters.kernel));
            table.row([
                Cell::count(c.width),
                Cell::count(c.depth),
                Cell::parameter(c.sigma_w2),
                Cell::parameter(c.sigma_b2),
                Cell::count(c.trial),
                Cell::count(c.steps),
                Cell::known(end.map(|end| end.loss), 4),
                Cell::known(Some(c.smallest_loss).filter(|loss| *loss < f64::MAX), 4),
                Cell::known(change.map(|change| change.drift), 4),
                Cell::known(change.map(|change| change.alignment), 4),
                Cell::known(end.and_then(|end| end.relative_gap()), 4),
                Cell::known(end.and_then(|end| end.relative_test_gap()), 4),
                c.ending.to_string().into(),
            ])
        })
    }

    fn parts(&self) -> Parts {
        let p = &self.parameters;
        let (several_w, several_b, whole) = (p.sigma_w2.len() > 1, p.sigma_b2.len() > 1, self.missing() == 0);
        let (readings, gap) = (self.readings_table(), self.gap_plot());
        let plane = several_w && several_b && whole;
        let width = p.widths.len() > 1 && !several_w && !several_b && whole;
        let bias = p.widths.len() == 1 && !several_w && several_b;
        let mut parts = Parts::default()
            .frame("", self.frame())
            .table("-table", self.table())
            .table("-readings", Some(readings).filter(|readings| !readings.rows.is_empty()))
            .figure("-transition", several_w.then(|| self.transition_plot()))
            .figure("-plane", plane.then(|| self.plane_plot(None)))
            .figure("-smallest-loss", plane.then(|| self.smallest_loss_plot()));
        // Looks that no training reached would show its end again.
        for &look in p.looks.iter().filter(|look| plane && **look < p.steps) {
            parts = parts.figure(format!("-plane-{look}"), self.plane_plot(Some(look)));
        }
        parts
            .figure("-bias", bias.then(|| Ok(Figure::row([self.bias_panel(p.widths[0], p.sigma_w2[0])]))))
            .figure("-width", width.then(|| Ok(self.width_plot(p.sigma_w2[0], p.sigma_b2[0]))))
            .figure("-gap", Some(Ok(gap)).filter(|gap| gap.as_ref().is_ok_and(|gap| !gap.panels.is_empty())))
    }

    /// `cells`, and the `edge` of chaos at every σ_b² that has one.
    fn result(&self) -> Result<Value> {
        let mut result = json!({"cells": self.cells, "edge": self.edge(), "readings": self.readings()});
        if let Some(sum) = &self.own_data {
            result["own_data"] = json!(sum);
        }
        Ok(result)
    }

    fn missing_cells(&self) -> usize {
        self.missing()
    }

    fn verified(self, _: &str) -> Result<Self> {
        self.checked()
    }
}

pub(super) fn form_name(form: KernelForm) -> &'static str {
    match form {
        KernelForm::Full => "full (every pair of outputs)",
        KernelForm::Trace => "summed",
        KernelForm::One => "first output's",
    }
}
