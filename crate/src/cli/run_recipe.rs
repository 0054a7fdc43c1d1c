//! What `edit` and `run` share: a recipe run on an opened model, with everything that is kept of it on disk.

use std::path::Path;

use super::arguments::{ModelSource, check_folder, check_input};
use super::open::{Opened, peak_memory};
use super::progress::ProgressBars;
use super::save::{check_save, save};
use super::statistics::key_statistics;
use crate::checkpoint::write_atomically;
use crate::edit::MergeSettings;
use crate::recipe::{Digest, Recipe, Report, RunInput, RunStore, Session, StatisticsRef, StepRecord, StepStore, SweepPoint, step_tensors};
use crate::{Error, ErrorKind, Result};

/// Files and folders of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folders<'a> {
    /// Key statistics to use.
    pub(super) stats: Option<&'a Path>,
    /// Where the edited model goes.
    pub(super) save: Option<&'a Path>,
    /// Where the state is kept.
    pub(super) resume: Option<&'a Path>,
    /// Where targets, keys and weight changes go.
    pub(super) dump: Option<&'a Path>,
}

impl Folders<'_> {
    /// Checks that all can be read or written later.
    ///
    /// # Errors
    /// `Io`: an input that is not there or an output that cannot be written. `Usage`: the model would be saved over itself.
    pub(super) fn check(&self, model: &ModelSource) -> Result<()> {
        self.stats.map_or(Ok(()), |path| check_input(path, "key statistics"))?;
        for (path, what) in [(self.save, "edited model"), (self.resume, "state"), (self.dump, "dump")] {
            path.map_or(Ok(()), |path| check_folder(path, what))?;
        }
        self.save.map_or(Ok(()), |folder| check_save(model, folder))
    }
}

/// Runs `recipe` on the model opened from `source`; the statistics of `input` come from `folders`.
pub(super) async fn perform(
    opened: Opened,
    source: &ModelSource,
    recipe: Recipe,
    input: RunInput,
    folders: Folders<'_>,
    bars: &mut ProgressBars,
) -> Result<Report> {
    perform_sweep(opened, source, recipe, input, folders, &[], bars).await.map(|(report, _)| report)
}

/// [`perform`], and accuracy under other merges of the same edits, which only a recipe with a merge can have.
pub(super) async fn perform_sweep(
    opened: Opened,
    source: &ModelSource,
    mut recipe: Recipe,
    input: RunInput,
    folders: Folders<'_>,
    variants: &[MergeSettings],
    bars: &mut ProgressBars,
) -> Result<(Report, Vec<SweepPoint>)> {
    let Opened { mut session, load_seconds, .. } = opened;
    let (statistics, sha256, statistics_seconds) = key_statistics(&mut session, &recipe, folders.stats, bars).await?;
    recipe.statistics = Some(StatisticsRef { source: statistics.provenance().to_owned(), sha256 });

    let store = match folders.resume {
        Some(folder) => {
            let mut store = RunStore::open(folder)?;
            if recipe.templates.is_none() {
                recipe.templates = match store.templates() {
                    Some(held) => Some(held.clone()),
                    None => Some(session.templates(&recipe, bars).await?.by_language().clone()),
                };
            }
            store.begin(&recipe, &session, &statistics)?;
            store.restore(&mut session)?;
            Some(store)
        }
        None => None,
    };
    let dump = |record: &StepRecord, deltas: &_| match folders.dump {
        Some(folder) => write_dump(folder, record.index, &step_tensors(record, deltas)?),
        None => Ok(()),
    };
    if let Some(folder) = folders.dump {
        std::fs::create_dir_all(folder).map_err(|e| Error::new(ErrorKind::Io, format!("cannot create {}: {e}", folder.display())))?;
    }
    for (index, record) in session.records().iter().enumerate() {
        session.history().step(index).map_or(Ok(()), |deltas| dump(record, deltas))?;
    }

    let input = RunInput { statistics: Some(statistics), load_seconds, ..input };
    let mut keep = |record: &StepRecord, deltas: &_| {
        dump(record, deltas)?;
        store.as_ref().map_or(Ok(()), |store| store.save(record, deltas))
    };
    let (report, points) = run(&mut session, &recipe, input, variants, &mut keep, statistics_seconds, bars).await?;
    if let Some(folder) = folders.save {
        bars.start("saving the edited model", 0);
        save(&session, source, folder).await?;
    }
    bars.finish();
    Ok((report, points))
}

/// Runs `recipe` on a model that stays open, from its unedited weights, without keeping anything on disk.
pub(super) async fn run_on(
    opened: &mut Opened,
    mut recipe: Recipe,
    input: RunInput,
    stats: Option<&Path>,
    variants: &[MergeSettings],
    bars: &mut ProgressBars,
) -> Result<(Report, Vec<SweepPoint>)> {
    let Opened { session, load_seconds, .. } = opened;
    session.undo_to(0);
    let (statistics, sha256, statistics_seconds) = key_statistics(session, &recipe, stats, bars).await?;
    recipe.statistics = Some(StatisticsRef { source: statistics.provenance().to_owned(), sha256 });
    let input = RunInput { statistics: Some(statistics), load_seconds: *load_seconds, ..input };
    run(session, &recipe, input, variants, &mut |_, _| Ok(()), statistics_seconds, bars).await
}

/// The report of a run, whose recipe carries what a replay is compared with.
async fn run(
    session: &mut Session,
    recipe: &Recipe,
    input: RunInput,
    variants: &[MergeSettings],
    keep: &mut StepStore<'_>,
    statistics_seconds: f64,
    bars: &mut ProgressBars,
) -> Result<(Report, Vec<SweepPoint>)> {
    let (mut report, points) = if variants.is_empty() {
        (session.run(recipe, input, bars, keep).await?, Vec::new())
    } else {
        session.run_sweep(recipe, variants, input, bars, keep).await?
    };
    report.timing.statistics_seconds += statistics_seconds;
    report.timing.total_seconds += statistics_seconds;
    report.timing.peak_memory_bytes = peak_memory();
    let digest = Digest::of(&report);
    if let Some(recipe) = &mut report.recipe {
        recipe.expected = Some(digest);
    }
    Ok((report, points))
}

fn write_dump(folder: &Path, step: usize, bytes: &[u8]) -> Result<()> {
    write_atomically(&folder.join(format!("step{step}.safetensors")), |out| Ok(out.write_all(bytes)?))
}
