//! A clock that is moved by hand, and the timer that goes by it: a wait ends when the clock comes by.

use framewright_core::clock::{Clock, Millis};
use framewright_engine::Timer;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

pub const START: Millis = 1_800_000_000_000;

pub struct ManualClock(watch::Sender<Millis>);

impl ManualClock {
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    pub fn advance(&self, span: Millis) {
        self.0.send_modify(|uptime| *uptime += span);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Millis {
        START + self.uptime()
    }

    fn uptime(&self) -> Millis {
        *self.0.borrow()
    }
}

impl Timer for ManualClock {
    fn wait(&self, span: Millis) -> BoxFuture<'static, ()> {
        let until = self.uptime() + span;
        let mut uptime = self.0.subscribe();
        async move {
            // The sender lives as long as the world does.
            let _gone = uptime.wait_for(|uptime| *uptime >= until).await.is_err();
        }
        .boxed()
    }
}
