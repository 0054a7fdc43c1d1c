//! Language codes as the data sets write them.

/// The ISO 639-1 code that `name` stands for: lower case, without region or script, and with ReMaKE's `cz` (Czech) and `du` (Dutch) corrected.
pub fn language_code(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    match lower.split(['-', '_']).next().unwrap_or_default() {
        "cz" => "cs".to_owned(),
        "du" => "nl".to_owned(),
        code => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_resolved() {
        for (name, code) in [("cz", "cs"), ("du", "nl"), (" DE ", "de"), ("zh-CN", "zh"), ("pt_BR", "pt"), ("en", "en")] {
            assert_eq!(language_code(name), code);
        }
    }
}
