//! Damages links for `LANGEDIT_FUZZ_SECONDS` (2 by default): whatever comes out is a valid recipe or a `Link` error.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use langedit::ErrorKind;
use langedit::facts::Catalogue;
use langedit::recipe::link::{decode, outline};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn damaged_links_are_recipes_or_refused() {
    let seconds = std::env::var("LANGEDIT_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2.0);
    let seed = std::env::var("LANGEDIT_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let corpus: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/links"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| std::fs::read_to_string(path).unwrap().trim().to_owned())
        .collect();
    let jsons: Vec<Vec<u8>> = corpus.iter().map(|link| inflate(link)).collect();
    let catalogue = Catalogue::builtin().unwrap();
    let start = Instant::now();
    let (mut rounds, mut opened, mut refused) = (0_u64, 0_u64, 0_u64);
    while start.elapsed() < Duration::from_secs_f64(seconds) || rounds < 100 {
        let i = rng.random_range(0..corpus.len());
        // The three layers in turn: the text, the compressed bytes, the JSON inside.
        let link = match rounds % 3 {
            0 => String::from_utf8_lossy(&damage(&mut rng, corpus.get(i).unwrap().as_bytes())).into_owned(),
            1 => {
                let body = corpus.get(i).unwrap().trim_start_matches("#1.");
                format!("#1.{}", URL_SAFE_NO_PAD.encode(damage(&mut rng, &URL_SAFE_NO_PAD.decode(body).unwrap())))
            }
            _ => {
                let json = damage(&mut rng, jsons.get(i).unwrap());
                format!("#1.{}", URL_SAFE_NO_PAD.encode(miniz_oxide::deflate::compress_to_vec(&json, 1)))
            }
        };
        let _ = outline(&link, Some(&catalogue));
        match decode(&link, Some(&catalogue)) {
            Ok(recipe) => {
                recipe.validate().expect("a decoded recipe is valid");
                opened += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Link, "seed {seed}, round {rounds}: {link}");
                refused += 1;
            }
        }
        rounds += 1;
    }
    assert!(refused > 0 && opened > 0, "{opened} opened, {refused} refused: the damage is neither none nor total");
}

fn inflate(link: &str) -> Vec<u8> {
    miniz_oxide::inflate::decompress_to_vec(&URL_SAFE_NO_PAD.decode(link.trim_start_matches("#1.")).unwrap()).unwrap()
}

/// One to four random changes: a byte replaced, a bit flipped, a stretch removed, doubled or exchanged for JSON that means trouble.
fn damage(rng: &mut ChaCha8Rng, bytes: &[u8]) -> Vec<u8> {
    const TROUBLE: [&str; 10] = ["null", "-1", "1e999", "[]", "{}", "\"\\ud800\"", "18446744073709551616", "\"\"", "[[[[[[[[", "\u{202e}"];
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        let at = rng.random_range(0..=bytes.len().saturating_sub(1));
        let end = (at + rng.random_range(1..12)).min(bytes.len());
        match rng.next_u32() % 5 {
            0 => bytes.get_mut(at).into_iter().for_each(|byte| *byte = b' ' + (*byte ^ 0x15) % 95),
            1 => bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << (at % 8)),
            2 => drop(bytes.splice(at.min(end)..end, [])),
            3 => {
                let stretch = bytes.get(at..end).unwrap_or_default().to_vec();
                bytes.splice(at.min(end)..at.min(end), stretch);
            }
            _ => {
                let trouble = TROUBLE.get(rng.random_range(0..TROUBLE.len())).unwrap();
                bytes.splice(at.min(end)..end, trouble.bytes());
            }
        }
    }
    bytes
}
