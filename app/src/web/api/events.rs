//! News as it comes: server-sent events.

use super::ask::{Lang, Reader, Tongue};
use super::problem::Problem;
use crate::web::board::Row;
use crate::web::hub::Hub;
use crate::web::model::{CallLine, Overview, Window};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use ringback_roles::explain::Language;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// News as it comes
///
/// Server-sent events: `call` with a call (as in the list of calls, without advice) whenever it rings, is answered or ends;
/// `numbers` with the overview of the last hour every two seconds; `lost` with how many `call`s a slow listener missed.
#[utoipa::path(
    get, path = "/events", tag = "server", params(Lang), security(("token" = [])),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    _: Reader,
    State(hub): State<Arc<Hub>>,
    Tongue(language): Tongue,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let Ok(place) = Arc::clone(&hub.listeners).try_acquire_owned() else {
        let text = "too many listen already";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "listeners", text));
    };
    let mut pulse = interval(PULSE);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener { news: hub.board.news(), hub, language, pulse, _place: place };
    Ok(Sse::new(stream::unfold(listener, Listener::next)).keep_alive(KeepAlive::default()))
}

struct Listener {
    hub: Arc<Hub>,
    language: Language,
    news: broadcast::Receiver<Row>,
    pulse: Interval,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let explainer = self.hub.explainer(self.language);
        let event = tokio::select! {
            news = self.news.recv() => match news {
                Ok(row) => {
                    let now = self.hub.clock.now();
                    let line = CallLine::of_sketch(&row.call_id, &row.sketch, explainer, now);
                    Event::default().event("call").json_data(line)
                }
                Err(RecvError::Lagged(count)) => Ok(Event::default().event("lost").data(count.to_string())),
                Err(RecvError::Closed) => return None,
            },
            _ = self.pulse.tick() => {
                let overview = Overview::of(&self.hub, Window::Hour, explainer);
                Event::default().event("numbers").json_data(overview)
            }
        };
        Some((Ok(event.unwrap_or_default()), self))
    }
}

/// How often numbers are told.
const PULSE: Duration = Duration::from_secs(2);
