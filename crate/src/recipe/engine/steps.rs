//! A recipe without a merge: one step after the other, each on the weights that the steps before it left.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clock::Clock;
use super::fingerprint::{chain, run_fingerprint};
use super::input::Run;
use super::prepare::Prepared;
use crate::Result;
use crate::edit::Procedure;
use crate::facts::Fact;
use crate::recipe::edits::Edits;
use crate::recipe::observer::{Activity, Observer};
use crate::recipe::report::Report;
use crate::recipe::session::Session;
use crate::recipe::step_record::StepRecord;

impl Session {
    /// Makes the steps of `run`, or takes them from `known` where they have been made already, and fills the report.
    pub(super) async fn run_steps(
        &mut self,
        run: &Run,
        known: &[&Edits],
        prepared: &mut Prepared,
        report: &mut Report,
        clock: &mut Clock,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let steps: Vec<&[Fact]> = run.recipe.step_facts().collect();
        let mut fingerprint = run_fingerprint(self, run, &prepared.templates, &prepared.statistics);
        for (index, facts) in steps.iter().enumerate() {
            fingerprint = chain(&fingerprint, facts);
            let made_before = self.take_over(&mut prepared.procedure, &fingerprint, known)?;
            clock.count(|timing| &mut timing.copy_seconds);
            let is_new = made_before.is_none();
            let mut record = match made_before {
                Some(record) => record,
                None => {
                    let made = self.make_step(run, prepared, &fingerprint, (index, &steps), observer).await?;
                    clock.count_step(&made.report);
                    Arc::new(made)
                }
            };
            let mut row = BTreeMap::new();
            let asked = prepared.questions.as_mut().filter(|_| run.evaluation.after(index, steps.len()));
            if let Some(questions) = asked {
                match &record.accuracy {
                    // The last step's answers are wanted whole.
                    Some((of, known)) if *of == questions.fingerprint && index + 1 < steps.len() => row.clone_from(known),
                    _ => {
                        let measured = match questions.ask(self, observer, Activity::Evaluate, (index + 1, steps.len())).await {
                            Ok(measured) => measured,
                            Err(error) => {
                                // The step itself is whole.
                                self.records.push(record);
                                return Err(error);
                            }
                        };
                        clock.count(|timing| &mut timing.evaluate_seconds);
                        row = questions.row(&measured);
                        let record = Arc::make_mut(&mut record);
                        measured.note_recall(&mut record.report);
                        record.accuracy = Some((questions.fingerprint.clone(), row.clone()));
                        questions.fill(report, &run.recipe, &measured);
                    }
                }
            }
            if run.evaluation.asks() {
                report.accuracy_matrix.push(row);
            }
            report.steps.push(record.report.clone());
            if is_new && let Some(changes) = self.history.last() {
                observer.step(&record, changes)?;
            }
            self.records.push(record);
            report.timing = self.timing(clock);
            observer.partial(report);
            clock.count(|timing| &mut timing.copy_seconds);
        }
        Ok(())
    }

    /// The known step with this fingerprint, its changes laid over the weights again and its keys in the method's memory.
    fn take_over(&mut self, procedure: &mut Procedure, fingerprint: &str, known: &[&Edits]) -> Result<Option<Arc<StepRecord>>> {
        let Some((record, changes)) = known.iter().find_map(|edits| edits.find(fingerprint)) else { return Ok(None) };
        self.history.begin_step();
        for (&layer, change) in changes {
            self.history.apply(&mut self.model, layer, change.clone());
        }
        for (&layer, keys) in &record.keys {
            procedure.remember(layer, &keys.solved, keys.recomputed.as_ref(), changes.get(&layer))?;
        }
        Ok(Some(Arc::clone(record)))
    }
}
