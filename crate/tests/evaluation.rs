//! How much a run asks changes what its report says of accuracy, and nothing else.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod session_support;

use langedit::edit::{MergeMethod, MergeSettings, Method};
use langedit::recipe::{Activity, Digest, Evaluation, ModelRef, Observer, Recipe, Report, RunInput, Unobserved, Verdict};
use session_support::{facts, input, session, templates};

/// Six steps of a fact each, three in English and three in German.
fn recipe(method: Method) -> Recipe {
    let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, method, 0);
    for fact in facts() {
        recipe.push_step([fact]);
    }
    recipe.templates = Some(templates());
    for (name, value) in [("layers", "1-2"), ("v_lr", "0.5"), ("clamp_norm_factor", "50")] {
        recipe.settings.insert(name.into(), value.into());
    }
    if method == Method::LangEdit {
        for (name, value) in [("nullspace_threshold", "share:0.5"), ("edited_key_weight", "1")] {
            recipe.settings.insert(name.into(), value.into());
        }
    }
    recipe
}

/// Counts the steps after which something was asked, the time before the first as step 0.
#[derive(Default)]
struct Asked(Vec<usize>);

impl Observer for Asked {
    fn progress(&mut self, activity: Activity, step: usize, _: usize, done: usize, total: usize) {
        if matches!(activity, Activity::Evaluate | Activity::EvaluateBefore) && done == total {
            self.0.push(step);
        }
    }
}

/// The report of a fresh session, and the steps after which it asked.
fn run(recipe: &Recipe, evaluation: &str) -> (Report, Vec<usize>) {
    let mut asked = Asked::default();
    let input = RunInput { evaluation: evaluation.parse().unwrap(), ..input(recipe) };
    let report = pollster::block_on(session().run(input, &mut asked)).unwrap();
    (report, asked.0)
}

#[test]
fn rows_stay_with_their_steps() {
    let recipe = recipe(Method::LangEdit);
    let (whole, asked) = run(&recipe, "every");
    assert_eq!(asked, [0, 1, 2, 3, 4, 5, 6]);
    assert_ne!(whole.accuracy_matrix[0], whole.accuracy_matrix[5], "something was learnt");
    let losses = |report: &Report| report.steps.iter().map(|step| step.losses.clone()).collect::<Vec<_>>();
    for (evaluation, steps) in [("1", &[0, 1, 2, 3, 4, 5, 6][..]), ("4", &[0, 4, 6]), ("9", &[0, 6]), ("end", &[0, 6]), ("nothing", &[])] {
        let (report, asked) = run(&recipe, evaluation);
        assert_eq!(asked, steps, "{evaluation}");
        assert_eq!(losses(&report), losses(&whole), "{evaluation}");
        if evaluation == "nothing" {
            assert!(report.languages.is_empty() && report.accuracy_matrix.is_empty());
            assert_eq!(report.average, langedit::recipe::BeforeAfter::default());
            assert_eq!(Digest::of(&whole).verdict(&Digest::of(&report)), Verdict::Reproduced, "as far as it goes");
            continue;
        }
        assert_eq!((&report.languages, &report.average), (&whole.languages, &whole.average), "{evaluation}");
        for (index, (row, full)) in report.accuracy_matrix.iter().zip(&whole.accuracy_matrix).enumerate() {
            if steps.contains(&(index + 1)) {
                assert_eq!(row, full, "{evaluation}: step {}", index + 1);
            } else {
                assert!(row.is_empty(), "{evaluation}: step {}", index + 1);
            }
        }
        assert_eq!(report.accuracy_matrix.len(), 6);
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap().accuracy_matrix, report.accuracy_matrix);
    }
}

#[test]
fn a_merge_asks_no_more_than_is_wanted() {
    let mut recipe = recipe(Method::Memit);
    recipe.merge = Some(MergeSettings::new(MergeMethod::Sum));
    let (whole, asked) = run(&recipe, "every");
    assert_eq!(asked, [0, 1, 2, 3], "before, each of two languages alone, both together");
    let (end, asked) = run(&recipe, "end");
    assert_eq!(asked, [0, 3]);
    assert_eq!(end.languages, whole.languages);
    assert!(end.accuracy_matrix.len() == 2 && end.accuracy_matrix.iter().all(std::collections::BTreeMap::is_empty));
    let (nothing, asked) = run(&recipe, "nothing");
    assert!(asked.is_empty() && nothing.languages.is_empty());
    assert_eq!(nothing.merge, whole.merge);

    let sweep = vec![MergeSettings::new(MergeMethod::Sum)];
    let input = RunInput { evaluation: Evaluation::Nothing, sweep, ..input(&recipe) };
    let error = pollster::block_on(session().run(input, &mut Unobserved)).unwrap_err();
    assert!(error.message().contains("without evaluation"), "{error}");
}
