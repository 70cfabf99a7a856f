//! The word that was probably meant.

/// The candidate that `word` is a slip of, if one is close enough.
pub(super) fn nearest<'c>(
    word: &str,
    candidates: impl Iterator<Item = &'c str> + Clone,
) -> Option<&'c str> {
    let word = word.to_lowercase().replace('-', "_");
    let plain = |candidate: &str| candidate.replace('-', "_");
    let slip = candidates
        .clone()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .min()
        .filter(|(distance, _)| *distance <= (word.chars().count() / 3).max(1));
    slip.map(|(_, candidate)| candidate).or_else(|| part_of_one(&word, candidates))
}

/// The only candidate that contains the word or is contained in it.
fn part_of_one<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    /// Shorter words are part of too many others.
    const SHORTEST: usize = 4;

    let related = |candidate: &&str| {
        candidate.len().min(word.len()) >= SHORTEST
            && (candidate.contains(word) || word.contains(candidate))
    };
    let mut found = candidates.filter(related);
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const KEYS: [&str; 4] = ["local_path", "url", "no_site", "exclude_test_modules"];

    #[test]
    fn slips_parts_and_strangers() {
        let near = |word| nearest(word, KEYS.into_iter());
        assert_eq!(near("urll"), Some("url"));
        assert_eq!(near("No-Site"), Some("no_site"));
        assert_eq!(near("path"), Some("local_path"));
        assert_eq!(near("exclude_tests_module"), Some("exclude_test_modules"));
        assert_eq!(near("colour"), None);
        assert_eq!(near(""), None);
    }
}
