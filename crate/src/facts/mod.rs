//! The fact and its readers.

mod fact;

pub use fact::{Fact, Probe};
