//! A frame as a picture file: what a provider of another house goes on from. Not for what is shown
//! on the way: nothing here is fast.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use crate::colour;
use crate::error::StudioError;
use crate::frame::Frame;

/// Of JPEG, 1 to 100: no block is seen, and a frame of 1920 x 1080 stays under a megabyte or two,
/// which every vendor takes inline.
const QUALITY: u8 = 95;

/// The frame as JPEG. The same frame gives the same bytes.
///
/// # Errors
/// [`StudioError::Encode`].
pub fn jpeg(frame: &Frame) -> Result<Vec<u8>, StudioError> {
    let mut bytes = Vec::new();
    let (width, height) = (frame.size.width, frame.size.height);
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode(
            &colour::frame_to_rgb(frame),
            width,
            height,
            ExtendedColorType::Rgb8,
        )
        .map_err(StudioError::encode_video)?;
    Ok(bytes)
}
