//! How much memory devices have, as far as the system and the drivers say.

use std::fs;
use std::process::{Command, Stdio};

use serde::Serialize;

use crate::device::Adapter;

/// Memory of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Memory {
    pub(super) memory_bytes: u64,
    pub(super) free_bytes: u64,
}

/// A card of NVIDIA's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Card {
    pub(super) name: String,
    pci: String,
    pub(super) memory: Memory,
}

/// What the processor calls itself.
pub(super) fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name.trim().to_owned()));
    name.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// The host's memory.
pub(super) fn of_host() -> Option<Memory> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let bytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
    };
    Some(Memory { memory_bytes: bytes("MemTotal")?, free_bytes: bytes("MemAvailable")? })
}

/// The memory of the card at the adapter's place on the bus: one of `cards`, or one whose driver says it in its folder, as AMD's does.
pub(super) fn of_adapter(adapter: &Adapter, cards: &[Card]) -> Option<Memory> {
    let pci = adapter.pci.as_deref()?.to_lowercase();
    // NVIDIA's program writes the domain in eight digits, wgpu in four.
    if let Some(card) = cards.iter().find(|card| card.pci.to_lowercase().ends_with(&pci)) {
        return Some(card.memory);
    }
    if adapter.kind == "integrated" {
        // Its own memory is a small part of the host's, and it takes the rest too.
        return None;
    }
    let read = |name: &str| fs::read_to_string(format!("/sys/bus/pci/devices/{pci}/{name}")).ok()?.trim().parse::<u64>().ok();
    let memory_bytes = read("mem_info_vram_total")?;
    Some(Memory { memory_bytes, free_bytes: memory_bytes.saturating_sub(read("mem_info_vram_used")?) })
}

/// NVIDIA's cards, by its program; none without it.
pub(super) fn cards() -> Vec<Card> {
    let mut command = Command::new("nvidia-smi");
    command.args(["--query-gpu=name,pci.bus_id,memory.total,memory.free", "--format=csv,noheader,nounits"]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    output.map_or_else(|_| Vec::new(), |output| parse(&String::from_utf8_lossy(&output.stdout)))
}

/// A card a line, sizes in MiB.
fn parse(text: &str) -> Vec<Card> {
    let card = |line: &str| {
        let [name, pci, total, free] = line.split(", ").collect::<Vec<_>>().try_into().ok()?;
        let bytes = |text: &str| text.trim().parse::<u64>().ok().map(|mebibytes| mebibytes << 20);
        let memory = Memory { memory_bytes: bytes(total)?, free_bytes: bytes(free)? };
        Some(Card { name: name.to_owned(), pci: pci.to_owned(), memory })
    };
    text.lines().filter_map(card).collect()
}

/// A card that CUDA has a number for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visible {
    /// Its name, or those that it may have.
    pub(super) name: String,
    /// Where it is known which card it is.
    pub(super) memory: Option<Memory>,
}

/// The cards that CUDA numbers from 0: all, or those that `CUDA_VISIBLE_DEVICES` lists. Unless it is told to go by the bus, CUDA begins with the
/// fastest; which one that is of several kinds nobody says.
pub(super) fn visible(cards: &[Card]) -> Vec<Visible> {
    let variable = |name: &str| std::env::var(name).ok();
    let by_bus = variable("CUDA_DEVICE_ORDER").is_some_and(|order| order == "PCI_BUS_ID");
    numbered(listed(cards, variable("CUDA_VISIBLE_DEVICES").as_deref()), by_bus)
}

fn numbered(cards: Vec<&Card>, by_bus: bool) -> Vec<Visible> {
    let mut names: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let known = by_bus || names.len() <= 1;
    let all = names.join(" or ");
    let visible = |card: &Card| match known {
        true => Visible { name: card.name.clone(), memory: Some(card.memory) },
        false => Visible { name: all.clone(), memory: None },
    };
    cards.into_iter().map(visible).collect()
}

fn listed<'a>(cards: &'a [Card], list: Option<&str>) -> Vec<&'a Card> {
    let Some(list) = list else { return cards.iter().collect() };
    // As CUDA does: what follows the first that is not there does not count.
    list.split(',').map_while(|index| cards.get(index.trim().parse::<usize>().ok()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMI: &str = "NVIDIA H100 80GB HBM3, 00000000:1B:00.0, 81559, 80998\nNVIDIA A2, 00000000:41:00.0, 15356, 12\n[N/A], x, [N/A], 1\n";

    #[test]
    fn cards_are_found_by_number_and_by_place() {
        let cards = parse(SMI);
        assert_eq!(cards.len(), 2);
        let memory = Memory { memory_bytes: 81_559 << 20, free_bytes: 80_998 << 20 };
        assert_eq!((cards[0].name.as_str(), cards[0].memory), ("NVIDIA H100 80GB HBM3", memory));
        let adapter = |pci: Option<&str>| Adapter {
            name: String::new(),
            backend: "Vulkan",
            kind: "discrete",
            driver: String::new(),
            pci: pci.map(str::to_owned),
            largest_matrix: 0,
        };
        assert_eq!(of_adapter(&adapter(Some("0000:1b:00.0")), &cards), Some(memory));
        assert_eq!(of_adapter(&adapter(Some("0000:99:00.0")), &cards), None);
        assert_eq!(of_adapter(&adapter(None), &cards), None);

        let names = |list: Option<&str>| listed(&cards, list).into_iter().map(|card| card.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names(None), ["NVIDIA H100 80GB HBM3", "NVIDIA A2"]);
        assert_eq!(names(Some("1, 0")), ["NVIDIA A2", "NVIDIA H100 80GB HBM3"]);
        assert_eq!(names(Some("1,7,0")), ["NVIDIA A2"]);
        assert!(names(Some("")).is_empty());
        let [a, b] = [true, false].map(|by_bus| numbered(cards.iter().collect(), by_bus));
        assert_eq!((a[1].name.as_str(), a[0].memory), ("NVIDIA A2", Some(memory)));
        assert!(b.iter().all(|card| card.name == "NVIDIA A2 or NVIDIA H100 80GB HBM3" && card.memory.is_none()));
    }
}
