//! A recipe without a merge: one step after the other, each on the weights that the steps before it left.
//!
//! Steps that were made before are noted, not made: the weights behind them are laid over W_0 only where something is asked of them that is
//! not remembered, where a new step is made of them, and behind the last.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clock::Clock;
use super::fingerprint::{chain, run_fingerprint};
use super::input::Run;
use super::measure::Measurement;
use super::prepare::Prepared;
use crate::Result;
use crate::edit::Procedure;
use crate::facts::Fact;
use crate::recipe::edits::Edits;
use crate::recipe::memory::KnownStep;
use crate::recipe::observer::Observer;
use crate::recipe::report::Report;
use crate::recipe::session::Session;

/// A run on its way through its steps.
struct Walk<'a> {
    run: &'a Run,
    steps: Vec<&'a [Fact]>,
    prepared: &'a mut Prepared,
    report: &'a mut Report,
    clock: &'a mut Clock,
    /// Names the weights that the run begins with, and those behind the steps so far.
    first: String,
    weights: String,
    /// So many of the steps are in the weights in force.
    laid: usize,
    /// The method with its memory of the steps so far, if it made the last of them.
    procedure: Option<Procedure>,
}

impl Session {
    /// Makes the steps of `run`, as far as neither the session's memory nor `before` knows them, and fills the report.
    pub(super) async fn run_steps(
        &mut self,
        run: &Run,
        before: &Edits,
        prepared: &mut Prepared,
        report: &mut Report,
        clock: &mut Clock,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let first = run_fingerprint(self, run, &prepared.statistics);
        let (steps, weights) = (run.recipe.step_facts().collect(), first.clone());
        let mut walk = Walk { run, steps, prepared, report, clock, first, weights, laid: 0, procedure: None };
        for index in 0..walk.steps.len() {
            let fingerprint = chain(&walk.weights, walk.steps[index], &walk.prepared.templates);
            let known = self.memory.steps.get(&fingerprint).cloned().or_else(|| before.find(&fingerprint));
            let is_new = known.is_none();
            match known {
                Some(KnownStep { record, changes }) => {
                    self.history.note(changes);
                    self.records.push(record);
                    walk.procedure = None;
                }
                None => self.add_step(&mut walk, index, &fingerprint, observer).await?,
            }
            walk.weights = fingerprint;
            walk.clock.count(|timing| &mut timing.copy_seconds);
            let asked = self.measure_step(&mut walk, index, is_new, observer).await;
            // The step itself is whole, whether or not its questions were answered.
            let (Some(record), Some(changes)) = (self.records.last(), self.history.last()) else { continue };
            if !self.memory.steps.has(&walk.weights) {
                self.memory.note_step(record, changes);
            }
            let asked = asked?;
            if is_new {
                observer.step(record, changes)?;
            }
            // Behind the last step the report is whole, and is what the run gives.
            if (is_new || asked) && index + 1 < walk.steps.len() {
                walk.report.timing = self.timing(walk.clock);
                observer.partial(walk.report);
            }
            walk.clock.count(|timing| &mut timing.copy_seconds);
        }
        self.lay_steps(walk.laid);
        if let Some(procedure) = &walk.procedure {
            self.note_procedure(run, &walk.weights, procedure);
        }
        walk.clock.count(|timing| &mut timing.copy_seconds);
        Ok(())
    }

    /// Makes the step at `index` on the weights behind the steps before it.
    async fn add_step(&mut self, walk: &mut Walk<'_>, index: usize, fingerprint: &str, observer: &mut dyn Observer) -> Result<()> {
        self.lay_steps(walk.laid);
        walk.laid = index;
        walk.clock.count(|timing| &mut timing.copy_seconds);
        let mut procedure = match walk.procedure.take() {
            Some(procedure) => procedure,
            None => self.procedure(walk.run, &walk.prepared.statistics, (&walk.first, &walk.weights), observer).await?,
        };
        walk.clock.count(|timing| &mut timing.solve_seconds);
        let record =
            self.make_step(walk.run, &walk.prepared.templates, &mut procedure, fingerprint, (index, &walk.steps), observer).await?;
        walk.clock.count_step(&record.report);
        self.records.push(Arc::new(record));
        walk.laid = index + 1;
        walk.procedure = Some(procedure);
        self.note_weights();
        Ok(())
    }

    /// Puts the last step, at `index`, into the report, with what the model answers behind it where that is to be asked. Says whether
    /// anything was asked that was not remembered.
    async fn measure_step(&mut self, walk: &mut Walk<'_>, index: usize, is_new: bool, observer: &mut dyn Observer) -> Result<bool> {
        let Walk { run, steps, prepared, report, clock, weights, laid, .. } = walk;
        let (steps, mut asked) = (steps.len(), false);
        let Some(record) = self.records.last() else { return Ok(false) };
        let mut step = record.report.clone();
        let mut row = BTreeMap::new();
        match prepared.questions.as_mut().filter(|_| run.evaluation.after(index, steps)) {
            None => Measurement::default().note_recall(&mut step),
            Some(questions) => match &record.accuracy {
                // The last step's answers are wanted whole.
                Some((of, known)) if *of == questions.fingerprint && index + 1 < steps => row.clone_from(known),
                _ => {
                    let measured = match questions.remembered(&mut self.memory, weights, index + 1 == steps) {
                        Some(measured) => measured,
                        None => {
                            self.lay_steps(*laid);
                            *laid = index + 1;
                            asked = true;
                            questions.ask(self, (weights, index + 1 == steps), observer, (index + 1, steps)).await?
                        }
                    };
                    row = questions.row(&measured);
                    measured.note_recall(&mut step);
                    questions.fill(report, &run.recipe, &measured);
                    if let Some(record) = self.records.last_mut().filter(|_| is_new).and_then(Arc::get_mut) {
                        measured.note_recall(&mut record.report);
                        record.accuracy = Some((questions.fingerprint.clone(), row.clone()));
                    }
                }
            },
        }
        report.steps.push(step);
        if prepared.questions.is_some() {
            report.accuracy_matrix.push(row);
        }
        clock.count(|timing| &mut timing.evaluate_seconds);
        Ok(asked)
    }
}
