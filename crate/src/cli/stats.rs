//! `langedit stats`: key statistics over a corpus, in parts that can be merged, or from the published code's files.

mod beside_page;
mod import;
mod npz;
mod output;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::arguments::{Device, LANGUAGES, LayerChoice, ModelSource, PrintArgs, check_folder, check_input, check_output, read_text};
use super::open::{Opened, open};
use super::progress::ProgressBars;
use super::statistics::read_statistics;
use super::terminal::note;
use crate::checkpoint::digest::hex;
use crate::checkpoint::{BUILTIN, ManifestFile, write_atomically};
use crate::edit::settings::format_layers;
use crate::edit::{Corpus, Method, Settings, Statistics, TEXT_TOKENS, Written, corpora, divided_twice, missing_parts, models_of};
use crate::recipe::{Activity, Observer, Warning};
use crate::text::corpus::{declaration, declaration_source};
use crate::text::{Tokenizer, corpus_lines};
use crate::{Error, ErrorKind, Result, ensure};

pub use import::ImportArgs;
use output::{Hashed, ScratchFile};

/// Arguments of `langedit stats`.
#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  langedit stats --model Llama-3-8B --corpus en.txt de.txt --layers 4-8 --out llama3.safetensors
  langedit stats --model Llama-3-8B --corpus en.txt --layers 4-8 --shard 2/4 --out part2.safetensors
  langedit stats --model SmolLM2-135M-Instruct.Q4_1.gguf --corpus builtin --out web/dist/statistics
  langedit stats merge part1.safetensors part2.safetensors --out llama3.safetensors
  langedit stats import wikipedia_stats/*_float32_mom2_100000.npz --out llama3.safetensors"
)]
pub struct StatsArgs {
    /// Merging of parts.
    #[command(subcommand)]
    pub command: Option<StatsCommand>,
    /// Model: builtin, a .gguf file, or a folder in Hugging Face layout
    #[arg(long, value_name = "M", required = true)]
    pub model: Option<ModelSource>,
    /// Text files, one document per line; builtin: the Declaration of Human Rights in six languages
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub corpus: Vec<PathBuf>,
    /// Layers, counted from 0: 4-8, 3,5,7 or auto
    #[arg(long, value_name = "LAYERS", default_value = "auto")]
    pub layers: LayerChoice,
    /// Tokens used of each document, from its beginning, within the model's positions
    #[arg(long, value_name = "N", default_value_t = TEXT_TOKENS, help_heading = "Advanced", value_parser = tokens)]
    pub document_tokens: usize,
    /// Use only part i (from 1) of N of the documents
    #[arg(long, value_name = "i/N", help_heading = "Advanced", value_parser = Shard::parse)]
    pub shard: Option<Shard>,
    /// Stop after the document that reaches this many tokens
    #[arg(long, value_name = "N", help_heading = "Advanced", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_tokens: Option<u64>,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Statistics file to write, or the folder `statistics` of a page, for whoever opens the model there
    #[arg(long, value_name = "FILE", required = true)]
    pub out: Option<PathBuf>,
    /// How it is written.
    #[command(flatten)]
    pub form: FormArgs,
    /// What is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// A number of tokens.
fn tokens(text: &str) -> Result<usize> {
    let tokens = text.parse().ok().filter(|tokens| (1..=1 << 24).contains(tokens));
    tokens.ok_or_else(|| Error::new(ErrorKind::Usage, format!("`{text}` is not a whole number from 1 to {}", 1 << 24)))
}

/// What can be done with statistics files.
#[derive(Clone, Debug, Subcommand)]
pub enum StatsCommand {
    /// Merge the parts that several runs collected
    Merge(MergeArgs),
    /// Read the layer statistics of ROME, MEMIT or AlphaEdit
    Import(ImportArgs),
}

/// Arguments of `langedit stats merge`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  langedit stats merge part1.safetensors part2.safetensors --out llama3.safetensors")]
pub struct MergeArgs {
    /// Statistics files to merge
    #[arg(value_name = "PART", required = true)]
    pub parts: Vec<PathBuf>,
    /// Statistics file to write, such as llama3.safetensors
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// How it is written.
    #[command(flatten)]
    pub form: FormArgs,
    /// What is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// How matrices are written.
#[derive(Clone, Copy, Debug, Args)]
pub struct FormArgs {
    /// Write half of each symmetric matrix: half the space, for `langedit` alone to read
    #[arg(long, help_heading = "Advanced")]
    pub triangle: bool,
}

impl FormArgs {
    fn written(self) -> Written {
        if self.triangle { Written::Triangle } else { Written::Square }
    }
}

/// Part `index` (from 1) of `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub index: usize,
    /// Of how many.
    pub count: usize,
}

impl Shard {
    /// Parses `i/N`.
    ///
    /// # Errors
    /// `Usage`: not of this form, or `i` not in 1 to `N`.
    pub fn parse(text: &str) -> Result<Self> {
        let parts = text.split_once('/').and_then(|(i, n)| Some(Self { index: i.parse().ok()?, count: n.parse().ok()? }));
        parts
            .filter(|shard| (1..=shard.count).contains(&shard.index))
            .ok_or_else(|| Error::new(ErrorKind::Usage, format!("`{text}` is not a part such as 2/4")).hint("i/N, i from 1 to N"))
    }

    /// Whether the document with this number (from 0) belongs to the part.
    pub fn contains(self, document: usize) -> bool {
        document % self.count == self.index - 1
    }
}

impl StatsArgs {
    /// Checks everything that needs no model, and returns the model and the output file.
    ///
    /// # Errors
    /// `Io`: an input that is not there or an output that cannot be written.
    pub fn check(&self) -> Result<(&ModelSource, &PathBuf)> {
        let missing = |flag: &str| Error::new(ErrorKind::Usage, format!("{flag} is missing"));
        let model = self.model.as_ref().ok_or_else(|| missing("--model"))?;
        let out = self.out.as_ref().ok_or_else(|| missing("--out"))?;
        model.check()?;
        self.corpus.iter().filter(|path| !is_builtin(path)).try_for_each(|path| check_input(path, "corpus"))?;
        if out.is_dir() {
            ensure!(self.shard.is_none(), Usage, "a page needs statistics of the whole corpus, not of a part");
            check_folder(out, "statistics")?;
            beside_page::check(out)?;
        } else {
            check_output(out, "statistics")?;
        }
        Ok((model, out))
    }
}

/// Whether a corpus is the one that the command brings along.
fn is_builtin(corpus: &Path) -> bool {
    corpus == Path::new(BUILTIN)
}

impl MergeArgs {
    /// Checks that the parts are there and differ.
    ///
    /// # Errors
    /// `Io`: a part that is not there or an output that cannot be written. `Usage`: a part given twice.
    pub fn check(&self) -> Result<()> {
        for (i, part) in self.parts.iter().enumerate() {
            check_input(part, "part")?;
            ensure!(!self.parts.iter().take(i).any(|earlier| earlier == part), Usage, "the part {} is given twice", part.display());
        }
        check_output(&self.out, "statistics")
    }
}

/// What is in a statistics file, as it is printed.
#[derive(Serialize)]
struct Summary<'a> {
    out: &'a Path,
    layers: Vec<usize>,
    count: u64,
    source: &'a str,
    sha256: String,
}

pub(super) fn execute(args: &StatsArgs) -> Result<()> {
    match &args.command {
        Some(StatsCommand::Merge(merge)) => {
            merge.check()?;
            let parts = merge.parts.iter().map(|part| read_statistics(part)).collect::<Result<Vec<_>>>()?;
            let merged = merge_parts(&merge.parts, parts)?;
            let missing = missing_parts(merged.provenance());
            if !missing.is_empty() {
                note(&Warning::PartOfStatistics { missing }.to_string());
            }
            write(&merged, &merge.out, merge.form.written(), merge.print).map(drop)
        }
        Some(StatsCommand::Import(args)) => {
            args.check()?;
            write(&import::import(&args.files)?, &args.out, args.form.written(), args.print).map(drop)
        }
        None => {
            let (model, out) = args.check()?;
            let mut bars = ProgressBars::new(args.print.quiet);
            bars.listen_for_interrupts()?;
            let (statistics, file) = pollster::block_on(collect(args, (model, out), &mut bars))?;
            bars.finish();
            if !out.is_dir() {
                return write(&statistics, &file, args.form.written(), args.print).map(drop);
            }
            let sha256 = write(&statistics, &file, Written::Triangle, args.print)?;
            let path = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            beside_page::enlist(out, ManifestFile { path, bytes: fs::metadata(&file)?.len(), sha256 })
        }
    }
}

/// The statistics, and the file that they are to be written to.
async fn collect(args: &StatsArgs, (model, out): (&ModelSource, &Path), bars: &mut ProgressBars) -> Result<(Statistics, PathBuf)> {
    let Opened { session, reference, .. } = open(model, args.device.choice, bars).await?;
    let layers = match &args.layers {
        LayerChoice::List(layers) => layers.clone(),
        LayerChoice::Auto => Settings::for_model(session.config(), Method::LangEdit).layers,
    };
    let beside = out.is_dir();
    let out = if beside { beside_page::file_of(out, session.sha256()) } else { out.to_owned() };
    if beside {
        beside_page::refuse_fewer(&out, &layers, args.max_tokens)?;
    }
    let texts = documents(args, session.tokenizer())?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut scratch = ScratchFile::beside(&out);
    let corpus = Corpus { texts: &texts, longest: args.document_tokens, scratch: Some(&mut scratch) };
    let statistics = Statistics::collect_documents(session.model(), session.tokenizer(), corpus, &layers, "", |done, total| {
        bars.progress(Activity::Statistics, 0, 0, done, total);
        !bars.cancelled()
    })
    .await?;
    let names: Vec<_> = args.corpus.iter().map(|path| name_of(path)).collect();
    let cut =
        if args.document_tokens == TEXT_TOKENS { String::new() } else { format!(", documents of up to {} tokens", args.document_tokens) };
    let part = args.shard.map(|Shard { index, count }| format!(" (part {index}/{count})")).unwrap_or_default();
    let (model, sha256, tokens) = (reference.name, session.sha256(), statistics.count());
    let source = format!("{}{part}{cut}, {tokens} tokens, model {model} (sha256 {sha256})", names.join(", "));
    Ok((statistics.with_provenance(source), out))
}

/// How a corpus is named in the provenance of its statistics.
fn name_of(corpus: &Path) -> String {
    if is_builtin(corpus) { declaration_source(&LANGUAGES) } else { corpus.file_name().unwrap_or_default().to_string_lossy().into_owned() }
}

/// The documents that the flags select, in order.
fn documents(args: &StatsArgs, tokenizer: &Tokenizer) -> Result<Vec<String>> {
    let (mut selected, mut number, mut tokens) = (Vec::new(), 0, 0_u64);
    for path in &args.corpus {
        let text = if is_builtin(path) {
            LANGUAGES.iter().filter_map(|code| declaration(code)).collect::<Vec<_>>().join("\n")
        } else {
            read_text(path)?
        };
        for line in corpus_lines(&text) {
            let mine = args.shard.is_none_or(|shard| shard.contains(number));
            number += 1;
            if !mine {
                continue;
            }
            if let Some(most) = args.max_tokens {
                if tokens >= most {
                    return Ok(selected);
                }
                tokens += tokenizer.encode(&line)?.len().min(args.document_tokens) as u64;
            }
            selected.push(line);
        }
    }
    ensure!(!selected.is_empty(), Data, "the corpus has no text for this part; it has {number} documents");
    Ok(selected)
}

/// Everything that the parts counted, together.
fn merge_parts(paths: &[PathBuf], parts: Vec<Statistics>) -> Result<Statistics> {
    let models: BTreeSet<String> = parts.iter().flat_map(|part| models_of(part.provenance())).map(str::to_owned).collect();
    ensure!(models.len() <= 1, Data, "the parts are of different models (sha256 {})", models.into_iter().collect::<Vec<_>>().join(", "));
    let mut held: Vec<(&str, &Path)> = Vec::new();
    for (path, part) in paths.iter().zip(&parts) {
        for corpus in corpora(part.provenance()) {
            if let Some((_, earlier)) = held.iter().find(|(other, _)| *other == corpus) {
                let message = format!("{} and {} both hold {corpus}: its tokens would count twice", earlier.display(), path.display());
                return Err(Error::new(ErrorKind::Data, message).hint("leave one of them out"));
            }
        }
        held.extend(corpora(part.provenance()).map(|corpus| (corpus, path.as_path())));
    }
    let all: Vec<&str> = parts.iter().map(Statistics::provenance).collect();
    if let Some(corpus) = divided_twice(&all) {
        let message = format!("{corpus} is there in parts of different divisions, or whole beside a part: some tokens would count twice");
        return Err(Error::new(ErrorKind::Data, message).hint("merge the parts of one --shard i/n, for one n"));
    }
    let mut merged: Option<Statistics> = None;
    for (path, part) in paths.iter().zip(parts) {
        merged = Some(match merged {
            None => part,
            Some(sum) => sum.merge(&part).map_err(|error| error.at(path.display()))?,
        });
    }
    merged.ok_or_else(|| Error::new(ErrorKind::Usage, "there are no parts to merge"))
}

/// Writes them to a file, whose hex SHA-256 it gives.
fn write(statistics: &Statistics, out: &Path, form: Written, print: PrintArgs) -> Result<String> {
    let mut hasher = Sha256::new();
    write_atomically(out, |file| statistics.write(form, &mut Hashed { file, hasher: &mut hasher }))?;
    let written = Summary {
        out,
        layers: statistics.layers().map(|(layer, _)| layer).collect(),
        count: statistics.count() as u64,
        source: statistics.provenance(),
        sha256: hex(hasher.finalize().as_slice()),
    };
    print.print(&written, || {
        format!("{}: layers {}, {} tokens; {}", out.display(), format_layers(&written.layers), written.count, written.source)
    })?;
    Ok(written.sha256)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn every_document_is_in_one_shard() {
        for bad in ["0/4", "5/4", "1", "a/b", "/", "1/0", "-1/2"] {
            assert!(Shard::parse(bad).is_err(), "{bad}");
        }
        for document in 0..50 {
            let parts = (1..=4).filter(|i| Shard::parse(&format!("{i}/4")).unwrap().contains(document)).count();
            assert_eq!(parts, 1);
        }
    }
}
