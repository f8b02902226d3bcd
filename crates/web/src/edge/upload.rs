//! Forms with files (`multipart/form-data`), under the same three signs against forgery as [`PostForm`](super::PostForm).
//!
//! The token comes before the first file, as every page of ours has it: a form without it is refused before a file is read.
//! Everything is bounded: how many parts, how long a text, how large a file, how many uploads this process holds at once.

use std::sync::LazyLock;

use axum::extract::multipart::{Field, MultipartRejection};
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use kernel::RetryAfter;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::form::{comes_from_here, has_token};
use super::problem::{EdgeError, Refused};
use super::visitor::Visitor;
use crate::app::App;

/// More parts than any form of ours has.
const MOST_PARTS: usize = 24;
/// Bytes of one text.
const TEXT_BYTES: usize = 8 * 1024;
/// Bytes of one file; what takes it may want less.
pub const FILE_BYTES: usize = identity::review::MAX_FILE_BYTES;
/// Bytes of the whole form: two files and what stands around them.
pub const FORM_BYTES: usize = 2 * FILE_BYTES + 256 * 1024;
/// Uploads held in memory at once; whoever comes later is told to come back.
const AT_ONCE: usize = 8;

static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(AT_ONCE));

kernel::errors! {
    /// Why an upload is not taken in.
    pub enum Error in "upload" {
        /// Too many are under way.
        Busy { after: RetryAfter } => Unavailable "busy", "现在上传的人较多，请 {after} 秒后再试", "Many people are uploading. Try again in {after} seconds";
        /// It does not read, or was cut off.
        Broken => Invalid "broken", "上传没有完成，请重新选择文件再试", "The upload was cut off. Choose the files and try again";
    }
}

/// One file as it came. Has no `Debug`: it may be personal data.
#[derive(Clone, Default)]
pub struct File {
    pub content_type: String,
    pub file_name: String,
    pub bytes: Vec<u8>,
    /// It was larger than [`FILE_BYTES`]; `bytes` is then empty.
    pub too_large: bool,
}

/// A form with files that was sent from one of our own pages.
pub struct MultipartForm {
    pub visitor: Visitor,
    texts: Vec<(String, String)>,
    files: Vec<(String, File)>,
    _place: SemaphorePermit<'static>,
}

impl std::fmt::Debug for MultipartForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MultipartForm({} texts, {} files)", self.texts.len(), self.files.len())
    }
}

impl MultipartForm {
    /// The first value of this name; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.texts.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str())
    }

    /// Takes the first file of this name out; an empty one when there is none.
    pub fn take(&mut self, name: &str) -> File {
        let found = self.files.iter_mut().find(|(found, _)| found == name);
        found.map(|(_, file)| std::mem::take(file)).unwrap_or_default()
    }

    async fn read(&mut self, mut parts: Multipart) -> Result<(), Refused> {
        for _ in 0..MOST_PARTS {
            let Some(part) = parts.next_field().await.map_err(|error| broken(&error))? else {
                return Ok(());
            };
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                if !has_token(&self.visitor, self.get("csrf")) {
                    return Err(EdgeError::Forgery.into());
                }
                self.files.push((name, file(part).await?));
            } else {
                let (bytes, whole) = bytes(part, TEXT_BYTES).await?;
                let text = String::from_utf8(bytes).ok().filter(|_| whole).ok_or(EdgeError::TooLarge)?;
                self.texts.push((name, text));
            }
        }
        Err(EdgeError::TooLarge.into())
    }
}

impl FromRequest<App> for MultipartForm {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        if !comes_from_here(&parts.headers, app) {
            return Err(EdgeError::Forgery.into());
        }
        let place = PLACES.try_acquire().map_err(|_| Error::Busy { after: RetryAfter(5) })?;
        let multipart = Multipart::from_request(Request::from_parts(parts, body), app).await;
        let multipart = multipart.map_err(|_: MultipartRejection| {
            Refused::from(EdgeError::UnsupportedMediaType { wanted: "multipart/form-data" })
        })?;
        let mut form = Self { visitor, texts: Vec::new(), files: Vec::new(), _place: place };
        form.read(multipart).await?;
        if has_token(&form.visitor, form.get("csrf")) { Ok(form) } else { Err(EdgeError::Forgery.into()) }
    }
}

async fn file(part: Field<'_>) -> Result<File, Refused> {
    let content_type = part.content_type().unwrap_or_default().to_owned();
    let file_name = part.file_name().unwrap_or_default().to_owned();
    let (bytes, whole) = bytes(part, FILE_BYTES).await?;
    Ok(File { content_type, file_name, bytes, too_large: !whole })
}

/// At most so many bytes of a part, and whether that was all. The rest is read and thrown away, so that the page can say at
/// which file it was.
async fn bytes(mut part: Field<'_>, most: usize) -> Result<(Vec<u8>, bool), Refused> {
    let (mut bytes, mut whole) = (Vec::new(), true);
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
        if bytes.len().saturating_add(chunk.len()) > most {
            whole = false;
            bytes = Vec::new();
        }
        if whole {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok((bytes, whole))
}

fn broken(error: &axum::extract::multipart::MultipartError) -> Refused {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        EdgeError::TooLarge.into()
    } else {
        Error::Broken.into()
    }
}
