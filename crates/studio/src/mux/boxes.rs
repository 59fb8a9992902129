//! The index (`moov`) of a clip, put together from its tables.

use mp4_atom::esds::{DecoderConfig, DecoderSpecific, EsDescriptor, Esds, SLConfig};
use mp4_atom::{
    Audio, Avc1, Avcc, Codec, Colr, Dinf, Dref, Edts, Elst, ElstEntry, FourCC, Ftyp, Hdlr, Matrix,
    Mdhd, Mdia, Minf, Moov, Mp4a, Mvhd, Pasp, Smhd, Stsd, Tkhd, Trak, Udta, Url, Visual, Vmhd,
};

use super::tables::{MAX_BYTES_PER_CHUNK, MAX_BYTES_PER_SAMPLE, Tables};
use super::{CHUNK_SAMPLES, VideoTrack, labels};
use crate::audio::AacTrack;
use crate::clip::Labels;

/// H.264 table E-3 to E-5: BT.709 for primaries, transfer and matrix alike.
const BT709: u16 = 1;

/// `objectTypeIndication` of MPEG-4 audio, and the stream type of audio (ISO/IEC 14496-1).
const MPEG4_AUDIO: u8 = 0x40;
const AUDIO_STREAM: u8 = 5;

pub(super) fn brands() -> Ftyp {
    Ftyp {
        major_brand: b"isom".into(),
        minor_version: 0x200,
        compatible_brands: [b"isom", b"iso2", b"avc1", b"mp41"]
            .map(FourCC::from)
            .to_vec(),
    }
}

/// Room enough for the index of `samples` frames and `units` of sound, and a `free` box behind it.
pub(super) fn room(samples: u32, units: u64, labels: &Labels) -> u64 {
    // Everything whose length does not grow with the samples: under 3 KiB with two descriptions.
    const FIXED: u64 = 4096;
    let samples = u64::from(samples);
    // A change of description starts a chunk of its own, and sound ends with one more.
    let chunks = samples.div_ceil(u64::from(CHUNK_SAMPLES)) + 2;
    let texts = [&labels.title, &labels.comment]
        .into_iter()
        .flatten()
        .map(String::len);
    FIXED
        + texts.sum::<usize>() as u64
        + (samples * MAX_BYTES_PER_SAMPLE + chunks * MAX_BYTES_PER_CHUNK)
        + (units * 4 + (chunks + 1) * MAX_BYTES_PER_CHUNK)
}

pub(super) fn index(
    track: &VideoTrack,
    video: &Tables,
    entries: &[Avcc],
    audio: Option<(&AacTrack, &Tables)>,
    labels: &Labels,
) -> Moov {
    let shown = shown(track, video);
    let sound = audio.map(|(aac, tables)| {
        let played = aac.samples * u64::from(track.timescale) / u64::from(aac.sample_rate);
        audio_trak(aac, tables, played)
    });
    let tracks = 1 + sound.iter().len();
    Moov {
        mvhd: Mvhd {
            timescale: track.timescale,
            duration: shown,
            next_track_id: tracks as u32 + 1,
            ..Mvhd::default()
        },
        meta: Some(labels::keyed(labels)),
        trak: std::iter::once(video_trak(track, video, entries))
            .chain(sound)
            .collect(),
        udta: Some(Udta {
            meta: Some(labels::shown(labels)),
            ..Udta::default()
        }),
        ..Moov::default()
    }
}

/// How long the picture is seen, in ticks.
fn shown(track: &VideoTrack, video: &Tables) -> u64 {
    video.ends_at().saturating_sub(track.starts_at)
}

fn video_trak(track: &VideoTrack, tables: &Tables, entries: &[Avcc]) -> Trak {
    let (width, height) = (track.size.width as u16, track.size.height as u16);
    let codecs = entries
        .iter()
        .map(|avcc| Codec::Avc1(picture(width, height, avcc)))
        .collect();
    Trak {
        tkhd: Tkhd {
            track_id: 1,
            duration: shown(track, tables),
            enabled: true,
            in_movie: true,
            matrix: rotation(track.rotation, track.size.width, track.size.height),
            width: width.into(),
            height: height.into(),
            ..Tkhd::default()
        },
        edts: edit(shown(track, tables), track.starts_at),
        mdia: Mdia {
            mdhd: media(track.timescale, tables.duration()),
            hdlr: handler(b"vide", "VideoHandler"),
            minf: Minf {
                vmhd: Some(Vmhd::default()),
                dinf: in_this_file(),
                stbl: tables.to_atom(Stsd { codecs }),
                ..Minf::default()
            },
        },
        ..Trak::default()
    }
}

fn picture(width: u16, height: u16, avcc: &Avcc) -> Avc1 {
    Avc1 {
        visual: Visual {
            data_reference_index: 1,
            width,
            height,
            ..Visual::default()
        },
        avcc: avcc.clone(),
        colr: Some(Colr::Nclx {
            colour_primaries: BT709,
            transfer_characteristics: BT709,
            matrix_coefficients: BT709,
            full_range_flag: false,
        }),
        pasp: Some(Pasp {
            h_spacing: 1,
            v_spacing: 1,
        }),
        ..Avc1::default()
    }
}

/// `played` is the length in ticks of the movie.
fn audio_trak(aac: &AacTrack, tables: &Tables, played: u64) -> Trak {
    Trak {
        tkhd: Tkhd {
            track_id: 2,
            duration: played,
            alternate_group: 1,
            enabled: true,
            in_movie: true,
            volume: 1.into(),
            ..Tkhd::default()
        },
        // Skips what the encoder puts before the first sample, so that sound and picture start
        // together.
        edts: edit(played, u64::from(AacTrack::PRIMING_SAMPLES)),
        mdia: Mdia {
            mdhd: media(aac.sample_rate, tables.duration()),
            hdlr: handler(b"soun", "SoundHandler"),
            minf: Minf {
                smhd: Some(Smhd::default()),
                dinf: in_this_file(),
                stbl: tables.to_atom(Stsd {
                    codecs: vec![Codec::Mp4a(sound(aac))],
                }),
                ..Minf::default()
            },
        },
        ..Trak::default()
    }
}

fn sound(aac: &AacTrack) -> Mp4a {
    let config = DecoderConfig {
        object_type_indication: MPEG4_AUDIO,
        stream_type: AUDIO_STREAM,
        max_bitrate: AacTrack::BITS_PER_SECOND,
        avg_bitrate: AacTrack::BITS_PER_SECOND,
        dec_specific: Some(DecoderSpecific {
            raw: aac.config.clone(),
            ..Default::default()
        }),
        ..DecoderConfig::default()
    };
    Mp4a {
        audio: Audio {
            data_reference_index: 1,
            channel_count: aac.channels,
            sample_size: 16,
            // 16.16 fixed point, and no rate of ours passes 48 kHz.
            sample_rate: (aac.sample_rate as u16).into(),
        },
        esds: Esds {
            es_desc: EsDescriptor {
                es_id: 2,
                dec_config: config,
                sl_config: SLConfig::default(),
                ..EsDescriptor::default()
            },
        },
        btrt: None,
        taic: None,
    }
}

/// One edit at normal speed: play `duration` (ticks of the movie) from `from` (ticks of the track).
fn edit(duration: u64, from: u64) -> Option<Edts> {
    let entry = ElstEntry {
        segment_duration: duration,
        media_time: Some(from),
        media_rate: 1.into(),
    };
    Some(Edts {
        elst: Some(Elst {
            entries: vec![entry],
        }),
    })
}

/// Times of making are left at zero: the same order gives the same bytes.
fn media(timescale: u32, duration: u64) -> Mdhd {
    Mdhd {
        timescale,
        duration,
        language: "und".into(),
        ..Mdhd::default()
    }
}

fn handler(kind: &[u8; 4], name: &str) -> Hdlr {
    Hdlr {
        handler: kind.into(),
        name: name.into(),
    }
}

fn in_this_file() -> Dinf {
    Dinf {
        dref: Dref {
            entries: vec![
                Url {
                    location: String::new(),
                }
                .into(),
            ],
        },
    }
}

/// The matrix that turns a picture clockwise and moves it back to the origin (QuickTime file
/// format, "Matrices"; 16.16 fixed point, translation too).
fn rotation(degrees: u16, width: u32, height: u32) -> Matrix {
    const ONE: i32 = 1 << 16;
    let (width, height) = ((width << 16) as i32, (height << 16) as i32);
    let (a, b, c, d, x, y) = match degrees {
        90 => (0, ONE, -ONE, 0, height, 0),
        180 => (-ONE, 0, 0, -ONE, width, height),
        270 => (0, -ONE, ONE, 0, 0, width),
        _ => return Matrix::default(),
    };
    Matrix {
        a,
        b,
        c,
        d,
        x,
        y,
        ..Matrix::default()
    }
}
