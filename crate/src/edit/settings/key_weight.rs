//! What one edited key weighs beside the pre-trained ones.

use serde::{Deserialize, Serialize};

use super::parse::number;

/// The weight w of one edited key k in the running covariance, `Cov_t = (N_{t-1} Cov_{t-1} + w k k^T) / (N_{t-1} + w)`, N_0 being the tokens of
/// the statistics.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(rename_all = "snake_case", from = "Written")]
pub enum KeyWeight {
    /// w is this share of N_0, so that it means the same whichever corpus the statistics are of: Cov_t is proportional to
    /// `C_0 + share sum k k^T`, and that is what is cut, in the public code's recurrence too.
    Share(f64),
    /// w is this many samples, 1 being the paper's plain mean, and Cov_t itself is cut, as published. The more edits against N_0, the more
    /// pre-trained directions fall below an absolute threshold.
    Samples(f64),
}

/// As it is in JSON. Reports of version 0.1.0 have a plain number of samples.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(f64),
    Named(Named),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Named {
    Share(f64),
    Samples(f64),
}

impl From<Written> for KeyWeight {
    fn from(written: Written) -> Self {
        match written {
            Written::Plain(samples) | Written::Named(Named::Samples(samples)) => Self::Samples(samples),
            Written::Named(Named::Share(share)) => Self::Share(share),
        }
    }
}

impl KeyWeight {
    /// A number below 1, `0.3%` or `share:0.003` is a share of the pre-trained keys; a number from 1 on, or `samples:0.5`, is one of samples.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(percent) = text.strip_suffix('%') {
            return number(percent, 0.0, 100.0).map(|percent| Self::Share(percent / 100.0));
        }
        if let Some(share) = text.strip_prefix("share:") {
            return number(share, 0.0, 1.0).map(Self::Share);
        }
        if let Some(samples) = text.strip_prefix("samples:") {
            return number(samples, 0.0, 1e12).map(Self::Samples);
        }
        number(text, 0.0, 1e12).map(|weight| if weight < 1.0 { Self::Share(weight) } else { Self::Samples(weight) })
    }

    /// What a recipe of version 1 meant by `text`: numbers of samples alone.
    pub(super) fn parse_as_samples(text: &str) -> Option<Self> {
        number(text, 0.0, 1e12).map(Self::Samples).or_else(|| Self::parse(text))
    }
}

impl std::fmt::Display for KeyWeight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Share(share) if share < 1.0 => write!(f, "{share}"),
            Self::Share(share) => write!(f, "share:{share}"),
            Self::Samples(samples) if samples >= 1.0 => write!(f, "{samples}"),
            Self::Samples(samples) => write!(f, "samples:{samples}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_a_share_of_the_pretrained_keys_or_samples() {
        for (text, weight, written) in [
            ("0.003", KeyWeight::Share(0.003), "0.003"),
            ("0.3%", KeyWeight::Share(0.003), "0.003"),
            ("share:0.003", KeyWeight::Share(0.003), "0.003"),
            ("100%", KeyWeight::Share(1.0), "share:1"),
            ("0", KeyWeight::Share(0.0), "0"),
            ("1", KeyWeight::Samples(1.0), "1"),
            ("1000", KeyWeight::Samples(1000.0), "1000"),
            ("samples:0.5", KeyWeight::Samples(0.5), "samples:0.5"),
        ] {
            assert_eq!(KeyWeight::parse(text), Some(weight), "{text}");
            assert_eq!(weight.to_string(), written);
            assert_eq!(KeyWeight::parse(written), Some(weight));
        }
        for wrong in ["", "-1", "101%", "share:2", "share:", "samples:-1", "nan", "much"] {
            assert_eq!(KeyWeight::parse(wrong), None, "{wrong}");
        }
        assert_eq!(KeyWeight::parse_as_samples("0.5"), Some(KeyWeight::Samples(0.5)));
        assert_eq!(KeyWeight::parse_as_samples("share:0.5"), Some(KeyWeight::Share(0.5)));
    }

    #[test]
    fn reports_of_earlier_versions_have_a_number_of_samples() {
        let read = |json: &str| serde_json::from_str::<KeyWeight>(json).ok();
        assert_eq!(read("1000.0"), Some(KeyWeight::Samples(1000.0)));
        assert_eq!(read(r#"{"samples": 3}"#), Some(KeyWeight::Samples(3.0)));
        let written = serde_json::to_string(&KeyWeight::Share(0.25)).unwrap_or_default();
        assert_eq!((written.as_str(), read(&written)), (r#"{"share":0.25}"#, Some(KeyWeight::Share(0.25))));
    }
}
