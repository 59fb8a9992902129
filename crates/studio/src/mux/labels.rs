//! What a file says of its origin: who made it, that it is a preview and no model's work or that two
//! clips were joined, and the IPTC digital source type, in the three places where players, ffprobe
//! and exiftool look.

use mp4_atom::{
    Desc, ExtendedType, FourCC, Hdlr, Ilst, IlstData, IlstDataValue, KeyEntry, Keys, Meta, Tool,
    Uuid,
};

use crate::clip::Labels;

/// One file's words for where it comes from.
struct Provenance {
    /// The software, in `©too` and the XMP packet.
    software: &'static str,
    note: &'static str,
    /// A term of the IPTC NewsCodes, Digital Source Type.
    source_type: &'static str,
}

/// "Media created purely by an algorithm not based on any sampled training data".
const DRAWN: Provenance = Provenance {
    software: "Framewright preview",
    note: "A preview drawn by an algorithm, without a generative model.",
    source_type: "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
};

/// "Mix or composite of several elements, at least one of which is synthetic".
const JOINED: Provenance = Provenance {
    software: "Framewright",
    note: "A generated video and its continuation, joined.",
    source_type: "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic",
};

fn provenance_of(labels: &Labels) -> &'static Provenance {
    match labels.joined {
        true => &JOINED,
        false => &DRAWN,
    }
}

/// The XMP packet's place in an MP4 (XMP specification part 3, 1.2.7.1).
const XMP: [u8; 16] = [
    0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC,
];

/// The provenance as XMP, where IPTC wants it.
pub(super) fn provenance(labels: &Labels) -> Uuid {
    let Provenance {
        software,
        source_type,
        ..
    } = provenance_of(labels);
    let packet = format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" \
         xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
         xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
         xmp:CreatorTool=\"{software}\" \
         Iptc4xmpExt:DigitalSourceType=\"{source_type}\"/>\
         </rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
    );
    Uuid::Unknown(ExtendedType::new(&XMP), packet.into_bytes())
}

/// Named entries (`mdta`), the ones that ffprobe prints by their names.
pub(super) fn keyed(labels: &Labels) -> Meta {
    let Provenance {
        software,
        note,
        source_type,
    } = *provenance_of(labels);
    let comment = labels.comment.as_ref();
    let comment = comment.map_or_else(|| note.to_owned(), |comment| format!("{note} {comment}"));
    let mut entries = vec![
        ("comment", comment),
        ("software", software.to_owned()),
        ("digital_source_type", source_type.to_owned()),
    ];
    entries.extend(labels.title.clone().map(|title| ("title", title)));
    let keys = entries.iter().map(|(key, _)| KeyEntry {
        key_namespace: FourCC::new(b"mdta"),
        key_value: (*key).to_owned(),
    });
    let keys = Keys {
        entries: keys.collect(),
    };
    let values = entries
        .into_iter()
        .zip(1..)
        .map(|((_, text), n)| (n, utf8(text)));
    let mut meta = empty(b"mdta");
    meta.push(keys);
    meta.push(Ilst {
        mdta: values.collect(),
        ..Ilst::default()
    });
    meta
}

/// The iTunes-style entries that players show: tool and description.
pub(super) fn shown(labels: &Labels) -> Meta {
    let Provenance { software, note, .. } = *provenance_of(labels);
    let mut meta = empty(b"mdir");
    meta.push(Ilst {
        ctoo: Some(Tool {
            country_indicator: 0,
            language_indicator: 0,
            text: software.to_owned(),
        }),
        desc: Some(Desc {
            country_indicator: 0,
            language_indicator: 0,
            text: note.to_owned(),
        }),
        ..Ilst::default()
    });
    meta
}

fn empty(handler: &[u8; 4]) -> Meta {
    Meta {
        hdlr: Hdlr {
            handler: handler.into(),
            name: String::new(),
        },
        items: Vec::new(),
    }
}

fn utf8(text: String) -> IlstData {
    IlstData {
        country_indicator: 0,
        language_indicator: 0,
        value: IlstDataValue::Utf8(text),
    }
}
