//! Writes the sample pages and all assets into a folder, to be looked at through any static file server:
//! `cargo run -p web --example gallery -- DIR`.

#[path = "../tests/gallery/sample/mod.rs"]
mod sample;

use std::path::Path;

use kernel::Locale;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "gallery".to_owned());
    let folder = Path::new(&folder);
    for asset in web::assets::all() {
        let path = folder.join(asset.url.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(path, asset.bytes)?;
    }
    for locale in Locale::ALL {
        for (name, page) in sample::pages(locale) {
            std::fs::write(folder.join(format!("{name}.{}.html", locale.tag())), page)?;
        }
    }
    Ok(())
}
