//! The four tasks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// A downstream task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Does one sentence entail another? Two classes: `neutral` and `contradiction` are both "no".
    Xnli,
    /// Is one sentence a paraphrase of another?
    Pawsx,
    /// A question about a passage, answered with words of it.
    Mlqa,
    /// Persons, locations and organisations in a sentence.
    Wikiann,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Xnli, Self::Pawsx, Self::Mlqa, Self::Wikiann];

    /// The name in file names and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xnli => "xnli",
            Self::Pawsx => "pawsx",
            Self::Mlqa => "mlqa",
            Self::Wikiann => "wikiann",
        }
    }

    /// Solved examples that are asked for, as published.
    pub fn shots(self) -> usize {
        match self {
            Self::Xnli | Self::Pawsx | Self::Mlqa => 2,
            Self::Wikiann => 3,
        }
    }

    /// Tokens that are generated, as published.
    pub fn generated(self) -> usize {
        match self {
            Self::Xnli => 5,
            Self::Pawsx => 3,
            Self::Mlqa | Self::Wikiann => 20,
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // With the width that a table asks for.
        f.pad(self.name())
    }
}

impl FromStr for Task {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|task| task.name() == name);
        found.ok_or_else(|| Error::new(ErrorKind::Usage, format!("unknown task `{name}`")).hint("use xnli, pawsx, mlqa or wikiann"))
    }
}
