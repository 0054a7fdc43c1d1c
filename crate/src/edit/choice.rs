//! Values that are one of a few, each with one written name.

use std::str::FromStr;

/// A value that is one of a few. `choices!` declares one.
pub trait Choice: Copy + FromStr<Err = crate::Error> + Send + Sync + 'static {
    /// Every choice, in the order of the documentation.
    fn all() -> &'static [Self];

    /// The written name.
    fn name(self) -> &'static str;

    /// What it means, in one line.
    fn about(self) -> &'static str;
}

/// Declares an enum whose variants have one written name each: for flags, links, recipes and reports alike. What documents a variant is
/// also what `--help` and `SCHEMA.md` say of it.
macro_rules! choices {
    ($(#[$meta:meta])* $ty:ident, $what:literal { $($(#[doc = $doc:tt])+ $variant:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
        pub enum $ty { $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+ }

        impl $ty {
            /// Every choice, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The written name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it means, in one line.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii()),+ }
            }
        }

        impl $crate::edit::choice::Choice for $ty {
            fn all() -> &'static [Self] {
                Self::ALL
            }

            fn name(self) -> &'static str {
                self.name()
            }

            fn about(self) -> &'static str {
                self.about()
            }
        }

        impl std::fmt::Display for $ty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $ty {
            type Err = $crate::Error;

            fn from_str(text: &str) -> $crate::Result<Self> {
                let names: Vec<&str> = Self::ALL.iter().map(|choice| choice.name()).collect();
                match Self::ALL.iter().find(|choice| choice.name() == text) {
                    Some(choice) => Ok(*choice),
                    None => Err($crate::edit::settings::parse::unknown_name($what, text, &names)),
                }
            }
        }
    };
}

pub(crate) use choices;
