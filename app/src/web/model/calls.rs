//! Calls in short, the newest first.

use crate::settings::parse_time;
use crate::web::Hub;
use crate::web::board::{DAY, Place, Row, Wanted};
use crate::why::{Case, Sketch, Stage, cases};
use ringback_io::record::RecordReader;
use ringback_roles::diagnosis::{Account, tell_account};
use ringback_roles::explain::{Explainer, Topic};
use ringback_sip::registry::{Method, StatusCode};
use ringback_sip::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which calls are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallQuery {
    /// Those that began within this time, such as `1h` or `2d`.
    pub(crate) since: Option<String>,
    /// Those with this final code.
    #[param(minimum = 100, maximum = 699)]
    pub(crate) code: Option<u16>,
    /// Those from or to this user: `bob` or `bob@example.test`.
    pub(crate) user: Option<String>,
    /// Those of this method; `any` for all. Without it INVITE, which is what people mean by a call.
    pub(crate) method: Option<String>,
    /// Only those that are still going on.
    pub(crate) live: Option<bool>,
    /// Where the page before this one ended: its `next`.
    pub(crate) cursor: Option<String>,
    /// How many at most; without it 50.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u16>,
}

/// A page of calls.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct CallList {
    /// The newest first.
    pub(crate) calls: Vec<CallLine>,
    /// The cursor of the next page, when there is one.
    pub(crate) next: Option<String>,
    /// Whether anything is recorded: `[journal]` may be off.
    pub(crate) recorded: bool,
}

/// A call in short.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct CallLine {
    /// The Call-ID.
    pub(crate) call_id: String,
    /// When it began.
    pub(crate) begin: String,
    /// When the final code went to the caller.
    pub(crate) end: Option<String>,
    /// The method of the request that it is about.
    pub(crate) method: Option<String>,
    /// The URI of From; empty when messages are not recorded.
    pub(crate) from: String,
    /// The URI of To.
    pub(crate) to: String,
    /// The final code.
    pub(crate) status: Option<u16>,
    /// The word for the cause: `no-binding`, `wrong-credentials`, `success`.
    pub(crate) cause: String,
    /// What happened and why, in a sentence.
    pub(crate) verdict: String,
    /// What to do, in a sentence; empty when nothing is.
    pub(crate) advice: String,
    /// How sure that is: `certain`, `likely`, `possible`.
    pub(crate) certainty: String,
    /// The same in the language asked for.
    pub(crate) certainty_text: String,
    /// Who must act: `caller`, `callee`, `network`, `us`, `carrier`, `nobody`.
    pub(crate) actor: String,
    /// The same in the language asked for.
    pub(crate) actor_text: String,
    /// What the sentences name: `user`, `since`, `target`, `route`, `route-line` …
    pub(crate) values: BTreeMap<String, String>,
    /// Other requests of the same Call-ID that were refused.
    pub(crate) others: Vec<OtherRefusal>,
    /// Records that are missing in between.
    pub(crate) missing: u64,
    /// How far it is.
    pub(crate) state: CallState,
    /// Whether it is going on: it rings, or people talk.
    pub(crate) live: bool,
    /// How long people talked, or talk so far, in seconds.
    pub(crate) seconds: Option<f64>,
    /// When anything was last heard of it.
    pub(crate) last: String,
    /// The same in seconds before now.
    pub(crate) silent_seconds: u64,
    /// Whether it counts as ended because nothing was heard of it for so long; nobody was seen hanging up.
    pub(crate) lost: bool,
}

/// Another request of the call that was refused: the method, the code, the word for the cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OtherRefusal(pub(crate) Option<String>, pub(crate) u16, pub(crate) String);

/// How far a call is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CallState {
    /// It was asked for.
    Trying,
    /// It rings.
    Ringing,
    /// It was answered, and goes on.
    Talking,
    /// It is over, or was refused.
    #[default]
    Ended,
}

/// Why a list of calls cannot be given.
#[derive(Debug)]
pub(crate) enum CallFault {
    /// A parameter of the query has a value that it cannot have.
    Query(&'static str),
    /// The journal cannot be read.
    Journal(io::Error),
}

impl CallList {
    /// The calls that are wanted, as the server has them now.
    ///
    /// # Errors
    /// See [`CallFault`].
    pub(crate) fn of(hub: &Hub, query: &CallQuery, explainer: &Explainer) -> Result<CallList, CallFault> {
        let now = hub.clock.now();
        let (wanted, most) = (query.wanted(now)?, usize::from(query.limit.unwrap_or(LIMIT)));
        let (rows, has_more) = hub.board.page(now, &wanted, most);
        let next = rows.last().filter(|_| has_more).map(|row| write_cursor(row.place()));
        let mut accounts = accounts(hub, &rows, now).map_err(CallFault::Journal)?;
        let line = |row: &Row| {
            let account = row.account.clone().or_else(|| accounts.remove(&row.place()));
            CallLine::of_row(row, account.as_deref(), explainer, now)
        };
        Ok(CallList { calls: rows.iter().map(line).collect(), next, recorded: hub.journal.is_some() })
    }
}

/// The accounts of those rows that have none, read in one pass over the journal; of what has ended they are kept.
fn accounts(hub: &Hub, rows: &[Row], now: Instant) -> io::Result<BTreeMap<Place, Arc<Account>>> {
    let new: Vec<&Row> = rows.iter().filter(|row| row.account.is_none()).collect();
    let (Some(folder), Some(oldest)) = (&hub.journal, new.last()) else { return Ok(BTreeMap::new()) };
    let reader = RecordReader::open(folder)?;
    let ids: Vec<_> = new.iter().map(|row| row.call_id.clone()).collect();
    let mut accounts = BTreeMap::new();
    for case in cases(&reader, oldest.sketch.begin, &ids)? {
        let Some(row) = new.iter().find(|row| row.call_id == case.call_id) else { continue };
        let account = Arc::new(case.account);
        if row.sketch.stage(now) == Stage::Ended && row.sketch.status == account.status {
            hub.board.keep(row.place(), Arc::clone(&account));
        }
        accounts.insert(row.place(), account);
    }
    Ok(accounts)
}

impl CallQuery {
    fn wanted(&self, now: Instant) -> Result<Wanted, CallFault> {
        if self.limit.is_some_and(|limit| !(1..=LIMIT_MAX).contains(&limit)) {
            return Err(CallFault::Query("limit"));
        }
        if self.code.is_some_and(|code| !(100..700).contains(&code)) {
            return Err(CallFault::Query("code"));
        }
        let since = match &self.since {
            Some(text) => parse_time(text).map_err(|_| CallFault::Query("since"))?,
            None => DAY,
        };
        let method = match self.method.as_deref() {
            None | Some("") => Some(Method::Invite),
            Some("any") => None,
            Some(name) => {
                let method = Method::from_token(name.to_ascii_uppercase().as_bytes());
                Some(method.ok_or(CallFault::Query("method"))?)
            }
        };
        let before = self.cursor.as_deref().filter(|text| !text.is_empty()).map(read_cursor);
        let micros = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        Ok(Wanted {
            since: Instant::from_unix_micros(now.unix_micros().saturating_sub(micros)),
            code: self.code,
            user: self.user.clone().filter(|user| !user.is_empty()),
            method,
            live: self.live.unwrap_or(false),
            before: before.map(|place| place.ok_or(CallFault::Query("cursor"))).transpose()?,
        })
    }
}

fn write_cursor((begin, number): Place) -> String {
    format!("{}-{number:x}", begin.unix_micros())
}

fn read_cursor(text: &str) -> Option<Place> {
    let (begin, number) = text.split_once('-')?;
    Some((Instant::from_unix_micros(begin.parse().ok()?), u64::from_str_radix(number, 16).ok()?))
}

impl CallLine {
    /// A call that was read from the journal.
    pub(crate) fn new(case: &Case, explainer: &Explainer, now: Instant) -> CallLine {
        let sketch = Sketch::of(&case.records).unwrap_or_default();
        let mut line = CallLine::of_sketch(&case.call_id, &sketch, explainer, now);
        line.tell(&case.account, explainer);
        line
    }

    fn of_row(row: &Row, account: Option<&Account>, explainer: &Explainer, now: Instant) -> CallLine {
        let mut line = CallLine::of_sketch(&row.call_id, &row.sketch, explainer, now);
        if let Some(account) = account {
            line.tell(account, explainer);
        }
        line
    }

    /// A call at a glance, without its account.
    pub(crate) fn of_sketch(
        call_id: &[u8],
        sketch: &Sketch,
        explainer: &Explainer,
        now: Instant,
    ) -> CallLine {
        let stage = sketch.stage(now);
        let status = sketch.status.and_then(StatusCode::new);
        CallLine {
            call_id: call_id.escape_ascii().to_string(),
            begin: sketch.begin.to_string(),
            end: sketch.end.map(|end| end.to_string()),
            method: sketch.method.map(|method| method.as_str().to_owned()),
            from: sketch.from.to_string(),
            to: sketch.to.to_string(),
            status: sketch.status,
            cause: sketch.cause.unwrap_or("pending").to_owned(),
            verdict: status.map(|status| explainer.gist(Topic::Status(status))).unwrap_or_default(),
            state: stage.into(),
            live: stage != Stage::Ended,
            seconds: sketch.talked(now).map(|talked| talked.as_secs_f64()),
            last: sketch.last.to_string(),
            silent_seconds: now.since(sketch.last).as_secs(),
            lost: sketch.is_lost(now),
            ..CallLine::default()
        }
    }

    fn tell(&mut self, account: &Account, explainer: &Explainer) {
        let told = tell_account(account, explainer);
        self.begin = account.begin.to_string();
        self.end = account.end.map(|end| end.to_string());
        self.method = account.method.map(str::to_owned);
        self.status = account.status;
        self.cause.clone_from(&account.cause);
        (self.verdict, self.advice) = (told.verdict, told.advice);
        (self.certainty_text, self.actor_text) = (told.certainty, told.actor);
        self.certainty = account.certainty.as_str().to_owned();
        self.actor = account.actor.as_str().to_owned();
        self.values =
            account.values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let other = |(method, status, cause): &(Option<&str>, u16, String)| {
            OtherRefusal(method.map(str::to_owned), *status, cause.clone())
        };
        self.others = account.others.iter().map(other).collect();
        self.missing = account.missing;
    }
}

impl From<Stage> for CallState {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Trying => CallState::Trying,
            Stage::Ringing => CallState::Ringing,
            Stage::Talking => CallState::Talking,
            Stage::Ended => CallState::Ended,
        }
    }
}

/// How many calls a page has, unless more or fewer are asked for.
const LIMIT: u16 = 50;
/// How many at most.
const LIMIT_MAX: u16 = 200;
