//! The perplexity of text that the model has not read.

use std::collections::BTreeMap;

use super::batch::{Sequence, batches};
use super::fused::cross_entropy;
use super::mixture::general_text;
use crate::Result;
use crate::model::{Layout, Transformer};
use crate::text::Tokenizer;

/// Tokens of a document that perplexity is measured over.
const DOCUMENT: usize = 96;

/// exp of the mean loss in nats per token on the articles of the Declaration that were kept from training, by language.
///
/// # Errors
/// The text cannot be tokenised, or the device failed.
pub async fn perplexity(model: &Transformer, tokenizer: &Tokenizer, languages: &[String]) -> Result<BTreeMap<String, f64>> {
    let mut all = BTreeMap::new();
    for language in languages {
        let (_, kept) = general_text(language);
        let ids = tokenizer.encode_plain(&kept.join("\n"))?.ids;
        let sequence = |piece: &[u32]| Sequence {
            ids: tokenizer.bos().into_iter().chain(piece.iter().copied()).collect(),
            weights: vec![1.0; piece.len()],
            unseen: 0..0,
        };
        let sequences: Vec<Sequence> = ids.chunks(DOCUMENT).map(sequence).collect();
        let (mut loss, mut tokens) = (0.0, 0.0);
        for batch in batches(&sequences.iter().collect::<Vec<_>>(), 1024) {
            let layout = Layout::fresh(&vec![batch.longest; batch.rows], model.config(), model.device());
            let ids: Vec<u32> = batch.ids.iter().map(|&id| id as u32).collect();
            let h = model.run(model.embed(&ids, &layout)?, &layout, 0..model.config().layers, None, |_, _| ());
            let (sum, _) = cross_entropy(model.logits(h), &batch, 0.0).await?;
            loss += sum;
            tokens += batch.weights.iter().map(|&weight| f64::from(weight)).sum::<f64>();
        }
        if tokens > 0.0 {
            all.insert(language.clone(), (loss / tokens).exp());
        }
    }
    Ok(all)
}
