//! A still that somebody sent, upright and opaque, and its fit into a clip's frame. Reads PNG, JPEG,
//! WebP and BMP. Not a fetcher (bytes come in) and not a place for effects.

use std::io::Cursor;

use fast_image_resize::{PixelType, ResizeOptions, Resizer, images::Image, images::ImageRef};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use crate::{colour, frame::Frame, frame::Size};

/// The most pixels a picture may have: 64 million, a 9000 x 7000 scan.
pub const MAX_PIXELS: u64 = 64_000_000;

/// The most memory a decoder may take, in bytes: [`MAX_PIXELS`] at 8 bytes each.
const MAX_DECODE_BYTES: u64 = 8 * MAX_PIXELS;

/// Longer edges than this, in pixels, are brought down at once: no clip shows more.
const KEPT_EDGE: u32 = 3840;

/// What shows through transparent pictures: white, as in a browser.
pub const PAPER: [u8; 3] = [255; 3];

/// Why a picture cannot be used. `Display` is fit for the person who sent it.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Not a picture of a kind that is read here.
    #[error("the image is not a PNG, JPEG, WebP or BMP")]
    UnknownFormat,
    /// The right kind, but damaged, cut short or of an exotic sort.
    #[error("the image cannot be read")]
    Unreadable(#[source] image::ImageError),
    /// Too many pixels, whatever the file's length.
    #[error("the image has {width} x {height} pixels, more than {MAX_PIXELS} in all")]
    TooLarge { width: u32, height: u32 },
}

/// An upright, opaque picture in packed 8-bit RGB, its longer edge at most 3840 pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Picture {
    /// Reads a picture: kind by its first bytes, turned upright by its EXIF orientation, transparency
    /// laid over `paper`.
    ///
    /// # Errors
    /// [`PictureError`]; the pixel count is judged from the header, before anything is decoded.
    pub fn decode(bytes: &[u8], paper: [u8; 3]) -> Result<Self, PictureError> {
        let reader = ImageReader::new(Cursor::new(bytes));
        let mut reader = reader
            .with_guessed_format()
            .map_err(|_| PictureError::UnknownFormat)?;
        if reader.format().is_none() {
            return Err(PictureError::UnknownFormat);
        }
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_DECODE_BYTES);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(PictureError::Unreadable)?;
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(PictureError::TooLarge { width, height });
        }
        let orientation = decoder.orientation().map_err(PictureError::Unreadable)?;
        let mut decoded = DynamicImage::from_decoder(decoder).map_err(PictureError::Unreadable)?;
        decoded.apply_orientation(orientation);
        Ok(Self::flatten(&decoded, paper).shrunk())
    }

    /// A picture of one's own making.
    ///
    /// # Panics
    /// When `rgb` does not hold `3 * width * height` bytes, or an edge is 0.
    #[must_use]
    pub fn from_rgb(width: u32, height: u32, rgb: Vec<u8>) -> Self {
        assert!(width > 0 && height > 0, "a picture has at least one pixel");
        assert_eq!(
            rgb.len(),
            3 * width as usize * height as usize,
            "RGB bytes and size disagree"
        );
        Self { width, height, rgb }
    }

    /// Width and height in pixels, after turning upright.
    #[must_use]
    pub fn dimensions(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The middle of the picture that has the shape of `size`, at that size (Lanczos).
    #[must_use]
    pub fn fit(&self, size: Size) -> Frame {
        let rgb = resize(self, size.width, size.height);
        colour::frame_from_rgb(size, &rgb)
    }

    fn flatten(decoded: &DynamicImage, paper: [u8; 3]) -> Self {
        let (width, height) = (decoded.width(), decoded.height());
        if !decoded.color().has_alpha() {
            return Self {
                width,
                height,
                rgb: decoded.to_rgb8().into_raw(),
            };
        }
        let rgba = decoded.to_rgba8().into_raw();
        let (pixels, _) = rgba.as_chunks::<4>();
        let rgb = pixels
            .iter()
            .flat_map(|&pixel| over(pixel, paper))
            .collect();
        Self { width, height, rgb }
    }

    fn shrunk(self) -> Self {
        let longer = self.width.max(self.height);
        if longer <= KEPT_EDGE {
            return self;
        }
        let edge = |e: u32| {
            let scaled = u64::from(e) * u64::from(KEPT_EDGE) / u64::from(longer);
            (scaled as u32).max(1)
        };
        let (width, height) = (edge(self.width), edge(self.height));
        Self {
            width,
            height,
            rgb: resize(&self, width, height),
        }
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

fn over([r, g, b, alpha]: [u8; 4], paper: [u8; 3]) -> [u8; 3] {
    let alpha = u16::from(alpha);
    let blend =
        |c: u8, p: u8| ((u16::from(c) * alpha + u16::from(p) * (255 - alpha) + 127) / 255) as u8;
    [blend(r, paper[0]), blend(g, paper[1]), blend(b, paper[2])]
}

fn resize(picture: &Picture, width: u32, height: u32) -> Vec<u8> {
    if (picture.width, picture.height) == (width, height) {
        return picture.rgb.clone();
    }
    let source = ImageRef::new(picture.width, picture.height, &picture.rgb, PixelType::U8x3)
        .expect("a picture holds exactly three bytes for each pixel");
    let mut target = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().fit_into_destination(None);
    Resizer::new()
        .resize(&source, &mut target, &options)
        .expect("both sides are U8x3 and the crop lies inside the source");
    target.into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};

    fn png(width: u32, height: u32, pixels: &[u8], colour: ExtendedColorType) -> Vec<u8> {
        let mut bytes = Vec::new();
        PngEncoder::new(&mut bytes)
            .write_image(pixels, width, height, colour)
            .expect("encodes");
        bytes
    }

    /// A little-endian EXIF block that says nothing but the orientation.
    fn exif(orientation: u8) -> Vec<u8> {
        let mut block = b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        block.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0, 0]);
        block
    }

    #[test]
    fn transparency_shows_the_paper() {
        let bytes = png(
            2,
            1,
            &[255, 0, 0, 255, 255, 0, 0, 0],
            ExtendedColorType::Rgba8,
        );
        let picture = Picture::decode(&bytes, [10, 20, 30]).expect("decodes");
        assert_eq!(picture.rgb, [255, 0, 0, 10, 20, 30]);
    }

    #[test]
    fn a_picture_taken_on_its_side_is_turned_upright() {
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new(&mut bytes);
        encoder
            .set_exif_metadata(exif(6))
            .expect("PNG carries EXIF");
        encoder
            .write_image(&[1, 1, 1, 9, 9, 9], 2, 1, ExtendedColorType::Rgb8)
            .expect("encodes");
        let picture = Picture::decode(&bytes, PAPER).expect("decodes");
        assert_eq!(picture.dimensions(), (1, 2));
        assert_eq!(picture.rgb, [1, 1, 1, 9, 9, 9]);
    }

    #[test]
    fn a_wide_picture_is_cropped_at_its_sides_not_squeezed() {
        let mut rgb = Vec::new();
        for _ in 0..32 {
            for x in 0..128 {
                let inside = (48..80).contains(&x);
                rgb.extend_from_slice(if inside { &[250, 250, 250] } else { &[0, 0, 0] });
            }
        }
        let frame = Picture::from_rgb(128, 32, rgb).fit(Size {
            width: 32,
            height: 32,
        });
        let bright = frame.y.iter().filter(|&&y| y > 200).count();
        assert!(
            bright > 30 * 32,
            "only {bright} bright samples: the sides were not cropped away"
        );
    }

    #[test]
    fn too_many_pixels_are_refused_before_decoding() {
        // An honest header of 10000 x 10000, and then nothing.
        let mut bytes = png(16, 16, &[7; 256], ExtendedColorType::L8);
        bytes[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]);
        let checksum = crc32(&bytes[12..29]).to_be_bytes();
        bytes[29..33].copy_from_slice(&checksum);
        let refused = Picture::decode(&bytes, PAPER);
        assert!(
            matches!(refused, Err(PictureError::TooLarge { width: 10_000, .. })),
            "{refused:?}"
        );
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |c, _| {
                (c >> 1) ^ (0xedb8_8320 * (c & 1))
            })
        })
    }

    #[test]
    fn text_and_broken_files_are_told_apart() {
        let text = Picture::decode(b"hello, this is no picture", PAPER);
        assert!(matches!(text, Err(PictureError::UnknownFormat)));
        let cut = &png(64, 64, &[3; 4096 * 3], ExtendedColorType::Rgb8)[..60];
        assert!(matches!(
            Picture::decode(cut, PAPER),
            Err(PictureError::Unreadable(_))
        ));
    }

    #[test]
    fn a_huge_edge_is_brought_down() {
        let picture = Picture::from_rgb(8000, 2, vec![9; 3 * 8000 * 2]).shrunk();
        assert_eq!(picture.dimensions(), (3840, 1));
    }
}
