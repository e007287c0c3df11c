//! The suite on NATS, and what is NATS's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wattproof_service::job::State;
use wattproof_service::queue::JobQueue;
use wattproof_service::queue::nats::{NatsQueue, Reach};

use crate::server::NatsServer;
use crate::sqlite::Hand;
use crate::suite::{Bench, KEY, conform, new_job, settings};

pub(crate) struct Nats {
    queue: NatsQueue,
    hand: Arc<Hand>,
    reach: Reach,
    server: Arc<NatsServer>,
}

impl Nats {
    pub(crate) fn new() -> Self {
        Self::on(&Arc::new(NatsServer::start()))
    }

    /// A queue of its own on a server that others use.
    pub(crate) fn on(server: &Arc<NatsServer>) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let prefix = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let reach = Reach { prefix, ..Reach::new(vec![server.url()]) };
        let hand = Arc::new(Hand::new());
        let queue = open(&reach, &hand);
        Self { queue, hand, reach, server: Arc::clone(server) }
    }
}

fn open(reach: &Reach, hand: &Arc<Hand>) -> NatsQueue {
    NatsQueue::with_clock(reach, settings(), hand.clone()).unwrap()
}

impl Bench for Nats {
    // What waits longest comes first, unless an attempt was given back.
    const IN_ORDER: bool = false;

    fn queue(&self) -> &dyn JobQueue {
        &self.queue
    }

    fn pass(&self, time: Duration) {
        self.hand.pass(time);
    }

    fn restart(&mut self) {
        // The old connection is still open when the new one reads: nothing may wait for its end.
        self.queue = open(&self.reach, &self.hand);
    }
}

conform!(Nats::new());
