//! The tracks of an index: which is the picture, how it is described, turned and cut.

use mp4_atom::{Atom, Avcc, Elst, Mdhd, Mp4a, Mvhd, Tkhd};

use super::walk::{boxes, find, printable, read};
use super::{Codec, Movie, Sample, Video, picture, samples};
use crate::decode::Limits;
use crate::error::StudioError;
use crate::frame::Size;

/// Reads the body of `moov`.
pub(super) fn movie(index: &[u8], bytes: u64, limits: &Limits) -> Result<Movie, StudioError> {
    let tracks = || {
        boxes(index)
            .filter(|(kind, _)| kind == b"trak")
            .map(|(_, body)| body)
    };
    let of = |kind: &[u8; 4]| tracks().find(|trak| handler(trak).as_ref() == Some(kind));
    let trak = of(b"vide").ok_or_else(|| StudioError::bad_video("it has no picture"))?;
    let video = video(trak, index, bytes, limits)?;
    if video.samples.is_empty() && find(index, &[b"mvex"]).is_some() {
        return Err(StudioError::NeedsFfmpeg {
            codec: "fragmented MP4".into(),
        });
    }
    let audio_codec = of(b"soun").and_then(audio_codec);
    Ok(Movie {
        video,
        audio_codec,
        bytes,
    })
}

/// `vide`, `soun` and the like. QuickTime ends the box differently than MP4, but begins it alike.
fn handler(trak: &[u8]) -> Option<[u8; 4]> {
    find(trak, &[b"mdia", b"hdlr"])?.get(8..12)?.try_into().ok()
}

fn video(trak: &[u8], index: &[u8], bytes: u64, limits: &Limits) -> Result<Video, StudioError> {
    let missing = |what: &str| StudioError::bad_video(format!("its index has no readable {what}"));
    let media = find(trak, &[b"mdia"]).ok_or_else(|| missing("mdia"))?;
    let timescale = read::<Mdhd>(media).map_or(0, |mdhd| mdhd.timescale);
    if timescale == 0 {
        return Err(missing("timescale"));
    }
    let stbl = find(media, &[b"minf", b"stbl"]).ok_or_else(|| missing("stbl"))?;
    let (codec, size) = description(stbl).ok_or_else(|| missing("stsd"))?;
    let entries = match &codec {
        Codec::H264(entries) => entries.len() as u32,
        Codec::Other(_) => u32::MAX,
    };
    let samples = samples::read(stbl, bytes, entries, limits)?;
    let tkhd = read::<Tkhd>(trak);
    let rotation = tkhd
        .as_ref()
        .map_or(0, |tkhd| rotation(tkhd.matrix.a, tkhd.matrix.b));
    let movie_scale = read::<Mvhd>(index).map_or(0, |mvhd| mvhd.timescale);
    let edits = find(trak, &[b"edts"]).and_then(read::<Elst>);
    let played = played(edits.as_ref(), movie_scale, timescale, &samples);
    Ok(Video {
        codec,
        size,
        rotation,
        timescale,
        samples,
        played,
    })
}

/// Codec and coded size from the sample entries (ISO/IEC 14496-12 8.5.2).
fn description(stbl: &[u8]) -> Option<(Codec, Size)> {
    /// Length of the fixed fields of a visual sample entry.
    const VISUAL: usize = 78;
    let entries: Vec<_> = boxes(find(stbl, &[b"stsd"])?.get(8..)?).collect();
    let (first, body) = *entries.first()?;
    let side = |at: usize| {
        Some(u32::from(u16::from_be_bytes(
            body.get(at..at + 2)?.try_into().ok()?,
        )))
    };
    let stated = Size {
        width: side(24)?,
        height: side(26)?,
    };
    let avcc = |(kind, body): &([u8; 4], &[u8])| {
        let ours = matches!(kind, b"avc1" | b"avc3");
        ours.then(|| read::<Avcc>(body.get(VISUAL..)?)).flatten()
    };
    match entries.iter().map(avcc).collect::<Option<Vec<_>>>() {
        Some(avccs) => {
            let size = picture(avccs.first()?).map_or(stated, |sps| sps.size);
            Some((Codec::H264(avccs), size))
        }
        None => Some((Codec::Other(printable(first)), stated)),
    }
}

/// Clockwise degrees of a `tkhd` matrix: its first row is (1, 0), (0, 1), (-1, 0) or (0, -1); what
/// is none of these (mirrored or skewed) is shown unturned.
fn rotation(a: i32, b: i32) -> u16 {
    match (a.signum(), b.signum()) {
        (0, 1) => 90,
        (-1, 0) => 180,
        (0, -1) => 270,
        _ => 0,
    }
}

/// The stretch of composition time that is played. Of several edits (rare; phones cut with one) the
/// earliest begin and the latest end count, and a pause before the picture is not played.
fn played(
    edits: Option<&Elst>,
    movie_scale: u32,
    timescale: u32,
    samples: &[Sample],
) -> (i64, i64) {
    let first = samples.iter().map(Sample::shown).min().unwrap_or(0);
    let last = samples
        .iter()
        .map(|s| s.shown().saturating_add(i64::from(s.duration)))
        .max();
    let last = last.unwrap_or(0);
    let span = |edit: &mp4_atom::ElstEntry| {
        let from = i64::try_from(edit.media_time?).ok()?;
        let ticks = u128::from(edit.segment_duration) * u128::from(timescale);
        // Rounded up: a movie clock coarser than the track's must not cut the last frame.
        let ticks = ticks.div_ceil(u128::from(movie_scale.max(1)));
        // A length of 0 means to the end (fragmented files and some cameras).
        let until = if ticks == 0 {
            last
        } else {
            from.saturating_add(i64::try_from(ticks).ok()?)
        };
        Some((from.max(first), until.min(last)))
    };
    let spans = edits.iter().flat_map(|elst| &elst.entries).filter_map(span);
    spans
        .filter(|(from, until)| until > from)
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        .unwrap_or((first, last))
}

/// RFC 6381 code of a sound track.
fn audio_codec(trak: &[u8]) -> Option<String> {
    let stsd = find(trak, &[b"mdia", b"minf", b"stbl", b"stsd"])?;
    let (kind, mut body) = boxes(stsd.get(8..)?).next()?;
    if kind != *b"mp4a" {
        return Some(printable(kind));
    }
    let Ok(mp4a) = Mp4a::decode_body(&mut body) else {
        return Some(printable(kind));
    };
    let config = mp4a.esds.es_desc.dec_config;
    let object = config.object_type_indication;
    Some(match config.dec_specific {
        Some(aac) if object == 0x40 => format!("mp4a.40.{}", aac.profile),
        _ => format!("mp4a.{object:02x}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mp4_atom::ElstEntry;

    fn frames(count: u64, offset: i64) -> Vec<Sample> {
        let sample = |n| Sample {
            at: 0,
            size: 1,
            decode: n * 10,
            duration: 10,
            offset,
            key: n == 0,
            entry: 0,
        };
        (0..count).map(sample).collect()
    }

    fn edit(segment_duration: u64, media_time: Option<u64>) -> ElstEntry {
        ElstEntry {
            segment_duration,
            media_time,
            media_rate: 1.into(),
        }
    }

    #[test]
    fn without_edits_everything_is_played_from_the_first_picture_shown() {
        assert_eq!(played(None, 0, 240, &frames(10, 20)), (20, 120));
    }

    #[test]
    fn an_edit_cuts_at_both_ends_and_a_pause_before_it_does_not_count() {
        let elst = Elst {
            entries: vec![edit(500, None), edit(125, Some(30))],
        };
        // 125 ms of a movie clock in ms are 30 ticks of 240.
        assert_eq!(played(Some(&elst), 1000, 240, &frames(10, 20)), (30, 60));
    }

    #[test]
    fn an_edit_that_plays_nothing_is_no_edit() {
        let elst = Elst {
            entries: vec![edit(125, Some(9_000))],
        };
        assert_eq!(played(Some(&elst), 1000, 240, &frames(10, 0)), (0, 100));
    }

    #[test]
    fn phones_turn_by_quarters() {
        assert_eq!(rotation(1 << 16, 0), 0);
        assert_eq!(rotation(0, 1 << 16), 90);
        assert_eq!(rotation(-(1 << 16), 0), 180);
        assert_eq!(rotation(0, -(1 << 16)), 270);
    }
}
