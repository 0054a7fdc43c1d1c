//! Products with packed and dense matrices, both ways, with one row and many.

use burn::prelude::*;
use langedit::device::upload;
use langedit::model::Weight;
use langedit::model::quant::{Bytes, StoredMatrix, StoredType, quantize_q4_1, quantize_q8_0};

use crate::{close, gpu, noise, values};

/// Shapes around the kernels' tiles, and the embedded model's own.
const SHAPES: [(usize, usize); 4] = [(3, 32), (192, 768), (768, 192), (6144, 192)];

fn stored(rows: usize, cols: usize) -> [(&'static str, StoredMatrix); 5] {
    let floats = noise(rows * cols, 0.3);
    let halves = |ty: StoredType, values: &[f32], bits: fn(f32) -> u16| {
        let bytes: Vec<u8> = values.iter().flat_map(|&value| bits(value).to_le_bytes()).collect();
        StoredMatrix::new(ty, rows, cols, Bytes::new(bytes)).unwrap()
    };
    [
        ("Q4_1", quantize_q4_1(rows, cols, &floats).unwrap()),
        ("Q8_0", quantize_q8_0(rows, cols, &floats).unwrap()),
        // Many of these halves are subnormal.
        ("F16", halves(StoredType::F16, &floats, |value| half::f16::from_f32(value * value * value * 1e-4).to_bits())),
        ("BF16", halves(StoredType::BF16, &floats, |value| half::bf16::from_f32(value).to_bits())),
        ("F32", StoredMatrix::from_f32(rows, cols, &floats).unwrap()),
    ]
}

#[test]
fn products_are_the_cpus() {
    let Some(gpu) = gpu() else { return };
    let cpu = Device::flex();
    for (rows, cols) in SHAPES {
        for (format, stored) in stored(rows, cols) {
            let [host, device] = [&cpu, &gpu].map(|device| Weight::place(&stored, device).unwrap());
            assert_eq!(values(device.dense(&gpu)), values(host.dense(&cpu)), "{format} [{rows}, {cols}] unpacked");
            let chosen = [rows - 1, 0, rows / 2, 0];
            assert_eq!(values(device.lookup(&chosen, &gpu)), values(host.lookup(&chosen, &cpu)), "{format} [{rows}, {cols}] rows");
            for n in [1, 2, 17, 64] {
                let what = format!("{format} [{rows}, {cols}] with {n} rows");
                let x = noise(n * cols, 0.7);
                let of = |weight: &Weight, at: &Device| values(weight.forward(upload(x.clone(), [n, cols], at)));
                close(&of(&device, &gpu), &of(&host, &cpu), 2e-5, &what);
                let g = noise(n * rows, 0.9);
                let of = |weight: &Weight, at: &Device| values(weight.backward(upload(g.clone(), [n, rows], at)));
                close(&of(&device, &gpu), &of(&host, &cpu), 2e-5, &format!("{what}, transposed"));
            }
        }
    }
}
