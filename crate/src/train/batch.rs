//! Rows of tokens with the weight of each prediction, cut into pieces that fit a core's cache.

use std::ops::Range;

/// A text as the model sees it: ids, and for each but the first how much its prediction counts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sequence {
    /// Token ids, the beginning-of-sequence token first.
    pub(super) ids: Vec<u32>,
    /// Weight of predicting `ids[i + 1]`.
    pub(super) weights: Vec<f32>,
    /// Positions that no later one sees in the first blocks.
    pub(super) unseen: Range<usize>,
}

/// Rows of one length; shorter texts are padded on the right, where nothing looks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Batch {
    /// Number of rows.
    pub(super) rows: usize,
    /// Length of a row.
    pub(super) longest: usize,
    /// Input ids, row after row.
    pub(super) ids: Vec<usize>,
    /// The id to be predicted at each position.
    pub(super) targets: Vec<u32>,
    /// What that prediction counts; 0 in the padding.
    pub(super) weights: Vec<f32>,
    /// By row the positions that no later one sees in the first blocks.
    pub(super) unseen: Vec<Range<usize>>,
}

impl Batch {
    fn new(sequences: &[&Sequence]) -> Self {
        let longest = sequences.iter().map(|sequence| sequence.weights.len()).max().unwrap_or(0);
        let mut batch =
            Self { rows: sequences.len(), longest, ids: Vec::new(), targets: Vec::new(), weights: Vec::new(), unseen: Vec::new() };
        for sequence in sequences {
            let padding = longest - sequence.weights.len();
            let filler = std::iter::repeat_n(0, padding);
            batch.ids.extend(sequence.ids.iter().take(sequence.weights.len()).map(|&id| id as usize).chain(filler));
            batch.targets.extend(sequence.ids.iter().skip(1).copied().chain(std::iter::repeat_n(0, padding)));
            batch.weights.extend(sequence.weights.iter().copied().chain(std::iter::repeat_n(0.0, padding)));
            batch.unseen.push(sequence.unseen.clone());
        }
        batch
    }
}

/// Cuts the texts of a step into batches of at most `most` tokens (padding included), texts of like length together.
pub(super) fn batches(sequences: &[&Sequence], most: usize) -> Vec<Batch> {
    let mut sorted = sequences.to_vec();
    sorted.sort_by_key(|sequence| sequence.weights.len());
    let (mut out, mut start) = (Vec::new(), 0);
    for end in 1..=sorted.len() {
        let next = sorted.get(end).map_or(usize::MAX, |sequence| sequence.weights.len());
        if next.saturating_mul(end + 1 - start) > most {
            out.push(Batch::new(&sorted[start..end]));
            start = end;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(len: u32) -> Sequence {
        Sequence { ids: (0..=len).collect(), weights: vec![1.0; len as usize], unseen: 0..0 }
    }

    #[test]
    fn every_prediction_is_in_one_batch() {
        let sequences: Vec<Sequence> = [3, 9, 4, 1, 7, 5, 30].map(sequence).to_vec();
        let all: Vec<&Sequence> = sequences.iter().collect();
        let batches = batches(&all, 20);
        assert_eq!(batches.iter().map(|batch| batch.rows).sum::<usize>(), sequences.len());
        for batch in &batches {
            assert!(batch.rows * batch.longest <= 20 || batch.rows == 1);
            let len = batch.rows * batch.longest;
            assert_eq!((batch.ids.len(), batch.targets.len(), batch.weights.len()), (len, len, len));
            for i in (0..len).filter(|&i| batch.weights[i] > 0.0) {
                assert_eq!(batch.targets[i] as usize, batch.ids[i] + 1);
            }
        }
        let counted: f32 = batches.iter().flat_map(|batch| &batch.weights).sum();
        assert_eq!(counted as usize, 3 + 9 + 4 + 1 + 7 + 5 + 30);
    }
}
