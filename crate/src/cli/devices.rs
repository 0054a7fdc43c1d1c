//! `langedit devices`: what `--device` can name here, and how much memory it has.

pub(super) mod fit;
mod memory;

use clap::Args;
use serde::Serialize;

use super::terminal::{print, print_json};
use crate::Result;
use crate::device::{Adapter, DeviceChoice, adapters};
use memory::{Card, Memory, Visible};

/// Arguments of `langedit devices`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  langedit devices --json

The first column is what --device takes; without a number the best GPU is meant. A GPU can be there under
several graphics interfaces. Memory is what NVIDIA's and AMD's drivers say.")]
pub struct DevicesArgs {
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// One device.
#[derive(Debug, Serialize)]
struct Listed {
    device: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    driver: Option<String>,
    #[serde(flatten)]
    memory: Option<Memory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    largest_matrix_bytes: Option<u64>,
    /// Why this build cannot use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    unusable: Option<&'static str>,
}

impl Listed {
    fn new(choice: DeviceChoice, name: String, memory: Option<Memory>) -> Self {
        Self {
            device: choice.to_string(),
            name,
            backend: None,
            kind: None,
            driver: None,
            memory,
            largest_matrix_bytes: None,
            unusable: None,
        }
    }

    fn host() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self::new(DeviceChoice::Cpu, format!("{}, {threads} threads", memory::processor()), memory::of_host())
    }

    fn adapter((index, adapter): (usize, Adapter), cards: &[Card]) -> Self {
        let memory = memory::of_adapter(&adapter, cards);
        Self {
            backend: Some(adapter.backend),
            kind: Some(adapter.kind),
            driver: Some(adapter.driver),
            largest_matrix_bytes: Some(adapter.largest_matrix),
            ..Self::new(DeviceChoice::Wgpu(Some(index)), adapter.name, memory)
        }
    }

    fn cuda((index, card): (usize, Visible)) -> Self {
        let unusable = (!cfg!(feature = "cuda")).then_some("needs a build with --features cuda");
        Self { unusable, ..Self::new(DeviceChoice::Cuda(index), card.name, card.memory) }
    }

    /// A line for the terminal.
    fn line(&self) -> String {
        let memory = self.memory.map(|Memory { memory_bytes, free_bytes }| format!("{} of {} free", gb(free_bytes), gb(memory_bytes)));
        let largest = self.largest_matrix_bytes.map(|bytes| format!("matrices up to {}", gb(bytes)));
        let words = [self.backend, self.kind].into_iter().flatten().map(str::to_owned);
        let words = std::iter::once(self.name.clone()).chain(words).chain(memory).chain(largest).chain(self.unusable.map(str::to_owned));
        format!("{:<8}{}", self.device, words.collect::<Vec<_>>().join(", "))
    }
}

/// Bytes as gigabytes.
fn gb(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

pub(super) fn execute(args: &DevicesArgs) -> Result<()> {
    let cards = memory::cards();
    let mut all = vec![Listed::host()];
    all.extend(pollster::block_on(adapters()).into_iter().enumerate().map(|found| Listed::adapter(found, &cards)));
    all.extend(memory::visible(&cards).into_iter().enumerate().map(Listed::cuda));
    if args.json { print_json(&all) } else { print(&all.iter().map(Listed::line).collect::<Vec<_>>().join("\n")) }
}
