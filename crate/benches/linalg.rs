//! Cost of refreshing a projector, by tracking and from scratch, and of the low-rank solves, at the sizes of real models.
//!
//! `cargo bench --bench linalg` runs all; `-- tracked` one. The eigendecomposition at 4096 takes tens of seconds a run.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use langedit::linalg::{Matrix, Projector, alphaedit_update, langedit_update, symmetric_eigen};

/// Reproducible values in (-0.5, 0.5).
fn random(rows: usize, cols: usize, seed: u64) -> Matrix {
    let mut state = seed | 1;
    Matrix::from_fn(rows, cols, |_, _| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    })
}

/// A projector that keeps 70% of the directions, as AlphaEdit reports for Llama 3.
fn projector(dim: usize) -> Projector {
    let discarded = random(dim, dim * 3 / 10, 1).qr().compute_thin_Q();
    Projector::from_discarded_basis(discarded).unwrap_or_else(|error| panic!("{error}"))
}

fn refresh(c: &mut Criterion) {
    let mut group = c.benchmark_group("refresh");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let keys = random(4096, 100, 2);
    let start = projector(4096);
    group.bench_function("tracked d=4096 n=100", |b| {
        b.iter_batched(|| start.clone(), |mut p| p.remove_span(black_box(&keys), 1e-12), BatchSize::PerIteration);
    });
    // What a refresh from scratch costs at the same size: tens of seconds a run.
    let covariance = &keys * keys.transpose();
    group.bench_function("eigendecomposition d=4096", |b| b.iter(|| symmetric_eigen(black_box(&covariance))));
    group.finish();
}

fn eigen(c: &mut Criterion) {
    let mut group = c.benchmark_group("eigen");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(200));
    for dim in [64, 128, 256, 768, 1024] {
        let keys = random(dim, 2 * dim, 3);
        let covariance = &keys * keys.transpose();
        group.bench_function(format!("d={dim}"), |b| b.iter(|| symmetric_eigen(black_box(&covariance))));
        let before = symmetric_eigen(&covariance).unwrap_or_else(|error| panic!("{error}"));
        let key: Vec<f64> = keys.col(0).iter().copied().collect();
        group.bench_function(format!("one key more, d={dim}"), |b| b.iter(|| before.add_outer(black_box(&key), 3.0)));
    }
    group.finish();
}

fn update(c: &mut Criterion) {
    let mut group = c.benchmark_group("update");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let p = projector(4864);
    let (residual, keys, past) = (random(896, 100, 4), random(4864, 100, 5), random(4864, 500, 6));
    group.bench_function("langedit d=4864 n=100", |b| b.iter(|| langedit_update(&residual, black_box(&keys), &p, 1.0)));
    group.bench_function("alphaedit d=4864 n=100 past=500", |b| b.iter(|| alphaedit_update(&residual, black_box(&keys), &past, &p, 10.0)));
    group.finish();
}

criterion_group!(benches, refresh, eigen, update);
criterion_main!(benches);
