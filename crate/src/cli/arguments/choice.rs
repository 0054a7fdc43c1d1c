//! Flags that take one of a few names: `--help` lists the names, and a wrong one is answered with those that are legal.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command};

use crate::edit::{Choice, MergeSettings, Method};

/// Reads a `C`.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Names<C>(Vec<C>);

/// Any choice of its kind.
pub(in crate::cli) fn any<C: Choice>() -> Names<C> {
    Names(C::all().to_vec())
}

/// A method whose edits can be merged.
pub(in crate::cli) fn merging_method() -> impl TypedValueParser<Value = Method> {
    Names(Method::merging().collect()).try_map(|method| MergeSettings::check_base(method).map(|()| method))
}

impl<C: Choice> TypedValueParser for Names<C> {
    type Value = C;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<C, clap::Error> {
        StringValueParser::new().try_map(|name| name.parse::<C>()).parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        // Their meanings would turn all of `--help` into its long form, three lines a flag: the guide has them.
        Some(Box::new(self.0.iter().map(|choice| PossibleValue::new(choice.name()))))
    }
}
