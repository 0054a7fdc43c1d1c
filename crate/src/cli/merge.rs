//! `langedit merge`: one edit per language from the unedited weights, merged, and the same edits merged in many ways.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{EditingArgs, FactsArgs, OutcomeArgs, check_output, choice, write_text};
use super::edit::EditArgs;
use super::open::open;
use super::progress::ProgressBars;
use super::run_recipe::{Performed, perform};
use super::summary::write_report;
use super::sweep;
use crate::edit::{MergeMethod, MergeSettings, Method};
use crate::facts::Order;
use crate::recipe::{Composition, RunInput, Warning};
use crate::{Result, ensure};

/// Arguments of `langedit merge`.
#[derive(Clone, Debug, Args)]
#[command(
    mut_arg("languages", |arg| arg.help("Languages, each edited alone")),
    // LangEdit alone has modes, and its edits cannot be merged.
    mut_arg("mode", |arg| arg.hide(true)),
    mut_arg("save", |arg| arg.help("Save the merged model in this folder")),
    mut_arg("dump", |arg| arg.help("Write targets, keys and the merged weight changes to this folder"))
)]
#[command(after_help = "Examples:
  langedit merge --model builtin --data builtin --facts 10 --merge tsvm --sweep-scale 0.6,1,1.4")]
pub struct MergeEditsArgs {
    /// The facts and the model.
    #[command(flatten)]
    pub of: FactsArgs,
    /// Method of the edits
    #[arg(long, value_name = "METHOD", default_value = "memit", value_parser = choice::merging_method())]
    pub method: Method,
    /// The merge
    #[arg(long, value_name = "MERGE", default_value = "sum", value_parser = choice::any::<MergeMethod>())]
    pub merge: MergeMethod,
    /// All languages' keys in each one's inverse (our reading, see the guide)
    #[arg(long)]
    pub shared_covariance: bool,
    /// Multiply the merged change by this
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub scale: f64,
    /// Share of each edit's singular triples to merge
    #[arg(long, value_name = "R", default_value_t = 1.0)]
    pub rank_ratio: f64,
    /// Share of entries that ties and dare keep [default: ties 0.2, dare 0.5]
    #[arg(long, value_name = "D")]
    pub density: Option<f64>,
    /// Also measure the edits merged at each of these scales
    #[arg(long, value_name = "X,X,...", value_delimiter = ',', help_heading = "Advanced")]
    pub sweep_scale: Vec<f64>,
    /// Also measure them merged at each of these rank ratios
    #[arg(long, value_name = "R,R,...", value_delimiter = ',', help_heading = "Advanced")]
    pub sweep_rank: Vec<f64>,
    /// Write the sweep's numbers to this file
    #[arg(long, value_name = "FILE.csv", help_heading = "Advanced")]
    pub sweep_csv: Option<PathBuf>,
    /// Draw the sweep's curves in this file
    #[arg(long, value_name = "FILE.svg", help_heading = "Advanced")]
    pub sweep_svg: Option<PathBuf>,
    /// How the edits are computed, beyond the method.
    #[command(flatten)]
    pub editing: EditingArgs,
    /// What is kept of the run.
    #[command(flatten)]
    pub outcome: OutcomeArgs,
}

impl MergeEditsArgs {
    /// Checks everything that needs no model.
    ///
    /// # Errors
    /// `Usage`: contradicting flags or a setting that is out of range. `Io`: an input that is not there or an output that cannot be written.
    pub fn check(&self) -> Result<()> {
        self.as_edit().check()?;
        self.merge_settings().check()?;
        self.merge_settings().check_read()?;
        self.variants().iter().try_for_each(MergeSettings::check)?;
        for (path, what) in [(&self.sweep_csv, "sweep's numbers"), (&self.sweep_svg, "sweep's curves")] {
            let Some(path) = path else { continue };
            ensure!(!self.variants().is_empty(), Usage, "there is no sweep to write: add --sweep-scale or --sweep-rank");
            check_output(path, what)?;
        }
        Ok(())
    }

    /// The merge.
    pub fn merge_settings(&self) -> MergeSettings {
        let defaults = MergeSettings::new(self.merge);
        MergeSettings {
            shared_covariance: self.shared_covariance,
            scale: self.scale,
            rank_ratio: self.rank_ratio,
            density: self.density.unwrap_or(defaults.density),
            ..defaults
        }
    }

    /// The merges of the sweep: every scale with every rank ratio; an axis that is not swept has the one value of the merge itself.
    pub fn variants(&self) -> Vec<MergeSettings> {
        if self.sweep_scale.is_empty() && self.sweep_rank.is_empty() {
            return Vec::new();
        }
        let settings = self.merge_settings();
        let or = |list: &[f64], value: f64| if list.is_empty() { vec![value] } else { list.to_vec() };
        let scales = or(&self.sweep_scale, self.scale);
        or(&self.sweep_rank, self.rank_ratio)
            .into_iter()
            .flat_map(|rank_ratio| scales.iter().map(move |&scale| MergeSettings { scale, rank_ratio, ..settings }))
            .collect()
    }

    /// What the same facts would be edited with in one stream: all of a language in one step.
    fn as_edit(&self) -> EditArgs {
        EditArgs {
            of: self.of.clone(),
            batch: self.of.per_language(),
            order: Order::ByLanguage,
            method: Some(self.method),
            editing: self.editing.clone(),
            resume: None,
            outcome: self.outcome.clone(),
        }
    }
}

pub(super) fn execute(args: &MergeEditsArgs) -> Result<()> {
    args.check()?;
    let mut bars = ProgressBars::new(args.outcome.output.print.quiet);
    bars.listen_for_interrupts()?;
    pollster::block_on(merge(args, &mut bars))
}

async fn merge(args: &MergeEditsArgs, bars: &mut ProgressBars) -> Result<()> {
    let edit = args.as_edit();
    let (selection, data) = edit.selection()?;
    let mut opened = open(&args.of.model, args.editing.device.choice, bars).await?;
    opened.session.set_solver(args.editing.solver.beside(args.editing.device)?);
    args.editing.settings.hparams()?.check_model(opened.session.config())?;
    let composition = Composition { merge: Some(args.merge_settings()), ..edit.composition(opened.reference.clone())? };
    let recipe = composition.compose(&selection, Some(opened.session.config()))?;
    let input = RunInput {
        sweep: args.variants(),
        evaluation: args.outcome.evaluate_every,
        recall: args.outcome.recall.input()?,
        data: Some(data),
        warnings: Warning::of(&selection).into_iter().chain(args.editing.settings.unread(args.method)?).collect(),
        skipped: selection.skipped,
        strict: args.outcome.strict,
        ..RunInput::new(recipe)
    };
    let Performed { report, saved } = perform(&mut opened, input, edit.folders(), bars).await?;
    let csv = args.sweep_csv.as_ref().map_or(Ok(()), |path| write_text(path, &sweep::csv(&report.sweep)));
    let svg = args.sweep_svg.as_ref().map_or(Ok(()), |path| write_text(path, &sweep::svg(&report.method_label(), &report.sweep)));
    write_report(&args.outcome, &report, None, [saved, csv, svg])
}
