//! Whether a model fits a GPU, as far as that can be known before it is loaded.

use std::sync::atomic::{AtomicBool, Ordering};

use super::gb;
use super::memory::{self, Memory};
use crate::checkpoint::{Checkpoint, StoredTensor};
use crate::cli::numbers::counted;
use crate::device::{Adapter, DeviceChoice};
use crate::model::quant::{Grouped, StoredType};
use crate::{Error, ErrorKind, Result};

/// Whether this process has placed a model before: what is free then may be held by its own pool, and be used again.
static PLACED: AtomicBool = AtomicBool::new(false);

/// Checks that the weights of `checkpoint` fit the device, where its memory and the size of its matrices are known.
///
/// # Errors
/// `Device` with both numbers.
pub(in crate::cli) fn check(checkpoint: &Checkpoint, choice: DeviceChoice, adapter: Option<&Adapter>) -> Result<()> {
    let memory = match choice {
        // The host reads weights where they are mapped.
        DeviceChoice::Cpu => return Ok(()),
        DeviceChoice::Wgpu(_) => adapter.and_then(|adapter| memory::of_adapter(adapter, &memory::cards())),
        DeviceChoice::Cuda(index) => {
            let cards = memory::visible(&memory::cards());
            if !cards.is_empty() && index >= cards.len() {
                let message = format!("there is no cuda:{index}: this machine has {}", counted(cards.len(), "card"));
                return Err(Error::new(ErrorKind::Device, message).hint("`langedit devices` lists them"));
            }
            cards.get(index).and_then(|card| card.memory)
        }
    };
    let again = PLACED.swap(true, Ordering::Relaxed);
    let memory = memory.map(|memory| if again { Memory { free_bytes: memory.memory_bytes, ..memory } } else { memory });
    judge(&checkpoint.tensors.stored(), memory, adapter.map(|adapter| adapter.largest_matrix))
        .map_err(|error| error.at(choice).hint("take a file with fewer bits a weight, another of `langedit devices`, or --device cpu"))
}

fn judge(tensors: &[StoredTensor], memory: Option<Memory>, largest: Option<u64>) -> Result<()> {
    let sizes = || tensors.iter().filter(|tensor| tensor.used).map(|tensor| (placed(tensor), &tensor.name));
    let needed: u64 = sizes().map(|(buffers, _)| buffers.iter().sum::<u64>()).sum();
    if let Some(Memory { free_bytes, .. }) = memory.filter(|memory| needed > memory.free_bytes) {
        let message = format!("the weights alone take {}, and {} are free", gb(needed), gb(free_bytes));
        return Err(Error::new(ErrorKind::Device, message));
    }
    match (sizes().map(|(buffers, name)| (buffers[0].max(buffers[1]), name)).max(), largest) {
        (Some((bytes, name)), Some(largest)) if bytes > largest => {
            let message = format!("{name} takes {}, and a matrix can have {}", gb(bytes), gb(largest));
            Err(Error::new(ErrorKind::Device, message))
        }
        _ => Ok(()),
    }
}

/// Bytes of the two buffers that a stored tensor takes on a GPU, as `Weight::join` places it: codes, and a scale and a minimum a group; halves of
/// matrices as they are, all else in singles, in one.
fn placed(tensor: &StoredTensor) -> [u64; 2] {
    let values: u64 = tensor.shape.iter().map(|&size| size as u64).product();
    let ty = StoredType::ALL.into_iter().find(|ty| ty.name() == tensor.ty);
    match ty.and_then(Grouped::layout) {
        Some((bits, group)) => [values * bits as u64 / 8, values / group as u64 * 8],
        None if tensor.shape.len() == 2 && matches!(ty, Some(StoredType::F16 | StoredType::BF16)) => [values * 2, 0],
        None => [values * 4, 0],
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    fn tensor(name: &str, ty: &'static str, shape: &[usize]) -> StoredTensor {
        StoredTensor { name: name.to_owned(), ty, shape: shape.to_vec(), bytes: 0, used: true }
    }

    #[test]
    fn what_does_not_fit_is_said_with_the_numbers() {
        // Qwen2.5-7B's embedding in singles is 2.18 GB.
        let tensors = [tensor("token_embd.weight", "F32", &[152_064, 3584]), tensor("ffn_down.weight", "Q4_0", &[3584, 18_944])];
        let memory = |free_bytes| Some(Memory { memory_bytes: 1 << 40, free_bytes });
        let refused = |memory, largest| judge(&tensors, memory, largest).unwrap_err().to_string();
        judge(&tensors, memory(3_000_000_000), Some(1 << 40)).unwrap();
        judge(&tensors, None, None).unwrap();
        let copy = StoredTensor { used: false, ..tensor("output.weight", "F32", &[152_064, 3584]) };
        judge(&[tensors[0].clone(), tensors[1].clone(), copy], memory(3_000_000_000), None).unwrap();
        // Qwen2.5-14B's embedding: 0.78 GB of codes and half as much of scales are two buffers.
        judge(&[tensor("token_embd.weight", "Q6_K", &[152_064, 5120])], None, Some(1 << 30)).unwrap();
        let error = refused(memory(2_000_000_000), None);
        assert!(error.contains("take 2.2 GB, and 2.0 GB are free"), "{error}");
        let error = refused(memory(1 << 40), Some((1 << 31) - 4));
        assert!(error.contains("token_embd.weight takes 2.2 GB, and a matrix can have 2.1 GB"), "{error}");
    }

    #[test]
    fn sizes_are_those_on_a_gpu() {
        let bytes = |ty, shape: &[usize]| placed(&tensor("", ty, shape)).iter().sum::<u64>();
        assert_eq!((bytes("F32", &[2, 64]), bytes("BF16", &[2, 64]), bytes("F16", &[64])), (512, 256, 256));
        // A byte or half of one a value, and eight bytes for each 32 or 16.
        assert_eq!((bytes("Q8_0", &[2, 64]), bytes("Q4_0", &[2, 64]), bytes("Q6_K", &[1, 256])), (128 + 32, 64 + 32, 256 + 128));
    }
}
