//! Links: `#1.<base64url without padding (raw deflate (compact JSON))>`.
//!
//! A link comes from anywhere, so nothing of it is believed: its length is checked before it is decoded, inflating stops at a limit,
//! lists stop at theirs while they are read, and what comes out is validated like any other recipe. The number in front is the
//! format's version; every version ever released stays readable (`tests/links` holds frozen ones).
//!
//! A link is read as it arrives: out of a text, wrapped, escaped, with something behind it (`carried.rs`).
//!
//! Facts of the catalogue are written as references (`reference.rs`), which keeps a link of fifty of them within 2,000 characters. Such a
//! link opens where the catalogue gives the very same facts and is refused elsewhere; [`outline`] says what can be read of one that is refused.

mod bounded;
mod carried;
mod entries;
mod fact;
mod numbers;
mod outline;
mod reference;
mod v1;

pub use outline::{Outline, Why, outline};

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, URL_SAFE_NO_PAD};

use super::Recipe;
use crate::edit::settings::parse::excerpt;
use crate::facts::Catalogue;
use crate::{Error, ErrorKind, Result, ensure};

/// Most bytes of a link.
pub const MAX_LINK: usize = 1 << 20;
/// Most bytes of what it inflates to.
pub const MAX_INFLATED: usize = 8 << 20;
/// The version that [`encode`] writes.
const VERSION: u32 = 1;
/// miniz's best compression.
const LEVEL: u8 = 10;

/// The fragment of the link that carries `recipe`, from `#` on. With a catalogue, facts that are the catalogue's are written as references to
/// it.
///
/// # Errors
/// `Data`: the recipe is not valid. `Link`: it is too large for a link.
pub fn encode(recipe: &Recipe, catalogue: Option<&Catalogue>) -> Result<String> {
    recipe.validate()?;
    let json = v1::write(recipe, catalogue)?;
    if json.len() > MAX_INFLATED {
        return Err(too_large(recipe.facts.len(), &format!("{} bytes, at most {MAX_INFLATED}", json.len())));
    }
    let link = format!("#{VERSION}.{}", URL_SAFE_NO_PAD.encode(miniz_oxide::deflate::compress_to_vec(&json, LEVEL)));
    if link.len() > MAX_LINK {
        return Err(too_large(recipe.facts.len(), &format!("{} characters, at most {MAX_LINK}", link.len())));
    }
    Ok(link)
}

fn too_large(facts: usize, what: &str) -> Error {
    Error::new(ErrorKind::Link, format!("the recipe's {facts} facts are too large for a link ({what})"))
        .hint("save the recipe as a file instead")
}

/// The recipe of a link: a text with a whole URL, or its fragment with or without `#`, as programs passed it on. The catalogue is needed where
/// the link [`refers`] to it.
///
/// # Errors
/// `Link`: no link, one of a newer version, a damaged or an oversized one, one whose facts this catalogue does not give, or one whose recipe
/// is not valid.
pub fn decode(link: &str, catalogue: Option<&Catalogue>) -> Result<Recipe> {
    let (version, body) = parts(link)?;
    if version > VERSION {
        return Err(Error::new(
            ErrorKind::Link,
            format!("the link's format {version} was made by a newer version; this one reads formats up to {VERSION}"),
        )
        .hint("keep the link, and open it in a newer version"));
    }
    let recipe = v1::read(&inflate(&body, MAX_INFLATED)?, catalogue)?;
    recipe.validate().map_err(|error| {
        let invalid = Error::new(ErrorKind::Link, format!("the link's recipe is not valid: {}", error.message()));
        match error.hint_text() {
            Some(hint) => invalid.hint(hint),
            None => invalid,
        }
    })?;
    Ok(recipe)
}

/// Whether facts of the link are references to the catalogue.
pub fn refers(link: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Digest {
        c: Option<serde::de::IgnoredAny>,
    }
    let json = parts(link).and_then(|(_, body)| inflate(&body, MAX_INFLATED));
    json.is_ok_and(|json| serde_json::from_slice::<Digest>(&json).is_ok_and(|digest| digest.c.is_some()))
}

/// Version and body of a link.
fn parts(link: &str) -> Result<(u32, String)> {
    ensure!(link.len() <= MAX_LINK, Link, "the link has {} bytes; the limit is {MAX_LINK}", link.len());
    let found = carried::fragment(link);
    let parts = found.as_deref().and_then(|found| found.split_once('.'));
    match parts.map(|(version, body)| (version.parse::<u32>(), body)) {
        Some((Ok(version), body)) if version > 0 => Ok((version, body.to_owned())),
        _ => Err(Error::new(ErrorKind::Link, format!("`{}` is not a LangEdit link", excerpt(link.trim())))
            .hint("a link contains #1. and a long text")),
    }
}

/// Whether `text` is meant as a link rather than as a file name: `<digits>.` follows a `#` in it, or it is nothing but that and letters of
/// base64url. (`1.json` is too, so a file that exists wins where the caller looks at files.)
pub fn is_link(text: &str) -> bool {
    text.len() <= MAX_LINK && carried::fragment(text).is_some()
}

/// Text that a program joined to the link may be among its last letters: where the compressed part ends is for that to say.
const LENIENT: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

fn inflate(body: &str, most: usize) -> Result<Vec<u8>> {
    // One letter beyond a multiple of four holds no byte.
    let letters = body.len() - usize::from(body.len() % 4 == 1);
    let bytes = LENIENT.decode(&body.as_bytes()[..letters]).map_err(|error| damaged(&error.to_string()))?;
    miniz_oxide::inflate::decompress_to_vec_with_limit(&bytes, most).map_err(|error| match error.status {
        miniz_oxide::inflate::TINFLStatus::HasMoreOutput => {
            Error::new(ErrorKind::Link, format!("the link expands to more than {most} bytes"))
        }
        _ => damaged("its compressed part cannot be unpacked"),
    })
}

fn damaged(why: &str) -> Error {
    Error::new(ErrorKind::Link, format!("the link is damaged: {why}")).hint("copy the whole link again")
}
