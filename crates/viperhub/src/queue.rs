//! The queue of the hub thread, and how the script engine and the sockets reach it.

use std::sync::Arc;

use bytes::Bytes;
use crossbeam_channel::Sender;
use hub::geo::Database;
use hub::io::{Input, NetEvent};
use hub::link::{Link, Rows};
use hub::view::View;
use store::StoreThread;

use crate::gate::{self, Gate};
use crate::geo;

/// What the hub thread takes from its queue.
pub enum Job {
    /// What one turn of a socket thread has read, and its [weight](gate::weight).
    Net(Vec<NetEvent>, usize),
    /// Anything else.
    Input(Input),
    /// Several at once.
    Inputs(Vec<Input>),
    /// End the thread.
    End,
}

/// Where the sockets put their events.
pub struct NetSink {
    pub jobs: Sender<Job>,
    pub gate: Arc<Gate>,
}

impl net::Sink for NetSink {
    fn events(&self, batch: Vec<NetEvent>) {
        let weight = gate::weight(&batch);
        self.gate.enter(weight);
        // The hub thread outlives the sockets but for the last moments of the program.
        if self.jobs.send(Job::Net(batch, weight)).is_err() {
            tracing::debug!("the hub has ended, socket events are dropped");
        }
    }
}

/// The script engine's way to the hub.
pub struct HubLink {
    pub jobs: Sender<Job>,
    pub view: Arc<View>,
    pub store: Arc<StoreThread>,
    pub geo: geo::Files,
}

impl Link for HubLink {
    fn view(&self) -> &View {
        &self.view
    }

    fn submit(&self, input: Input) {
        if self.jobs.send(Job::Input(input)).is_err() {
            tracing::debug!("the hub has ended, a script's call is dropped");
        }
    }

    fn submit_all(&self, inputs: Vec<Input>) {
        if self.jobs.send(Job::Inputs(inputs)).is_err() {
            tracing::debug!("the hub has ended, verdicts of a script are dropped");
        }
    }

    fn sql(&self, query: &[u8], limit: usize) -> Result<Rows, String> {
        self.store.sql(query, limit)
    }

    fn plugin_config(&self, file: &[u8], var: &[u8]) -> Option<Bytes> {
        self.store.get_config(file, var).unwrap_or_else(|error| {
            tracing::error!("{error}");
            None
        })
    }

    fn geo_database(&self, path: &str) -> Result<Arc<Database>, String> {
        self.geo.get(path)
    }
}
