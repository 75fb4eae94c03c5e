//! Messages between parties as a ladder: the one renderer, for calls that we make, captures and the journal.
//!
//! A [`Ladder`] is data: parties from left to right, and rungs between two of them. It is written as text for a terminal
//! of any width, or as a picture (SVG) that stands in a page by itself.

use super::width::{columns as columns_of, padded, shortened};
use ringback_sip::time::Instant;
use std::fmt::Write as _;

/// Parties and what went between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LadderView {
    /// The names of the parties, from left to right; at most [`PARTIES_MAX`] are drawn.
    pub parties: Vec<String>,
    /// The lines, the first at the top.
    pub rungs: Vec<Rung>,
}

/// A line of a ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// When.
    pub at: Instant,
    /// The place of the party that sent it.
    pub from: usize,
    /// The place of the party that got it.
    pub to: usize,
    /// Whether it goes both ways, as audio does.
    pub is_both_ways: bool,
    /// The method, or the code and phrase.
    pub title: String,
    /// The method that a response belongs to; told when there is room for it.
    pub method: Option<String>,
    /// One sentence about it.
    pub sentence: Option<String>,
    /// What evidence says about it; a rung with it is marked.
    pub mark: Option<String>,
}

/// A line of a ladder's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LadderLine {
    /// The place of the rung that it belongs to; the names of the parties belong to none.
    pub rung: Option<usize>,
    /// What stands before the first bar.
    pub time: String,
    /// The bars, and what is between them.
    pub text: String,
    /// Whether it shall stand out.
    pub is_marked: bool,
}

/// Most parties of a ladder.
pub const PARTIES_MAX: usize = 8;

impl LadderView {
    /// The ladder as text, `columns` wide; `strong` makes what is marked stand out.
    pub fn write_text(&self, columns: usize, strong: &dyn Fn(&str) -> String) -> String {
        let mut text = String::new();
        for line in self.lines(columns) {
            let said = if line.is_marked { strong(&line.text) } else { line.text };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}{said}", line.time);
        }
        text
    }

    /// The lines of that text, of which the first names the parties.
    pub fn lines(&self, columns: usize) -> Vec<LadderLine> {
        let parties = self.parties.len().clamp(2, PARTIES_MAX);
        let width = ((columns.saturating_sub(TIME + 2)) / (parties - 1)).clamp(WIDTH_MIN, WIDTH_MAX);
        let mut lines = vec![self.head(parties, width, columns)];
        let Some(start) = self.rungs.first().map(|rung| rung.at) else { return lines };
        for (place, rung) in self.rungs.iter().enumerate() {
            if rung.from.max(rung.to) >= parties {
                continue;
            }
            let millis = rung.at.since(start).as_secs_f64() * 1000.0;
            lines.push(LadderLine {
                rung: Some(place),
                time: format!("{millis:>TIME$.1} "),
                text: rung.line(parties, width),
                is_marked: rung.mark.is_some(),
            });
            for said in rung.sentence.iter().chain(&rung.mark) {
                let sign = if Some(said) == rung.mark.as_ref() { "^ " } else { "" };
                for line in wrapped(said, (parties - 1) * width - 6) {
                    let (time, text) = (format!("{:>TIME$} ", ""), format!("│   {sign}{line}"));
                    lines.push(LadderLine { rung: Some(place), time, text, is_marked: false });
                }
            }
        }
        lines
    }

    /// The line with the names of the parties.
    fn head(&self, parties: usize, width: usize, columns: usize) -> LadderLine {
        let mut text = format!("{:>TIME$} ", "ms");
        // A ladder that is wider than its place is moved sideways: its last name may stand beyond its bar.
        let columns = if TIME + 2 + (parties - 1) * width <= columns { columns } else { usize::MAX };
        for (place, name) in self.parties.iter().take(PARTIES_MAX).enumerate() {
            let is_last = place + 1 == parties;
            if is_last {
                // The last name may stand farther left than its bar, so that it fits.
                let taken = columns_of(text.trim_end_matches(' ')) + 1;
                let name = shortened(name, width.min(columns.saturating_sub(taken)));
                let over = (columns_of(&text) + columns_of(&name)).saturating_sub(columns);
                (0..over).for_each(|_| text.truncate(text.strip_suffix(' ').unwrap_or(&text).len()));
                text.push_str(&name);
            } else {
                text.push_str(&padded(&shortened(name, width - 1), width));
            }
        }
        LadderLine { rung: None, time: String::new(), text, is_marked: false }
    }

    /// The ladder as a picture, with classes and without style of its own.
    pub fn write_svg(&self) -> String {
        self.write_picture(None)
    }

    /// The same, where each rung leads to what has the id `anchor` with the rung's place behind it.
    pub fn write_linked_svg(&self, anchor: &str) -> String {
        self.write_picture(Some(anchor))
    }

    fn write_picture(&self, anchor: Option<&str>) -> String {
        let parties = self.parties.len().clamp(2, PARTIES_MAX);
        let rungs: Vec<_> = self.rungs.iter().enumerate().collect();
        let rungs: Vec<_> = rungs.into_iter().filter(|(_, rung)| rung.from.max(rung.to) < parties).collect();
        let (wide, high) = (svg_x(parties - 1) + 110, 50 + rungs.len() * SVG_HEIGHT);
        // Links inside an image would be hidden from those who listen to the page.
        let role = if anchor.is_some() { "group" } else { "img" };
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" role=\"{role}\" class=\"ladder\">\n"
        );
        for (place, name) in self.parties.iter().take(PARTIES_MAX).enumerate() {
            let x = svg_x(place);
            let _ = writeln!(
                svg,
                "<text class=\"party\" x=\"{x}\" y=\"18\" text-anchor=\"middle\">{}</text>",
                escaped(&shortened(name, SVG_NAME))
            );
            let _ = writeln!(svg, "<line class=\"life\" x1=\"{x}\" y1=\"26\" x2=\"{x}\" y2=\"{high}\"/>");
        }
        let start = rungs.first().map(|(_, rung)| rung.at).unwrap_or_default();
        for (row, (place, rung)) in rungs.into_iter().enumerate() {
            if let Some(anchor) = anchor {
                let _ = write!(svg, "<a href=\"#{anchor}{place}\">");
            }
            rung.write_svg(&mut svg, start, 50 + row * SVG_HEIGHT);
            svg.push_str(if anchor.is_some() { "</a>\n" } else { "\n" });
        }
        svg.push_str("</svg>\n");
        svg
    }
}

impl Rung {
    /// The arrow of a picture, `y` below its top.
    fn write_svg(&self, svg: &mut String, start: Instant, y: usize) {
        let (from, to) = (svg_x(self.from), svg_x(self.to));
        let class = if self.mark.is_some() { "rung marked" } else { "rung" };
        let millis = self.at.since(start).as_secs_f64() * 1000.0;
        let tip = if to > from { to - 7 } else { to + 7 };
        let _ = writeln!(
            svg,
            "<g class=\"{class}\"><text class=\"time\" x=\"4\" y=\"{}\">{millis:.1}</text>",
            y + 4
        );
        let _ = writeln!(svg, "<line x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\"/>");
        let _ = writeln!(svg, "<path d=\"M{to} {y}L{tip} {}L{tip} {}Z\"/>", y - 4, y + 4);
        let room = SVG_LETTERS * self.from.abs_diff(self.to).max(1);
        let full = self.method.as_ref().map(|method| format!("{} ({method})", self.title));
        let title = full.filter(|full| columns_of(full) <= room).unwrap_or_else(|| self.title.clone());
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}",
            (from + to) / 2,
            y - 5,
            escaped(&shortened(&title, room))
        );
        let said: Vec<_> = self.sentence.iter().chain(&self.mark).map(String::as_str).collect();
        if !said.is_empty() {
            let _ = write!(svg, "<title>{}</title>", escaped(&said.join(" ")));
        }
        svg.push_str("</text></g>");
    }

    /// The line behind the time: every party's bar, and the arrow between two of them.
    fn line(&self, parties: usize, width: usize) -> String {
        let (left, right) = (self.from.min(self.to), self.from.max(self.to));
        let mut line = String::new();
        let mut place = 0;
        while place + 1 < parties {
            line.push('│');
            if place == left && right > left {
                line.push_str(&self.arrow((right - left) * width - 1));
                place = right;
            } else {
                let own =
                    if left == right && place == left { format!(" {}", self.title) } else { String::new() };
                line.push_str(&padded(&shortened(&own, width - 1), width - 1));
                place += 1;
            }
        }
        line.push('│');
        line
    }

    /// The arrow with its title, `columns` wide.
    fn arrow(&self, columns: usize) -> String {
        let full = self.method.as_ref().map(|method| format!(" {} ({method}) ", self.title));
        let full = full.filter(|full| columns_of(full) < columns);
        let title =
            full.unwrap_or_else(|| format!(" {} ", shortened(&self.title, columns.saturating_sub(3))));
        let dashes = |taken: usize| columns.saturating_sub(columns_of(&title) + taken);
        if self.is_both_ways {
            let (left, right) = (dashes(2) / 2, dashes(2).div_ceil(2));
            return format!("◀{}{title}{}▶", "═".repeat(left), "═".repeat(right));
        }
        match self.to > self.from {
            true => format!("{title}{}▶", "─".repeat(dashes(1))),
            false => format!("◀{}{title}", "─".repeat(dashes(1))),
        }
    }
}

/// The words of `sentence` in lines of at most `columns`.
fn wrapped(sentence: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split_whitespace() {
        match lines.last_mut() {
            Some(line) if columns_of(line) + 1 + columns_of(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The text for a page: what a peer wrote cannot become markup.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            control if control.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// Where a party's line stands in a picture.
fn svg_x(place: usize) -> usize {
    90 + place * SVG_WIDTH
}

/// Columns of the time.
const TIME: usize = 8;
/// Columns from one party to the next.
const WIDTH_MIN: usize = 16;
const WIDTH_MAX: usize = 38;
/// The same in a picture.
const SVG_WIDTH: usize = 250;
const SVG_HEIGHT: usize = 34;
/// Letters that a name, and a title between neighbours, have room for.
const SVG_NAME: usize = 26;
const SVG_LETTERS: usize = 34;

#[cfg(test)]
mod tests {
    use super::*;

    fn rung(from: usize, to: usize, title: &str, method: &str, sentence: Option<&str>) -> Rung {
        Rung {
            at: Instant::EPOCH,
            from,
            to,
            is_both_ways: title == "audio",
            title: title.to_owned(),
            method: (!method.is_empty()).then(|| method.to_owned()),
            sentence: sentence.map(str::to_owned),
            mark: None,
        }
    }

    fn ladder() -> LadderView {
        LadderView {
            parties: ["alice", "server", "bob"].map(str::to_owned).to_vec(),
            rungs: vec![
                rung(0, 1, "INVITE", "", None),
                rung(1, 0, "407 Proxy Authentication Required", "INVITE", None),
                rung(2, 1, "180 Ringing", "INVITE", Some("The phone rings.")),
                rung(0, 2, "audio", "", None),
            ],
        }
    }

    #[test]
    fn messages_stand_between_their_parties_and_responses_have_their_sentence() {
        let text = ladder().write_text(88, &str::to_owned);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1].contains("│ INVITE ─") && lines[1].contains("▶│ "), "{text}");
        assert!(
            lines[2].contains("│◀─ 407 Proxy Authentication Required │"),
            "no room for the method: {text}"
        );
        assert!(lines[3].contains("│◀─") && lines[3].ends_with("180 Ringing (INVITE) │"), "{text}");
        assert!(lines[4].ends_with("│   The phone rings."), "{text}");
        assert!(lines[5].contains("│◀══") && lines[5].ends_with("══▶│"), "{text}");
        let widths: Vec<_> = [1, 2, 3, 5].map(|n| columns_of(lines[n])).into();
        assert_eq!(widths, [86; 4], "{text}");
    }

    #[test]
    fn a_narrow_terminal_gets_narrow_arrows() {
        let text = ladder().write_text(50, &str::to_owned);
        assert!(text.lines().all(|line| line.chars().count() <= 50), "{text}");
        assert!(text.contains('…'), "{text}");
    }

    #[test]
    fn bars_stand_below_each_other_whatever_letters_the_names_have() {
        let mut ladder = ladder();
        ladder.parties = ["アリス", "ser\u{301}ver", "日本語の電話交換機の名前はとても長いです"]
            .map(str::to_owned)
            .to_vec();
        ladder.rungs[0].title = "通話".to_owned();
        ladder.rungs[1].title = "486 お話し中です。後ほどおかけ直しください。".to_owned();
        ladder.rungs[2].sentence =
            Some("電話が鳴っています 電話が鳴っています 電話が鳴っています".to_owned());
        for columns in [50, 88, 120] {
            let text = ladder.write_text(columns, &str::to_owned);
            let lines: Vec<_> = text.lines().collect();
            assert!(lines.iter().all(|line| columns_of(line) <= columns), "{columns}: {text}");
            let rungs = lines.iter().filter(|line| line.ends_with('│'));
            let widths: Vec<_> = rungs.map(|line| columns_of(line)).collect();
            assert!(widths.len() == 4 && widths.iter().all(|width| *width == widths[0]), "{columns}: {text}");
        }
    }

    #[test]
    fn each_line_knows_its_rung_and_a_rung_that_is_not_drawn_has_none() {
        let mut ladder = ladder();
        ladder.rungs[1].to = PARTIES_MAX;
        let rungs: Vec<_> = ladder.lines(88).iter().map(|line| line.rung).collect();
        assert_eq!(rungs, [None, Some(0), Some(2), Some(2), Some(3)]);
    }

    #[test]
    fn marked_rungs_stand_out_and_say_why() {
        let mut ladder = ladder();
        ladder.rungs[0].mark = Some("never answered".to_owned());
        let text = ladder.write_text(88, &|line| format!("[{line}]"));
        assert_eq!(text.matches('[').count(), 1);
        assert!(text.contains("^ never answered"));
    }

    #[test]
    fn what_a_peer_wrote_cannot_become_markup_in_a_picture() {
        let mut ladder = ladder();
        ladder.parties[0] = "<script>".to_owned();
        ladder.rungs[0].title = "a & <b> \"c\"".to_owned();
        let svg = ladder.write_svg();
        assert!(!svg.contains("<script>") && !svg.contains("<b>"), "{svg}");
        assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
    }

    #[test]
    fn rungs_of_a_linked_picture_lead_to_their_own_place() {
        let mut ladder = ladder();
        // No room for this party: it is not drawn, and the places behind it stay.
        ladder.rungs[1].to = PARTIES_MAX;
        let svg = ladder.write_linked_svg("m");
        let links: Vec<_> =
            ["m0", "m1", "m2", "m3"].map(|id| svg.contains(&format!("href=\"#{id}\""))).into();
        assert_eq!(links, [true, false, true, true], "{svg}");
        assert!(!ladder.write_svg().contains("<a "));
    }
}
