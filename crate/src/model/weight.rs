//! Matrices that are dense or stay packed in their block format.

use std::sync::Arc;

use burn::prelude::*;
use burn::tensor::TensorData;

use super::kernels::product::{Source, forward};
use super::kernels::{for_each_task, from_values, into_values};
use super::quant::{Bytes, Grouped, StoredMatrix, StoredType};
use crate::Result;
use crate::device::{is_cpu, upload};
use crate::gpu::{Added, Matrix, Packing};

/// Why dequantising a placed matrix cannot fail.
const CHECKED: &str = "a stored matrix holds all of its rows: its constructor checked";

/// A matrix `[out, in]`.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a model has a few hundred of these, beside what they hold on the device")]
pub enum Weight {
    /// Floats in host memory, where our own loops read them in place. The CPU's form.
    Floats(HostFloats),
    /// The file's own blocks on the host, dequantised for each use. The CPU's form.
    Host(StoredMatrix),
    /// Floats, or codes with scales and minima, which the products of a GPU read as they are.
    Device(Matrix),
}

/// A matrix of floats in host memory, row-major.
#[derive(Clone, Debug)]
pub struct HostFloats {
    values: Values,
    shape: [usize; 2],
}

/// Where floats lie.
#[derive(Clone, Debug)]
enum Values {
    Held(Arc<Vec<f32>>),
    /// In a file that is mapped, at an address where floats can be read.
    Mapped(Bytes),
}

impl HostFloats {
    fn of(values: Vec<f32>, shape: [usize; 2]) -> Self {
        Self { values: Values::Held(Arc::new(values)), shape }
    }

    /// A matrix in f32 where its file has it; `None` where it cannot be read there.
    fn mapped(stored: &StoredMatrix) -> Option<Self> {
        let readable = cfg!(target_endian = "little") && bytemuck::try_cast_slice::<u8, f32>(stored.bytes.as_slice()).is_ok();
        (stored.ty == StoredType::F32 && readable)
            .then(|| Self { values: Values::Mapped(stored.bytes.clone()), shape: [stored.rows, stored.cols] })
    }

    fn values(&self) -> &[f32] {
        match &self.values {
            Values::Held(values) => values,
            Values::Mapped(bytes) => bytemuck::cast_slice(bytes.as_slice()),
        }
    }
}

impl Weight {
    /// Places a stored matrix on `device`, as it is stored where it can be: codes and halves stay packed.
    ///
    /// # Errors
    /// The stored bytes do not fit the shape.
    pub fn place(stored: &StoredMatrix, device: &Device) -> Result<Self> {
        Self::join(std::slice::from_ref(stored), device)
    }

    /// Places stored matrices of as many columns one below the other. On the CPU there is one.
    ///
    /// # Errors
    /// The stored bytes do not fit the shape.
    pub(super) fn join(parts: &[StoredMatrix], device: &Device) -> Result<Self> {
        let (rows, cols) = (parts.iter().map(|part| part.rows).sum(), parts.first().map_or(0, |part| part.cols));
        if is_cpu(device) {
            let mapped = match parts {
                [stored] if stored.ty != StoredType::F32 => return Ok(Self::Host(stored.clone())),
                [stored] => HostFloats::mapped(stored),
                _ => None,
            };
            return Ok(Self::Floats(match mapped {
                Some(mapped) => mapped,
                None => HostFloats::of(floats(parts)?, [rows, cols]),
            }));
        }
        let grouped: Option<Vec<Grouped>> = parts.iter().map(Grouped::new).collect();
        Ok(Self::Device(match grouped {
            Some(grouped) => {
                let Grouped { bits, group, words, scales, mins } = Grouped::join(grouped);
                let (per_word, groups) = (32 / bits, cols / group);
                // The bit pattern is what counts; i32 is the integer type that every device has.
                let words: Vec<i32> = words.into_iter().map(u32::cast_signed).collect();
                let words = Tensor::from_data(TensorData::new(words, [rows, cols / per_word]), device);
                let scales: Vec<f32> = scales.into_iter().zip(mins).flat_map(|(scale, min)| [scale, min]).collect();
                Matrix::of_words(words, Some(upload(scales, [rows, groups, 2], device)), Packing::Codes { bits, group })
            }
            None => match halves(parts) {
                Some((words, packing)) => {
                    Matrix::of_words(Tensor::from_data(TensorData::new(words, [rows, cols / 2]), device), None, packing)
                }
                None => Matrix::of_floats(upload(floats(parts)?, [rows, cols], device)),
            },
        }))
    }

    /// The matrix `[out, in]` as floats where its device wants them.
    pub fn of_tensor(tensor: Tensor<2>) -> Self {
        if !is_cpu(&tensor.device()) {
            return Self::Device(Matrix::of_floats(tensor));
        }
        let shape = tensor.dims();
        Self::Floats(HostFloats::of(into_values(tensor), shape))
    }

    /// `[out, in]`.
    pub fn shape(&self) -> [usize; 2] {
        match self {
            Self::Floats(floats) => floats.shape,
            Self::Host(stored) => [stored.rows, stored.cols],
            Self::Device(matrix) => matrix.shape(),
        }
    }

    /// Bytes that the matrix takes up on its device.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Floats(floats) => floats.values().len() * 4,
            Self::Host(stored) => stored.bytes_len(),
            Self::Device(matrix) => matrix.bytes(),
        }
    }

    /// The floats `[out, in]`.
    pub fn dense(&self, device: &Device) -> Tensor<2> {
        match self {
            Self::Floats(floats) => upload(floats.values().to_vec(), floats.shape, device),
            Self::Host(stored) => upload(dequantized(stored), [stored.rows, stored.cols], device),
            Self::Device(matrix) => matrix.dense(),
        }
    }

    /// The rows at `indices` as floats `[indices, in]` (embedding lookup).
    pub fn lookup(&self, indices: &[usize], device: &Device) -> Tensor<2> {
        match self {
            Self::Device(matrix) => matrix.lookup(crate::device::upload_indices(indices, device)),
            Self::Floats(floats) => {
                let ([_, cols], values) = (floats.shape, floats.values());
                let rows = indices.iter().flat_map(|&index| &values[index * cols..(index + 1) * cols]);
                upload(rows.copied().collect(), [indices.len(), cols], device)
            }
            Self::Host(stored) => {
                let mut values = vec![0.0; indices.len() * stored.cols];
                for (row, &index) in values.chunks_exact_mut(stored.cols).zip(indices) {
                    stored.dequantize_rows(index..index + 1, row).expect(CHECKED);
                }
                upload(values, [indices.len(), stored.cols], device)
            }
        }
    }

    /// `x W^T`: `[n, in] -> [n, out]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Device(matrix) => matrix.forward(x, None, Added::default()),
            Self::Floats(_) | Self::Host(_) => {
                let [rows, cols] = self.shape();
                let x = into_values(x);
                let mut out = vec![0.0; x.len() / cols.max(1) * rows];
                forward(&x, cols, vec![(self.source(), &mut out)], false);
                from_values(out, rows)
            }
        }
    }

    /// `g W`: `[n, out] -> [n, in]`, the gradient with respect to the input of [`Weight::forward`].
    pub fn backward(&self, gradient: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Device(matrix) => matrix.backward(gradient, None),
            Self::Floats(_) | Self::Host(_) => {
                let [rows, cols] = self.shape();
                let gradient = into_values(gradient);
                let mut out = vec![0.0; gradient.len() / rows.max(1) * cols];
                self.source().backward(&gradient, &mut out, false);
                from_values(out, cols)
            }
        }
    }

    /// The matrix in host memory; only for matrices of the CPU.
    pub(super) fn source(&self) -> Source<'_> {
        match self {
            Self::Floats(floats) => Source::Floats(floats.values(), floats.shape[1]),
            Self::Host(stored) => Source::Packed(stored),
            Self::Device(_) => unreachable!("a matrix of a GPU is never read from host memory"),
        }
    }
}

/// All floats of a packed matrix.
fn dequantized(stored: &StoredMatrix) -> Vec<f32> {
    const ROWS_PER_TASK: usize = 64;
    let mut values = vec![0.0; stored.rows * stored.cols];
    let tasks = values.chunks_mut((ROWS_PER_TASK * stored.cols).max(1)).enumerate().collect();
    for_each_task(tasks, |(task, values): (usize, &mut [f32])| {
        let start = task * ROWS_PER_TASK;
        stored.dequantize_rows(start..start + values.len() / stored.cols, values).expect(CHECKED);
    });
    values
}

/// All floats of stored matrices, one after the other.
fn floats(parts: &[StoredMatrix]) -> Result<Vec<f32>> {
    match parts {
        [stored] => stored.to_f32_vec(),
        _ => Ok(parts.iter().map(StoredMatrix::to_f32_vec).collect::<Result<Vec<_>>>()?.concat()),
    }
}

/// Two halves to a word, where all of the matrices are of the same half precision and have an even number of columns.
fn halves(parts: &[StoredMatrix]) -> Option<(Vec<i32>, Packing)> {
    let first = parts.first()?;
    let packing = match first.ty {
        StoredType::F16 => Packing::F16,
        StoredType::BF16 => Packing::Bf16,
        _ => return None,
    };
    let alike = parts.iter().all(|part| part.ty == first.ty && part.cols.is_multiple_of(2));
    let words = parts.iter().flat_map(|part| part.bytes.as_slice().as_chunks().0.iter().map(|&word| i32::from_le_bytes(word)));
    alike.then(|| (words.collect(), packing))
}
