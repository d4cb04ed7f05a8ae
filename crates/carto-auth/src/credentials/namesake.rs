//! A file whose name is nearly the one that was asked for.
//!
//! CARTO's page writes `carto-credentials.json` in one place and `carto_credentials.json` in another.

use std::path::{Path, PathBuf};

/// The file beside a missing one whose name differs only in its separators, its case, its ending or a
/// letter, in the way the caller wrote the path.
pub(super) fn find(missing: &Path, expanded: &Path) -> Option<PathBuf> {
    let wanted = expanded.file_name()?.to_str()?;
    let folder = expanded.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::read_dir(folder)
        .ok()?
        .take(MOST_ENTRIES)
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let distance = distance_of(wanted, &name)?;
            folder.join(&name).is_file().then_some((distance, name))
        })
        .min()
        .map(|(_, name)| missing.with_file_name(name))
}

/// How many letters two texts differ in (Levenshtein), for names as short as file names and keys.
pub(crate) fn letters_between(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// How far a name is from the one wanted; `None` for one that is no namesake.
fn distance_of(wanted: &str, name: &str) -> Option<usize> {
    // `.carto_credentials.json` is the file of CARTO's own command, not a namesake.
    if name.starts_with('.') != wanted.starts_with('.') || name == wanted {
        return None;
    }
    let (wanted, name) = (bare(wanted), bare(name));
    let distance = letters_between(&wanted, &name);
    (distance <= 2 && wanted.chars().count() > 3 * distance).then_some(distance)
}

/// A name without what people get wrong: case, separators, `.json` and an ending that an editor added.
fn bare(name: &str) -> String {
    let mut name = name.to_lowercase();
    for ending in [".txt", ".json", ".json"] {
        if let Some(stem) = name.strip_suffix(ending) {
            name.truncate(stem.len());
        }
    }
    name.retain(char::is_alphanumeric);
    name
}

/// How much of a folder is looked at: the suggestion is a kindness and must not cost seconds.
const MOST_ENTRIES: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namesake_is_told_from_another_file() {
        for (name, distance) in [
            ("carto_credentials.json", Some(0)),
            ("carto-credentials.json.txt", Some(0)),
            ("carto-credentials.json.json", Some(0)),
            ("carto-credentials", Some(0)),
            ("Carto Credentials.JSON", Some(0)),
            ("carto-credential.json", Some(1)),
            (".carto_credentials.json", None),
            ("package.json", None),
            ("carto.json", None),
        ] {
            assert_eq!(distance_of("carto-credentials.json", name), distance, "{name}");
        }
        assert_eq!(distance_of("a.json", "b.json"), None);
    }

    #[test]
    fn letters_between_two_names_are_counted() {
        for (one, other, letters) in
            [("", "ab", 2), ("scope", "scopes", 1), ("auth_url", "auth_uri", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(letters_between(one, other), letters);
        }
    }
}
