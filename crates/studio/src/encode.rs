//! Frames to H.264 by openh264. Not a container: what comes out are access units as MP4 stores
//! them, and the parameter sets apart.
//!
//! One thread and no clock in it, so the same frames give the same bytes on every machine, with or
//! without assembler in the build.

use mp4_atom::Avcc;
use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Complexity, Encoder as OpenH264, EncoderConfig, FrameRate, FrameType,
    IntraFramePeriod, Level, QpRange, RateControlMode, SpsPpsStrategy, UsageType, VuiConfig,
};
use openh264::formats::YUVSource;

use crate::error::StudioError;
use crate::frame::{Frame, Size};
use crate::nal;

/// How finely frames are quantised. The parameter sets are the same for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// For what we draw: keeps gradients smooth in type and sky (at 30 skies band).
    Drawn,
    /// For what was encoded before, so that the second time does not show.
    Again,
}

impl Quality {
    fn quantiser(self) -> u8 {
        match self {
            Self::Drawn => 26,
            Self::Again => 18,
        }
    }
}

/// Frames from one keyframe to the next: two seconds, so that a player seeks well and the end of a
/// clip is decoded (to extend it) from at most two seconds before.
const KEYFRAME_INTERVAL: u32 = 48;

/// One coded frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessUnit {
    /// Slice units, each behind its length in four bytes, big end first.
    pub data: Vec<u8>,
    /// Decoding can start here (IDR).
    pub key: bool,
}

/// The sequence and picture parameter sets of a stream, as units without start codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterSets {
    pub sps: Vec<u8>,
    pub pps: Vec<u8>,
}

impl ParameterSets {
    /// The description of a track's samples that a player reads first (`avcC`).
    ///
    /// # Errors
    /// [`StudioError::Encode`] for a sequence parameter set without profile and level.
    pub fn to_avcc(&self) -> Result<Avcc, StudioError> {
        Avcc::new(&self.sps, &self.pps).map_err(StudioError::encode_video)
    }

    /// Both sets as they stand inside a sample.
    ///
    /// # Errors
    /// [`StudioError::Encode`] for a set past 4 GiB.
    pub fn to_sample_prefix(&self) -> Result<Vec<u8>, StudioError> {
        let mut out = Vec::new();
        append(&self.sps, &mut out)?;
        append(&self.pps, &mut out)?;
        Ok(out)
    }
}

/// An H.264 encoder for frames of one size.
pub struct Encoder {
    inner: OpenH264,
    size: Size,
    sets: Option<ParameterSets>,
}

impl Encoder {
    /// # Errors
    /// [`StudioError::Impossible`] for a size that 4:2:0 or openh264 cannot hold (odd, under 16, over
    /// 3840 x 2160 in either orientation).
    pub fn new(size: Size, fps: u32, quality: Quality) -> Result<Self, StudioError> {
        check_size(size)?;
        let config = config(size, fps, quality.quantiser());
        let inner = OpenH264::with_api_config(OpenH264API::from_source(), config)
            .map_err(StudioError::encode_video)?;
        Ok(Self {
            inner,
            size,
            sets: None,
        })
    }

    /// The parameter sets, known from the first frame on. They depend on size and rate only.
    #[must_use]
    pub fn parameter_sets(&self) -> Option<&ParameterSets> {
        self.sets.as_ref()
    }

    /// Encodes the next frame.
    ///
    /// # Errors
    /// [`StudioError::Encode`]; [`StudioError::Impossible`] for a frame of another size.
    pub fn push(&mut self, frame: &Frame) -> Result<AccessUnit, StudioError> {
        check_frame(frame, self.size)?;
        let stream = self
            .inner
            .encode(&Planes(frame))
            .map_err(StudioError::encode_video)?;
        let key = stream.frame_type() == FrameType::IDR;
        let mut unit = AccessUnit {
            data: Vec::new(),
            key,
        };
        let (mut sps, mut pps) = (None, None);
        for layer in (0..stream.num_layers()).filter_map(|n| stream.layer(n)) {
            for n in 0..layer.nal_count() {
                let nal = nal::without_start_code(layer.nal_unit(n).unwrap_or_default());
                match nal::kind(nal) {
                    nal::SPS => sps = Some(nal.to_vec()),
                    nal::PPS => pps = Some(nal.to_vec()),
                    _ => append(nal, &mut unit.data)?,
                }
            }
        }
        self.learn(sps, pps)?;
        if unit.data.is_empty() {
            return Err(StudioError::encode_video("the encoder dropped a frame"));
        }
        Ok(unit)
    }

    /// Keeps the first pair and refuses another: a track has one description of its samples.
    fn learn(&mut self, sps: Option<Vec<u8>>, pps: Option<Vec<u8>>) -> Result<(), StudioError> {
        let (Some(sps), Some(pps)) = (sps, pps) else {
            return Ok(());
        };
        let found = ParameterSets { sps, pps };
        match &self.sets {
            Some(known) if *known != found => {
                Err(StudioError::encode_video("the parameter sets changed"))
            }
            _ => {
                self.sets = Some(found);
                Ok(())
            }
        }
    }
}

/// The encoder reads the planes through pointers: their lengths are our word for it.
fn check_frame(frame: &Frame, size: Size) -> Result<(), StudioError> {
    let quarter = size.area() / 4;
    let whole = frame.size == size
        && frame.y.len() == size.area()
        && frame.u.len() == quarter
        && frame.v.len() == quarter;
    whole.then_some(()).ok_or_else(|| StudioError::Impossible {
        why: format!("a frame of {:?} in a clip of {size:?}", frame.size),
    })
}

fn append(nal: &[u8], out: &mut Vec<u8>) -> Result<(), StudioError> {
    let length = u32::try_from(nal.len()).map_err(StudioError::encode_video)?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(nal);
    Ok(())
}

fn check_size(size: Size) -> Result<(), StudioError> {
    let (long, short) = (size.width.max(size.height), size.width.min(size.height));
    if short < 16
        || long > 3840
        || short > 2160
        || !size.width.is_multiple_of(2)
        || !size.height.is_multiple_of(2)
    {
        return Err(StudioError::Impossible {
            why: format!(
                "H.264 here holds no frame of {} x {}",
                size.width, size.height
            ),
        });
    }
    Ok(())
}

fn config(size: Size, fps: u32, quantiser: u8) -> EncoderConfig {
    let (level, bit_rate) = level(size, fps);
    EncoderConfig::new()
        .usage_type(UsageType::CameraVideoRealTime)
        // `Off` ignores the quantiser; this mode sets it to the nearest the range has, and a range of
        // one value is constant quality. It keeps no books of bits and warns of nothing on stderr.
        .rate_control_mode(RateControlMode::Bufferbased)
        .qp(QpRange::new(quantiser, quantiser))
        .bitrate(BitRate::from_bps(bit_rate))
        .skip_frames(false)
        .max_frame_rate(FrameRate::from_hz(fps as f32))
        .intra_frame_period(IntraFramePeriod::from_num_frames(KEYFRAME_INTERVAL))
        .sps_pps_strategy(SpsPpsStrategy::ConstantId)
        .complexity(Complexity::Low)
        .level(level)
        // These three only look for what constant quality does not use, at a price.
        .scene_change_detect(false)
        .adaptive_quantization(false)
        .background_detection(false)
        .num_threads(1)
        .vui(VuiConfig::bt709())
}

/// The lowest level that holds the size and rate, and its bit rate (H.264 table A-1): hardware
/// players refuse a stream that claims more than they can, whatever it needs.
fn level(size: Size, fps: u32) -> (Level, u32) {
    const LEVELS: [(u32, u32, Level, u32); 6] = [
        (1_620, 40_500, Level::Level_3_0, 10_000_000),
        (3_600, 108_000, Level::Level_3_1, 14_000_000),
        (5_120, 216_000, Level::Level_3_2, 20_000_000),
        (8_192, 245_760, Level::Level_4_0, 20_000_000),
        (22_080, 589_824, Level::Level_5_0, 135_000_000),
        (36_864, 983_040, Level::Level_5_1, 240_000_000),
    ];
    let blocks = size.width.div_ceil(16) * size.height.div_ceil(16);
    LEVELS
        .iter()
        .find(|(frame, second, ..)| blocks <= *frame && blocks * fps <= *second)
        .map_or((Level::Level_5_2, 240_000_000), |(_, _, level, rate)| {
            (*level, *rate)
        })
}

/// A borrowed frame in openh264's terms.
struct Planes<'a>(&'a Frame);

impl YUVSource for Planes<'_> {
    fn dimensions(&self) -> (usize, usize) {
        (self.0.size.width as usize, self.0.size.height as usize)
    }

    fn strides(&self) -> (usize, usize, usize) {
        let width = self.0.size.width as usize;
        (width, width / 2, width / 2)
    }

    fn y(&self) -> &[u8] {
        &self.0.y
    }

    fn u(&self) -> &[u8] {
        &self.0.u
    }

    fn v(&self) -> &[u8] {
        &self.0.v
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(width: u32, height: u32) -> String {
        format!("{:?}", level(Size { width, height }, 24).0)
    }

    #[test]
    fn the_level_is_the_lowest_that_holds_the_size() {
        assert_eq!(name(854, 480), "Level_3_0");
        assert_eq!(name(480, 832), "Level_3_0");
        assert_eq!(name(1280, 720), "Level_3_1");
        assert_eq!(name(768, 1280), "Level_3_2");
        assert_eq!(name(1920, 1080), "Level_4_0");
        assert_eq!(name(3840, 2160), "Level_5_1");
    }

    #[test]
    fn a_frame_with_a_plane_cut_short_never_reaches_the_encoder() {
        let size = Size {
            width: 32,
            height: 32,
        };
        let mut encoder = Encoder::new(size, 24, Quality::Drawn).expect("a size that H.264 holds");
        let mut frame = Frame::black(size);
        frame.v.pop();
        assert!(matches!(
            encoder.push(&frame),
            Err(StudioError::Impossible { .. })
        ));
    }

    #[test]
    fn a_keyframe_comes_every_two_seconds_and_the_parameter_sets_stay() {
        let size = Size {
            width: 32,
            height: 32,
        };
        let mut encoder = Encoder::new(size, 24, Quality::Drawn).expect("a size that H.264 holds");
        let mut frame = Frame::black(size);
        let keys: Vec<u8> = (0..100)
            .filter(|n| {
                frame.y.fill(16 + n);
                encoder.push(&frame).expect("a frame").key
            })
            .collect();
        assert_eq!(keys, [0, 48, 96]);
        let sets = encoder
            .parameter_sets()
            .expect("a frame was encoded")
            .clone();
        let mut other = Encoder::new(size, 24, Quality::Again).expect("a size that H.264 holds");
        other.push(&frame).expect("a frame");
        assert_eq!(other.parameter_sets(), Some(&sets));
    }
}
