//! Reports as one page of HTML that needs no other file: a table of calls, and below it each call with its ladder.

use super::ladder::{LadderView, escaped};
use super::media::ReportedMedia;
use super::report::{CallReport, ReportedFinding};
use crate::explain::Explainer;
use std::fmt::Write as _;

/// Writes the page: what is to be said of all calls together, then the calls.
pub fn write_page(
    title: &str,
    whole: &[ReportedFinding],
    calls: &[(CallReport, LadderView)],
    explainer: &Explainer,
) -> String {
    let say = |id: &str| escaped(explainer.label(id));
    let lang = explainer.language().tag();
    let title = escaped(title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\n<style>{STYLE}</style></head>\n\
         <body><h1>{title}</h1>\n"
    );
    whole.iter().for_each(|found| write_finding(&mut page, found, explainer));
    page.push_str("<table><thead><tr>");
    for id in ["began", "from", "to", "code", "verdict"] {
        let _ = write!(page, "<th scope=\"col\">{}</th>", say(&format!("diagnosis-column-{id}")));
    }
    page.push_str("</tr></thead><tbody>\n");
    for (number, (call, _)) in calls.iter().enumerate() {
        let code = call.status.map(|status| status.to_string()).unwrap_or_default();
        let _ = writeln!(
            page,
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td>{} {code}</td><td><a href=\"#c{number}\">{}</a></td></tr>",
            call.judgement,
            escaped(&call.began),
            escaped(&call.from),
            escaped(&call.to),
            escaped(&call.method),
            escaped(&call.verdict),
        );
    }
    page.push_str("</tbody></table>\n");
    for (number, (call, ladder)) in calls.iter().enumerate() {
        let _ = writeln!(page, "<section id=\"c{number}\"><h2>{}</h2>", escaped(&call.verdict));
        let _ = writeln!(page, "<p><code>{}</code></p>", escaped(&call.call_id));
        for leg in &call.legs {
            let _ =
                writeln!(page, "<p>+ <code>{}</code> ({})</p>", escaped(&leg.call_id), escaped(&leg.told));
        }
        for found in call.findings() {
            write_finding(&mut page, found, explainer);
        }
        write_media(&mut page, &call.media, "", explainer);
        for leg in &call.legs {
            write_media(&mut page, &leg.media, &format!(" + {}", leg.call_id), explainer);
        }
        page.push_str(&ladder.write_svg());
        page.push_str("</section>\n");
    }
    page.push_str("</body></html>\n");
    page
}

fn write_finding(page: &mut String, found: &ReportedFinding, explainer: &Explainer) {
    let told = &found.told;
    let _ = writeln!(page, "<h3>{} {}</h3>", found.finding.rule, escaped(&told.title));
    let _ = writeln!(page, "<p>{}</p>", escaped(&told.verdict));
    let say = |id: &str| escaped(explainer.label(id));
    let _ = writeln!(
        page,
        "<p>{}: {}. {}: {}.</p><ul>",
        say("diagnosis-sure"),
        escaped(&told.certainty),
        say("diagnosis-who"),
        escaped(&told.actor)
    );
    for advice in &told.advice {
        let _ = writeln!(page, "<li>{}</li>", escaped(advice));
    }
    page.push_str("</ul>\n");
}

fn write_media(page: &mut String, media: &[ReportedMedia], of: &str, explainer: &Explainer) {
    if media.is_empty() {
        return;
    }
    let _ = writeln!(page, "<h3>{}{}</h3><ul>", escaped(explainer.label("why-media")), escaped(of));
    for ReportedMedia { step, told } in media {
        let _ = write!(page, "<li>{} {}", step.at, escaped(&told.heading));
        for [what, path] in &told.lines {
            let _ = write!(page, "<br>{}<br>{}", escaped(what), escaped(path));
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ul>\n");
}

const STYLE: &str = ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;\
padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8888;\
overflow-wrap:anywhere}.fault td:last-child,.unknown td:last-child{font-weight:bold}section{break-before:page;\
margin-top:3rem}svg{max-width:100%;height:auto;font:12px system-ui,sans-serif;fill:currentColor}svg line{stroke:currentColor}\
.life{opacity:.4}.time{opacity:.7}.marked text{font-weight:bold}.marked line{stroke-width:3}.marked{fill:#c2410c;color:#c2410c}\
code{overflow-wrap:anywhere}";
