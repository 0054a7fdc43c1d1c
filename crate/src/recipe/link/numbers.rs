//! Numbers of four significant digits, in three characters each.
//!
//! A number is m 10^(e-3) with m from 1000 to 9999 and e from -10 to 5, or 0: 14 bits of m and 4 of e + 10, six bits a character, the highest
//! first. Digits in decimal compress to a fifth more, and a link of fifty steps has a hundred such numbers.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::bounded::Bounded;
use crate::recipe::MAX_FACTS;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The exponent that is written as 0.
const LEAST: i32 = -10;
/// The first exponent that is not written.
const BEYOND: i32 = LEAST + 16;

/// A list of numbers, as JSON's or packed.
#[derive(Clone, Debug)]
pub(super) enum Numbers {
    Plain(Bounded<f64, MAX_FACTS>),
    Packed(Vec<f64>),
}

impl Numbers {
    pub(super) fn values(self) -> Vec<f64> {
        match self {
            Self::Plain(list) => list.0,
            Self::Packed(list) => list,
        }
    }

    /// Packed where it is wanted and nothing is lost by it.
    pub(super) fn new(list: &[f64], packed: bool) -> Self {
        let fits = |number: &f64| code(*number).and_then(value).is_some_and(|back| back.to_bits() == number.to_bits());
        if packed && list.iter().all(fits) { Self::Packed(list.to_vec()) } else { Self::Plain(Bounded(list.to_vec())) }
    }
}

/// The 18 bits of a number.
fn code(number: f64) -> Option<u32> {
    if number == 0.0 {
        return Some(0);
    }
    let text = format!("{number:.3e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let (mantissa, exponent): (u32, i32) = (mantissa.replace('.', "").parse().ok()?, exponent.parse().ok()?);
    let shifted = u32::try_from(exponent - LEAST).ok().filter(|_| exponent < BEYOND)?;
    Some((mantissa << 4) | shifted)
}

fn value(code: u32) -> Option<f64> {
    match code >> 4 {
        0 if code == 0 => Some(0.0),
        mantissa @ 1000..=9999 => format!("{mantissa}e{}", (code & 15) as i32 + LEAST - 3).parse().ok(),
        _ => None,
    }
}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let list = match self {
            Self::Plain(list) => return list.serialize(serializer),
            Self::Packed(list) => list,
        };
        let letter = |six: u32| char::from(ALPHABET.get((six & 63) as usize).copied().unwrap_or(b'A'));
        let codes = list.iter().filter_map(|&number| code(number));
        let text: String = codes.flat_map(|code| [letter(code >> 12), letter(code >> 6), letter(code)]).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Numbers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of numbers")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Numbers, E> {
                if text.len() > 3 * MAX_FACTS {
                    return Err(E::custom(format_args!("more than {MAX_FACTS} numbers")));
                }
                let six = |byte: &u8| ALPHABET.iter().position(|letter| letter == byte).map(|at| at as u32);
                let number = |letters: &[u8]| match letters {
                    [a, b, c] => value((six(a)? << 12) | (six(b)? << 6) | six(c)?),
                    _ => None,
                };
                let list: Option<Vec<f64>> = text.as_bytes().chunks(3).map(number).collect();
                list.map(Numbers::Packed).ok_or_else(|| E::custom("letters that are not numbers"))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Numbers, A::Error> {
                Bounded::deserialize(SeqAccessDeserializer::new(seq)).map(Numbers::Plain)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
