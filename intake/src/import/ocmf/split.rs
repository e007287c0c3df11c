//! From a file to its records: one after another, or wrapped in the transparency software's XML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::de::IgnoredAny;

use crate::import::error::{Fault, Place, Problem, Result, clip};

/// The two sections of a record, exactly as they are between the bars.
pub(super) struct Piece {
    pub(super) payload: String,
    pub(super) signature: String,
    pub(super) line: u64,
}

/// The records, and notes for people.
pub(super) fn pieces(text: &str) -> Result<(Vec<Piece>, Vec<String>)> {
    let text = text.trim_start_matches('\u{feff}');
    let mut pieces = Vec::new();
    let mut notes = Vec::new();
    if text.trim_start().starts_with('<') {
        wrapped(text, &mut pieces, &mut notes)?;
    } else {
        plain(text, 1, &mut pieces)?;
    }
    Ok((pieces, notes))
}

/// Records with white space between them, or commas.
fn plain(text: &str, mut line: u64, pieces: &mut Vec<Piece>) -> Result<()> {
    let breaks = |text: &str| text.bytes().filter(|&b| b == b'\n').count() as u64;
    let mut rest = text;
    loop {
        let record = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        line += breaks(&rest[..rest.len() - record.len()]);
        if record.is_empty() {
            return Ok(());
        }
        let bad = |what: &str| Fault::at(Place::Line(line), Problem::Malformed(what.into()));
        let sections =
            record.strip_prefix("OCMF|").ok_or_else(|| bad("a record must begin with OCMF|"))?;
        let (payload, after) =
            sections.split_once('|').ok_or_else(|| bad("no signature after the payload"))?;
        let mut values = serde_json::Deserializer::from_str(after).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(_)) => {}
            Some(Err(e)) => return Err(bad(&format!("signature: {}", clip(&e.to_string())))),
            None => return Err(bad("no signature after the payload")),
        }
        let (signature, after) = after.split_at(values.byte_offset());
        pieces.push(Piece { payload: payload.to_owned(), signature: signature.to_owned(), line });
        line += breaks(&record[..record.len() - after.len()]);
        rest = after;
    }
}

#[derive(Clone, Copy)]
enum Encoding {
    Plain,
    Hex,
    Base64,
}

/// `<values><value><signedData>` with a record each.
fn wrapped(text: &str, pieces: &mut Vec<Piece>, notes: &mut Vec<String>) -> Result<()> {
    let mut xml = Reader::from_str(text);
    let mut open: Option<(Encoding, String, u64)> = None;
    let mut keys = 0u32;
    let (mut line, mut counted) = (1u64, 0usize);
    loop {
        let before = xml.buffer_position() as usize;
        line += text.as_bytes()[counted..before].iter().filter(|&&b| b == b'\n').count() as u64;
        counted = before;
        let bad = |what: String| Fault::at(Place::Line(line), Problem::Malformed(what));
        match xml.read_event().map_err(|e| bad(clip(&e.to_string())))? {
            Event::Start(tag) => {
                if open.is_some() {
                    return Err(bad("an element inside <signedData>".into()));
                }
                match tag.local_name().as_ref() {
                    "signedData" => open = Some((encoding(&tag, line)?, String::new(), line)),
                    "encodedData" => {
                        return Err(bad("<encodedData> holds another format than OCMF".into()));
                    }
                    "publicKey" => keys += 1,
                    _ => {}
                }
            }
            Event::Text(part) => {
                if let Some((_, data, _)) = &mut open {
                    data.push_str(&part);
                }
            }
            Event::CData(part) => {
                if let Some((_, data, _)) = &mut open {
                    data.push_str(&part);
                }
            }
            Event::GeneralRef(name) => {
                if let Some((_, data, _)) = &mut open {
                    let character =
                        name.resolve_char_ref().map_err(|e| bad(clip(&e.to_string())))?;
                    match character {
                        Some(c) => data.push(c),
                        None => {
                            let entity = quick_xml::escape::resolve_predefined_entity(&name);
                            data.push_str(entity.ok_or_else(|| {
                                Fault::at(Place::Line(line), Problem::UnknownEntity(clip(&name)))
                            })?);
                        }
                    }
                }
            }
            Event::End(tag) => {
                if tag.local_name().as_ref() == "signedData"
                    && let Some((encoding, data, line)) = open.take()
                {
                    plain(&decode(encoding, data, line)?, line, pieces)?;
                }
            }
            Event::DocType(_) => return Err(Fault::at(Place::Line(line), Problem::DocType)),
            Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => break,
        }
    }
    if open.is_some() {
        return Err(Fault::at(Place::Line(line), Problem::Truncated("signedData".into())));
    }
    if keys > 0 {
        notes.push(
            "the file brings a public key along, which is not used: whoever changes a record can change the key beside it"
                .into(),
        );
    }
    Ok(())
}

fn encoding(tag: &BytesStart<'_>, line: u64) -> Result<Encoding> {
    let bad = |what: String| Fault::line(line, "signedData", Problem::Malformed(what));
    let mut encoding = Encoding::Plain;
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|e| bad(clip(&e.to_string())))?;
        let value = attribute.value.as_ref();
        match attribute.key.local_name().as_ref() {
            "format" if !value.eq_ignore_ascii_case("OCMF") => {
                return Err(bad(format!("format {:?}, not OCMF", clip(value))));
            }
            "encoding" => {
                encoding = match value.to_ascii_lowercase().as_str() {
                    "plain" | "" => Encoding::Plain,
                    "hex" => Encoding::Hex,
                    "base64" => Encoding::Base64,
                    _ => {
                        return Err(bad(format!(
                            "encoding {:?}; plain, hex or base64",
                            clip(value)
                        )));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(encoding)
}

fn decode(encoding: Encoding, data: String, line: u64) -> Result<String> {
    let bytes = match encoding {
        Encoding::Plain => return Ok(data),
        Encoding::Hex => hex(&data),
        Encoding::Base64 => base64(&data),
    };
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        Fault::line(
            line,
            "signedData",
            Problem::Malformed("not text in the stated encoding".into()),
        )
    })
}

/// Hex digits, white space between them allowed.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: char| c.to_digit(16).map(|d| d as u8);
    let digits: Option<Vec<u8>> = text.chars().filter(|c| !c.is_whitespace()).map(digit).collect();
    let digits = digits.filter(|d| d.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Base64, white space in it allowed.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(text).ok()
}
