//! The report for a program, schema `ringback.route/1`.

use super::report::{End, Report};
use super::words::{missed, unwanted};
use crate::settings::stream_word;
use crate::web::model::{
    RouteAnswer, RouteDestination, RouteOutcome, RouteRequest, RouteTrial, RuleName, RuleTried, UnwantedPhone,
};
use ringback_roles::access::Denial;
use ringback_roles::explain::{Explainer, Language, Topic};
use ringback_roles::proxy::Destination;

pub(super) fn trial(report: &Report<'_>, language: Language) -> RouteTrial {
    let question = &report.question;
    let tried = report.tried.iter().map(|(rule, outcome)| {
        let because = outcome.err();
        RuleTried {
            rule: rule.name.to_string(),
            line: rule.line,
            holds: outcome.is_ok(),
            missed: because.map(|m| m.id().to_owned()),
            text: because.map(|m| missed(m, language).to_owned()),
        }
    });
    let (kind, answer, to) = match &report.end {
        End::Answer(denial) => ("answer", Some(answer(denial, language)), Vec::new()),
        End::Send(destinations) => ("send", None, destinations.iter().map(destination).collect()),
        End::Unknown => ("unknown", None, Vec::new()),
    };
    let unwanted = report.unwanted.iter().map(|(contact, why)| UnwantedPhone {
        uri: contact.clone(),
        why: why.id(),
        text: unwanted(*why, language),
    });
    RouteTrial {
        schema: "ringback.route/1",
        lang: language.tag(),
        request: RouteRequest {
            method: text(question.method),
            uri: text(question.uri.raw),
            from: question.caller.map(|uri| text(uri.raw)),
            stranger: !question.is_proven,
            source: question.source.to_string(),
            transport: stream_word(question.transport),
            at: question.at.to_string(),
        },
        tried: tried.collect(),
        rule: report.rule.map(|rule| RuleName { name: rule.name.to_string(), line: rule.line }),
        target: report.target.clone(),
        user: report.user.as_ref().map(ToString::to_string),
        unwanted: unwanted.collect(),
        outcome: RouteOutcome { kind, answer, to },
    }
}

fn answer(denial: &Denial, language: Language) -> RouteAnswer {
    let extra = denial.extra.as_deref();
    let phrase = extra.and_then(|e| e.phrase.as_deref()).unwrap_or(denial.status.phrase());
    RouteAnswer {
        status: denial.status.number(),
        phrase: phrase.to_owned(),
        cause: denial.cause.id(),
        text: Explainer::new(language).gist(Topic::Status(denial.status)),
        headers: denial.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: extra.and_then(|e| e.body.as_ref()).map(|(_, body)| text(body)),
    }
}

fn destination(to: &Destination) -> RouteDestination {
    RouteDestination {
        uri: to.uri.as_deref().map(text),
        route: (!to.path.is_empty()).then(|| text(&to.path)),
        q: f64::from(to.q) / 1000.0,
        hop: to.hop.as_deref().map(str::to_owned),
        address: to.flow.map(|flow| flow.remote.to_string()),
    }
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
