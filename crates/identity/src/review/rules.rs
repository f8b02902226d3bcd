//! What is taken for a document, and who may look when. Pure.
//!
//! A file is looked at just far enough to know what it is and that no viewer is led astray: its kind by its first bytes, its
//! structure up to the size of the picture, no scripts in a PDF. It is not opened, re-encoded or searched for viruses.

use kernel::{AccountId, Duration, FieldError, Timestamp};

use super::model::{MAX_FILE_BYTES, Media, Side, Upload};

/// Pixels on each edge: below nothing can be read, above no phone takes pictures.
const EDGE: std::ops::RangeInclusive<u32> = 200..=12_000;
/// A picture unpacks to four bytes a pixel in whatever shows it.
const MOST_PIXELS: u64 = 60_000_000;
/// How long looking is allowed after saying why.
pub(crate) const OPEN_FOR: Duration = Duration::from_mins(15);
/// Files are sealed in pieces of this size.
pub(crate) const PIECE_BYTES: usize = 256 * 1024;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// What makes a PDF do something when it is opened.
const ACTIVE: [&[u8]; 5] = [b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA"];

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadFile {
    Missing,
    TooLarge,
    /// Neither JPG nor PNG nor PDF.
    Kind,
    /// It says it is something else than it is.
    Differs,
    /// Cut off or broken.
    Damaged,
    /// Too few or too many pixels.
    Dimensions,
    /// A PDF that does something.
    Active,
}

impl BadFile {
    pub(crate) fn at(self, side: Side) -> FieldError {
        let (code, zh, en) = match self {
            Self::Missing => ("real_name.file_missing", "选择照片或 PDF", "Choose a photo or PDF"),
            Self::TooLarge => (
                "real_name.file_too_large",
                "照片需小于 10 MB，支持 JPG、PNG、PDF",
                "File must be under 10 MB: JPG, PNG or PDF",
            ),
            Self::Kind => (
                "real_name.file_kind",
                "这个文件不是 JPG、PNG 或 PDF，换一个",
                "This is no JPG, PNG or PDF. Choose another file",
            ),
            Self::Differs => (
                "real_name.file_differs",
                "文件内容与它的类型不一致，重新拍照上传",
                "The file is not what its name says. Take a new photo",
            ),
            Self::Damaged => (
                "real_name.file_damaged",
                "文件不完整，打不开，重新选择",
                "The file is cut off or broken. Choose it again",
            ),
            Self::Dimensions => (
                "real_name.file_dimensions",
                "照片边长需为 200 至 12,000 像素",
                "Each edge must have 200 to 12,000 pixels",
            ),
            Self::Active => (
                "real_name.file_active",
                "PDF 含有脚本或附件，改传照片",
                "The PDF has scripts or attachments. Send a photo instead",
            ),
        };
        FieldError::new(format!("/{}", side.name()), code, zh, en)
    }
}

/// What the file is, if it can be taken.
pub(crate) fn examine(upload: &Upload) -> Result<Media, BadFile> {
    let bytes = upload.bytes.as_slice();
    if upload.too_large {
        return Err(BadFile::TooLarge);
    }
    if bytes.is_empty() {
        return Err(BadFile::Missing);
    }
    if bytes.len() > MAX_FILE_BYTES {
        return Err(BadFile::TooLarge);
    }
    let media = sniff(bytes).ok_or(BadFile::Kind)?;
    if !says(upload, media) {
        return Err(BadFile::Differs);
    }
    match media {
        Media::Pdf => pdf(bytes)?,
        Media::Png => fits(png_size(bytes).ok_or(BadFile::Damaged)?)?,
        Media::Jpeg => fits(jpeg_size(bytes).ok_or(BadFile::Damaged)?)?,
    }
    Ok(media)
}

fn sniff(bytes: &[u8]) -> Option<Media> {
    if bytes.starts_with(b"\xFF\xD8\xFF") {
        Some(Media::Jpeg)
    } else if bytes.starts_with(PNG) {
        Some(Media::Png)
    } else {
        bytes.starts_with(b"%PDF-").then_some(Media::Pdf)
    }
}

/// The type the browser names and the end of the file's name, where there is one.
fn says(upload: &Upload, media: Media) -> bool {
    let declared = upload.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let declared_fits = ["", "application/octet-stream", media.content_type()].contains(&declared.as_str())
        || (media == Media::Jpeg && declared == "image/jpg");
    let end = upload.file_name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    declared_fits && end.is_none_or(|end| media.extensions().contains(&end.as_str()))
}

fn fits((width, height): (u32, u32)) -> Result<(), BadFile> {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    if EDGE.contains(&width) && EDGE.contains(&height) && pixels <= MOST_PIXELS {
        Ok(())
    } else {
        Err(BadFile::Dimensions)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_be_bytes(four))
}

/// Walks the chunks from the header to the end; a file that does not end in one is broken.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = PNG.len();
    let mut size = None;
    loop {
        let length = usize::try_from(word(bytes, at)?).ok()?;
        let kind = bytes.get(at.checked_add(4)?..at.checked_add(8)?)?;
        match (kind, size) {
            (b"IHDR", None) if length == 13 => {
                size = Some((word(bytes, at.checked_add(8)?)?, word(bytes, at.checked_add(12)?)?));
            }
            (_, None) => return None,
            (b"IEND", known) => return known,
            _ => {}
        }
        // Length, kind, data, checksum.
        at = at.checked_add(12)?.checked_add(length)?;
    }
}

/// Walks the segments up to the frame header, which has the size.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2_usize;
    loop {
        let marker = *bytes.get(at.checked_add(1)?)?;
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        match marker {
            // Fill bytes before a marker.
            0xFF => at = at.checked_add(1)?,
            // Start of a frame, of any coding; C4, C8 and CC are tables.
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                let half = |place: usize| {
                    let two: [u8; 2] = bytes.get(place..place.checked_add(2)?)?.try_into().ok()?;
                    Some(u32::from(u16::from_be_bytes(two)))
                };
                return Some((half(at.checked_add(7)?)?, half(at.checked_add(5)?)?));
            }
            // The picture itself, or its end, before any frame.
            0xD8..=0xDA => return None,
            _ => {
                let length = bytes.get(at.checked_add(2)?..at.checked_add(4)?)?;
                let length = usize::from(u16::from_be_bytes(length.try_into().ok()?));
                if length < 2 {
                    return None;
                }
                at = at.checked_add(2)?.checked_add(length)?;
            }
        }
    }
}

fn pdf(bytes: &[u8]) -> Result<(), BadFile> {
    let tail = bytes.get(bytes.len().saturating_sub(1024)..).unwrap_or(bytes);
    if !holds(tail, b"%%EOF") {
        return Err(BadFile::Damaged);
    }
    if ACTIVE.iter().any(|word| holds(bytes, word)) { Err(BadFile::Active) } else { Ok(()) }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

/// Whether this reviewer said why they look, and not too long ago.
pub(crate) fn is_open_for(
    opened: Option<(AccountId, Timestamp)>,
    reviewer: AccountId,
    now: Timestamp,
) -> bool {
    opened.is_some_and(|(who, at)| who == reviewer && now.since(at) <= OPEN_FOR)
}

/// Whether a colleague is at it.
pub(crate) fn is_open_for_other(
    opened: Option<(AccountId, Timestamp)>,
    reviewer: AccountId,
    now: Timestamp,
) -> bool {
    opened.is_some_and(|(who, at)| who != reviewer && now.since(at) <= OPEN_FOR)
}
