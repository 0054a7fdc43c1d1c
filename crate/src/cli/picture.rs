//! PNG pictures of SVG figures.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Family, Query};
use resvg::usvg::{Options, Tree};

use crate::{Error, ErrorKind, Result};

/// Pixels to a unit of the figure, so that it is sharp on dense screens and in print.
const SCALE: f32 = 2.0;
/// What sans-serif text is set in: the first of these that is installed, else any font.
const FAMILIES: [&str; 6] = ["Noto Sans", "DejaVu Sans", "Liberation Sans", "Arial", "Helvetica", "Segoe UI"];

/// A PNG file with the figure that `svg` draws, [`SCALE`] pixels to a unit, text in the fonts of this machine.
///
/// # Errors
/// `Io`: no font is installed. `Data`: this is not SVG, or it is too large for memory.
pub(super) fn png(svg: &str) -> Result<Vec<u8>> {
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_system_fonts();
    let installed = |family: &&str| fonts.query(&Query { families: &[Family::Name(family)], ..Query::default() }).is_some();
    let any = || fonts.faces().find_map(|face| Some(face.families.first()?.0.clone()));
    let family = FAMILIES.iter().find(|family| installed(family)).map(|&family| family.to_owned()).or_else(any).ok_or_else(|| {
        Error::new(ErrorKind::Io, "a PNG needs a font for its text, and none is installed")
            .hint("install one, such as fonts-dejavu-core, or use --svg")
    })?;
    fonts.set_sans_serif_family(&family);
    options.font_family = family;

    let failed = |why: String| Error::new(ErrorKind::Data, format!("the figure cannot be drawn as PNG: {why}"));
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(error.to_string()))?;
    let size = tree.size().to_int_size().scale_by(SCALE).ok_or_else(|| failed("it has no size".to_owned()))?;
    let mut pixels =
        Pixmap::new(size.width(), size.height()).ok_or_else(|| failed(format!("{} x {} pixels", size.width(), size.height())))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use resvg::tiny_skia::Pixmap;

    use super::*;

    #[test]
    fn figures_become_pictures_with_their_text() {
        let figure = |text| {
            let style = "<style>text{font:11px system-ui,sans-serif;fill:#1b1b1b}</style>";
            png(&format!(
                r##"<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20">{style}<rect width="100%" height="100%" fill="#fff"/><text x="2" y="14">{text}</text></svg>"##
            ))
        };
        match figure("capital") {
            Ok(picture) => {
                let (written, empty) = (Pixmap::decode_png(&picture).unwrap(), Pixmap::decode_png(&figure("").unwrap()).unwrap());
                assert_eq!((written.width(), written.height()), (120, 40));
                assert_ne!(written.data(), empty.data(), "the text is drawn");
                assert_eq!(png("<svg").unwrap_err().kind(), ErrorKind::Data);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Io, "{error}"),
        }
    }
}
