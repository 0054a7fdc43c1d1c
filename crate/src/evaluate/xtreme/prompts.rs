//! Few-shot prompts: solved items, then the item that is asked.

use super::entities::KINDS;
use super::{Item, POOL, Task, Wording};

/// Whether a prompt repeats what LangEdit's code writes, or avoids its defects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Character for character as LangEdit's code does, slips included: on the asked XNLI item alone a quotation mark before the cue; in MLQA's
    /// English shots a space before a colon; in WikiANN's shots outside of English a backslash for a newline; shots chosen by
    /// [`Style::Corrected`]'s rules less well.
    Published,
    /// The same words but for their slips ([`Wording::corrected`]), shots and question laid out alike; as many different shots as are asked for.
    Corrected,
}

/// The prompts of one task in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompts {
    style: Style,
    task: Task,
    wording: Wording,
    /// Places in the pool, in the order in which they are shown.
    places: Vec<usize>,
    /// Solved items, in that order.
    shots: Vec<String>,
}

impl Prompts {
    /// Prompts with shots from the first [`POOL`] of `items`, in the published `wording`.
    ///
    /// [`Style::Published`]: for any `asked` above 0 the first "no" and the first "yes" (XNLI, PAWS-X), the first item (MLQA), the first items
    /// whose label has the letters ORG, PER and LOC anywhere, the same item up to three times (WikiANN). [`Style::Corrected`]: `asked` different
    /// items, "no" and "yes" in turn; the first ones; those with a line of the kind ORG, PER and LOC in turn. A class or kind that the
    /// pool lacks gives no shot.
    pub fn new(style: Style, task: Task, wording: Wording, items: &[Item], asked: usize) -> Self {
        let pool = items.get(..POOL.min(items.len())).unwrap_or_default();
        let wording = match style {
            Style::Published => wording,
            Style::Corrected => wording.corrected(),
        };
        let places = match (style, asked) {
            (_, 0) => Vec::new(),
            (Style::Published, _) => published_shots(task, pool),
            (Style::Corrected, _) => corrected_shots(task, pool, asked),
        };
        let mut prompts = Self { style, task, wording, places, shots: Vec::new() };
        prompts.shots = prompts.places.iter().filter_map(|&place| pool.get(place)).map(|item| prompts.solved(item)).collect();
        prompts
    }

    /// The solved items, each with what separates it from the next.
    pub fn shots(&self) -> &[String] {
        &self.shots
    }

    /// Where the shots are in the file.
    pub fn places(&self) -> &[usize] {
        &self.places
    }

    /// The style.
    pub fn style(&self) -> Style {
        self.style
    }

    /// The words.
    pub fn wording(&self) -> &Wording {
        &self.wording
    }

    /// The whole prompt for `item` with the first `shots` shots; the model goes on behind the answer cue.
    pub fn prompt(&self, item: &Item, shots: usize) -> String {
        self.shots.iter().take(shots).map(String::as_str).chain([self.question(item).as_str()]).collect()
    }

    /// What is asked of `item`, without shots.
    pub fn question(&self, item: &Item) -> String {
        let Wording { instruction, first: name, second, cue, .. } = &self.wording;
        match item {
            Item::Pair { first, second, .. } if self.task == Task::Xnli => {
                let mark = if self.style == Style::Published { " \"" } else { "" };
                format!("{first} {name} {second}{mark} {cue}")
            }
            Item::Pair { first, second, .. } => format!("{instruction}\n{name} 1: {first}\n{name} 2: {second}\n{cue}"),
            Item::Question { context, question, .. } => format!("{instruction}\n{name}: {context}\n{second}: {question}\n{cue}"),
            Item::Entities { text, .. } => format!("{instruction}\n{name}: {text}\n{cue}"),
        }
    }

    fn solved(&self, item: &Item) -> String {
        let Wording { language, instruction, first: name, second, cue, .. } = &self.wording;
        let answer = match item {
            Item::Pair { yes, .. } => self.wording.word(*yes),
            Item::Question { answer, .. } => answer,
            // Its last line ends in a newline of its own: an empty line follows.
            Item::Entities { label, .. } => label,
        };
        let block = match item {
            _ if self.style == Style::Corrected => self.question(item),
            Item::Pair { first, second, .. } if self.task == Task::Xnli => format!("{first} {name} {second} {cue}"),
            Item::Question { context, question, .. } if *language == "en" => {
                format!("{instruction}\n{name} : {context}\n{second}: {question}\n{cue}")
            }
            Item::Entities { text, .. } if *language != "en" => format!("{instruction}\n{name}: {text}\\{cue}"),
            _ => self.question(item),
        };
        format!("{block} {answer}\n")
    }
}

fn published_shots(task: Task, pool: &[Item]) -> Vec<usize> {
    let first = |wanted: &dyn Fn(&Item) -> bool| pool.iter().position(wanted);
    let labelled = |wanted: &str| first(&|item| matches!(item, Item::Pair { label, .. } if label == wanted));
    let found = match task {
        Task::Xnli => vec![labelled("not_entailment"), labelled("entailment")],
        Task::Pawsx => vec![labelled("0"), labelled("1")],
        Task::Mlqa => vec![first(&|_| true)],
        Task::Wikiann => {
            ["ORG", "PER", "LOC"].map(|kind| first(&|item| matches!(item, Item::Entities { label, .. } if label.contains(kind)))).to_vec()
        }
    };
    found.into_iter().flatten().collect()
}

fn corrected_shots(task: Task, pool: &[Item], asked: usize) -> Vec<usize> {
    /// A class of items: whether one is in it.
    type Class = fn(&Item) -> bool;
    const NO: Class = |item| matches!(item, Item::Pair { yes: false, .. });
    const YES: Class = |item| matches!(item, Item::Pair { yes: true, .. });
    let classes: &[Class] = match task {
        Task::Xnli | Task::Pawsx => &[NO, YES],
        Task::Mlqa => &[|_| true],
        Task::Wikiann => &[|item| has_line(item, 2), |item| has_line(item, 0), |item| has_line(item, 1)],
    };
    let mut places = Vec::new();
    // A round finds one item a class at most; a round that finds none ends it.
    while places.len() < asked {
        let before = places.len();
        for class in classes {
            let next = pool.iter().enumerate().position(|(place, item)| class(item) && !places.contains(&place));
            places.extend(next.filter(|_| places.len() < asked));
        }
        if places.len() == before {
            break;
        }
    }
    places
}

/// Whether the label has a line of this kind.
fn has_line(item: &Item, kind: usize) -> bool {
    let begins = |line: &str| line.strip_prefix(KINDS[kind]).is_some_and(|rest| rest.starts_with(':'));
    matches!(item, Item::Entities { label, .. } if label.lines().any(begins))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn pair(first: &str, yes: bool) -> Item {
        let label = if yes { "entailment" } else { "not_entailment" };
        Item::Pair { first: first.to_owned(), second: "B.".to_owned(), yes, label: label.to_owned() }
    }

    fn entities(label: &str) -> Item {
        Item::Entities { text: "a b".to_owned(), label: label.to_owned() }
    }

    fn prompts(style: Style, task: Task, language: &str, items: &[Item], asked: usize) -> Prompts {
        Prompts::new(style, task, Wording::published(task, language).unwrap(), items, asked)
    }

    #[test]
    fn a_corrected_prompt_lays_out_its_question_as_its_shots() {
        let mut items = vec![pair("A.", true); POOL];
        items[4] = pair("C.", false);
        items.push(pair("D.", false));
        let published = prompts(Style::Published, Task::Xnli, "en", &items, 2);
        assert_eq!(
            published.prompt(&items[POOL], 2),
            "C. entails the B. Yes or No? Answer: No\nA. entails the B. Yes or No? Answer: Yes\nD. entails the B. \" Yes or No? Answer:"
        );
        let corrected = prompts(Style::Corrected, Task::Xnli, "en", &items, 2);
        assert_eq!(corrected.prompt(&items[POOL], 2), published.prompt(&items[POOL], 2).replace(" \"", ""));
        assert_eq!(corrected.prompt(&items[POOL], 0), "D. entails the B. Yes or No? Answer:");
        // Only the pool is looked at; further shots are further items, a class that is used up gives no more.
        assert_eq!(prompts(Style::Corrected, Task::Xnli, "de", &vec![pair("A.", true); POOL], 2).places(), [0, 1]);
        assert_eq!(prompts(Style::Published, Task::Xnli, "de", &vec![pair("A.", true); POOL], 2).places(), [0]);
        assert_eq!(prompts(Style::Corrected, Task::Xnli, "de", &items, 5).places(), [4, 0, 1, 2, 3]);
    }

    #[test]
    fn a_shot_is_shown_once_for_the_kind_of_a_line() {
        let items = [entities("ORG: SUPERB\nLOC: b\n"), entities("LOC: LOCARNO\n"), entities("PER: b\n")];
        assert_eq!(prompts(Style::Published, Task::Wikiann, "en", &items, 3).places(), [0, 0, 0]);
        let corrected = prompts(Style::Corrected, Task::Wikiann, "fr", &items, 3);
        assert_eq!(corrected.places(), [0, 2, 1]);
        assert!(corrected.prompt(&items[2], 1).contains("\nTexte: a b\nRéponse: ORG: SUPERB\nLOC: b\n\nExtraire "));
    }
}
