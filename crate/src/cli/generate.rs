//! `langedit generate`: a continuation.

use clap::Args;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::arguments::{Device, ModelSource};
use super::open::open;
use super::progress::ProgressBars;
use super::terminal::{note, print, print_json, print_piece};
use crate::facts::{Catalogue, Question, listed};
use crate::model::{Decoder, top_k};
use crate::text::{Tokenizer, sample_top_k};
use crate::{Result, ensure};

/// Likeliest first tokens that `--json` lists.
const CANDIDATES: usize = 10;

/// Arguments of `langedit generate`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  langedit generate --model builtin --prompt 'The capital of France is' --greedy --json")]
pub struct GenerateArgs {
    /// Model: builtin, a .gguf file, or a folder in Hugging Face layout
    #[arg(long, value_name = "M")]
    pub model: ModelSource,
    /// Text to continue
    #[arg(long, value_name = "TEXT")]
    pub prompt: String,
    /// Maximum number of tokens to generate
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub max_tokens: u32,
    /// Always take the likeliest token instead of sampling
    #[arg(long, conflicts_with_all = ["seed", "top_k"])]
    pub greedy: bool,
    /// Sample from this many likeliest tokens
    #[arg(long, value_name = "K", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub top_k: u32,
    /// Seed for sampling
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..1 << 53))]
    pub seed: u64,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Print the text, token ids and the ten likeliest first tokens as JSON
    #[arg(long)]
    pub json: bool,
}

impl GenerateArgs {
    /// Checks everything that needs no model.
    ///
    /// # Errors
    /// `Usage`: an empty prompt. `Io`: a model that is not there.
    pub fn check(&self) -> Result<()> {
        ensure!(!self.prompt.is_empty(), Usage, "--prompt: the text to continue is empty");
        self.model.check()
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Generated {
    /// The continuation, without the prompt.
    text: String,
    /// Its ids, an end token excluded.
    tokens: Vec<u32>,
    /// The ten likeliest first tokens.
    top: Vec<Candidate>,
    /// Ids of the prompt.
    prompt_tokens: Vec<u32>,
}

#[derive(Serialize)]
struct Candidate {
    id: u32,
    /// What it adds to the prompt; a control token's name.
    text: String,
    logit: f32,
}

pub(super) fn execute(args: &GenerateArgs) -> Result<()> {
    args.check()?;
    pollster::block_on(generate(args))
}

/// What to say about a prompt for the built-in model, which knows its catalogue and nothing else; `None` for a question that is in the
/// catalogue letter for letter.
fn understood(catalogue: &Catalogue, prompt: &str) -> Option<String> {
    match catalogue.question(prompt) {
        Question::Verbatim => None,
        Question::Meant { prompt } => Some(format!("the model was trained on this question as \"{prompt}\"")),
        Question::Absent => {
            Some("this model knows only the questions of its catalogue, and this is not one of them: its answer is a guess".to_owned())
        }
    }
}

/// A token behind `prompt`: what it adds to the text, or a control token's name.
fn candidate(tokenizer: &Tokenizer, prompt: &[u32], (id, logit): (u32, f32)) -> Result<Candidate> {
    let mut stream = tokenizer.stream(prompt);
    let text = match tokenizer.token_text(id).filter(|_| tokenizer.is_control(id)) {
        Some(name) => name,
        None => stream.push(id)? + &stream.finish()?,
    };
    Ok(Candidate { id, text, logit })
}

async fn generate(args: &GenerateArgs) -> Result<()> {
    let session = open(&args.model, args.device.choice, &ProgressBars::new(false)).await?.session;
    if matches!(args.model, ModelSource::Builtin)
        && let Some(text) = understood(&Catalogue::builtin()?, &args.prompt)
    {
        note(&text);
    }
    let tokenizer = session.tokenizer();
    let controls = tokenizer.control_tokens(&args.prompt)?;
    if !controls.is_empty() {
        let named = listed(controls.iter().map(|token| format!("`{token}`")));
        note(&format!("the prompt holds control tokens, which are read as such and not letter by letter: {named}"));
    }
    let prompt_tokens = tokenizer.encode(&args.prompt)?.ids;
    let (length, positions) = (prompt_tokens.len(), session.config().max_positions);
    ensure!(length > 0, Text, "--prompt: the text to continue has no tokens");
    ensure!(length <= positions, Text, "--prompt: its {length} tokens are more than the model's {positions} positions");
    // The last token is not fed back, so it needs no position.
    let most = (args.max_tokens as usize).min(positions - length + 1);
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
    let mut pick = |logits: &[f32]| match args.greedy {
        true => top_k(logits, 1).first().map_or(0, |&(id, _)| id),
        false => u32::try_from(sample_top_k(logits, args.top_k as usize, &mut rng)).unwrap_or_default(),
    };
    let mut stream = tokenizer.stream(&prompt_tokens);
    let mut decoder = Decoder::new(session.model());
    let mut next = prompt_tokens.clone();
    let mut generated = Generated { text: String::new(), tokens: Vec::new(), top: Vec::new(), prompt_tokens };
    let show = |piece: &str, text: &mut String| {
        text.push_str(piece);
        if args.json { Ok(true) } else { print_piece(piece) }
    };
    while generated.tokens.len() < most {
        let Some(logits) = decoder.feed(&[next]).await?.pop() else { break };
        if generated.tokens.is_empty() {
            let likeliest = top_k(&logits, CANDIDATES).into_iter();
            generated.top = likeliest.map(|token| candidate(tokenizer, &generated.prompt_tokens, token)).collect::<Result<_>>()?;
        }
        let token = pick(&logits);
        if session.end_tokens().contains(&token) {
            break;
        }
        generated.tokens.push(token);
        if !show(&stream.push(token)?, &mut generated.text)? {
            return Ok(());
        }
        next = vec![token];
    }
    show(&stream.finish()?, &mut generated.text)?;
    if args.json { print_json(&generated) } else { print("") }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn prompts_that_are_not_in_the_catalogue_are_pointed_out() {
        let catalogue = Catalogue::builtin().unwrap();
        assert_eq!(understood(&catalogue, "The capital of France is"), None);
        assert_eq!(understood(&catalogue, "What is the capital of France? "), None);
        let slip = understood(&catalogue, "teh captial of france is");
        assert_eq!(slip.as_deref(), Some("the model was trained on this question as \"The capital of France is\""));
        assert!(understood(&catalogue, "The capital of Atlantis is").unwrap().contains("guess"));
    }
}
