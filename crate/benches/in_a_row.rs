//! Single edits of the embedded model one after the other, as a person makes them on the page, and what it costs to go back.
//!
//! `cargo bench --bench in_a_row`; `-- 12` makes twelve edits, `-- 40 end` asks the questions after each. Beside the seconds it counts the
//! steps that were made and the questions that were asked, which do not depend on the machine.
#![allow(clippy::print_stdout, reason = "the numbers are what it is run for")]

use std::collections::BTreeMap;
use std::time::Instant;

use burn::tensor::Device;
use langedit::Result;
use langedit::checkpoint::{builtin_statistics, open_builtin};
use langedit::edit::{Method, Statistics};
use langedit::facts::{Catalogue, Order};
use langedit::linalg::Update;
use langedit::recipe::{Activity, Evaluation, ModelRef, Observer, Recipe, Report, RunInput, Session, StepRecord};

#[derive(Default)]
struct Count {
    asked: usize,
    made: usize,
}

impl Observer for Count {
    fn progress(&mut self, activity: Activity, _: usize, _: usize, done: usize, total: usize) {
        if matches!(activity, Activity::Evaluate | Activity::EvaluateBefore) && done == total {
            self.asked += total;
        }
    }

    fn step(&mut self, _: &StepRecord, _: &BTreeMap<usize, Update>) -> Result<()> {
        self.made += 1;
        Ok(())
    }
}

/// The recipe of the first `edits` facts, one a step.
fn recipe(all: &Recipe, edits: usize) -> Recipe {
    Recipe { facts: all.facts[..edits].to_vec(), steps: all.steps[..edits].to_vec(), ..all.clone() }
}

fn measured(session: &mut Session, statistics: &Statistics, evaluation: Evaluation, recipe: Recipe) -> Result<(Report, Count, f64)> {
    let (edits, mut count, started) = (recipe.facts.len(), Count::default(), Instant::now());
    let input = RunInput { evaluation, statistics: Some(statistics.clone().into()), ..RunInput::new(recipe) };
    let report = pollster::block_on(session.run(input, &mut count))?;
    let seconds = started.elapsed().as_secs_f64();
    let timing = &report.timing;
    println!(
        "{edits:>4} edits {seconds:7.3} s: made {} asked {:>5}   targets {:.3}  solve {:.3}  figures {:.3}  evaluate {:.3}  rest {:.3}",
        count.made,
        count.asked,
        timing.target_seconds,
        timing.solve_seconds,
        timing.figure_seconds,
        timing.evaluate_seconds,
        timing.copy_seconds
    );
    Ok((report, count, seconds))
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let edits: usize = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(40);
    let evaluation = arguments.iter().find_map(|word| word.parse().ok().filter(|_| !word.starts_with(char::is_numeric)));
    let evaluation = evaluation.unwrap_or(Evaluation::Nothing);
    let checkpoint = open_builtin()?;
    let mut session = Session::open(&checkpoint, &Device::flex(), "cpu", |_, _| ())?;
    let statistics = Statistics::from_bytes(builtin_statistics()?)?;
    let languages = ["en", "de", "nl", "fr", "es", "zh"].map(str::to_owned);
    let selection = Catalogue::builtin()?.select(&languages, edits.div_ceil(languages.len()), 0)?;
    let mut all = Recipe::new(ModelRef { name: "builtin".to_owned(), sha256: None }, Method::LangEdit, 0);
    all.schedule(&selection, 1, Order::RoundRobin)?;

    let mut run = |edits| measured(&mut session, &statistics, evaluation, recipe(&all, edits));
    let mut seconds = Vec::new();
    for edits in 1..=edits {
        let (_, count, spent) = run(edits)?;
        assert_eq!(count.made, 1, "an edit makes one step");
        seconds.push(spent);
    }
    println!("back, and forward again:");
    for edits in [edits - 1, edits, edits / 2, edits] {
        let (report, count, _) = run(edits)?;
        assert_eq!((count.made, count.asked, report.steps.len()), (0, 0, edits), "what was there is there");
    }
    if let (Some(first), Some(last)) = (seconds.first(), seconds.last()) {
        println!("the last edit took {:.2} times as long as the first", last / first);
    }
    Ok(())
}
