//! What asking questions in batches saves: 60 facts of the catalogue, ten a language, with their other wordings and neighbours.
//!
//! `cargo bench --bench evaluation`; with `LANGEDIT_MODEL=FILE` on that model in place of the embedded one. The rate is in facts per second.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use burn::tensor::Device;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use langedit::Result;
use langedit::checkpoint::{open, open_builtin};
use langedit::evaluate::Examination;
use langedit::facts::{Catalogue, Fact};
use langedit::model::Transformer;
use langedit::text::Tokenizer;

const LANGUAGES: [&str; 6] = ["en", "de", "nl", "fr", "es", "zh"];

/// The first of the layers that are edited by default in models of this depth.
fn first_edited(model: &Transformer) -> usize {
    model.config().layers / 6
}

fn prepared() -> Result<(Transformer, Tokenizer, Vec<Fact>)> {
    let checkpoint = match std::env::var_os("LANGEDIT_MODEL") {
        Some(path) => open(Path::new(&path))?,
        None => open_builtin()?,
    };
    let model = Transformer::load(&checkpoint.config, &|name| checkpoint.tensors.matrix(name), &Device::flex(), |_, _| ())?;
    let languages = LANGUAGES.map(str::to_owned);
    Ok((model, Tokenizer::new(&checkpoint.tokenizer)?, Catalogue::builtin()?.select(&languages, 10, 0)?.facts.concat()))
}

fn evaluation(c: &mut Criterion) {
    let (model, tokenizer, facts) = prepared().unwrap_or_else(|error| panic!("{error}"));
    let examine =
        |facts: &[Fact], from_layer| Examination::new(&model, &tokenizer, facts, from_layer).unwrap_or_else(|error| panic!("{error}"));
    let ask = |asked: &mut Examination| pollster::block_on(asked.ask(&model, |_, _| true)).unwrap_or_else(|error| panic!("{error}"));
    let mut group = c.benchmark_group("evaluation");
    group.sample_size(10).measurement_time(Duration::from_secs(8)).throughput(Throughput::Elements(facts.len() as u64));
    let mut single: Vec<Examination> = facts.chunks(1).map(|fact| examine(fact, 0)).collect();
    group.bench_function("a fact at a time, all layers", |b| b.iter(|| single.iter_mut().for_each(|asked| drop(black_box(ask(asked))))));
    let mut batched = examine(&facts, 0);
    group.bench_function("batched, all layers", |b| b.iter(|| black_box(ask(&mut batched))));
    let mut kept = examine(&facts, first_edited(&model));
    group.bench_function("batched, unedited layers kept", |b| b.iter(|| black_box(ask(&mut kept))));
    group.finish();
}

criterion_group!(benches, evaluation);
criterion_main!(benches);
