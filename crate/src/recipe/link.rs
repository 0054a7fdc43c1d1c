//! Links: `#1.<base64url without padding (raw deflate (compact JSON))>`.
//!
//! A link comes from anywhere, so nothing of it is believed: its length is checked before it is decoded, inflating stops at a limit,
//! lists stop at theirs while they are read, and what comes out is validated like any other recipe. The number in front is the
//! format's version; every version ever released stays readable (`tests/links` holds frozen ones).

mod bounded;
mod v1;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Recipe;
use crate::edit::settings::parse::excerpt;
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Most bytes of a link.
pub const MAX_LINK: usize = 1 << 20;
/// Most bytes of what it inflates to.
pub const MAX_INFLATED: usize = 8 << 20;
/// The version that [`encode`] writes.
const VERSION: u32 = 1;
/// miniz's best compression that is still fast.
const LEVEL: u8 = 9;

/// The fragment of the link that carries `recipe`, from `#` on.
///
/// # Errors
/// `Data`: the recipe is not valid. `Link`: it is too large for a link.
pub fn encode(recipe: &Recipe) -> Result<String> {
    recipe.validate()?;
    let json = v1::write(recipe)?;
    let too_large = |what: &str| {
        Error::new(ErrorKind::Link, format!("the recipe's {} facts are too large for a link ({what})", recipe.facts.len()))
            .hint("save the recipe as a file instead")
    };
    if json.len() > MAX_INFLATED {
        return Err(too_large(&format!("{} bytes, at most {MAX_INFLATED}", json.len())));
    }
    let link = format!("#{VERSION}.{}", URL_SAFE_NO_PAD.encode(miniz_oxide::deflate::compress_to_vec(&json, LEVEL)));
    if link.len() > MAX_LINK {
        return Err(too_large(&format!("{} characters, at most {MAX_LINK}", link.len())));
    }
    Ok(link)
}

/// The recipe of a link: a whole URL, or its fragment with or without `#`.
///
/// # Errors
/// `Link`: no link, one of a newer version, a damaged or an oversized one, or one whose recipe is not valid.
pub fn decode(link: &str) -> Result<Recipe> {
    ensure!(link.len() <= MAX_LINK, Link, "the link has {} bytes, at most {MAX_LINK} are read", link.len());
    let fragment = link.trim().rsplit('#').next().unwrap_or_default();
    let not_a_link = || {
        Error::new(ErrorKind::Link, format!("`{}` is not a LangEdit link", excerpt(link.trim()))).hint("a link holds #1. and a long text")
    };
    let (version, body) = fragment.split_once('.').ok_or_else(not_a_link)?;
    if version.is_empty() || version.len() > 9 || !version.bytes().all(|b| b.is_ascii_digit()) {
        return Err(not_a_link());
    }
    let json = match version.parse::<u32>() {
        Ok(1) => inflate(body)?,
        Ok(newer) if newer > VERSION => {
            bail!(Link, "the link's format {newer} was made by a newer version, this one reads up to {VERSION}")
        }
        _ => return Err(not_a_link()),
    };
    let recipe = v1::read(&json)?;
    recipe.validate().map_err(|error| {
        let invalid = Error::new(ErrorKind::Link, format!("the link's recipe is not valid: {}", error.message()));
        match error.hint_text() {
            Some(hint) => invalid.hint(hint),
            None => invalid,
        }
    })?;
    Ok(recipe)
}

/// Whether `text` is meant as a link rather than as a file name: what follows its last `#`, or all of it, starts with `<digits>.` and
/// goes on in the alphabet of base64url. (`1.json` does too, so a file that exists wins where the caller looks at files.)
pub fn is_link(text: &str) -> bool {
    let fragment = text.trim().rsplit('#').next().unwrap_or_default();
    fragment.split_once('.').is_some_and(|(version, body)| {
        let digits = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
        digits && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(&b))
    })
}

fn inflate(body: &str) -> Result<Vec<u8>> {
    // Some sites add the padding that we leave out.
    let bytes = URL_SAFE_NO_PAD.decode(body.trim_end_matches('=')).map_err(|error| damaged(&error.to_string()))?;
    miniz_oxide::inflate::decompress_to_vec_with_limit(&bytes, MAX_INFLATED).map_err(|error| match error.status {
        miniz_oxide::inflate::TINFLStatus::HasMoreOutput => {
            Error::new(ErrorKind::Link, format!("the link inflates to more than {MAX_INFLATED} bytes"))
        }
        _ => damaged("its compressed part does not unpack"),
    })
}

fn damaged(why: &str) -> Error {
    Error::new(ErrorKind::Link, format!("the link is damaged: {why}")).hint("copy it again, whole")
}
