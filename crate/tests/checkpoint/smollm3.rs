//! SmolLM3: which layers rotate nothing.

use serde_json::{Value, json};

use crate::gemma3::golden_with;

fn every(changes: &Value) -> langedit::Result<Option<usize>> {
    golden_with("smollm3", changes).map(|checkpoint| checkpoint.config.unrotated_every)
}

#[test]
fn layers_without_rotation_are_listed_or_come_at_intervals() {
    let listed = |list: Value| json!({"no_rope_layers": list, "no_rope_layer_interval": 2});
    assert_eq!(every(&json!({})).unwrap(), Some(4));
    assert_eq!(every(&listed(json!(null))).unwrap(), Some(2));
    assert_eq!(every(&listed(json!([1, 0, 1, 0]))).unwrap(), Some(2));
    assert_eq!(every(&listed(json!([1, 1, 1, 1]))).unwrap(), None);
    for (list, word) in
        [(json!([0, 1, 1, 0]), "no period"), (json!([1, 1, 0]), "3 entries for 4 layers"), (json!([1, 1, 1, 2]), "ones and zeros")]
    {
        let error = every(&listed(list)).unwrap_err().to_string();
        assert!(error.contains(word), "{error:?} does not say {word}");
    }
}
