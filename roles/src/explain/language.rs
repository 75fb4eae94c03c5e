//! The languages of the texts.

/// A language of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English.
    English,
    /// Dutch.
    Dutch,
}

impl Language {
    /// Every language.
    pub const ALL: &'static [Language] = &[Language::English, Language::Dutch];

    /// The tag of BCP 47.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Dutch => "nl",
        }
    }

    /// The language of a POSIX locale such as `nl_NL.UTF-8`; English for every other.
    pub fn from_locale(locale: &str) -> Self {
        let language = locale.split(['_', '.', '@', '-']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("nl") { Language::Dutch } else { Language::English }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locale_names_the_language() {
        for locale in ["nl", "nl_NL.UTF-8", "nl-BE", "NL_nl@euro"] {
            assert_eq!(Language::from_locale(locale), Language::Dutch, "{locale}");
        }
        for locale in ["", "C", "C.UTF-8", "en_GB.UTF-8", "nld", "de_DE"] {
            assert_eq!(Language::from_locale(locale), Language::English, "{locale}");
        }
    }
}
