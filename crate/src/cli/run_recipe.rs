//! What the commands that run a recipe share: the run on an opened model, with everything that is kept of it on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use web_time::Instant;

use super::arguments::{ModelSource, check_folder, check_input, number_in_name};
use super::open::{Opened, peak_memory};
use super::progress::ProgressBars;
use super::projectors::with_projectors;
use super::save::{check_save, save};
use super::statistics::key_statistics;
use crate::checkpoint::write_atomically;
use crate::linalg::Update;
use crate::recipe::{Activity, Observer, Report, RunInput, RunStore, StepRecord, step_tensors};
use crate::{Error, ErrorKind, Result};

/// Files and folders of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Folders<'a> {
    /// Key statistics to use.
    pub(super) stats: Option<&'a Path>,
    /// Projectors to use: folders and files.
    pub(super) projectors: &'a [PathBuf],
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
    /// `Io`: an input that is not there or an output that cannot be written. `Usage`: the model would be saved over itself, or steps of this run
    /// would be dumped beside those of another.
    pub(super) fn check(&self, model: &ModelSource) -> Result<()> {
        self.stats.map_or(Ok(()), |path| check_input(path, "key statistics"))?;
        self.projectors.iter().try_for_each(|path| check_input(path, "projectors"))?;
        for (path, what) in [(self.save, "edited model"), (self.resume, "state"), (self.dump, "dump")] {
            path.map_or(Ok(()), |path| check_folder(path, what))?;
        }
        if let (Some(folder), None) = (self.dump, self.resume) {
            refuse_steps(folder)?;
        }
        self.save.map_or(Ok(()), |folder| check_save(model, folder))
    }
}

/// Refuses a folder with the dump of an earlier run: its last steps would stay beside this run's.
fn refuse_steps(folder: &Path) -> Result<()> {
    let mut entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    match entries.find(|entry| number_in_name(&entry.path(), "step").is_some()) {
        Some(entry) => {
            let message = format!("--dump: {} holds steps of an earlier run ({})", folder.display(), entry.file_name().display());
            Err(Error::new(ErrorKind::Usage, message).hint("name another folder, or take them away"))
        }
        None => Ok(()),
    }
}

/// What a run gave.
pub(super) struct Performed {
    /// The report, to be written and shown whatever became of the model.
    pub(super) report: Report,
    /// Whether the edited model was saved, where it was to be.
    pub(super) saved: Result<()>,
}

/// Runs `input` on an open model, with the key statistics, the state and the outputs of `folders`.
pub(super) async fn perform(opened: &mut Opened, mut input: RunInput, folders: Folders<'_>, bars: &mut ProgressBars) -> Result<Performed> {
    let Opened { session, source, load_seconds, .. } = opened;
    // A model's time is that of the first run on it.
    input.spent.load_seconds = std::mem::take(load_seconds);
    let started = Instant::now();
    session.vet(&mut input, bars).await?;
    input.spent.template_seconds = started.elapsed().as_secs_f64();

    let started = Instant::now();
    let mut statistics = key_statistics(session, &input.recipe, folders.stats, bars).await?;
    if !folders.projectors.is_empty() {
        statistics = with_projectors(statistics, folders.projectors, &input.recipe, session)?;
    }
    input.spent.statistics_seconds = started.elapsed().as_secs_f64();

    let started = Instant::now();
    let store = match folders.resume {
        Some(folder) => {
            let mut store = RunStore::open(folder)?;
            let recipe = &mut input.recipe;
            if recipe.templates.is_none() {
                recipe.templates = match store.templates() {
                    Some(held) => Some(held.clone()),
                    None => Some(session.templates(recipe, bars).await?.by_language().clone()),
                };
            }
            store.begin(recipe, session, &statistics.statistics)?;
            store.restore(session)?;
            Some(store)
        }
        None => None,
    };
    input.spent.template_seconds += started.elapsed().as_secs_f64();
    input.statistics = Some(statistics);

    if let Some(folder) = folders.dump {
        std::fs::create_dir_all(folder).map_err(|e| Error::new(ErrorKind::Io, format!("cannot create {}: {e}", folder.display())))?;
    }
    let mut keeper = Keeper { bars, store, dump: folders.dump };
    for (index, record) in session.records().iter().enumerate() {
        session.history().step(index).map_or(Ok(()), |changes| keeper.dump(record, changes))?;
    }
    let mut report = session.run(input, &mut keeper).await?;
    report.timing.peak_memory_bytes = peak_memory();
    let saved = match folders.save {
        Some(folder) => {
            bars.start("saving the edited model", 0);
            save(session, source, folder).await
        }
        None => Ok(()),
    };
    bars.finish();
    Ok(Performed { report, saved })
}

/// Shows the progress of a run and keeps its steps on disk.
struct Keeper<'a> {
    bars: &'a mut ProgressBars,
    store: Option<RunStore>,
    dump: Option<&'a Path>,
}

impl Keeper<'_> {
    fn dump(&self, record: &StepRecord, changes: &BTreeMap<usize, Update>) -> Result<()> {
        let Some(folder) = self.dump else { return Ok(()) };
        let bytes = step_tensors(record, changes)?;
        write_atomically(&folder.join(format!("step{}.safetensors", record.index)), |out| Ok(out.write_all(&bytes)?))
    }
}

impl Observer for Keeper<'_> {
    fn progress(&mut self, activity: Activity, step: usize, steps: usize, done: usize, total: usize) {
        self.bars.progress(activity, step, steps, done, total);
    }

    fn step(&mut self, record: &StepRecord, changes: &BTreeMap<usize, Update>) -> Result<()> {
        self.dump(record, changes)?;
        self.store.as_ref().map_or(Ok(()), |store| store.save(record, changes))
    }

    fn cancelled(&self) -> bool {
        self.bars.cancelled()
    }
}
