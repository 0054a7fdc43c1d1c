//! Checkpoints from outside: good ones of every family, and every way in which a file can lie.
#![allow(clippy::unwrap_used, reason = "a test that cannot build its input should stop")]
#![allow(missing_docs, reason = "tests")]

mod fused;
mod gemma3;
mod gguf;
mod gguf_damage;
mod gguf_writer;
mod heads;
mod hugging_face;
mod hugging_face_damage;
mod memory;
mod models;
mod not_finite;
mod rope;
mod save;
#[path = "../skip_support/mod.rs"]
mod skip_support;
mod smollm2;
mod smollm3;
