//! Media facts read from small real files, which `tests/media/README.md` says how to make again.

use std::time::Duration;

use framewright_core::media::{Family, Format, MediaProblem, audio, image, sniff_as};
use proptest::prelude::*;

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("media/", $name)).as_slice()
    };
}

/// Format, upright size, orientation number, transparency.
type ImageFacts = (Format, (u32, u32), u8, bool);

fn image_facts(bytes: &[u8]) -> Result<ImageFacts, MediaProblem> {
    let read = image(bytes)?;
    Ok((
        read.format,
        read.upright_size(),
        read.orientation.number(),
        read.alpha,
    ))
}

#[test]
fn images_tell_size_orientation_and_transparency() {
    let files: [(&str, &[u8], ImageFacts); 12] = [
        (
            "plain.jpg",
            sample!("plain.jpg"),
            (Format::Jpeg, (22, 16), 1, false),
        ),
        (
            "turned.jpg",
            sample!("turned.jpg"),
            (Format::Jpeg, (16, 22), 6, false),
        ),
        (
            "rgb.png",
            sample!("rgb.png"),
            (Format::Png, (22, 16), 1, false),
        ),
        (
            "rgba.png",
            sample!("rgba.png"),
            (Format::Png, (23, 17), 1, true),
        ),
        (
            "turned.png",
            sample!("turned.png"),
            (Format::Png, (16, 22), 8, false),
        ),
        (
            "palette-alpha.png",
            sample!("palette-alpha.png"),
            (Format::Png, (23, 17), 1, true),
        ),
        (
            "lossy.webp",
            sample!("lossy.webp"),
            (Format::Webp, (22, 16), 1, false),
        ),
        (
            "lossy-alpha.webp",
            sample!("lossy-alpha.webp"),
            (Format::Webp, (22, 16), 1, true),
        ),
        (
            "lossless.webp",
            sample!("lossless-alpha.webp"),
            (Format::Webp, (23, 17), 1, true),
        ),
        (
            "turned.webp",
            sample!("turned.webp"),
            (Format::Webp, (16, 22), 5, false),
        ),
        (
            "plain.bmp",
            sample!("plain.bmp"),
            (Format::Bmp, (22, 16), 1, false),
        ),
        (
            "alpha.bmp",
            sample!("alpha.bmp"),
            (Format::Bmp, (23, 17), 1, true),
        ),
    ];
    for (name, bytes, facts) in files {
        assert_eq!(image_facts(bytes), Ok(facts), "{name}");
    }
}

#[test]
fn a_wav_is_measured_to_the_sample_even_when_its_header_does_not_know() {
    let files: [(&str, &[u8], u64, u16); 3] = [
        ("pcm.wav", sample!("pcm.wav"), 1500, 1),
        ("float-stereo.wav", sample!("float-stereo.wav"), 250, 2),
        ("piped.wav", sample!("piped.wav"), 1500, 1),
    ];
    for (name, bytes, ms, channels) in files {
        let read = audio(bytes, bytes.len() as u64).expect(name);
        assert_eq!(
            (read.duration, read.channels),
            (Duration::from_millis(ms), channels),
            "{name}"
        );
    }
}

#[test]
fn a_wav_that_claims_more_than_it_has_is_measured_by_what_it_has() {
    let mut lying = sample!("pcm.wav").to_vec();
    let at = lying
        .windows(4)
        .position(|w| w == b"data")
        .expect("a data chunk")
        + 4;
    lying[at..at + 4].copy_from_slice(&0x7fff_0000u32.to_le_bytes());
    let read = audio(&lying, lying.len() as u64).map(|read| read.duration);
    assert_eq!(read, Ok(Duration::from_millis(1500)));
}

#[test]
fn a_wav_head_alone_is_enough_when_the_length_is_known() {
    let whole = sample!("pcm.wav");
    let read = audio(&whole[..200], whole.len() as u64).map(|read| read.duration);
    assert_eq!(read, Ok(Duration::from_millis(1500)));
}

#[test]
fn compressed_samples_in_a_wav_are_refused_with_the_remedy() {
    let bytes = sample!("adpcm.wav");
    let text = audio(bytes, bytes.len() as u64)
        .expect_err("adpcm is not plain")
        .to_string();
    assert!(
        text.ends_with("its samples are compressed; save it as PCM"),
        "{text}"
    );
}

/// The sample counts are those that decoding the files with ffmpeg gives.
#[test]
fn an_mp3_is_measured_as_long_as_it_plays() {
    let files: [(&str, &[u8], u64, u32); 3] = [
        ("vbr-xing.mp3", sample!("vbr-xing.mp3"), 66_150, 44_100),
        ("cbr-no-tag.mp3", sample!("cbr-no-tag.mp3"), 67_968, 44_100),
        (
            "mpeg2-mono-id3v1.mp3",
            sample!("mpeg2-mono-id3v1.mp3"),
            25_344,
            16_000,
        ),
    ];
    for (name, bytes, samples, rate) in files {
        let read = audio(bytes, bytes.len() as u64).expect(name);
        let played = read.duration.as_secs_f64() * f64::from(rate);
        assert_eq!(
            (played.round() as u64, read.sample_rate_hz),
            (samples, rate),
            "{name}"
        );
    }
}

#[test]
fn the_head_of_an_mp3_gives_its_duration_within_a_tenth() {
    let whole = sample!("cbr-no-tag.mp3");
    let read = audio(&whole[..3000], whole.len() as u64).expect("a head with frames");
    let error = (read.duration.as_secs_f64() - 1.541).abs();
    assert!(error < 0.15, "{:?}", read.duration);
}

#[test]
fn sound_where_a_picture_is_wanted_is_refused() {
    let found = sniff_as(Family::Image, sample!("pcm.wav"));
    let problem = MediaProblem::WrongFamily {
        found: Format::Wav,
        wanted: Family::Image,
    };
    assert_eq!(found, Err(problem));
}

const ALL: [&[u8]; 12] = [
    sample!("turned.jpg"),
    sample!("turned.png"),
    sample!("palette-alpha.png"),
    sample!("turned.webp"),
    sample!("lossless-alpha.webp"),
    sample!("lossy.webp"),
    sample!("alpha.bmp"),
    sample!("plain.bmp"),
    sample!("float-stereo.wav"),
    sample!("vbr-xing.mp3"),
    sample!("mpeg2-mono-id3v1.mp3"),
    sample!("pcm.wav"),
];

#[test]
fn every_cut_of_every_file_is_read_without_a_panic() {
    for bytes in ALL {
        for end in 0..bytes.len().min(600) {
            let _ = (image(&bytes[..end]), audio(&bytes[..end], u64::MAX));
        }
    }
}

proptest! {
    #[test]
    fn no_damage_makes_the_readers_panic(
        which in 0..ALL.len(),
        at in proptest::collection::vec((0usize..200, any::<u8>()), 1..12),
        total in any::<u64>(),
    ) {
        let mut bytes = ALL[which].to_vec();
        for (at, byte) in at {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        let _ = image(&bytes);
        if let Ok(read) = audio(&bytes, total) {
            prop_assert!(read.sample_rate_hz > 0 && read.channels > 0);
        }
    }
}
