//! Service packs: the demo's own, carried in the binary, and those of a folder.

use std::path::Path;

use catalogue::pack::SourceFile;

use crate::Failure;

/// The sample services.
pub fn embedded() -> Vec<SourceFile> {
    let packs = [
        ("goods.yaml", include_str!("../../../../services/goods.yaml")),
        ("telecom.yaml", include_str!("../../../../services/telecom.yaml")),
        ("transfer.yaml", include_str!("../../../../services/transfer.yaml")),
        ("utilities.yaml", include_str!("../../../../services/utilities.yaml")),
    ];
    packs.map(|(name, text)| SourceFile { name: name.to_owned(), text: text.to_owned() }).to_vec()
}

/// Every `.yaml` of a folder, by name.
pub fn read(folder: &Path) -> Result<Vec<SourceFile>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            files.push(SourceFile { name, text });
        }
    }
    if files.is_empty() {
        return Err(format!("{} holds no service pack (*.yaml)", folder.display()).into());
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}
