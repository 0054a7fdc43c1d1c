//! Running the cells that are not done yet, one after another.

use std::path::Path;

use web_time::Instant;

use super::folder::Folder;
use crate::cli::arguments::{DataSource, ModelSource, RecallArgs};
use crate::cli::definition::{Cell, Definition};
use crate::cli::eval::downstream::{Plan, measure};
use crate::cli::fingerprint::fingerprint_of;
use crate::cli::open::{Opened, open};
use crate::cli::progress::ProgressBars;
use crate::cli::run_recipe::{Folders, Performed, perform};
use crate::cli::summary::{Downstream, cell_document};
use crate::cli::terminal::note;
use crate::device::DeviceChoice;
use crate::edit::Solver;
use crate::evaluate::xtreme::XtremeReport;
use crate::facts::{Draw, Order, Selection};
use crate::recipe::{Composition, DataReport, Recipe, RunInput, Warning};
use crate::{Error, ErrorKind, Result};

/// What came of the cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(super) struct Outcome {
    /// Cells of the experiment.
    pub(super) cells: usize,
    /// Done by earlier runs.
    pub(super) kept: usize,
    /// Done now.
    pub(super) done: usize,
    /// Failed now.
    pub(super) failed: usize,
}

/// The model of the cells that are being run.
enum Model {
    None,
    Open(String, Box<Unedited>),
    /// It cannot be opened, and why.
    Failed(String, ErrorKind, String),
}

/// A model, and what it scores before anything is edited.
struct Unedited {
    opened: Opened,
    xtreme: Option<XtremeReport>,
}

/// Runs the cells that are `missing` of `definition` in `folder`. A cell that fails is noted and the others go on.
pub(super) async fn run(
    (definition, missing): (&Definition, &[Cell]),
    folder: &Folder<'_>,
    place: (DeviceChoice, Solver),
    inputs: Folders<'_>,
    bars: &mut ProgressBars,
) -> Result<Outcome> {
    let cells = definition.cells().len();
    let mut outcome = Outcome { cells, kept: cells - missing.len(), ..Outcome::default() };
    let mut model = Model::None;
    let started = Instant::now();
    for (i, cell) in missing.iter().enumerate() {
        folder.replaces(cell).iter().for_each(|said| note(said));
        let result = report(&mut model, (definition, cell), place, inputs, bars).await;
        let text = match result {
            Ok(report) => {
                folder.keep(cell, &report)?;
                outcome.done += 1;
                "done".to_owned()
            }
            Err(error) if error.kind() == ErrorKind::Cancelled => {
                return Err(Error::new(ErrorKind::Cancelled, format!("stopped after {} of {cells} cells", outcome.kept + outcome.done))
                    .hint("the same command continues from here"));
            }
            Err(error) => {
                folder.fail(cell, &error)?;
                outcome.failed += 1;
                format!("failed: {error}")
            }
        };
        if !bars.is_quiet() {
            let left = started.elapsed().as_secs_f64() / (i + 1) as f64 * (missing.len() - i - 1) as f64;
            note(&format!("cell {} of {cells}, {}: {text}; about {} left", outcome.kept + i + 1, cell.id, duration(left)));
        }
    }
    Ok(outcome)
}

/// Runs `cell` alone, whether or not it is done. If it fails, that is noted in the folder.
///
/// # Errors
/// What the cell failed with.
pub(super) async fn run_one(
    definition: &Definition,
    cell: &Cell,
    folder: &Folder<'_>,
    place: (DeviceChoice, Solver),
    inputs: Folders<'_>,
    bars: &mut ProgressBars,
) -> Result<()> {
    folder.replaces(cell).iter().for_each(|said| note(said));
    match report(&mut Model::None, (definition, cell), place, inputs, bars).await {
        Ok(report) => folder.keep(cell, &report),
        Err(error) => {
            if error.kind() != ErrorKind::Cancelled
                && let Err(unwritten) = folder.fail(cell, &error)
            {
                note(&format!("why the cell failed was not noted: {unwritten}"));
            }
            Err(error)
        }
    }
}

/// The report of a cell as JSON, on `model` where that is the cell's.
async fn report(
    model: &mut Model,
    (definition, cell): (&Definition, &Cell),
    place: (DeviceChoice, Solver),
    inputs: Folders<'_>,
    bars: &mut ProgressBars,
) -> Result<String> {
    let result = match opened(model, (definition, cell), place, bars).await {
        Ok(opened) => run_cell(definition, cell, opened, inputs, bars).await,
        Err(error) => Err(error),
    };
    bars.finish();
    result
}

/// The cell's model, opened where the cell before had another.
async fn opened<'a>(
    model: &'a mut Model,
    (definition, cell): (&Definition, &Cell),
    (device, solver): (DeviceChoice, Solver),
    bars: &mut ProgressBars,
) -> Result<&'a mut Unedited> {
    let same = match model {
        Model::Open(name, _) | Model::Failed(name, ..) => *name == cell.model,
        Model::None => false,
    };
    if !same {
        *model = Model::None;
        let source: ModelSource = cell.model.parse()?;
        let unedited = async {
            let mut opened = open(&source, device, bars).await?;
            opened.session.set_solver(solver);
            let xtreme = downstream(definition, &opened, bars).await?;
            Ok::<_, Error>(Unedited { opened, xtreme })
        };
        *model = match unedited.await {
            Ok(unedited) => Model::Open(cell.model.clone(), Box::new(unedited)),
            Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
            Err(error) => Model::Failed(cell.model.clone(), error.kind(), error.to_string()),
        };
    }
    match model {
        Model::Open(_, unedited) => Ok(unedited),
        Model::Failed(_, kind, message) => Err(Error::new(*kind, message.clone())),
        Model::None => Err(Error::new(ErrorKind::Checkpoint, "no model is open")),
    }
}

/// The report of one cell as JSON.
async fn run_cell(
    definition: &Definition,
    cell: &Cell,
    Unedited { opened, xtreme }: &mut Unedited,
    inputs: Folders<'_>,
    bars: &mut ProgressBars,
) -> Result<String> {
    let (recipe, selection, data) = recipe(definition, cell, opened)?;
    let sweep = match (&cell.merge, &definition.merging) {
        (Some(merge), Some(merging)) => merging.variants(merge),
        _ => Vec::new(),
    };
    let recall = RecallArgs { recall: definition.recall }.input()?;
    let input = RunInput {
        sweep,
        recall,
        data: Some(data),
        warnings: Warning::of(&selection),
        skipped: selection.skipped,
        ..RunInput::new(recipe)
    };
    let cuts = cell.method.spec().cuts(&input.recipe.resolve(opened.session.config())?);
    let inputs = if cuts { inputs } else { Folders { projectors: &[], ..inputs } };
    let Performed { report, saved } = perform(opened, input, inputs, bars).await?;
    saved?;
    let after = downstream(definition, opened, bars).await?;
    let xtreme = xtreme.clone().zip(after).map(|(before, after)| Downstream { before, after });
    cell_document(&report, xtreme.as_ref(), &fingerprint_of(definition))
}

/// The downstream tasks of the experiment, on the model as it is now.
async fn downstream(definition: &Definition, opened: &Opened, bars: &mut ProgressBars) -> Result<Option<XtremeReport>> {
    let Some(asked) = &definition.xtreme else { return Ok(None) };
    let (folder, model) = (Path::new(&asked.folder), &opened.source);
    let plan = Plan { folder, tasks: &asked.tasks, languages: &definition.languages, examples: asked.examples, model };
    measure(&opened.session, &plan, bars).await.map(Some)
}

/// What the cell means. A language alone has the facts that it has among the others.
fn recipe(definition: &Definition, cell: &Cell, opened: &Opened) -> Result<(Recipe, Selection, DataReport)> {
    let data: DataSource = definition.data.parse()?;
    let (mut selection, origin) = data.select(&definition.languages, definition.facts, Draw::First, cell.seed)?;
    if let Some(language) = &cell.language {
        let at = selection.languages.iter().position(|code| code == language);
        selection.facts = at.and_then(|at| selection.facts.get(at).cloned()).into_iter().collect();
        selection.languages = vec![language.clone()];
    }
    let composition = Composition {
        model: opened.reference.clone(),
        method: cell.method,
        mode: definition.mode,
        settings: definition.settings.clone(),
        merge: cell.merge,
        seed: cell.seed,
        order: cell.order.unwrap_or(Order::ByLanguage),
        batch: if cell.merge.is_some() { definition.facts } else { definition.batch },
        templates: None,
    };
    let recipe = composition.compose(&selection, Some(opened.session.config()))?;
    Ok((recipe, selection, origin))
}

/// `42 s`, `12 min`, `3 h 20 min`.
fn duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    match minutes {
        0..=1 => format!("{seconds:.0} s"),
        2..120 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}
