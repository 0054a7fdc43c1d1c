//! What the page's first view shows before a model is there, `static/stage`: written by `UPDATE_STAGE=1 cargo test --release -p langedit
//! --test stage_records`, which runs ten rounds of the load, and otherwise compared.
#![allow(clippy::unwrap_used, reason = "a test without its files should stop")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use burn::tensor::Device;
use langedit::checkpoint::{BUILTIN, builtin_known, builtin_statistics, open_builtin};
use langedit::edit::{Method, Projection, Statistics};
use langedit::evaluate::{Answered, answers};
use langedit::facts::{Catalogue, KnownFact, KnownScope, LOAD_FACTS, Order, OtherObject, Probe};
use langedit::recipe::{ModelRef, Recipe, Report, RunInput, Session, Unobserved};
use langedit::train::KnownAnswers;
use miniz_oxide::deflate::compress_to_vec;
use serde::{Deserialize, Serialize};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../static/stage");
/// The fact that the page opens with.
const FACT: &str = "capital/FR";
/// Other objects in the opening, at most.
const OTHERS: usize = 12;
/// Known facts in each language.
const EACH: usize = 20;
/// Rounds of the load on record.
const ROUNDS: usize = 5;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::builtin().unwrap());
static KNOWN: LazyLock<KnownAnswers> = LazyLock::new(|| serde_json::from_slice(builtin_known().unwrap()).unwrap());

/// `opening.json`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Opening {
    fact: String,
    languages: Vec<OpeningLanguage>,
    known: Vec<OpeningKnown>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct OpeningLanguage {
    language: String,
    prompt: String,
    subject: String,
    object: String,
    percent: u8,
    others: Vec<OtherObject>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct OpeningKnown {
    #[serde(flatten)]
    fact: KnownFact,
    percent: u8,
}

/// `load.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Load {
    /// SHA-256 of the model.
    model: String,
    fact: String,
    batch: usize,
    order: Order,
    /// By projection, round after round.
    positions: BTreeMap<String, Vec<Round>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Round {
    /// Facts edited in by then.
    edits: usize,
    /// Languages of the round's steps.
    steps: Vec<String>,
    /// The fact's answers, in the order of the opening's languages.
    fact: Vec<Answer>,
    /// Those of the opening's known facts.
    known: Vec<Answer>,
    /// Of the round's last step, by layer.
    null_dimension: BTreeMap<usize, usize>,
    parts: BTreeMap<usize, Parts>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Answer {
    kept: bool,
    percent: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Parts {
    total: f64,
    removed: f64,
    surviving: f64,
}

/// Probability of the embedded model's answer, in percent, and whether that is the catalogue's.
fn recorded(id: &str, language: &str) -> (u8, bool) {
    let place = KNOWN.languages.iter().position(|code| code == language).unwrap();
    let index = KNOWN.facts.iter().position(|fact| fact == id).unwrap();
    (KNOWN.percent[place][index], KNOWN.wrong[place][index].is_none())
}

fn opening() -> Opening {
    let languages = CATALOGUE.in_languages(FACT, OTHERS).unwrap().into_iter().map(|fact| OpeningLanguage {
        percent: recorded(FACT, &fact.language).0,
        language: fact.language,
        prompt: fact.prompt,
        subject: fact.subject,
        object: fact.object,
        others: fact.others,
    });
    let unknown = |language: &String| {
        let ids = KNOWN.facts.iter().filter(|id| !recorded(id, language).1).cloned().collect();
        (language.clone(), ids)
    };
    let unknown = CATALOGUE.languages.iter().map(unknown).collect();
    let known = CATALOGUE.known_facts(&KnownScope { fact: FACT.to_owned(), each: EACH, avoid: Vec::new(), unknown }).unwrap();
    let known = known.into_iter().map(|fact| OpeningKnown { percent: recorded(&fact.id, &fact.language).0, fact });
    Opening { fact: FACT.to_owned(), languages: languages.collect(), known: known.collect() }
}

/// A model with the load on it.
struct Loaded {
    session: Session,
    recipe: Recipe,
    questions: Vec<Probe>,
}

impl Loaded {
    fn new(projection: Projection) -> Self {
        let session = Session::open(&open_builtin().unwrap(), &Device::flex(), "cpu", |_, _| ()).unwrap();
        let mut recipe = Recipe::new(ModelRef { name: BUILTIN.to_owned(), sha256: None }, Method::LangEdit, 0);
        recipe.projection = projection;
        let opening = opening();
        let of_fact = opening.languages.into_iter().map(|fact| Probe { prompt: fact.prompt, answer: fact.object });
        let of_known = opening.known.into_iter().map(|known| Probe { prompt: known.fact.prompt, answer: known.fact.object });
        Self { session, recipe, questions: of_fact.chain(of_known).collect() }
    }

    /// Puts a round on top, and asks.
    fn round(&mut self, round: usize) -> Round {
        self.recipe.extend(CATALOGUE.load(round, &[FACT.to_owned()]).unwrap(), LOAD_FACTS, Order::RoundRobin).unwrap();
        let statistics = Statistics::from_bytes(builtin_statistics().unwrap()).unwrap();
        let input = RunInput { statistics: Some(statistics.into()), ..RunInput::new(self.recipe.clone()) };
        let report = pollster::block_on(self.session.run(input, &mut Unobserved)).unwrap();
        let asked = answers(self.session.model(), self.session.tokenizer(), self.session.end_tokens(), &self.questions, |_, _| true);
        let mut all: Vec<Answer> = pollster::block_on(asked).unwrap().into_iter().map(Answer::from).collect();
        let known = all.split_off(CATALOGUE.languages.len());
        let layers = CATALOGUE.languages.len();
        let steps = report.steps.iter().skip(report.steps.len() - layers).map(|step| step.language.clone()).collect();
        let (null_dimension, parts) = last_step(&report);
        Round { edits: self.recipe.facts.len(), steps, fact: all, known, null_dimension, parts }
    }
}

impl From<Answered> for Answer {
    fn from(Answered { kept, percent, said, .. }: Answered) -> Self {
        Self { kept, percent: percent.round() as u8, said: (!kept).then_some(said) }
    }
}

fn last_step(report: &Report) -> (BTreeMap<usize, usize>, BTreeMap<usize, Parts>) {
    let step = report.steps.last().unwrap();
    let layers = step.figures.iter().flat_map(|figures| &figures.layers);
    let parts = layers.map(|(&layer, figures)| {
        let parts = &figures.parts;
        (layer, Parts { total: parts.total, removed: parts.removed, surviving: parts.surviving })
    });
    (step.null_dimension.iter().map(|(&layer, &dimension)| (layer, dimension)).collect(), parts.collect())
}

fn kept(answers: &[Answer]) -> f64 {
    100.0 * answers.iter().filter(|answer| answer.kept).count() as f64 / answers.len() as f64
}

/// Writes the file where that is asked for; gives its text.
fn file<T: Serialize>(name: &str, make: impl FnOnce() -> T) -> String {
    let path = format!("{FOLDER}/{name}");
    if std::env::var_os("UPDATE_STAGE").is_some() {
        fs::write(&path, serde_json::to_string(&make()).unwrap() + "\n").unwrap();
    }
    fs::read_to_string(&path).unwrap()
}

fn compressed(text: &str) -> usize {
    compress_to_vec(text.as_bytes(), 9).len()
}

#[test]
fn the_opening_is_what_the_catalogue_and_the_record_give() {
    let text = file("opening.json", opening);
    assert_eq!(serde_json::from_str::<Opening>(&text).unwrap(), opening(), "write it again with UPDATE_STAGE=1");
    let opening = opening();
    assert_eq!((opening.languages.len(), opening.known.len()), (6, 120));
    assert!(opening.known.iter().all(|known| recorded(&known.fact.id, &known.fact.language).1));
    assert!(compressed(&text) <= 24 << 10, "{} bytes compressed", compressed(&text));
}

#[test]
fn the_load_is_what_the_embedded_model_gives() {
    let text = file("load.json", || {
        let mut positions = BTreeMap::new();
        for projection in [Projection::Exact, Projection::None] {
            let mut loaded = Loaded::new(projection);
            let rounds = (0..ROUNDS).map(|round| {
                let round = loaded.round(round);
                eprintln!("{projection}, {} edits: {:.1} % of the known kept, {:?}", round.edits, kept(&round.known), round.null_dimension);
                round
            });
            positions.insert(projection.to_string(), rounds.collect());
        }
        Load { model: open_builtin().unwrap().sha256, fact: FACT.to_owned(), batch: LOAD_FACTS, order: Order::RoundRobin, positions }
    });
    let load: Load = serde_json::from_str(&text).unwrap();
    assert_eq!((load.model, load.fact.as_str(), load.batch), (open_builtin().unwrap().sha256, FACT, LOAD_FACTS));
    for rounds in load.positions.values() {
        assert_eq!(rounds.iter().map(|round| round.edits).collect::<Vec<_>>(), [120, 240, 360, 480, 600]);
        assert!(rounds.iter().all(|round| (round.fact.len(), round.known.len(), round.steps.len()) == (6, 120, 6)));
    }
    let (with, without) = (&load.positions["exact"], &load.positions["none"]);
    assert!(with.iter().zip(without).all(|(with, without)| kept(&with.known) > kept(&without.known)));
    assert!(compressed(&text) <= 40 << 10, "{} bytes compressed", compressed(&text));

    // Another processor adds in another order: an answer on the edge may fall to the other side.
    let (recorded, again) = (&with[0], Loaded::new(Projection::Exact).round(0));
    assert_eq!((again.edits, &again.steps, &again.null_dimension), (recorded.edits, &recorded.steps, &recorded.null_dimension));
    for (layer, parts) in &again.parts {
        let on_record = &recorded.parts[layer];
        for (now, then) in [(parts.total, on_record.total), (parts.removed, on_record.removed), (parts.surviving, on_record.surviving)] {
            assert!((now - then).abs() <= 0.02 * then, "layer {layer}: {parts:?}, on record {on_record:?}");
        }
    }
    let answers = || again.fact.iter().chain(&again.known).zip(recorded.fact.iter().chain(&recorded.known));
    let far = answers().filter(|(now, then)| now.kept != then.kept || now.said != then.said || now.percent.abs_diff(then.percent) > 3);
    let far: Vec<_> = far.collect();
    assert!(far.len() <= 4, "{far:?}");
}
