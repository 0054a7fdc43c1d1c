//! One run of an experiment.

use crate::edit::{MergeSettings, Method};
use crate::facts::Order;

/// One run: a model, a method, an order or a merge, a seed, all languages or one.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Names its files: no two cells of an experiment share it.
    pub id: String,
    /// As in `--model`.
    pub model: String,
    /// The method; of the separate edits if they are merged.
    pub method: Method,
    /// How separate edits are merged, if they are.
    pub merge: Option<MergeSettings>,
    /// Order of the steps; `None` if it makes no difference.
    pub order: Option<Order>,
    /// Seed.
    pub seed: u64,
    /// The one language whose facts are edited; `None` for all of them.
    pub language: Option<String>,
}

impl Cell {
    /// The cell with an id made of everything that tells it from the others.
    pub fn new(
        model: &str,
        method: Method,
        merge: Option<MergeSettings>,
        order: Option<Order>,
        seed: u64,
        language: Option<&String>,
    ) -> Self {
        let what = merge.map_or_else(|| method.to_string(), |merge| merge_name(&merge, method));
        let how = match (order, language) {
            (Some(Order::RoundRobin), _) => "round-robin",
            (Some(Order::ByLanguage), _) => "by-language",
            (Some(Order::Mixed), _) => "mixed",
            (None, Some(_)) => "alone",
            (None, None) => "merged",
        };
        let language_part = language.map_or_else(String::new, |code| format!(".{code}"));
        let id = format!("{}.{what}.{how}.seed{seed}{language_part}", slug(model));
        Self { id, model: model.to_owned(), method, merge, order, seed, language: language.cloned() }
    }
}

/// The method and merge, with the numbers that are not the merge's defaults: `memit+tsvm+shared-x1.2-r0.5`.
pub(in crate::cli) fn merge_name(merge: &MergeSettings, base: Method) -> String {
    let defaults = MergeSettings::new(merge.method);
    let mut name = merge.label(base);
    for (letter, value, default) in
        [('x', merge.scale, defaults.scale), ('r', merge.rank_ratio, defaults.rank_ratio), ('d', merge.density, defaults.density)]
    {
        if value != default {
            name += &format!("-{letter}{value}");
        }
    }
    name
}

/// The last part of a path in lower case, with hyphens for what is not a letter or a digit.
pub(super) fn slug(text: &str) -> String {
    let last = text.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or(text);
    let hyphened: String = last.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    hyphened.trim_matches('-').to_owned()
}
