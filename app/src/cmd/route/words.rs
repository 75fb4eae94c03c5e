//! The words of `ringback route` in both languages.

use ringback_roles::explain::Language;
use ringback_roles::routing::plan::Missed;
use ringback_sip::journal::Unwanted;

/// A phrase.
#[derive(Clone, Copy)]
pub(super) enum Phrase {
    Holds,
    Line,
    NoRules,
    NoneHolds,
    BeforePlan,
    Target,
    Caller,
    Stranger,
    User,
    Answer,
    Send,
    NotTo,
    First,
    Next,
    Together,
    Route,
    Unknown,
    OneByOne,
}

impl Phrase {
    pub(super) fn text(self, language: Language) -> &'static str {
        let (english, dutch) = match self {
            Phrase::Holds => ("holds", "geldt"),
            Phrase::Line => ("line", "regel"),
            Phrase::NoRules => ("there are no routes", "er zijn geen routes"),
            Phrase::NoneHolds => {
                ("no route holds; it goes to whom it names", "geen route geldt; het gaat naar wie het noemt")
            }
            Phrase::BeforePlan => (
                "a stranger asks for another domain; no route is tried",
                "een vreemde vraagt om een ander domein; geen route wordt geprobeerd",
            ),
            Phrase::Target => ("target", "doel"),
            Phrase::Caller => ("caller", "beller"),
            Phrase::Stranger => ("a stranger", "een vreemde"),
            Phrase::User => ("user", "gebruiker"),
            Phrase::Answer => ("answers", "antwoordt"),
            Phrase::Send => ("sends to", "stuurt naar"),
            Phrase::NotTo => ("not to", "niet naar"),
            Phrase::First => ("first", "eerst"),
            Phrase::Next => ("else", "anders"),
            Phrase::Together => ("also", "ook"),
            Phrase::Route => ("by", "via"),
            Phrase::Unknown => (
                "the phones of this user (there is no store here to look them up in)",
                "de telefoons van deze gebruiker (hier is geen opslag om ze in op te zoeken)",
            ),
            Phrase::OneByOne => (
                "each only if the one before cannot be reached or cannot serve",
                "elk alleen als de vorige onbereikbaar is of niet kan dienen",
            ),
        };
        match language {
            Language::English => english,
            Language::Dutch => dutch,
        }
    }
}

/// Why a phone is not tried.
pub(super) fn unwanted(why: Unwanted, language: Language) -> &'static str {
    let (english, dutch) = match why {
        Unwanted::Rejected => ("it has what the caller rejects", "het heeft wat de beller afwijst"),
        Unwanted::Lacking => ("it lacks what the caller requires", "het mist wat de beller eist"),
        Unwanted::Incapable => ("it does not know this kind of request", "het kent dit soort verzoek niet"),
        Unwanted::NoFork => ("the caller wants one phone only", "de beller wil maar één toestel"),
    };
    match language {
        Language::English => english,
        Language::Dutch => dutch,
    }
}

/// Why a rule does not hold.
pub(super) fn missed(missed: Missed, language: Language) -> &'static str {
    let (english, dutch) = match missed {
        Missed::Method => ("the method is another one", "de methode is een andere"),
        Missed::Domain => ("the domain is another one", "het domein is een ander"),
        Missed::User => ("the user part is another one", "het gebruikersdeel is een ander"),
        Missed::CallerDomain => ("the caller is of another domain", "de beller is van een ander domein"),
        Missed::CallerUser => ("the caller is another user", "de beller is een andere gebruiker"),
        Missed::Source => ("it comes from another network", "het komt van een ander netwerk"),
        Missed::Transport => ("it comes over another transport", "het komt over een ander transport"),
        Missed::Day => ("it is another day", "het is een andere dag"),
        Missed::Time => ("it is another time of the day", "het is een andere tijd van de dag"),
        Missed::Stranger => (
            "it leads out of the domains, and the caller is a stranger",
            "hij leidt de domeinen uit, en de beller is een vreemde",
        ),
    };
    match language {
        Language::English => english,
        Language::Dutch => dutch,
    }
}
