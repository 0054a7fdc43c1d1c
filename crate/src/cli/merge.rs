//! `langedit merge`: one edit per language from the unedited weights, merged, and the same edits merged in many ways.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{EditingArgs, FactsArgs, OutcomeArgs, check_output, choice, write_text};
use super::edit::EditArgs;
use super::open::open;
use super::progress::ProgressBars;
use super::run_recipe::perform;
use super::summary::write_report;
use super::sweep;
use crate::edit::{MergeMethod, MergeSettings, Method};
use crate::facts::Order;
use crate::recipe::{Composition, RunInput};
use crate::{Result, ensure};

/// Arguments of `langedit merge`.
#[derive(Clone, Debug, Args)]
#[command(
    mut_arg("languages", |arg| arg.help("Languages, each edited alone")),
    mut_arg("save", |arg| arg.help("Save the merged model here")),
    mut_arg("dump", |arg| arg.help("Write targets, keys and the merged weight changes here"))
)]
#[command(after_help = "Examples:
  langedit merge --model builtin --data builtin --languages en,de,zh --facts 10 --merge tsvm --rank-ratio 0.5 --report report.json
  langedit merge --model Llama-3.1-8B-Instruct --data mzsre.json --facts 700 --method alphaedit --merge sum --shared-covariance \\
                 --sweep-scale 0.2,0.4,0.6,0.8,1,1.2,1.4 --sweep-rank 0.1,0.5,1 --sweep-csv sweep.csv --sweep-svg sweep.svg --device cuda

Every language's facts are edited alone, from the unedited weights, and the edits are merged: W = W0 + scale * merge(edits).
--shared-covariance is our reading of arXiv 2605.13919, whose public text gives no formula: every language's solve has the keys of all
languages in its inverse, so that at one layer the sum is the solve for all facts at once.")]
pub struct MergeEditsArgs {
    /// What is edited, and into what.
    #[command(flatten)]
    pub of: FactsArgs,
    /// Method of the separate edits, one whose edits can be merged
    #[arg(long, value_name = "METHOD", default_value = "memit", value_parser = choice::merging_method())]
    pub method: Method,
    /// How the edits become one
    #[arg(long, value_name = "MERGE", default_value = "sum", value_parser = choice::any::<MergeMethod>())]
    pub merge: MergeMethod,
    /// Solve each language with the keys of all languages in the inverse
    #[arg(long)]
    pub shared_covariance: bool,
    /// Multiply the merged change by this
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub scale: f64,
    /// Share of each edit's singular triples that is merged
    #[arg(long, value_name = "R", default_value_t = 1.0)]
    pub rank_ratio: f64,
    /// Share of each edit's entries that ties and dare keep [default: 0.2 for ties, 0.5 for dare]
    #[arg(long, value_name = "D")]
    pub density: Option<f64>,
    /// Measure the same edits merged with each of these scales
    #[arg(long, value_name = "X,X,...", value_delimiter = ',')]
    pub sweep_scale: Vec<f64>,
    /// Measure the same edits merged with each of these rank ratios
    #[arg(long, value_name = "R,R,...", value_delimiter = ',')]
    pub sweep_rank: Vec<f64>,
    /// Write the sweep's table here
    #[arg(long, value_name = "FILE.csv")]
    pub sweep_csv: Option<PathBuf>,
    /// Write the sweep's curves here
    #[arg(long, value_name = "FILE.svg")]
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
        self.variants().iter().try_for_each(MergeSettings::check)?;
        for (path, what) in [(&self.sweep_csv, "table of the sweep"), (&self.sweep_svg, "curves of the sweep")] {
            let Some(path) = path else { continue };
            ensure!(!self.variants().is_empty(), Usage, "there is no sweep to write: give --sweep-scale or --sweep-rank");
            check_output(path, what)?;
        }
        Ok(())
    }

    /// How the edits are merged.
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
            batch: self.of.facts,
            order: Order::ByLanguage,
            method: self.method,
            editing: self.editing.clone(),
            resume: None,
            outcome: self.outcome.clone(),
        }
    }
}

pub(super) fn execute(args: &MergeEditsArgs) -> Result<()> {
    args.check()?;
    let mut bars = ProgressBars::new(args.outcome.output.quiet);
    bars.listen_for_interrupts()?;
    pollster::block_on(merge(args, &mut bars))
}

async fn merge(args: &MergeEditsArgs, bars: &mut ProgressBars) -> Result<()> {
    let edit = args.as_edit();
    let selection = edit.selection()?;
    let mut opened = open(&args.of.model, args.editing.device.choice, bars).await?;
    let composition = Composition { merge: Some(args.merge_settings()), ..edit.composition(opened.reference.clone())? };
    let recipe = composition.compose(&selection, Some(opened.session.config()))?;
    let input =
        RunInput { sweep: args.variants(), recall: args.outcome.recall.input()?, skipped: selection.skipped, ..RunInput::new(recipe) };
    let report = perform(&mut opened, input, edit.folders(), bars).await?;
    if let Some(path) = &args.sweep_csv {
        write_text(path, &sweep::csv(&report.sweep))?;
    }
    if let Some(path) = &args.sweep_svg {
        write_text(path, &sweep::svg(&report.method_label(), &report.sweep))?;
    }
    write_report(&args.outcome.output, &report, None)
}
